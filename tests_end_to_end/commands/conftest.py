"""The command, called in this process with a home of its own."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.main import main


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Cliply = Callable[..., Ended]


@pytest.fixture
def cliply(
    new_home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Cliply:
    """Run `cliply …` in a new home without a network."""
    monkeypatch.setenv("CLIPLY_HOME", str(new_home))
    monkeypatch.setenv("MODEL_HUB", "never")
    monkeypatch.chdir(new_home)

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["cliply", *map(str, arguments)])
        capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        return Ended(status, *capfd.readouterr())

    return run
