"""Celery as it is used here: it wakes workers, and Postgres knows what is at work."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from celery import Celery  # type: ignore[import-untyped]
from kombu.exceptions import OperationalError
from pydantic import SecretStr

from cliply.domain.queues import Queue, place_of
from cliply.queues.board import PLACES, gone

RUN_TASK = "cliply.run"
STEP_TASK = "cliply.step"

REDELIVERED_AFTER_S = 12 * 3600
"""Longer than any step. What is lost earlier is sent again by whoever waits for it, and work
that comes twice is dropped."""
ANSWER_S = 3.0


def make_app(url: SecretStr) -> Celery:
    """Nothing is connected yet. Messages are JSON and nothing else; results are not kept."""
    app = Celery("cliply", broker=url.get_secret_value(), set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_default_queue=Queue.cpu.value,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_proc_alive_timeout=120,  # a process imports for 4 s, longer on a busy machine
        worker_max_tasks_per_child=200,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": REDELIVERED_AFTER_S,
            "queue_order_strategy": "priority",
            "priority_steps": [3 * place for place in range(len(PLACES))],
            "socket_connect_timeout": ANSWER_S,
            "socket_timeout": 30.0,
            "socket_keepalive": True,
        },
    )
    return app


class Broker:
    """Sends work to its queue."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url

    @cached_property
    def _app(self) -> Celery:
        return make_app(self._url)

    def send(self, task: str, work: Mapping[str, Any], queue: str, *, priority: int) -> None:
        """Raises Unavailable when the broker does not answer."""
        try:
            self._app.send_task(
                task, kwargs=dict(work), queue=queue, priority=place_of(priority), retry=False
            )
        except (OperationalError, OSError) as error:
            raise gone() from error
