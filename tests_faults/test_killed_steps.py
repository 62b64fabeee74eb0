"""The process of a step dies at the step's beginning, in its middle and at its end."""

from pathlib import Path

import pytest

from tests_faults.installation import Installation
from tests_faults.table import Record
from tests_faults.trials import PARTS, kill_worker_of
from tests_faults.work import STEPS


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_job_survives_the_death_of_the_process_that_works_on_it(
    installation: Installation, talk: Path, step: str, part: str, record_property: Record
) -> None:
    kill_worker_of(installation, talk, step, part, record_property)
