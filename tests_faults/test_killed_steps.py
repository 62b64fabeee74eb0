"""The process of a step dies at the step's beginning, in its middle and at its end."""

import time
from pathlib import Path

import pytest

from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from tests_faults.installation import Installation
from tests_faults.table import TRIALS, Trial
from tests_faults.work import (
    STEPS,
    Seen,
    check_outcome,
    submit,
    wait_for_end,
    wait_for_step,
)

MOMENTS = ("beginning", "middle", "end")
HALF_S = {"scan": 0.6, "clip/c00": 1.0, "listening": 0.2}
"""Half of what a step takes here; others take under 100 ms."""

STARTED = (StepStatus.running, StepStatus.completed, StepStatus.skipped)
ENDED = (StepStatus.completed, StepStatus.skipped)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_job_survives_the_death_of_the_process_that_works_on_it(
    installation: Installation, talk: Path, step: str, moment: str
) -> None:
    ref = submit(installation, talk, f"{step.replace('/', '-')}-{moment}")
    seen = _wait(installation, ref, step, moment)
    assert seen.pid is not None
    was_alive = installation.kill(seen.pid)
    recovered_s = wait_for_end(installation, ref)
    check_outcome(installation, ref)
    found = f"{step} {seen.status}" + ("" if was_alive else ", its process had just ended")
    TRIALS.append(Trial(step, moment, found, recovered_s))


def _wait(installation: Installation, ref: JobRef, step: str, moment: str) -> Seen:
    if moment == "end":
        return wait_for_step(installation, ref, step, *ENDED)
    seen = wait_for_step(installation, ref, step, *STARTED)
    if moment == "middle":
        time.sleep(HALF_S.get(step, 0.03))
    return seen
