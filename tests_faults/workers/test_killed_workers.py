"""Workers, their broker and the processes of the service die at three moments of a job."""

from pathlib import Path

import pytest

from tests_faults.installation import Installation
from tests_faults.table import Record
from tests_faults.trials import MOMENTS, PARTS, kill_process, kill_worker_of
from tests_faults.work import STEPS

KINDS = (
    "worker of steps", "worker of runs", "broker", "Postgres", "code server", "daemon", "API",
)  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_job_survives_the_death_of_a_machine(
    installation: Installation, talk: Path, kind: str, moment: str, record_property: Record
) -> None:
    kill_process(installation, talk, kind, moment, record_property)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_job_survives_the_death_of_the_process_of_its_step(
    installation: Installation, talk: Path, step: str, part: str, record_property: Record
) -> None:
    kill_worker_of(installation, talk, step, part, record_property)
