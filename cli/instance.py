"""The Dagster instance in the home."""

import os
import shutil
from pathlib import Path

import dagster as dg

from cliply.db.urls import DatabaseUrls
from cliply.settings import PROJECT, Settings


def prepare(settings: Settings, urls: DatabaseUrls) -> Path:
    """Write the instance's folder and point this process and its children at it."""
    home = settings.cliply_home.resolve() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", home / "dagster.yaml")
    os.environ |= {  # noqa: TID251 - Dagster reads its own variables, also in child processes
        "DAGSTER_HOME": str(home),
        "DAGSTER_PG_URL": urls.dagster.render_as_string(hide_password=False),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }
    return home


def open_instance(settings: Settings, urls: DatabaseUrls) -> dg.DagsterInstance:
    """The instance that the service and the command share."""
    return dg.DagsterInstance.from_config(str(prepare(settings, urls)))
