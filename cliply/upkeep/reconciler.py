"""Finds where jobs, requests, steps and runs do not agree, and mends it."""

import os
import socket
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ParamSpec

from sqlalchemy import Engine

from cliply.db import job_leftovers, run_requests
from cliply.db import reconciling as facts
from cliply.db.jobs import add_event
from cliply.db.models import JobRemoval, RunRequest
from cliply.db.reconciling import Forsaken, RunningRow
from cliply.db.session import now, workspace_session
from cliply.db.system import system_session
from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.job_moves import WAITING_OR_AT_WORK
from cliply.domain.jobs import JobEventKind
from cliply.services import phases
from cliply.services.reconciling import SILENT_S, Damage, Finding, is_dead, is_lost
from cliply.services.remaining import is_at_work
from cliply.services.run_ends import end_run, go_on
from cliply.services.runs import Run, Runs, RunState, clear_runs

ON_ITS_WAY = timedelta(seconds=60)
"""For a run to be seen after its request was taken."""

QUIET_S = 30.0
"""For a job to be asked for again by whoever ended its last run."""

AT_ONCE = 500
"""Jobs and removals that one round takes; the next one goes on."""

LOST = "The process of this run is gone; what it left is asked for again."

NEVER = datetime.min.replace(tzinfo=UTC)

P = ParamSpec("P")

Lives = Callable[[str], bool | None]


def process_lives(worker: str) -> bool | None:
    """Whether the process `host:number` is there; None for another machine's."""
    host, _, number = worker.rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return None
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Reconciler:
    """One round over all that is at work; a second one right after it changes nothing.

    Safe beside working runs and beside itself: each mend holds its job and looks again.
    """

    def __init__(
        self,
        engine: Engine,
        system: Engine,
        runs: Runs,
        *,
        dry_run: bool = False,
        lives: Lives = process_lives,
        silent_s: float = SILENT_S,
    ) -> None:
        self._engine = engine
        self._system = system
        self._runs = runs
        self._dry_run = dry_run
        self._lives = lives
        self._silent_s = silent_s

    def reconcile(self) -> list[Finding]:
        """What did not agree, and what was done about it."""
        return [
            *self._mend_requests(),
            *self._mend_steps(),
            *self._mend_forsaken(),
            *self._mend_partitions(),
            *self._mend_removals(),
        ]

    def _mend_requests(self) -> Iterator[Finding]:
        """Requests that were taken and whose end was not seen."""
        with system_session(self._system) as session:
            rows = run_requests.list_at_work(session)
            steps = _by_run(facts.list_running(session))
            moment = now(session)
        late = {r.id for r in rows if run_requests.is_overdue(r, moment, ON_ITS_WAY)}
        found = self._runs.of_requests([row.id for row in rows if row.run_id is None])
        known = self._runs.look_up([row.run_id for row in rows if row.run_id is not None])
        for row in rows:
            run, ref = known.get(row.run_id or ""), _ref(row)
            if row.id in found:
                run_id = found[row.id]
                yield self._did(Damage.run_not_noted, ref, run_id, self._note_run, row, run_id)
            elif run is None and row.id in late:
                yield self._did(Damage.request_lost, ref, str(row.id), self._put_back, row)
            elif run is not None and run.has_ended:
                yield self._did(Damage.end_not_seen, ref, run.run_id, self._see_end, row, run)
            elif run is not None and self._has_died(run, steps.get(run.run_id, []), moment):
                yield self._did(
                    Damage.run_lost, ref, run.run_id, self._declare_lost, ref, run.run_id
                )

    def _mend_steps(self) -> Iterator[Finding]:
        """Running steps whose run no request knows: somebody started it by hand."""
        with system_session(self._system) as session:
            steps = _by_run(facts.list_running(session))
            open_ones = {row.run_id for row in run_requests.list_at_work(session)}
        by_hand = {run_id: rows for run_id, rows in steps.items() if run_id not in open_ones}
        known = self._runs.look_up(list(by_hand))
        for run_id, rows in by_hand.items():
            run = known.get(run_id)
            silent = [row for row in rows if self._is_dead(row, self._runs.is_held(run_id))]
            if not silent:
                continue
            if run is not None and not run.has_ended:
                ref = silent[0].ref
                yield self._did(Damage.run_lost, ref, run_id, self._declare_lost, ref, run_id)
            else:
                step = silent[0]
                yield self._did(Damage.step_left, step.ref, step.name, self._end_step, step, run)

    def _mend_forsaken(self) -> Iterator[Finding]:
        with system_session(self._system) as session:
            jobs = facts.list_forsaken(session, quiet_s=QUIET_S, limit=AT_ONCE)
        for job in jobs:
            if not any(not run.has_ended for run in self._runs.of_job(job.ref)):
                what = str(job.ref.job_id)
                yield self._did(Damage.job_forsaken, job.ref, what, self._take_up, job)

    def _mend_partitions(self) -> Iterator[Finding]:
        """Keys before rows: a job that is added meanwhile is no leftover."""
        keys = self._runs.partitions()
        refs = {JobRef.parse(key): key for key in keys}
        with system_session(self._system) as session:
            known = facts.list_known(session, [ref.job_id for ref in refs])
            wanted = {_ref(row) for row in run_requests.list_at_work(session) if row.run_id}
        for ref in wanted - set(refs):
            yield self._did(Damage.partition_missing, ref, str(ref), self._add_partition, ref)
        for ref, key in refs.items():
            if ref.job_id not in known:
                yield self._did(Damage.partition_left, ref, key, self._remove_partition, ref)

    def _mend_removals(self) -> Iterator[Finding]:
        with system_session(self._system) as session:
            left = job_leftovers.list_with_runs(session, limit=AT_ONCE)
        for removal in left:
            what = f"{len(removal.run_ids)} runs"
            yield self._did(Damage.removal_left, removal.ref, what, self._clear_runs, removal)

    def _note_run(self, row: RunRequest, run_id: str) -> str:
        with system_session(self._system) as session:
            return "noted" if run_requests.note_run(session, row.id, run_id) else ""

    def _put_back(self, row: RunRequest) -> str:
        """Let the request wait for a run again, unless its job needs none any more."""
        with workspace_session(self._engine, row.workspace_id) as session:
            job = facts.try_to_hold_job(session, _ref(row))
            if job is None:
                return ""
            if job.status not in WAITING_OR_AT_WORK:
                run_requests.put_away(session, row.id)
                return "closed: the job has ended"
            if not run_requests.put_back(session, row.id, row.run_id):
                return ""
            told = {"what": Damage.request_lost, "request_id": str(row.id)}
            add_event(session, job.ref, JobEventKind.repaired, told)
            return "waits for a run again"

    def _see_end(self, row: RunRequest, run: Run) -> str:
        return end_run(self._engine, _ref(row), run)

    def _declare_lost(self, ref: JobRef, run_id: str) -> str:
        self._runs.declare_lost(run_id, LOST)
        run = self._runs.look_up([run_id]).get(run_id)
        return end_run(self._engine, ref, run) if run is not None and run.has_ended else ""

    def _end_step(self, step: RunningRow, run: Run | None) -> str:
        ended = run or Run(run_id=step.run_id or "", state=RunState.failed, since=NEVER)
        return end_run(self._engine, step.ref, ended)

    def _take_up(self, job: Forsaken) -> str:
        """Ask for what is left of the job, unless somebody has meanwhile."""
        with workspace_session(self._engine, job.ref.workspace_id) as session:
            row = facts.try_to_hold_job(session, job.ref)
            if row is None or run_requests.list_open(session, row.id):
                return ""
            if is_at_work(session, row):
                last = run_requests.find_request(session, job.last_request_id)
                return go_on(session, row, last)
        phases.finish_run(self._engine, job.ref, "")
        return "settled: all of it was done"

    def _add_partition(self, ref: JobRef) -> str:
        self._runs.add_partition(ref)
        return "added"

    def _remove_partition(self, ref: JobRef) -> str:
        return "removed" if clear_runs(self._runs, ref, ()) else "its runs are being stopped"

    def _clear_runs(self, removal: JobRemoval) -> str:
        if not clear_runs(self._runs, removal.ref, removal.run_ids):
            return "its runs are being stopped"
        with system_session(self._system) as session:
            job_leftovers.mark_runs_gone(session, removal.job_id)
        return "runs deleted"

    def _has_died(self, run: Run, steps: Sequence[RunningRow], moment: datetime) -> bool:
        if run.state is not RunState.working:
            return False
        held = self._runs.is_held(run.run_id)
        if not steps:
            return is_lost(run, moment, held)
        return any(self._is_dead(step, held) for step in steps)

    def _is_dead(self, step: RunningRow, is_held: bool | None) -> bool:
        lives = self._lives(step.worker) if step.worker else None
        return is_dead(step, is_held=is_held, lives=lives, limit_s=self._silent_s)

    def _did(
        self,
        damage: Damage,
        ref: JobRef,
        what: str,
        mend: Callable[P, str],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Finding:
        done = "" if self._dry_run else mend(*args, **kwargs)
        return Finding(damage=damage, ref=ref, what=what, done=done)


def _by_run(steps: Iterable[RunningRow]) -> Mapping[str, list[RunningRow]]:
    found: dict[str, list[RunningRow]] = defaultdict(list)
    for step in steps:
        found[step.run_id or ""].append(step)
    return found


def _ref(row: RunRequest) -> JobRef:
    return JobRef(WorkspaceId(row.workspace_id), JobId(row.job_id))
