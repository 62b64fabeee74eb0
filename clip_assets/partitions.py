"""One partition per job."""

import dagster as dg

from cliply.domain.ids import JobRef

jobs = dg.DynamicPartitionsDefinition(name="jobs")


def job_ref(context: dg.AssetExecutionContext) -> JobRef:
    """The job that this run works on."""
    return JobRef.parse(context.partition_key)
