"""The graph fetches the video behind a job's link before it probes it."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from clip_assets.partitions import jobs
from clip_assets.sources import source_video
from cliply.db import jobs as job_rows
from cliply.db.session import workspace_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobSettings, JobStatus
from cliply.domain.links import LinkFacts
from cliply.links.addresses import Link
from cliply.services.link_requests import request_link
from cliply.services.overview import list_step_views
from cliply.storage.objects import ObjectStore
from resources.artifacts import Artifacts
from resources.database import Database
from resources.links import Links
from tests.links.site import Site, opened_site


@pytest.fixture
def site(talk: Path, tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(talk, folder / "talk.mp4")
    with opened_site(folder) as opened:
        yield opened


def requested(engine: Engine, workspace: WorkspaceId, url: str) -> JobRef:
    with workspace_session(engine, workspace) as session:
        link = Link(url=url)
        return request_link(session, workspace, link, JobSettings(), with_run_request=False).job.ref


def run(
    ref: JobRef, store: ObjectStore, database: DatabaseUrls, links: Links
) -> dg.ExecuteInProcessResult:
    doors = Database(lambda: database)
    artifacts = Artifacts(store)
    resources = {
        "io_manager": artifacts, "artifacts": artifacts, "database": doors, "links": links,
    }  # fmt: skip
    with closing(doors), dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(jobs.name), [str(ref)])
        return dg.materialize(
            [source_video],
            instance=instance,
            partition_key=str(ref),
            resources=resources,
            raise_on_error=False,
        )


def test_the_video_behind_a_link_becomes_the_source(
    site: Site,
    engine: Engine,
    workspace: WorkspaceId,
    store: ObjectStore,
    database: DatabaseUrls,
    tmp_path: Path,
) -> None:
    ref = requested(engine, workspace, site.url("talk.mp4"))

    result = run(ref, store, database, Links(site.rules(tmp_path / "downloads")))

    (step,) = list_step_views(engine, ref)
    with workspace_session(engine, workspace) as session:
        job = job_rows.get_job(session, ref.job_id)
    assert result.success
    assert job.status is JobStatus.analyzing
    assert job.source_video_id is not None
    assert "title talk" in step.note
    assert result.output_for_node("source_video").media.duration_ms > 11_000
    assert Artifacts(store).load(ref, "link", LinkFacts).title == "talk"


def test_a_video_that_is_not_to_be_had_fails_its_step_with_the_reason(
    site: Site,
    engine: Engine,
    workspace: WorkspaceId,
    store: ObjectStore,
    database: DatabaseUrls,
    tmp_path: Path,
) -> None:
    ref = requested(engine, workspace, site.url("nothing.mp4"))

    result = run(ref, store, database, Links(site.rules(tmp_path / "downloads")))

    (step,) = list_step_views(engine, ref)
    assert not result.success
    assert step.note.startswith("LINK_REMOVED")
    assert site.asked == ["nothing.mp4"], "it is not tried again"
