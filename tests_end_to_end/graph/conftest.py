"""A small talk, stored as a job, and the graph around it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from clip_assets.job import CLIP_JOB
from clip_assets.partitions import jobs
from cliply.db.urls import DatabaseUrls
from cliply.domain.editing import Edit
from cliply.domain.export import ExportSettings, Quality
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.services import submission
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore
from definitions import build
from resources.database import Database

QUICK = Edit(export=ExportSettings(quality=Quality.preview))

SETTINGS = JobSettings(
    clip_duration=ClipDuration(min=3, max=4), max_clips=2, language="en", edit=QUICK
)

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

Materialise = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def submitted(engine: Engine, store: ObjectStore, workspace: WorkspaceId, talk: Path) -> JobRef:
    """The talk as a job of its own workspace."""
    offer = submission.examine(talk, talk.with_suffix(".srt"))
    return submission.submit(engine, store, workspace, offer, SETTINGS, with_run_request=True)


@pytest.fixture
def materialise(
    database: DatabaseUrls, tmp_path: Path, store: ObjectStore
) -> Iterator[Materialise]:
    """The graph over a local folder."""
    settings = Settings(cliply_home=tmp_path, storage_url=store.url, model_hub="never")
    with running(settings, database) as run:
        yield run


@contextmanager
def running(settings: Settings, database: DatabaseUrls) -> Iterator[Materialise]:
    """Run the job, or some of its assets, in this process."""
    doors = Database(lambda: database)
    graph = build(settings, doors).resolve_job_def(CLIP_JOB.name)
    with closing(doors), dg.DagsterInstance.ephemeral() as instance:

        def run(
            ref: JobRef, *assets: str, tags: dict[str, str] | None = None
        ) -> dg.ExecuteInProcessResult:
            instance.add_dynamic_partitions(str(jobs.name), [str(ref)])
            return graph.execute_in_process(
                run_config=QUIET,
                instance=instance,
                partition_key=str(ref),
                asset_selection=[dg.AssetKey(name.split("/")) for name in assets] or None,
                tags=tags,
                raise_on_error=False,
            )

        yield run
