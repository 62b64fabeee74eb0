"""Keeps processes from outliving their starter; also a script, so it imports nothing of ours."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""
GRACE_S = 5.0
"""Time between the request to end and the end by force."""
RESET = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGPIPE,
    signal.SIGXFSZ,
)


def leashed(arguments: Sequence[str]) -> list[str]:
    """The command that runs `arguments` so that they end with this process (30 ms more).

    For `Popen` from a thread that lives as long as the program is wanted.
    """
    return [*script("hold"), str(os.getpid()), *arguments]


def script(role: str) -> list[str]:
    """The command that runs this file as `hold` or `mourn`."""
    return [sys.executable, "-I", "-S", __file__, role]


def hold(parent: int, arguments: list[str]) -> None:
    """Become the given program, one that gets SIGTERM when the parent's thread ends.

    Signals are as the system has them: a shell lets background jobs ignore SIGINT, and
    Dagster handles SIGTERM the way it finds SIGINT handled, so it could not be stopped.
    """
    for number in RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the process that wanted this program ended before it began")
    try:
        os.execvp(arguments[0], arguments)
    except OSError as error:
        sys.exit(f"{arguments[0]} can not be started: {error}")


def mourn() -> None:
    """Wait until the supervisor is gone, then end the process groups that it left behind.

    It writes `+group` and `-group` lines to the standard input; the end of the input is its
    own end. The parent's death signal reaches only its children, not what they started.
    """
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    for number in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            with suppress(ProcessLookupError):
                os.killpg(group, number)
        deadline = time.monotonic() + GRACE_S
        while any(map(is_alive, groups)) and time.monotonic() < deadline:
            time.sleep(0.05)


def is_alive(group: int) -> bool:
    """Whether the process group has a member."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        hold(int(sys.argv[2]), sys.argv[3:])
    else:
        mourn()
