"""Health, readiness and metrics."""

import threading
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.backend import Backend
from api.metrics import Metrics
from api.system_routes import Look
from cliply.db.system import system_session
from cliply.db.workload import (
    HEARTBEAT_FUNCTION,
    HEARTBEAT_RIGHTS,
    find_graph_state,
    read_workload,
)
from cliply.domain.ids import WorkspaceId
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore
from tests.api.backends import open_backend
from tests.rows import new_job


@pytest.fixture(scope="module")
def common(
    engine: Engine, system_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Backend:
    return open_backend(engine, system_engine, tmp_path_factory.mktemp("system"))


def client_of(backend: Backend, **changed: object) -> TestClient:
    settings = Settings.model_validate({**backend.settings.model_dump(), **changed})
    metrics = Metrics()
    app = create_app(replace(backend, settings=settings), on_request=metrics.count_requests)
    app.state.metrics = metrics
    return TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 1))


@pytest.fixture(scope="module")
def client(common: Backend) -> TestClient:
    return client_of(common)


@pytest.fixture(scope="module")
def guarded(common: Backend) -> TestClient:
    return client_of(common, metrics_token="a-token-for-prometheus")


def test_a_process_that_lives_says_so_and_which_version_it_is(client: TestClient) -> None:
    answer = client.get("/api/health")

    assert answer.json().keys() == {"status", "version"}
    assert answer.json()["status"] == "ok"


def test_ready_means_database_and_storage_were_tried(client: TestClient) -> None:
    answer = client.get("/api/readyz")

    assert answer.status_code == 200
    assert answer.json()["parts"]["database"] == "ok"
    assert answer.json()["parts"]["storage"] == "ok"


def test_without_a_database_a_replica_is_not_ready(common: Backend) -> None:
    nowhere = create_engine("postgresql+psycopg://cliply_system@/x?host=/nowhere")
    client = client_of(replace(common, engine=nowhere, system=nowhere))

    answer = client.get("/api/readyz")

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["error"]["code"] == "DATABASE_UNAVAILABLE"
    assert answer.json()["parts"]["database"] == "failed"
    assert "nowhere" not in answer.text
    assert client.get("/api/health").status_code == 200
    assert client.get("/api/health/gpu").status_code == 503


def test_without_a_place_for_objects_a_replica_is_not_ready(
    common: Backend, tmp_path: Path
) -> None:
    store = ObjectStore((tmp_path / "objects").as_uri())
    (tmp_path / "objects").rmdir()
    (tmp_path / "objects").write_text("a file where a folder should be")

    answer = client_of(replace(common, store=store)).get("/api/readyz")

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "STORAGE_UNAVAILABLE"
    assert answer.json()["parts"] | {"graph": "", "queue": ""} == {
        "database": "ok",
        "storage": "failed",
        "graph": "",
        "queue": "",
    }


def test_trials_leave_no_object_behind(client: TestClient, common: Backend) -> None:
    client.get("/api/readyz")

    assert common.store.list("trial") == []


def test_work_that_waits_is_counted(
    common: Backend, engine: Engine, system_engine: Engine, workspace: WorkspaceId
) -> None:
    with system_session(system_engine) as session:
        before = read_workload(session)
    new_job(engine, workspace)
    with system_session(system_engine) as session:
        after = read_workload(session)

    assert after.waiting == before.waiting + 1
    assert sum(after.jobs.values()) == sum(before.jobs.values()) + 1
    assert after.oldest_waiting_s > 0
    depth = client_of(common).get("/api/health/gpu").json()
    assert depth == {"workers": 0, "queue_depth": after.waiting, "queues": []}


def test_the_daemons_heartbeat_tells_whether_runs_are_started(
    owner_engine: Engine, system_engine: Engine
) -> None:
    def beat(age_s: float) -> None:
        body = text(
            "update dagster.daemon_heartbeats set body = json_build_object("
            "'timestamp', extract(epoch from clock_timestamp()) - :age_s)::text"
        )
        with owner_engine.begin() as connection:
            connection.execute(body, {"age_s": age_s})

    def state() -> str:
        with system_session(system_engine) as session:
            return find_graph_state(session)

    with owner_engine.begin() as connection:
        for statement in (HEARTBEAT_FUNCTION, *HEARTBEAT_RIGHTS):
            connection.execute(text(statement))
    assert state() == "not_used"
    try:
        with owner_engine.begin() as connection:
            connection.execute(
                text(
                    "create table dagster.daemon_heartbeats"
                    " (daemon_type text, timestamp timestamp, body text)"
                )
            )
            connection.execute(
                text("insert into dagster.daemon_heartbeats values ('SENSOR', now(), '{}')")
            )
        beat(20)
        assert state() == "ok"
        beat(300)
        assert state() == "late"
    finally:
        with owner_engine.begin() as connection:
            connection.execute(text("drop table dagster.daemon_heartbeats"))


def test_what_hangs_has_failed_and_is_not_tried_again_meanwhile() -> None:
    tries: list[int] = []
    free = threading.Event()

    def hang() -> bool:
        tries.append(1)
        return free.wait(20)

    look = Look("thing", hang, every_s=0.0, limit_s=0.1)

    assert look.outcome() is None
    assert look.outcome() is None
    assert tries == [1]
    free.set()
    time.sleep(0.05)
    assert look.outcome() is True


def test_what_was_tried_a_moment_ago_is_not_tried_again() -> None:
    tries: list[int] = []
    look = Look("thing", lambda: tries.append(1) or True, every_s=60.0)

    assert [look.outcome() for _ in range(5)] == [True] * 5
    assert tries == [1]


def test_metrics_count_by_route_not_by_path(client: TestClient) -> None:
    for _ in range(3):
        client.get(f"/api/jobs/{uuid4()}")
    client.get(f"/api/{uuid4()}")
    client.request("BREW", "/api/health")

    told = client.get("/metrics")

    assert told.status_code == 200
    lines = told.text.splitlines()
    assert any('route="unknown",status="404"' in line for line in lines)
    assert any('method="other",route="/api/health",status="405"} 1.0' in line for line in lines)
    assert "cliply_http_requests_in_flight 1.0" in lines
    assert any(line.startswith("cliply_run_requests_waiting ") for line in lines)


def test_metrics_are_for_who_has_the_token(guarded: TestClient) -> None:
    right = {"Authorization": "Bearer a-token-for-prometheus"}

    assert guarded.get("/metrics").status_code == 401
    assert guarded.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 401
    assert guarded.get("/metrics", headers=right).status_code == 200


def test_without_a_token_only_this_machine_reads_metrics_and_in_production_nobody(
    client: TestClient, common: Backend
) -> None:
    far = TestClient(client.app, client=("203.0.113.9", 1))

    assert far.get("/metrics").status_code == 404
    assert client_of(common, environment="production").get("/metrics").status_code == 404


def test_connections_in_use_are_counted(engine: Engine) -> None:
    metrics = Metrics()
    own = create_engine(engine.url)
    metrics.watch_pool(own)
    line = 'cliply_database_connections_in_use{role="cliply_app"} '

    with own.connect():
        assert f"{line}1.0" in metrics.render(None).decode()
    assert f"{line}0.0" in metrics.render(None).decode()
    own.dispose()
