"""The mood of what is said."""

import hashlib
from collections.abc import Iterator

import dagster as dg

from clip_assets.describe import describe_mood
from clip_assets.partitions import jobs
from clip_assets.retries import SELECT
from clip_assets.steps import tracked
from cliply.domain.mood import MoodSeries
from cliply.domain.transcript import Transcript
from cliply.selection.sentiment import measure_mood
from resources.artifacts import Artifacts
from resources.database import Database

CODE_VERSION = "1"


@dg.asset(
    group_name="analysis", partitions_def=jobs, retry_policy=SELECT, code_version=CODE_VERSION
)
def mood(
    context: dg.AssetExecutionContext,
    transcript: Transcript,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
) -> Iterator[dg.Output[MoodSeries]]:
    """Sentiment of each utterance and where it changes (ANA-7)."""
    said = hashlib.sha256(transcript.model_dump_json().encode()).hexdigest()
    with tracked(context, database, "mood", CODE_VERSION, said) as step:
        series = step.earlier(lambda job: artifacts.load(job, "mood", MoodSeries))
        if series is None:
            series = measure_mood(transcript)
        step.row.output({"utterances": len(series.moods), "lexicon": series.lexicon})
        yield dg.Output(series, metadata=describe_mood(series))
