"""What waits in each queue, and which workers take it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self, cast

from pydantic import SecretStr, ValidationError
from redis import Redis
from redis.exceptions import RedisError

from cliply.domain.queues import Queue
from cliply.domain.value import Value
from cliply.errors import ErrorCode, Unavailable

WORKERS = "cliply.workers"
"""A hash: the name of each worker and what it said last."""
PLACES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
"""What Celery adds to a queue's name, one list for each place."""
TIMEOUT_S = 2.0
BEAT_S = 5.0
ALIVE = timedelta(seconds=30)
KEPT = timedelta(minutes=10)


class WorkerSeen(Value):
    """A worker, as it told of itself."""

    name: str
    """`queues@host:process`."""
    queues: tuple[Queue, ...]
    processes: int
    gpus: int
    seen_at: datetime


class QueueState(Value):
    """A queue at one moment."""

    name: Queue
    waiting: int
    workers: int
    """Processes that take its work."""
    gpu_workers: int


class BoardState(Value):
    """All queues at one moment."""

    queues: tuple[QueueState, ...] = ()
    gpu_workers: int = 0

    @classmethod
    def of(cls, waiting: Mapping[Queue, int], workers: Sequence[WorkerSeen]) -> Self:
        """A worker's processes take the work of all of its queues."""
        by_queue = {queue: [one for one in workers if queue in one.queues] for queue in Queue}
        return cls(
            queues=tuple(
                QueueState(
                    name=queue,
                    waiting=waiting.get(queue, 0),
                    workers=sum(one.processes for one in there),
                    gpu_workers=sum(one.processes for one in there if one.gpus),
                )
                for queue, there in by_queue.items()
            ),
            gpu_workers=sum(one.processes for one in workers if one.gpus),
        )


class WorkBoard:
    """Kept in the broker itself, so that it knows no workers that can not reach it."""

    def __init__(self, url: SecretStr) -> None:
        """`redis://…`, `rediss://…` or `redis+socket://…`; nothing is connected yet."""
        address = url.get_secret_value().replace("redis+socket://", "unix://", 1)
        self._redis = Redis.from_url(
            address, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )

    def note(self, worker: WorkerSeen) -> None:
        """Tell that the worker is there. Raises Unavailable."""
        try:
            self._redis.hset(WORKERS, worker.name, worker.model_dump_json())
        except RedisError as error:
            raise gone() from error

    def remove(self, name: str) -> None:
        """Tell that the worker has ended. Raises Unavailable."""
        try:
            self._redis.hdel(WORKERS, name)
        except RedisError as error:
            raise gone() from error

    def list_workers(self) -> list[WorkerSeen]:
        """Those that were heard of within half a minute. Raises Unavailable."""
        now = datetime.now(UTC)
        try:
            told = cast(Mapping[bytes, bytes], self._redis.hgetall(WORKERS))
            seen = {name: _read(text) for name, text in told.items()}
            old = [name for name, one in seen.items() if one is None or now - one.seen_at > KEPT]
            if old:
                self._redis.hdel(WORKERS, *old)
        except RedisError as error:
            raise gone() from error
        return [one for one in seen.values() if one is not None and now - one.seen_at <= ALIVE]

    def count_waiting(self) -> Mapping[Queue, int]:
        """Work in each queue that no worker has taken. Raises Unavailable."""
        try:
            with self._redis.pipeline(transaction=False) as asked:
                for queue in Queue:
                    for place in PLACES:
                        asked.llen(f"{queue}{place}")
                lengths = asked.execute()
        except RedisError as error:
            raise gone() from error
        step = len(PLACES)
        return {queue: sum(lengths[at * step : (at + 1) * step]) for at, queue in enumerate(Queue)}

    def look(self) -> BoardState:
        """Raises Unavailable."""
        return BoardState.of(self.count_waiting(), self.list_workers())

    def close(self) -> None:
        """Give its connections back."""
        self._redis.close()


def unserved(workers: Sequence[WorkerSeen]) -> list[Queue]:
    """Queues that hold jobs up because nobody takes their work; publishing has no steps yet."""
    served = {queue for worker in workers for queue in worker.queues}
    return [queue for queue in Queue if queue not in served and queue is not Queue.publish]


def _read(text: bytes) -> WorkerSeen | None:
    """None for what another version wrote."""
    try:
        return WorkerSeen.model_validate_json(text)
    except ValidationError:
        return None


def gone() -> Unavailable:
    """The broker can not be asked."""
    return Unavailable(ErrorCode.broker_unavailable, "The broker does not answer; try again.")
