"""A process dies at a moment of a job, and the job has to end as if nothing had happened."""

import time
from collections.abc import Callable
from pathlib import Path

from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from tests_faults.installation import Installation
from tests_faults.table import Record, Trial
from tests_faults.work import Seen, check_outcome, submit, wait_for_end, wait_for_step

Moment = Callable[[Installation, JobRef], object]

MOMENTS: dict[str, Moment] = {
    "waiting": lambda _installation, _ref: None,
    "analysed": lambda installation, ref: wait_for_step(
        installation, ref, "scan", StepStatus.running, StepStatus.completed
    ),
    "rendered": lambda installation, ref: wait_for_step(
        installation, ref, "clip/c00", StepStatus.running, StepStatus.completed
    ),
}
"""Of a job, for processes that work on all of it."""

PARTS = ("beginning", "middle", "end")
"""Of a step, for the process that works on it."""

HALF_S = {"listening": 0.5, "scan": 0.6, "clip/c00": 0.8, "embeddings": 0.8}
"""About half of what a step takes here, in s; others take about 100 ms."""

STARTED = (StepStatus.running, StepStatus.completed, StepStatus.skipped)
ENDED = (StepStatus.completed, StepStatus.skipped)


def kill_process(
    installation: Installation, talk: Path, kind: str, moment: str, record: Record
) -> None:
    """All processes of one kind die at a moment of the job."""
    ref = submit(installation, talk, f"{kind.replace(' ', '-')}-{moment}")
    MOMENTS[moment](installation, ref)
    count = installation.end(kind)
    recovered_s = wait_for_end(installation, ref)
    check_outcome(installation, ref)
    Trial(installation.name, kind, moment, recovered_s, f"{count} processes").tell(record)


def kill_worker_of(
    installation: Installation, talk: Path, step: str, part: str, record: Record
) -> None:
    """The process of a step dies at its beginning, in its middle or at its end."""
    ref = submit(installation, talk, f"{step.replace('/', '-')}-{part}")
    seen = _wait(installation, ref, step, part)
    assert seen.pid is not None
    was_alive = installation.kill(seen.pid)
    recovered_s = wait_for_end(installation, ref)
    check_outcome(installation, ref)
    found = f"{step} {seen.status}" + ("" if was_alive else ", its process had just ended")
    Trial(installation.name, step, part, recovered_s, found).tell(record)


def _wait(installation: Installation, ref: JobRef, step: str, part: str) -> Seen:
    if part == "end":
        return wait_for_step(installation, ref, step, *ENDED)
    seen = wait_for_step(installation, ref, step, *STARTED)
    if part == "middle":
        time.sleep(HALF_S.get(step, 0.03))
    return seen
