"""One installation of many machines for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.s3 import S3Storage
from tests_end_to_end.scale_out.installation import Installation, installed
from tests_faults.work import compose_talk


@pytest.fixture(scope="session")
def installation(s3_storage: S3Storage) -> Iterator[Installation]:
    with installed(s3_storage) as found:
        yield found


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose_talk(tmp_path_factory.mktemp("talk"))
