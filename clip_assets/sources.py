"""The file that a job works on."""

import dagster as dg

from clip_assets.describe import describe_source
from clip_assets.partitions import jobs
from clip_assets.retries import INGEST
from clip_assets.steps import tracked
from cliply.domain.jobs import JobStatus
from cliply.domain.sources import SourceVideo
from cliply.services import phases, sources
from resources.artifacts import Artifacts
from resources.database import Database


@dg.asset(group_name="ingest", partitions_def=jobs, retry_policy=INGEST, code_version="1")
def source_video(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
) -> dg.Output[SourceVideo]:
    """The stored file, probed: what it is made of and whether it can be worked on (ING-4)."""
    with tracked(context, database, "source_video") as step:
        phases.advance(database.engine, step.ref, JobStatus.ingesting)
        source = sources.probe_source(database.engine, artifacts.store, step.ref)
        step.row.output({"duration_ms": source.media.duration_ms})
    phases.advance(database.engine, step.ref, JobStatus.analyzing)
    return dg.Output(source, metadata=describe_source(source))
