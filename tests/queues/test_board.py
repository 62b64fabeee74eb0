"""What waits in queues, and who takes it, read from a real Redis."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from cliply.domain.queues import Queue
from cliply.errors import Unavailable
from cliply.queues.board import WORKERS, WorkBoard, WorkerSeen
from cliply.services.doctor import Verdict
from cliply.services.worker_checks import check_workers
from resources.queues.broker import RUN_TASK, STEP_TASK, Broker
from tests.limits.redis_server import running_redis


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with running_redis(tmp_path_factory.mktemp("redis")) as address:
        yield SecretStr(address.replace("redis+unix://", "redis+socket://"))


@pytest.fixture
def board(url: SecretStr) -> Iterator[WorkBoard]:
    opened = WorkBoard(url)
    opened._redis.flushall()
    yield opened
    opened.close()


def seen(name: str, *queues: Queue, processes: int = 2, gpus: int = 0, age_s: float = 0):
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    return WorkerSeen(name=name, queues=queues, processes=processes, gpus=gpus, seen_at=at)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Celery keeps its connection
def test_work_that_waits_is_counted_in_its_queue_at_every_place(
    url: SecretStr, board: WorkBoard
) -> None:
    broker = Broker(url)
    for priority in (5, 0, 0, -5):
        broker.send(STEP_TASK, {"run_id": "r"}, "asr", priority=priority)
    broker.send(RUN_TASK, {"run_id": "r"}, "runs", priority=0)
    waiting = board.count_waiting()
    assert {queue: count for queue, count in waiting.items() if count} == {
        Queue.asr: 4,
        Queue.runs: 1,
    }


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_messages_are_json_and_wait_by_the_jobs_priority(url: SecretStr, board: WorkBoard) -> None:
    broker = Broker(url)
    for priority in (-5, 0, 5):
        broker.send(STEP_TASK, {"run_id": str(priority)}, "llm", priority=priority)
    lists = ["llm", "llm\x06\x163", "llm\x06\x169"]
    assert [board._redis.llen(name) for name in lists] == [1, 1, 1]
    first = board._redis.lindex("llm", 0)
    assert b'"content-type": "application/json"' in first


def test_workers_are_seen_by_queue_for_half_a_minute(board: WorkBoard) -> None:
    board.note(seen("a", Queue.asr, Queue.vision, processes=3, gpus=1))
    board.note(seen("b", Queue.asr, processes=2))
    board.note(seen("dead", Queue.llm, age_s=31))
    board.note(seen("long dead", Queue.llm, age_s=700))
    board._redis.hset(WORKERS, "odd", '{"made": "by another version"}')
    state = board.look()
    by_name = {one.name: one for one in state.queues}
    assert (by_name[Queue.asr].workers, by_name[Queue.asr].gpu_workers) == (5, 3)
    assert by_name[Queue.vision].workers == 3
    assert by_name[Queue.llm].workers == 0
    assert state.gpu_workers == 3
    assert set(board._redis.hkeys(WORKERS)) == {b"a", b"b", b"dead"}


def test_a_worker_that_ends_is_not_seen_any_more(board: WorkBoard) -> None:
    board.note(seen("a", Queue.asr))
    board.remove("a")
    assert board.list_workers() == []


def test_a_broker_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = SecretStr("redis://:hush@127.0.0.1:1/0")
    with pytest.raises(Unavailable) as told:
        WorkBoard(url).look()
    assert told.value.code == "BROKER_UNAVAILABLE"
    assert "hush" not in str(told.value)
    with pytest.raises(Unavailable):
        Broker(url).send(STEP_TASK, {}, "asr", priority=0)


def test_the_doctor_names_queues_that_nobody_takes() -> None:
    found = check_workers([seen("a", Queue.runs, Queue.cpu, Queue.llm, Queue.render)], 2)
    assert found.verdict is Verdict.broken
    assert "--queue asr --queue vision" in found.mend


def test_the_doctor_wants_a_place_for_each_run() -> None:
    workers = [seen("a", *Queue, processes=3)]
    assert check_workers(workers, 4).verdict is Verdict.degraded
    assert check_workers(workers, 3).verdict is Verdict.ok
