"""Servers with jobs to watch."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from api.backend import Backend
from api.metrics import Metrics
from api.realtime.pace import Pace
from cliply.domain.access import Role
from cliply.domain.ids import JobRef, WorkspaceId
from tests.api.backends import open_backend
from tests.api.clients import Person, add_member
from tests.api.serving import Served, serving
from tests.rows import new_job


@pytest.fixture(scope="module")
def live(
    engine: Engine, system_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Backend:
    folder = tmp_path_factory.mktemp("live")
    return open_backend(engine, system_engine, folder, streams_per_user=300)


@pytest.fixture(scope="module")
def live_app(live: Backend) -> FastAPI:
    return create_app(live)


@pytest.fixture(scope="module")
def served(live_app: FastAPI) -> Iterator[Served]:
    """As it is in production: what is not told is found after 15 s."""
    with serving(live_app) as server:
        yield server


@pytest.fixture(scope="module")
def hurried(
    engine: Engine, system_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """With little patience, and two streams for each user."""
    folder = tmp_path_factory.mktemp("hurried")
    app = create_app(open_backend(engine, system_engine, folder, streams_per_user=2))
    app.state.metrics = Metrics()
    app.state.pace = Pace(heartbeat_s=0.2, send_s=0.5, auth_s=0.3, round_s=0.3, poll_s=0.1)
    with serving(app) as server:
        yield server


@pytest.fixture
def person(system_engine: Engine, live: Backend, workspace: WorkspaceId) -> Person:
    return add_member(system_engine, live, workspace, Role.viewer)


@pytest.fixture
def rival_person(system_engine: Engine, live: Backend, rival: WorkspaceId) -> Person:
    return add_member(system_engine, live, rival, Role.owner)


@pytest.fixture
def job(engine: Engine, workspace: WorkspaceId) -> JobRef:
    """With one event: it was created."""
    return new_job(engine, workspace)
