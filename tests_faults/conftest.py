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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each installation is tried in one process; two of them side by side.

    Before pytest-xdist reads the groups: otherwise both processes start both installations.
    """
    for item in items:
        place = "workers" if "workers" in item.path.parts else "service"
        item.add_marker(pytest.mark.xdist_group(place))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("killed with -9: what, when, and until its job had ended")
    for line in table.lines(terminalreporter.stats.get("passed", ())):
        terminalreporter.write_line(line)
