"""The file that a job works on."""

from collections.abc import Iterator

import dagster as dg

from clip_assets.describe import describe_source
from clip_assets.partitions import jobs
from clip_assets.retries import INGEST
from clip_assets.steps import is_by_hand, tracked
from cliply.domain.job_moves import JobMove
from cliply.domain.links import LinkFacts
from cliply.domain.sources import SourceVideo
from cliply.services import phases, sources
from cliply.services.link_ingest import fetch_source
from resources.artifacts import Artifacts
from resources.database import Database
from resources.links import Links


@dg.asset(group_name="ingest", partitions_def=jobs, retry_policy=INGEST, code_version="1")
def source_video(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    links: dg.ResourceParam[Links],
) -> Iterator[dg.Output[SourceVideo]]:
    """The stored file, probed: what it is made of and whether it can be worked on (ING-4).

    A link is fetched first.
    """
    with tracked(context, database, "source_video") as step:
        phases.advance(database.engine, step.ref, JobMove.ingest, wakes=is_by_hand(context))
        told = fetch_source(
            database.engine, artifacts.store, step.ref, links.rules, step.row.report
        )
        source = sources.probe_source(database.engine, artifacts.store, step.ref)
        step.row.output({"duration_ms": source.media.duration_ms, **output_of(told)})
        yield dg.Output(source, metadata={**describe_source(source), **output_of(told)})
    phases.advance(database.engine, step.ref, JobMove.analyse)


def output_of(told: LinkFacts | None) -> dict[str, str | int]:
    """What the page said, for people; nothing for a file."""
    if told is None:
        return {}
    said = {
        "site": told.site,
        "title": told.title,
        "uploader": told.uploader,
        "chapters": len(told.chapters) or None,
        "captions": told.captions_language,
    }
    return {name: value for name, value in said.items() if value is not None}
