"""A script of this package in a process of its own, asked and answering over pipes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


class ChildFailed(Exception):
    """The process ended, or answered with an error."""


class Child:
    """One process; its script reads requests from stdin and writes a JSON line for each.

    It has a session of its own, so that Ctrl-C in a terminal reaches only the parent,
    which then ends it. When the parent dies, the script reads the end of its input.
    """

    def __init__(
        self, script: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        path = Path(__file__).with_name(script)
        # -P keeps the names of this folder's modules out of the child's imports.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(path), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **(environment or {})},  # noqa: TID251 - handed on, not read
        )

    def send(self, payload: bytes) -> None:
        """Raises ChildFailed when nobody reads any more."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(len(payload).to_bytes(4, "little") + payload)
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise ChildFailed(f"the process has ended ({error})") from error

    def answer(self) -> dict[str, Any]:
        """The next answer; blocks until it is there. Raises ChildFailed."""
        assert self._process.stdout is not None
        try:
            line = self._process.stdout.readline()
        except ValueError as error:
            raise ChildFailed("the process was ended") from error
        if not line:
            raise ChildFailed(f"the process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ChildFailed(str(answer["error"]))
        return answer

    def close(self) -> None:
        """End the process; an `answer` that another thread waits for fails."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
