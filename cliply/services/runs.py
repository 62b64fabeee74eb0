"""Runs of the asset graph as the library sees them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cliply.domain.ids import JobRef
from cliply.domain.value import Value


class RunState(StrEnum):
    """How far a run is."""

    waiting = "waiting"
    """For a place; nothing works on it."""
    working = "working"
    """A process has it, or is being started."""
    succeeded = "succeeded"
    failed = "failed"
    cancelled = "cancelled"


ENDED = frozenset({RunState.succeeded, RunState.failed, RunState.cancelled})


class Run(Value):
    """What is known of one run."""

    run_id: str
    state: RunState
    since: datetime
    """When it got a process, or what last happened to it when it has none yet."""
    has_crashed: bool = False
    """Whether it failed although no step of it did: its process is gone."""

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


class Runs(Protocol):
    """The instance that knows all runs. Every method may be repeated."""

    def look_up(self, run_ids: Collection[str]) -> Mapping[str, Run]:
        """Those of them that the instance knows."""

    def is_held(self, run_id: str) -> bool | None:
        """Whether its launcher has a living process of it; None when it can not tell."""

    def of_requests(self, request_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """The newest run of each request that has one."""

    def of_job(self, ref: JobRef) -> list[Run]:
        """All runs of a job, whoever started them."""

    def stop(self, run_id: str) -> None:
        """Take it out of the queue or end its process; ended ones stay as they are."""

    def declare_lost(self, run_id: str, why: str) -> None:
        """Its process is gone: it ends as failed."""

    def forget(self, run_id: str) -> None:
        """Delete an ended run with its history."""

    def partitions(self) -> set[str]:
        """The keys of all jobs that the graph knows."""

    def add_partition(self, ref: JobRef) -> None:
        """Make the job known to the graph."""

    def remove_partition(self, key: str) -> None:
        """Unless a run is left that uses it; see `of_job`."""


def clear_runs(runs: Runs, ref: JobRef, run_ids: Collection[str]) -> bool:
    """Stop the runs of a job that is gone; delete them and its partition when all have ended.

    `run_ids` are runs that may not carry its key. Answers whether nothing is left.
    """
    found = {run.run_id: run for run in runs.of_job(ref)} | dict(runs.look_up(run_ids))
    alive = [run for run in found.values() if not run.has_ended]
    for run in alive:
        runs.stop(run.run_id)
    if alive:
        return False
    for run_id in found:
        runs.forget(run_id)
    runs.remove_partition(str(ref))
    return True
