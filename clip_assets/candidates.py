"""The moments worth cutting."""

from collections.abc import Iterator
from itertools import pairwise

import dagster as dg
import polars as pl

from clip_assets.describe import describe_candidates
from clip_assets.partitions import jobs
from clip_assets.retries import SELECT
from clip_assets.steps import tracked
from cliply.domain.audio import AudioFeatures
from cliply.domain.candidates import CandidateList
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.selection.candidates import select_candidates
from cliply.services import phases, planning
from resources.database import Database

IN_BOUNDS = dg.AssetCheckSpec(
    "inside_the_source_and_apart",
    asset="candidates",
    description="Every candidate lies inside the source and no two overlap.",
)


@dg.asset(
    group_name="selection",
    partitions_def=jobs,
    pool="llm",
    retry_policy=SELECT,
    code_version="1",
    check_specs=[IN_BOUNDS],
)
def candidates(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    transcript: Transcript,
    audio_features: AudioFeatures,
    audio_levels: pl.DataFrame,
    scenes: SceneList,
    database: dg.ResourceParam[Database],
) -> Iterator[dg.Output[CandidateList] | dg.AssetCheckResult]:
    """Moments with locked start and end, best first, none overlapping (SEL-1, SEL-2)."""
    with tracked(context, database, "candidates") as step:
        settings = phases.read_settings(database.engine, step.ref)
        chosen = select_candidates(
            transcript,
            audio_features,
            audio_levels,
            scenes,
            settings,
            source_video.media.duration_ms,
        )
        planning.plan(database.engine, step.ref, chosen, settings.max_clips)
        step.row.output({"count": len(chosen.items), "empty_because": chosen.empty_because})
    yield dg.Output(
        chosen, metadata=describe_candidates(chosen, audio_levels, source_video.media.duration_ms)
    )
    yield dg.AssetCheckResult(
        check_name=IN_BOUNDS.name, passed=_is_sound(chosen, source_video.media.duration_ms)
    )


def _is_sound(chosen: CandidateList, duration_ms: int) -> bool:
    spans = sorted((item.span for item in chosen.items), key=lambda span: span.start_ms)
    inside = all(span.end_ms <= duration_ms for span in spans)
    return inside and not any(one.overlaps(other) for one, other in pairwise(spans))
