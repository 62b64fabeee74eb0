"""A process of the service dies while a job waits, is analysed and is rendered."""

from pathlib import Path

import pytest

from tests_faults.installation import Installation
from tests_faults.table import Record
from tests_faults.trials import MOMENTS, kill_process


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", ["code server", "daemon", "Postgres", "API"])
def test_a_job_survives_the_death_of_a_process_of_the_service(
    installation: Installation, talk: Path, kind: str, moment: str, record_property: Record
) -> None:
    kill_process(installation, talk, kind, moment, record_property)
