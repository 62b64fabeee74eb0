"""Materialise one job's assets in this process."""

from contextlib import closing

import dagster as dg

from cli.installation import Installation
from cli.instance import open_instance
from clip_assets.job import CLIP_JOB
from clip_assets.partitions import jobs
from clip_assets.steps import FORCE_TAG, REUSE_TAG
from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode
from cliply.services import phases
from cliply.services.overview import list_step_views
from definitions import build
from resources.database import Database

UNKNOWN = CliplyError(
    ErrorCode.internal, "The run ended without saying why; its log is in the Dagster UI."
)
AFTER_CLIPS = frozenset({"embeddings"})
"""Steps on which nothing depends."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_job(installation: Installation, ref: JobRef, *, force: bool) -> str | None:
    """Bring the job to its end; a job that is there already is left alone unless forced.

    Raises the error of the step that failed. A step that no clip waits for does not hold
    them back: what it could not do is returned.
    """
    if not force and phases.is_done(installation.engine, installation.store, ref):
        return None
    try:
        materialise(installation, ref, force=force)
    except CliplyError as error:
        if not _failed(installation, ref) <= AFTER_CLIPS:
            raise
        return error.message
    return None


def _failed(installation: Installation, ref: JobRef) -> frozenset[str]:
    views = list_step_views(installation.engine, ref)
    return frozenset(view.name for view in views if view.status is StepStatus.failed)


def materialise(installation: Installation, ref: JobRef, *assets: str, force: bool = False) -> None:
    """Make these assets of the job, such as `clip/c03`; no names means all of them.

    Raises the error of the step that failed.
    """
    key = str(ref)
    database = Database(lambda: installation.urls)
    with (
        closing(database),
        open_instance(installation.settings, installation.urls) as instance,
    ):
        instance.add_dynamic_partitions(str(jobs.name), [key])
        graph = build(installation.settings, database)
        result = graph.resolve_job_def(CLIP_JOB.name).execute_in_process(
            run_config=QUIET,
            instance=instance,
            partition_key=key,
            asset_selection=[dg.AssetKey(name.split("/")) for name in assets] or None,
            raise_on_error=False,
            tags={
                "workspace_id": ref.workspace_id.hex,
                FORCE_TAG if force else REUSE_TAG: "true",
            },
        )
    if not result.success:
        reason = phases.close_run(
            installation.engine, ref, result.run_id, cancelled=False, otherwise=UNKNOWN
        )
        raise KeyboardInterrupt if isinstance(reason, Cancelled) else reason
