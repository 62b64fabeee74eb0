"""What can be heard: levels, silences, voice, laughter and its kin, music and its beats."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from clip_assets.describe import describe_audio, describe_levels
from clip_assets.partitions import jobs
from clip_assets.retries import LISTEN
from clip_assets.steps import Tracked, tracked
from cliply.domain.audio import AudioFeatures
from cliply.domain.ids import JobRef
from cliply.domain.progress import part_of
from cliply.domain.sources import SourceVideo
from cliply.media.audio_features import AudioMeasured, measure_audio
from resources.artifacts import Artifacts
from resources.database import Database

CODE_VERSION = "2"


@dg.multi_asset(
    name="listening",
    outs={
        "audio_features": dg.AssetOut(
            is_required=False,
            code_version=CODE_VERSION,
            description="Loudness, silences, voice, peaks; laughter and its kin, music, beats.",
        ),
        "audio_levels": dg.AssetOut(
            is_required=False,
            code_version=CODE_VERSION,
            description="Levels and likelihoods of sounds, a row per 100 ms.",
        ),
    },
    can_subset=True,
    group_name="analysis",
    partitions_def=jobs,
    retry_policy=LISTEN,
)
def listening(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
) -> Iterator[dg.Output[AudioFeatures | pl.DataFrame]]:
    """One block-wise pass over the sound."""
    with tracked(context, database, "listening", CODE_VERSION, source_video.content_hash) as step:
        measured = step.earlier(lambda job: _load(artifacts, job)) or _measure(
            artifacts, source_video, step
        )
        if "audio_features" in context.op_execution_context.selected_output_names:
            yield dg.Output(
                measured.features,
                output_name="audio_features",
                metadata=describe_audio(measured.features),
            )
        if "audio_levels" in context.op_execution_context.selected_output_names:
            yield dg.Output(
                measured.levels,
                output_name="audio_levels",
                metadata=describe_levels(measured.levels, measured.features),
            )


def _measure(artifacts: Artifacts, source: SourceVideo, step: Tracked) -> AudioMeasured:
    report = step.row.report
    with artifacts.store.open_path(source.object_key, on_progress=part_of(report, 0, 0)) as path:
        return measure_audio(path, source.media, on_progress=report)


def _load(artifacts: Artifacts, job: JobRef) -> AudioMeasured:
    return AudioMeasured(
        features=artifacts.load(job, "audio_features", AudioFeatures),
        levels=artifacts.load_table(job, "audio_levels"),
    )
