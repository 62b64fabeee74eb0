"""Jobs whose source is in a storage."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cliply.db.models import SourceVideo
from cliply.db.session import workspace_session
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import JobSettings
from cliply.services.jobs import create_job
from cliply.storage.objects import ObjectStore
from tests.rows import new_source
from tests.rows import rendered_job as stored_job


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def make(engine: Engine, workspace: WorkspaceId, store: ObjectStore) -> Callable[..., JobRef]:
    """A new job whose source is in the storage."""

    def job(settings: JobSettings | None = None, *, priority: int = 0) -> JobRef:
        source = new_source(engine, workspace)
        store.put_bytes(source.object_key, b"a film")
        with workspace_session(engine, workspace) as session:
            wish = settings or JobSettings()
            return create_job(session, source, wish, priority=priority, with_run_request=True).ref

    return job


@pytest.fixture
def ref(make: Callable[..., JobRef]) -> JobRef:
    return make()


@pytest.fixture
def rendered_job(store: ObjectStore) -> Callable[..., JobRef]:
    """A job under review whose source is in the storage."""

    def job(engine: Engine, workspace: WorkspaceId, *starts_ms: int) -> JobRef:
        ref = stored_job(engine, workspace, *starts_ms)
        with workspace_session(engine, workspace) as session:
            for key in session.scalars(select(SourceVideo.object_key)):
                store.put_bytes(key, b"a film")
        return ref

    return job
