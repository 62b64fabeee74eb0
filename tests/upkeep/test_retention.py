"""What has had its time goes, and what others need stays."""

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cliply.db import job_leftovers, job_removals
from cliply.db import jobs as job_rows
from cliply.db import sources as source_rows
from cliply.db import steps as step_rows
from cliply.db.reconciling import list_known
from cliply.db.session import workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobSettings
from cliply.search.database import SearchPlace
from cliply.services import lifecycle, steps
from cliply.services.jobs import create_job
from cliply.storage.keys import analysis_prefix, artifact_key, job_clips_prefix, render_key
from cliply.storage.objects import ObjectStore
from cliply.upkeep.removed_jobs import finish_removals
from cliply.upkeep.retention import Keeping, archive_jobs, expire_sources, forget_history
from cliply.upkeep.temporary import sweep_temporary
from tests.rows import new_job, rendered_job

KEEPING = Keeping(sources_days=7, runs_days=90)


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


def stored_job(engine: Engine, store: ObjectStore, workspace: WorkspaceId) -> JobRef:
    """A job under review with one object of each kind and a step."""
    ref = rendered_job(engine, workspace, 0)
    with workspace_session(engine, workspace) as session:
        job = job_rows.get_job(session, ref.job_id)
        source = source_rows.get_source_of(session, job)
        source.object_key = f"{workspace.hex}/sources/{source.id.hex}/source.mp4"
        steps.start_step(session, ref, "scan", "a run")
        steps.finish_step(session, ref, "scan", {})
        store.put_bytes(source.object_key, b"media")
    store.put_bytes(artifact_key(ref, "transcript", ".json"), b"{}")
    store.put_bytes(render_key(ref, 0, 1, ".mp4"), b"clip")
    return ref


def made_ago(system_engine: Engine, ref: JobRef, days: int) -> None:
    """The job has ended, and its source was sent, so many days ago."""
    with system_session(system_engine) as session:
        for statement in (
            "update jobs set finished_at = now() - make_interval(days => :days) where id = :id",
            "update source_videos set created_at = now() - make_interval(days => :days)"
            " where id = (select source_video_id from jobs where id = :id)",
        ):
            session.execute(text(statement), {"days": days, "id": ref.job_id})


def is_archived(engine: Engine, ref: JobRef) -> bool:
    with workspace_session(engine, ref.workspace_id) as session:
        return job_rows.get_job(session, ref.job_id).archived_at is not None


def test_sources_and_analysis_go_after_a_week_and_renders_stay(
    engine, system_engine, workspace, store
) -> None:
    old, young = (stored_job(engine, store, workspace) for _ in range(2))
    made_ago(system_engine, old, 8)
    made_ago(system_engine, young, 6)

    archive_jobs(system_engine, store, KEEPING)
    expire_sources(system_engine, store, KEEPING)

    assert (is_archived(engine, old), is_archived(engine, young)) == (True, False)
    assert store.list(analysis_prefix(old)) == []
    assert store.list(analysis_prefix(young)) != []
    assert store.exists(render_key(old, 0, 1, ".mp4"))
    assert len(store.list(f"{workspace.hex}/sources")) == 1
    before = store.list(workspace.hex)
    archive_jobs(system_engine, store, KEEPING)
    expire_sources(system_engine, store, KEEPING)
    assert store.list(workspace.hex) == before


def test_a_source_stays_while_a_younger_job_needs_it(
    engine, system_engine, workspace, store
) -> None:
    old = stored_job(engine, store, workspace)
    made_ago(system_engine, old, 8)
    with workspace_session(engine, workspace) as session:
        source = source_rows.get_source_of(session, job_rows.get_job(session, old.job_id))
        create_job(session, source, JobSettings(max_clips=9), with_run_request=False)

    archive_jobs(system_engine, store, KEEPING)
    expire_sources(system_engine, store, KEEPING)

    assert is_archived(engine, old)
    assert len(store.list(f"{workspace.hex}/sources")) == 1


def test_a_job_that_somebody_asks_for_is_not_archived(
    engine, system_engine, workspace, store
) -> None:
    ref = new_job(engine, workspace)
    with system_session(system_engine) as session:
        session.execute(
            text("update jobs set status = 'failed' where id = :id"), {"id": ref.job_id}
        )
    made_ago(system_engine, ref, 8)

    archive_jobs(system_engine, store, KEEPING)

    assert not is_archived(engine, ref)


def test_history_goes_after_three_months_and_then_its_partition(
    engine, system_engine, workspace, store
) -> None:
    old, young = (stored_job(engine, store, workspace) for _ in range(2))
    for ref, days in ((old, 91), (young, 89)):
        made_ago(system_engine, ref, days)
    archive_jobs(system_engine, store, KEEPING)
    with system_session(system_engine) as session:
        assert list_known(session, [old.job_id, young.job_id]) == {old.job_id, young.job_id}

    forget_history(system_engine, KEEPING)

    with workspace_session(engine, workspace) as session:
        assert step_rows.list_steps(session, old.job_id) == []
        assert job_rows.list_events(session, old.job_id) == []
        assert len(step_rows.list_steps(session, young.job_id)) == 1
    with system_session(system_engine) as session:
        assert list_known(session, [old.job_id, young.job_id]) == {young.job_id}


def test_the_files_of_a_deleted_job_go_after_its_runs(
    engine, system_engine, workspace, store, tmp_path
) -> None:
    search = SearchPlace((tmp_path / "objects").as_uri())
    gone, kept = (stored_job(engine, store, workspace) for _ in range(2))
    with workspace_session(engine, workspace) as session:
        lifecycle.delete_job(session, gone.job_id)

    finish_removals(system_engine, store, search)
    assert store.list(analysis_prefix(gone)) != []  # its runs may still write
    with system_session(system_engine) as session:
        job_leftovers.mark_runs_gone(session, gone.job_id)
    finish_removals(system_engine, store, search)

    assert store.list(analysis_prefix(gone)) == store.list(job_clips_prefix(gone)) == []
    assert store.list(analysis_prefix(kept)) != []
    with workspace_session(engine, workspace) as session:
        assert job_removals.list_run_ids(session, gone.job_id) == []
    with system_session(system_engine) as session:
        assert gone.job_id not in [row.job_id for row in job_leftovers.list_with_files(session)]


def test_old_temporary_files_of_ours_go_and_others_stay(tmp_path: Path) -> None:
    names = ("cliply-render-old", "cliply-render-new", "cliply-render-open", "cliply-main", "other")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x")
    long_ago = time.time() - 90_000
    for name in set(names) - {"cliply-render-new"}:
        for path in (tmp_path / name / "file", tmp_path / name):
            os.utime(path, (long_ago, long_ago))

    with (tmp_path / "cliply-render-open" / "file").open("rb"):
        assert sweep_temporary(tmp_path) == 1

    assert {path.name for path in tmp_path.iterdir()} == set(names) - {"cliply-render-old"}
