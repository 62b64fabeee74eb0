"""Rows whose files are gone and files whose rows are gone are found and mended, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import renders as render_rows
from cliply.db import run_requests as request_rows
from cliply.db import sources as source_rows
from cliply.db.session import now, workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobStatus
from cliply.services.reconciling import Damage, Finding
from cliply.storage.objects import ObjectStore
from cliply.upkeep.files import Files
from cliply.upkeep.source_objects import sweep_source_objects
from tests.rows import rendered_job


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def files(engine: Engine, system_engine: Engine, store: ObjectStore) -> Files:
    return Files(engine, system_engine, store, dry_run=False)


def whole_job(engine: Engine, store: ObjectStore, workspace: WorkspaceId) -> JobRef:
    """A job with one clip, and all of its files."""
    ref = rendered_job(engine, workspace, 0)
    with workspace_session(engine, workspace) as session:
        source = source_rows.get_source_of(session, job_rows.get_job(session, ref.job_id))
        (render,) = render_rows.list_renders(session, ref.job_id)
        render.video_key = f"{workspace.hex}/clips/{ref.job_id.hex}/c00/v1.mp4"
        source.object_key = f"{workspace.hex}/sources/{source.id.hex}/source.mp4"
        for key in (render.video_key, source.object_key):
            store.put_bytes(key, b"x")
    store.put_bytes(f"{workspace.hex}/analysis/{ref.job_id.hex}/ranking.json", b"{}")
    return ref


def found_keys(store: ObjectStore, workspace: WorkspaceId) -> int:
    return len(store.list(f"{workspace.hex}/sources"))


def found(files: Files, workspace: WorkspaceId) -> list[Finding]:
    return list(files.reconcile(workspace))


def test_nothing_is_found_where_all_is_there(engine, store, files, workspace) -> None:
    whole_job(engine, store, workspace)

    assert found(files, workspace) == []


def test_a_clip_whose_video_is_gone_is_rendered_again(engine, store, files, workspace) -> None:
    ref = whole_job(engine, store, workspace)
    store.delete_prefix(f"{workspace.hex}/clips")

    (finding,) = found(files, workspace)

    assert (finding.damage, finding.done) == (Damage.render_missing, "rendered again")
    with workspace_session(engine, workspace) as session:
        (clip,) = clip_rows.list_clips(session, ref.job_id)
        (request,) = request_rows.list_open(session, ref.job_id)
        assert (clip.status, clip.version) == (ClipStatus.planned, None)
        assert request.assets == ["clip/c00"]
        assert job_rows.get_job(session, ref.job_id).status is JobStatus.rendering
    assert found(files, workspace) == []


def test_where_the_source_is_gone_too_it_is_told(engine, store, files, workspace) -> None:
    ref = whole_job(engine, store, workspace)
    store.delete_prefix(workspace.hex)
    with workspace_session(engine, workspace) as session:
        job = job_rows.get_job(session, ref.job_id)
        job.archived_at = now(session)

    (finding,) = found(files, workspace)

    assert "kept no longer" in finding.done
    with workspace_session(engine, workspace) as session:
        assert request_rows.list_open(session, ref.job_id) == []
    assert found(files, workspace) == []


def test_a_job_whose_source_is_gone_can_not_be_gone_on_with(
    engine, store, files, workspace
) -> None:
    ref = whole_job(engine, store, workspace)
    store.delete_prefix(f"{workspace.hex}/sources")

    done = [(finding.damage, finding.done) for finding in found(files, workspace)]

    assert done == [(Damage.source_missing, "archived"), (Damage.analysis_left, "removed")]
    with workspace_session(engine, workspace) as session:
        assert job_rows.get_job(session, ref.job_id).archived_at is not None
    assert found(files, workspace) == []


def test_analysis_of_a_job_that_is_no_more_goes(engine, store, files, workspace) -> None:
    whole_job(engine, store, workspace)
    left = f"{workspace.hex}/analysis/{'0' * 32}"
    store.put_bytes(f"{left}/scenes.json", b"{}")

    (finding,) = found(files, workspace)

    assert (finding.damage, finding.what) == (Damage.analysis_left, left)
    assert store.list(left) == []
    assert len(store.list(f"{workspace.hex}/analysis")) == 1


class TestMediaThatNoSourceNames:
    """A process died between storing them and writing their row, or between both deletions."""

    def test_they_go_and_what_is_named_stays(
        self, engine, system_engine, store, workspace, rival
    ) -> None:
        for one in (workspace, rival):
            whole_job(engine, store, one)
        left = f"{workspace.hex}/sources/{'0' * 32}/source.mp4"
        store.put_bytes(left, b"x")
        at_once = Files(engine, system_engine, store, dry_run=False, after=timedelta(0))

        (finding,) = found(at_once, workspace)

        told = (finding.damage, finding.ref, finding.what, finding.done)
        assert told == (Damage.source_left, None, left, "removed")
        assert found(at_once, workspace) == found(at_once, rival) == []
        for one in (workspace, rival):
            assert found_keys(store, one) == 1

    def test_what_has_just_been_stored_is_left_alone(
        self, system_engine, store, files, workspace
    ) -> None:
        left = f"{workspace.hex}/sources/{'0' * 32}/source.mp4"
        store.put_bytes(left, b"x")

        assert found(files, workspace) == []
        sweep_source_objects(system_engine, store)
        assert store.exists(left)

    def test_the_sweep_takes_what_is_a_day_old(
        self, engine, system_engine, store, workspace, monkeypatch
    ) -> None:
        whole_job(engine, store, workspace)
        left = f"{workspace.hex}/sources/{'0' * 32}/transcript.srt"
        store.put_bytes(left, b"x")
        tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
        monkeypatch.setattr("cliply.upkeep.source_objects.now", lambda _session: tomorrow)

        sweep_source_objects(system_engine, store)

        assert not store.exists(left)
        assert found_keys(store, workspace) == 1


def test_a_dry_run_changes_no_file_and_no_row(engine, system_engine, store, workspace) -> None:
    ref = whole_job(engine, store, workspace)
    store.delete_prefix(f"{workspace.hex}/clips")
    looking = Files(engine, system_engine, store, dry_run=True)

    assert found(looking, workspace) == found(looking, workspace) != []
    with workspace_session(engine, workspace) as session:
        assert request_rows.list_open(session, ref.job_id) == []
