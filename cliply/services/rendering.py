"""From planned clips to stored renders, one core each."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeVar

import polars as pl
from sqlalchemy import Engine

from cliply.db.session import workspace_session
from cliply.domain.candidates import Candidate
from cliply.domain.clips import RenderedClip, RenderFiles
from cliply.domain.faces import FaceTrackList
from cliply.domain.ids import ClipId, JobRef
from cliply.domain.jobs import JobSettings
from cliply.domain.progress import OnProgress
from cliply.domain.rendering import Measured, RenderSpec
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.errors import Cancelled
from cliply.media.ffmpeg import toolchain
from cliply.media.fonts import caption_fonts
from cliply.media.loudness import gain_for
from cliply.media.reframe import reframe
from cliply.media.render import Rendered, render
from cliply.media.specs import build_spec
from cliply.services import clips
from cliply.storage.keys import render_key
from cliply.storage.objects import ObjectStore

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Analysis:
    """What is known of a source when its clips are rendered."""

    source: SourceVideo
    transcript: Transcript
    scenes: SceneList
    faces: FaceTrackList
    levels: pl.DataFrame


@dataclass(frozen=True)
class Planned:
    """A clip row and the candidate behind it."""

    clip_id: ClipId
    slot: int
    candidate: Candidate


@dataclass(frozen=True)
class Studio:
    """Where renders are made and kept."""

    engine: Engine
    store: ObjectStore
    ffmpeg: Path
    ref: JobRef


def specify(
    studio: Studio, analysis: Analysis, candidate: Candidate, settings: JobSettings
) -> RenderSpec:
    """Everything that decides the bytes of one clip."""
    media = analysis.source.media
    span = candidate.span
    return build_spec(
        source=media,
        source_hash=analysis.source.content_hash,
        title=candidate.title,
        aspect=settings.aspect_ratio,
        style=settings.caption_style,
        framing=reframe(span, media, settings.aspect_ratio, analysis.scenes, analysis.faces),
        words=analysis.transcript.words_in(span),
        gain=gain_for(analysis.levels, span) if media.audio else None,
        toolchain=toolchain(studio.ffmpeg),
        fonts=caption_fonts(),
    )


def render_clip(
    studio: Studio,
    planned: Planned,
    spec: RenderSpec,
    source_path: Path,
    *,
    reuse: bool,
    on_progress: OnProgress,
) -> RenderedClip:
    """Render and store one clip as its next version.

    With `reuse` an earlier version of the same spec is returned instead. A failed render
    leaves no row and no object.
    """
    if reuse:
        earlier = _find_earlier(studio, planned, spec)
        if earlier is not None:
            return earlier
    with tempfile.TemporaryDirectory(prefix="cliply-render-") as folder:
        made = render(
            spec, source_path, Path(folder), ffmpeg=studio.ffmpeg, on_progress=on_progress
        )
        return _keep(studio, planned, spec, made)


def in_parallel(
    items: Sequence[T], work: Callable[[T, Event], R], workers: int
) -> Iterator[tuple[T, Future[R]]]:
    """Do `work` on every item, `workers` at a time; yields as they end.

    When the consumer stops or is interrupted, the event that `work` was given is set and
    the generator returns only after every running piece has noticed.
    """
    stop = Event()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = {pool.submit(work, item, stop): item for item in items}
        try:
            for future in as_completed(futures):
                yield futures[future], future
        finally:
            stop.set()
            for future in futures:
                future.cancel()


def stoppable(on_progress: OnProgress, stop: Event) -> OnProgress:
    """Progress that ends the work once `stop` is set."""

    def report(fraction: float) -> None:
        if stop.is_set():
            raise Cancelled
        on_progress(fraction)

    return report


def _find_earlier(studio: Studio, planned: Planned, spec: RenderSpec) -> RenderedClip | None:
    with workspace_session(studio.engine, studio.ref.workspace_id) as session:
        row = clips.find_render(session, planned.clip_id, spec.digest)
        if row is None or not studio.store.exists(row.video_key):
            return None
        files = RenderFiles(
            video_key=row.video_key,
            srt_key=row.srt_key,
            vtt_key=row.vtt_key,
            poster_key=row.poster_key,
        )
        measured = Measured.model_validate(row.measured)
        return _rendered(planned, spec, row.version, files, measured)


def _keep(studio: Studio, planned: Planned, spec: RenderSpec, made: Rendered) -> RenderedClip:
    """Store the files, then the row, while the clip's row is locked."""
    with workspace_session(studio.engine, studio.ref.workspace_id) as session:
        version = clips.next_version(session, planned.clip_id)
        files = RenderFiles(
            video_key=render_key(studio.ref, planned.slot, version, ".mp4"),
            srt_key=render_key(studio.ref, planned.slot, version, ".srt"),
            vtt_key=render_key(studio.ref, planned.slot, version, ".vtt"),
            poster_key=render_key(studio.ref, planned.slot, version, ".jpg"),
        )
        studio.store.put_file(files.video_key, made.video)
        studio.store.put_file(files.srt_key, made.srt)
        studio.store.put_file(files.vtt_key, made.vtt)
        studio.store.put_file(files.poster_key, made.poster)
        clips.add_render(session, planned.clip_id, version, spec, files, made.measured)
    return _rendered(planned, spec, version, files, made.measured)


def _rendered(
    planned: Planned, spec: RenderSpec, version: int, files: RenderFiles, measured: Measured
) -> RenderedClip:
    return RenderedClip(
        clip_id=planned.clip_id,
        slot=planned.slot,
        version=version,
        title=planned.candidate.title,
        span=planned.candidate.span,
        score=planned.candidate.score,
        parts=planned.candidate.parts,
        reason=planned.candidate.reason,
        files=files,
        measured=measured,
        spec=spec,
    )
