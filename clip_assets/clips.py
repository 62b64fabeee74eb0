"""The rendered clips: one asset for each slot."""

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event

import dagster as dg
import polars as pl

from clip_assets.describe import describe_clip, describe_report
from clip_assets.partitions import job_ref, jobs
from clip_assets.queues import goes_to
from clip_assets.retries import RENDER, interruption_is_final
from clip_assets.steps import is_by_hand, may_reuse, tracked
from cliply.domain.audio import AudioFeatures
from cliply.domain.clips import RenderedClip
from cliply.domain.faces import FaceTrackList
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import MAX_SLOTS
from cliply.domain.queues import Queue
from cliply.domain.rendering import Measured
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.errors import CliplyError
from cliply.media.specs import Material
from cliply.services import phases
from cliply.services.corrections import as_corrected
from cliply.services.planning import list_planned
from cliply.services.rendering import Planned, Studio, in_parallel, render_clip, stoppable
from cliply.storage.keys import slot_name
from resources.artifacts import Artifacts
from resources.database import Database
from resources.rendering import Rendering

CODE_VERSION = "3"
SLOTS = {slot_name(slot): slot for slot in range(MAX_SLOTS)}
STREAMS = "duration_and_streams"
QUALITY = "quality"
CHECKS = {
    STREAMS: "As long as its edit says; picture and sound end within a frame of each other.",
    QUALITY: "Every check of the quality report passes, if need be after a repair.",
}


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
        dg.AssetCheckSpec(check, asset=["clip", name], description=description)
        for name in SLOTS
        for check, description in CHECKS.items()
    ],
    can_subset=True,
    group_name="clips",
    partitions_def=jobs,
    pool="render",
    op_tags=goes_to(Queue.render),
    retry_policy=RENDER,
    deps=["ranking"],
)
def clips(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    transcript: Transcript,
    scenes: SceneList,
    faces: FaceTrackList,
    audio_features: AudioFeatures,
    audio_levels: pl.DataFrame,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    rendering: Rendering,
) -> Iterator[dg.Output[RenderedClip] | dg.AssetCheckResult]:
    """One FFmpeg call for each clip, as many at once as there are cores."""
    ref = job_ref(context)
    said = as_corrected(database.engine, ref, transcript)
    material = Material(
        source=source_video.media,
        source_hash=source_video.content_hash,
        transcript=said,
        features=audio_features,
        levels=audio_levels,
        scenes=scenes,
        faces=faces,
    )
    settings = phases.read_settings(database.engine, ref)
    studio = Studio(
        database.engine, artifacts.store, rendering.ffmpeg(), ref, settings.edit, material
    )
    phases.advance(database.engine, ref, JobMove.render, wakes=is_by_hand(context))
    with interruption_is_final(), artifacts.store.open_path(source_video.object_key) as path:
        work = partial(_render_slot, context, database, artifacts, studio, path)
        planned = list_planned(database.engine, ref, _wanted_slots(context))
        failures: list[Exception] = []
        for _, future in in_parallel(planned, work, rendering.workers):
            yield from _outcome(context, artifacts, future, failures)
    if failures:
        raise min(failures, key=lambda error: isinstance(error, dg.Failure))  # rather try again
    phases.finish_rendering(database.engine, ref)


def _wanted_slots(context: dg.AssetExecutionContext) -> frozenset[int]:
    names = context.op_execution_context.selected_output_names
    return frozenset(slot for name, slot in SLOTS.items() if name in names)


def _render_slot(
    context: dg.AssetExecutionContext,
    database: Database,
    artifacts: Artifacts,
    studio: Studio,
    path: Path,
    planned: Planned,
    stop: Event,
) -> RenderedClip:
    name = f"clip/{slot_name(planned.slot)}"
    with tracked(context, database, name) as step:
        clip = render_clip(
            studio,
            planned,
            path,
            reuse=may_reuse(context),
            on_progress=stoppable(step.row.report, stop),
        )
        step.row.output({"version": clip.version, "video_key": clip.files.video_key})
        artifacts.save(step.ref, name, clip)  # other clips may take minutes still
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
        check_name=STREAMS,
        passed=is_sound(clip),
        metadata=_measures(clip.measured),
    )
    yield dg.AssetCheckResult(
        asset_key=["clip", name],
        check_name=QUALITY,
        passed=clip.report.passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=describe_report(clip.report),
    )


def is_sound(clip: RenderedClip) -> bool:
    """Whether the file is as long as its time map and its streams end within a frame."""
    frame_ms = 1000 / float(clip.spec.encoder.frame_rate)
    measured = clip.measured
    apart_ms = abs(measured.video_duration_ms - measured.audio_duration_ms)
    off_ms = abs(measured.video_duration_ms - clip.spec.timeline.duration_ms)
    is_whole = apart_ms <= frame_ms + 1 and off_ms <= frame_ms + 1
    return is_whole and (measured.width, measured.height) == clip.spec.size_px


def _measures(measured: Measured) -> dict[str, int]:
    return {
        "video_duration_ms": measured.video_duration_ms,
        "audio_duration_ms": measured.audio_duration_ms,
        "frames": measured.frames,
    }
