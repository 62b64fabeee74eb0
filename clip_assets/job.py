"""The job that takes a source to its clips."""

import dagster as dg

from clip_assets.partitions import jobs

CLIP_JOB = dg.define_asset_job(
    "clip_source",
    selection=dg.AssetSelection.groups("ingest", "analysis", "selection", "clips"),
    partitions_def=jobs,
    description="Everything from a stored source to its rendered clips.",
)
