"""One installation for all trials: it has to survive them all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests_faults import table
from tests_faults.installation import Installation, installed
from tests_faults.work import compose_talk


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    with installed() as found:
        yield found


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose_talk(tmp_path_factory.mktemp("talk"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("killed with -9: what, when, and until its job had ended")
    for line in table.lines(terminalreporter.stats.get("passed", ())):
        terminalreporter.write_line(line)
