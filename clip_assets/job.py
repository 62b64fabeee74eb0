"""The job that takes a source to its clips."""

import dagster as dg

CLIP_JOB = dg.define_asset_job(
    "clip_source",
    selection=dg.AssetSelection.groups("ingest", "analysis", "selection", "clips"),
    description="Everything from a stored source to its rendered clips.",
)
