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
from cliply.domain.mood import MoodSeries
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.selection.candidates import select_candidates
from cliply.services import phases
from cliply.services.corrections import as_corrected
from cliply.services.search import relevance
from resources.database import Database

CODE_VERSION = "2"
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
    code_version=CODE_VERSION,
    check_specs=[IN_BOUNDS],
)
def candidates(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    transcript: Transcript,
    audio_features: AudioFeatures,
    audio_levels: pl.DataFrame,
    scenes: SceneList,
    mood: MoodSeries,
    database: dg.ResourceParam[Database],
) -> Iterator[dg.Output[CandidateList] | dg.AssetCheckResult]:
    """Moments with locked start and end, none overlapping, as the job's mode asks (SEL-1, 2, 5)."""
    with tracked(context, database, "candidates") as step:
        settings = phases.read_settings(database.engine, step.ref)
        prompt = settings.selection.prompt
        said = as_corrected(database.engine, step.ref, transcript)
        chosen = select_candidates(
            said,
            audio_features,
            audio_levels,
            scenes,
            settings,
            source_video.media.duration_ms,
            mood=mood if said is transcript else None,  # it goes by the sentences of its words
            relevance=() if prompt is None else relevance(said, prompt),
        )
        step.row.output(
            {
                "count": len(chosen.items),
                "mode": settings.selection.mode.value,
                "empty_because": chosen.empty_because,
            }
        )
        told = describe_candidates(chosen, audio_levels, source_video.media.duration_ms)
        yield dg.Output(chosen, metadata=told)
    yield dg.AssetCheckResult(
        check_name=IN_BOUNDS.name, passed=_is_sound(chosen, source_video.media.duration_ms)
    )


def _is_sound(chosen: CandidateList, duration_ms: int) -> bool:
    spans = sorted((item.span for item in chosen.items), key=lambda span: span.start_ms)
    inside = all(span.end_ms <= duration_ms for span in spans)
    return inside and not any(one.overlaps(other) for one, other in pairwise(spans))
