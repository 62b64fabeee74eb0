"""The Dagster instance in the home."""

import os
from pathlib import Path
from typing import Any

import dagster as dg
import yaml  # type: ignore[import-untyped]

from cliply.db.urls import DatabaseUrls
from cliply.settings import PROJECT, Settings


def prepare(settings: Settings, urls: DatabaseUrls) -> Path:
    """Write the instance's folder and point this process and its children at it."""
    home = settings.cliply_home.resolve() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    _write(home / "dagster.yaml", instance_yaml(settings))
    os.environ |= {  # noqa: TID251 - Dagster reads its own variables, also in child processes
        "DAGSTER_HOME": str(home),
        "DAGSTER_PG_URL": urls.dagster.render_as_string(hide_password=False),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }
    if settings.celery_broker_url is not None:
        os.environ["CELERY_BROKER_URL"] = settings.celery_broker_url.get_secret_value()  # noqa: TID251
    return home


def instance_yaml(settings: Settings) -> str:
    """The instance's configuration; it names variables and holds no secrets."""
    usual = (PROJECT / "dagster.yaml").read_text()
    if settings.execution == "local" and settings.concurrent_runs == 4:
        return usual
    described: dict[str, Any] = yaml.safe_load(usual)
    runs = described["concurrency"]["runs"]
    runs["max_concurrent_runs"] = settings.concurrent_runs
    runs["tag_concurrency_limits"][0]["limit"] = max(2, settings.concurrent_runs // 2)
    if settings.execution == "celery":
        _use_workers(described)
    return str(yaml.safe_dump(described, sort_keys=False))


def _use_workers(described: dict[str, Any]) -> None:
    described["run_launcher"] = {
        "module": "resources.queues.launcher",
        "class": "QueueRunLauncher",
        "config": {
            "broker_url": {"env": "CELERY_BROKER_URL"},
            "postgres_url": {"env": "DAGSTER_PG_URL"},
        },
    }
    described["run_coordinator"] |= {
        "module": "resources.queues.coordinator",
        "class": "QuickRunCoordinator",
    }
    # The workers of a queue are its limit.
    del described["concurrency"]["pools"]
    # What a step prints is in its worker's log; to copy it takes two processes a step.
    described["compute_logs"] = {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    # A run may wait for a worker, and goes on with another one when its own has died.
    described["run_monitoring"] |= {"start_timeout_seconds": 3600, "max_resume_run_attempts": 10}


def _write(path: Path, text: str) -> None:
    """At once: other processes of the home may be reading it."""
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(text)
    new.replace(path)


def open_instance(settings: Settings, urls: DatabaseUrls) -> dg.DagsterInstance:
    """The instance that the service and the command share."""
    return dg.DagsterInstance.from_config(str(prepare(settings, urls)))
