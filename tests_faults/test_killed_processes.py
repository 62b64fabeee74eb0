"""A process of the service dies while a job waits, is analysed and is rendered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cliply.domain.ids import JobRef
from cliply.domain.jobs import StepStatus
from tests_faults.installation import Installation
from tests_faults.table import TRIALS, Trial
from tests_faults.work import (
    check_outcome,
    submit,
    wait_for_end,
    wait_for_step,
)

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


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", ["code server", "daemon", "Postgres", "API"])
def test_a_job_survives_the_death_of_a_process_of_the_service(
    installation: Installation, talk: Path, kind: str, moment: str
) -> None:
    ref = submit(installation, talk, f"{kind.replace(' ', '-')}-{moment}")
    MOMENTS[moment](installation, ref)
    pids = installation.pids(kind)
    assert pids, f"there is no {kind}"
    assert any([installation.kill(pid) for pid in pids])
    recovered_s = wait_for_end(installation, ref)
    check_outcome(installation, ref)
    TRIALS.append(Trial(kind, moment, f"{len(pids)} processes", recovered_s))
