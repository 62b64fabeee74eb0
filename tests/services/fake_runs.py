"""Runs that behave, without a graph."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from cliply.domain.ids import JobRef
from cliply.services.runs import Run, RunState


class FakeRuns:
    """An instance in memory: runs that are told what becomes of them."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._jobs: dict[str, JobRef] = {}
        self._requests: dict[UUID, str] = {}
        self._keys: set[str] = set()
        self.held: dict[str, bool] = {}
        """What the launcher knows; a run that is not named is nobody's."""

    def start(self, ref: JobRef, request_id: UUID | None = None, *, ago_s: float = 0) -> str:
        """A run at work on the job."""
        run_id = str(uuid4())
        since = datetime.now(UTC) - timedelta(seconds=ago_s)
        self._runs[run_id] = Run(run_id=run_id, state=RunState.working, since=since)
        self._jobs[run_id] = ref
        self._keys.add(str(ref))
        if request_id is not None:
            self._requests[request_id] = run_id
        return run_id

    def end(self, run_id: str, state: RunState, *, has_crashed: bool = False) -> None:
        ended = {"state": state, "has_crashed": has_crashed}
        self._runs[run_id] = self._runs[run_id].model_copy(update=ended)

    def look_up(self, run_ids: Collection[str]) -> Mapping[str, Run]:
        return {run_id: self._runs[run_id] for run_id in run_ids if run_id in self._runs}

    def is_held(self, run_id: str) -> bool | None:
        return self.held.get(run_id)

    def of_requests(self, request_ids: Collection[UUID]) -> Mapping[UUID, str]:
        return {one: self._requests[one] for one in request_ids if one in self._requests}

    def of_job(self, ref: JobRef) -> list[Run]:
        return [self._runs[run_id] for run_id, job in self._jobs.items() if job == ref]

    def stop(self, run_id: str) -> None:
        if run_id in self._runs and not self._runs[run_id].has_ended:
            self.end(run_id, RunState.cancelled)

    def declare_lost(self, run_id: str, why: str) -> None:
        if run_id in self._runs and not self._runs[run_id].has_ended:
            self.end(run_id, RunState.failed, has_crashed=True)

    def forget(self, run_id: str) -> None:
        self._runs.pop(run_id, None)
        self._jobs.pop(run_id, None)

    def partitions(self) -> set[str]:
        return set(self._keys)

    def add_partition(self, ref: JobRef) -> None:
        self._keys.add(str(ref))

    def remove_partition(self, key: str) -> None:
        self._keys.discard(key)
