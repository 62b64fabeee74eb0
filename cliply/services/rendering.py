"""From planned clips to stored renders, one core each."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeVar

from sqlalchemy import Engine

from cliply.db.session import workspace_session
from cliply.domain.attachments import AttachmentKind
from cliply.domain.clips import Moment, RenderedClip, RenderFiles
from cliply.domain.editing import Edit
from cliply.domain.ids import ClipId, JobRef
from cliply.domain.progress import OnProgress, part_of
from cliply.domain.quality import QualityReport
from cliply.domain.rendering import Measured, RenderSpec
from cliply.errors import Cancelled
from cliply.media.backdrops import backdrop_of
from cliply.media.encoders import usable_encoders
from cliply.media.ffmpeg import toolchain
from cliply.media.fonts import FontShelf
from cliply.media.quality import Evidence
from cliply.media.render import Rendered, render
from cliply.media.specs import Equipment, Material, build_spec
from cliply.services import clips
from cliply.services.attachments import StoredFile, opened, resolve
from cliply.services.brand import branded
from cliply.storage.keys import render_key
from cliply.storage.objects import ObjectStore

RENDERED = 0.98
"""Finished fraction when the files are there and not yet stored."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Planned:
    """A clip row, the moment that it shows and what is to be done to it."""

    clip_id: ClipId
    slot: int
    moment: Moment
    own_edit: Edit | None
    """The clip's own; None lets that of its job hold."""


@dataclass(frozen=True)
class Studio:
    """Where renders are made and kept, and of what."""

    engine: Engine
    store: ObjectStore
    ffmpeg: Path
    ref: JobRef
    edit: Edit
    """That of the job."""
    material: Material


def render_clip(
    studio: Studio,
    planned: Planned,
    source_path: Path,
    *,
    reuse: bool,
    on_progress: OnProgress,
) -> RenderedClip:
    """Render and store one clip as its next version.

    With `reuse` an earlier version of the same spec is returned instead. A failed or
    cancelled render leaves no row, no object and no file. Raises InvalidInput that names
    the field of the edit that can not be.
    """
    edit, files = _wanted(studio, planned)
    fonts = {n: f for n, f in files.items() if f.attachment.kind is AttachmentKind.font}
    with opened(studio.store, list(fonts.values())) as font_paths:
        shelf = _shelf(fonts, font_paths)
        spec = specify(studio, planned.moment, edit, files, shelf, source_path)
        earlier = _find_earlier(studio, planned, spec) if reuse else None
        if earlier is not None:
            return earlier
        with (
            opened(studio.store, _read_by(spec, files)) as paths,
            tempfile.TemporaryDirectory(prefix="cliply-render-") as folder,
        ):
            made = render(
                spec,
                source_path,
                Path(folder),
                ffmpeg=studio.ffmpeg,
                shelf=shelf,
                attachments=paths,
                evidence=_evidence(studio.material),
                on_progress=part_of(on_progress, 0.0, RENDERED),
            )
            return _keep(studio, planned, spec, made, part_of(on_progress, RENDERED, 1.0))


def specify(
    studio: Studio,
    moment: Moment,
    edit: Edit,
    files: Mapping[str, StoredFile],
    shelf: FontShelf,
    source_path: Path,
) -> RenderSpec:
    """Everything that decides the bytes of one clip."""
    return build_spec(
        edit,
        moment.span,
        moment.title,
        studio.material,
        Equipment(toolchain(studio.ffmpeg), shelf, usable_encoders(studio.ffmpeg)),
        {name: file.attachment for name, file in files.items()},
        backdrop=backdrop_of(edit, source_path, studio.material.source, moment.span),
    )


def _wanted(studio: Studio, planned: Planned) -> tuple[Edit, Mapping[str, StoredFile]]:
    """The edit that holds for the clip, in its workspace's brand, and the files it names."""
    with workspace_session(studio.engine, studio.ref.workspace_id) as session:
        edit = branded(session, planned.own_edit or studio.edit)
        return edit, resolve(session, edit)


def _shelf(fonts: Mapping[str, StoredFile], paths: Mapping[str, Path]) -> FontShelf:
    return FontShelf(
        {
            name: (font.attachment, paths[font.attachment.content_hash])
            for name, font in fonts.items()
        }
    )


def _read_by(spec: RenderSpec, files: Mapping[str, StoredFile]) -> list[StoredFile]:
    hashes = {attachment.content_hash for attachment in spec.attachments}
    return [file for file in files.values() if file.attachment.content_hash in hashes]


def _evidence(material: Material) -> Evidence:
    return Evidence(words=material.transcript.words, scenes=material.scenes, faces=material.faces)


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
    """The version of this spec that is still whole; from now on the clip stands for it."""
    with workspace_session(studio.engine, studio.ref.workspace_id) as session:
        row = clips.find_render(session, planned.clip_id, spec.digest)
        if row is None or row.report is None:
            return None
        files = RenderFiles(
            video_key=row.video_key,
            srt_key=row.srt_key,
            vtt_key=row.vtt_key,
            poster_key=row.poster_key,
        )
        if not all(studio.store.exists(key) for key in _keys(files)):
            return None
        clips.show_version(session, row, planned.moment.span, planned.own_edit)
        return _rendered(planned, spec, row.version, files, row.measured, row.report)


def _keep(
    studio: Studio, planned: Planned, spec: RenderSpec, made: Rendered, on_progress: OnProgress
) -> RenderedClip:
    """Store the files, then the row, while the clip's row is locked."""
    with workspace_session(studio.engine, studio.ref.workspace_id) as session:
        version = clips.next_version(session, planned.clip_id)
        files = RenderFiles(
            video_key=render_key(studio.ref, planned.slot, version, ".mp4"),
            srt_key=render_key(studio.ref, planned.slot, version, ".srt"),
            vtt_key=render_key(studio.ref, planned.slot, version, ".vtt"),
            poster_key=render_key(studio.ref, planned.slot, version, ".jpg"),
        )
        with _all_or_none(studio.store, files):
            _store(studio.store, made, files, on_progress)
            row = clips.add_render(
                session, planned.clip_id, version, spec, files, made.measured, made.report
            )
            clips.show_version(session, row, planned.moment.span, planned.own_edit)
            on_progress(1.0)
    return _rendered(planned, spec, version, files, made.measured, made.report)


def _store(store: ObjectStore, made: Rendered, files: RenderFiles, on_progress: OnProgress) -> None:
    store.put_file(files.srt_key, made.srt)
    store.put_file(files.vtt_key, made.vtt)
    store.put_file(files.video_key, made.video, on_progress=on_progress)
    store.put_file(files.poster_key, made.poster)


@contextmanager
def _all_or_none(store: ObjectStore, files: RenderFiles) -> Iterator[None]:
    try:
        yield
    except BaseException:
        store.delete(_keys(files))
        raise


def _keys(files: RenderFiles) -> list[str]:
    return [files.video_key, files.srt_key, files.vtt_key, files.poster_key]


def _rendered(
    planned: Planned,
    spec: RenderSpec,
    version: int,
    files: RenderFiles,
    measured: Measured,
    report: QualityReport,
) -> RenderedClip:
    return RenderedClip(
        clip_id=planned.clip_id,
        slot=planned.slot,
        version=version,
        **dict(planned.moment),
        files=files,
        measured=measured,
        report=report,
        spec=spec,
    )
