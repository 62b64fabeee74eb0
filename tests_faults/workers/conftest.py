"""The same trials with steps on two workers: Celery over Redis, files in S3."""

from collections.abc import Iterator

import pytest

from tests_end_to_end.scale_out.installation import installed, running_s3
from tests_faults.workers.installation import WorkerInstallation


@pytest.fixture(scope="session")
def installation() -> Iterator[WorkerInstallation]:
    with running_s3() as storage, installed(storage) as many:
        yield WorkerInstallation.of(many)
