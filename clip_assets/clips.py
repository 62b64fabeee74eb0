"""The rendered clips: one asset for each slot."""

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event

import dagster as dg
import polars as pl

from clip_assets.describe import describe_clip
from clip_assets.partitions import job_ref, jobs
from clip_assets.retries import RENDER, interruption_is_final
from clip_assets.steps import may_reuse, tracked
from cliply.domain.candidates import CandidateList
from cliply.domain.clips import RenderedClip
from cliply.domain.faces import FaceTrackList
from cliply.domain.jobs import MAX_SLOTS, JobSettings, JobStatus
from cliply.domain.rendering import Measured
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.errors import CliplyError
from cliply.services import phases
from cliply.services.planning import list_planned
from cliply.services.rendering import (
    Analysis,
    Planned,
    Studio,
    in_parallel,
    render_clip,
    specify,
    stoppable,
)
from cliply.storage.keys import slot_name
from resources.artifacts import Artifacts
from resources.database import Database
from resources.rendering import Rendering

CODE_VERSION = "1"
SLOTS = {slot_name(slot): slot for slot in range(MAX_SLOTS)}
CHECK = "duration_and_streams"


@dg.multi_asset(
    name="clips",
    outs={
        name: dg.AssetOut(
            key=["clip", name],
            is_required=False,
            code_version=CODE_VERSION,
            description=f"Clip number {slot + 1} of its job, rendered.",
        )
        for name, slot in SLOTS.items()
    },
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=["clip", name],
            description="As long as its span; picture and sound end within a frame of each other.",
        )
        for name in SLOTS
    ],
    can_subset=True,
    group_name="clips",
    partitions_def=jobs,
    pool="render",
    retry_policy=RENDER,
)
def clips(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    transcript: Transcript,
    scenes: SceneList,
    faces: FaceTrackList,
    audio_levels: pl.DataFrame,
    candidates: CandidateList,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    rendering: Rendering,
) -> Iterator[dg.Output[RenderedClip] | dg.AssetCheckResult]:
    """One FFmpeg call for each clip, as many at once as there are cores."""
    ref = job_ref(context)
    studio = Studio(database.engine, artifacts.store, rendering.ffmpeg(), ref)
    analysis = Analysis(source_video, transcript, scenes, faces, audio_levels)
    settings = phases.read_settings(database.engine, ref)
    slots = frozenset(
        SLOTS[name] for name in context.op_execution_context.selected_output_names & SLOTS.keys()
    )
    phases.advance(database.engine, ref, JobStatus.rendering)
    with interruption_is_final(), artifacts.store.open_path(source_video.object_key) as path:
        work = partial(_render_slot, context, database, studio, analysis, settings, path)
        planned = list_planned(database.engine, ref, candidates, slots)
        failures: list[Exception] = []
        for _, future in in_parallel(planned, work, rendering.workers):
            yield from _outcome(context, artifacts, future, failures)
    if failures:
        raise min(failures, key=lambda error: isinstance(error, dg.Failure))  # rather try again
    phases.finish_rendering(database.engine, ref)


def _render_slot(
    context: dg.AssetExecutionContext,
    database: Database,
    studio: Studio,
    analysis: Analysis,
    settings: JobSettings,
    path: Path,
    planned: Planned,
    stop: Event,
) -> RenderedClip:
    with tracked(context, database, f"clip/{slot_name(planned.slot)}") as step:
        spec = specify(studio, analysis, planned.candidate, settings)
        clip = render_clip(
            studio,
            planned,
            spec,
            path,
            reuse=may_reuse(context),
            on_progress=stoppable(step.row.report, stop),
        )
        step.row.output({"version": clip.version, "video_key": clip.files.video_key})
        return clip


def _outcome(
    context: dg.AssetExecutionContext,
    artifacts: Artifacts,
    future: Future[RenderedClip],
    failures: list[Exception],
) -> Iterator[dg.Output[RenderedClip] | dg.AssetCheckResult]:
    """A finished clip is kept even when another one fails."""
    try:
        clip = future.result()
    except (CliplyError, dg.Failure) as error:
        failures.append(error)
        return
    poster = artifacts.store.get_bytes(clip.files.poster_key)
    name = slot_name(clip.slot)
    yield dg.Output(
        clip,
        output_name=name,
        metadata=describe_clip(clip, poster, artifacts.store.url_of(clip.files.video_key)),
    )
    yield dg.AssetCheckResult(
        asset_key=["clip", name],
        check_name=CHECK,
        passed=is_sound(clip),
        metadata=_measures(clip.measured),
    )


def is_sound(clip: RenderedClip) -> bool:
    """Whether the file is as long as its span and its streams end together, within a frame."""
    frame_ms = 1000 / float(clip.spec.encoder.frame_rate)
    measured = clip.measured
    apart_ms = abs(measured.video_duration_ms - measured.audio_duration_ms)
    off_ms = abs(measured.video_duration_ms - clip.span.duration_ms)
    size = (measured.width, measured.height)
    return (
        apart_ms <= frame_ms + 1
        and off_ms <= frame_ms + 1
        and size == clip.spec.aspect_ratio.size_px
    )


def _measures(measured: Measured) -> dict[str, int]:
    return {
        "video_duration_ms": measured.video_duration_ms,
        "audio_duration_ms": measured.audio_duration_ms,
        "frames": measured.frames,
    }
