"""Materialise one job's assets in this process."""

from contextlib import closing

import dagster as dg

from cli.installation import Installation
from cli.instance import open_instance
from clip_assets.job import CLIP_JOB
from clip_assets.partitions import jobs
from clip_assets.steps import REUSE_TAG
from cliply.domain.ids import JobRef
from cliply.errors import Cancelled, CliplyError, ErrorCode
from cliply.services import phases
from definitions import build
from resources.database import Database

UNKNOWN = CliplyError(
    ErrorCode.internal, "The run ended without saying why; its log is in the Dagster UI."
)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_job(installation: Installation, ref: JobRef, *, force: bool) -> None:
    """Bring the job to its end; a job that is there already is left alone unless forced.

    Raises the error of the step that failed.
    """
    if force or not phases.is_done(installation.engine, installation.store, ref):
        materialise(installation, ref, force=force)


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
            tags={"workspace_id": ref.workspace_id.hex} | ({} if force else {REUSE_TAG: "true"}),
        )
    if not result.success:
        reason = phases.close_run(
            installation.engine, ref, result.run_id, cancelled=False, otherwise=UNKNOWN
        )
        raise KeyboardInterrupt if isinstance(reason, Cancelled) else reason
