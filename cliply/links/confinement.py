"""What the process that downloads can not do, whatever a page makes it try."""

import os
import resource
import signal
import socket
import sys
from collections.abc import Collection
from types import FrameType
from typing import Any

OPEN_FILES = 256
LOOPBACK = "127.0.0.1"
OF_PROCESSES = frozenset({"os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"})
OF_NAMES = frozenset(
    {"socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo", "socket.getaddrinfo"}
)
OF_SENDING = frozenset({"socket.sendto", "socket.sendmsg", "socket.bind"})


def confine(
    *, cpu_s: int, memory_bytes: int, file_bytes: int, port: int, programs: Collection[str]
) -> None:
    """Bounds for this process and its children, and no way back.

    This process connects to the port of our proxy and to nothing else, looks up no name and
    starts these programs alone. Memory is what is written to: engines for JavaScript reserve
    far more.
    """
    limits = {
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_DATA: memory_bytes,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))
    signal.signal(signal.SIGTERM, _end_group)
    sys.addaudithook(_Watch((LOOPBACK, port), frozenset(programs)))


def _end_group(_number: int, _frame: FrameType | None) -> None:
    """Our FFmpeg must not outlive us when the process that asked for us is gone."""
    os.killpg(0, signal.SIGKILL)


class _Watch:
    """An audit hook; Python lets nobody take it away again."""

    def __init__(self, door: tuple[str, int], programs: frozenset[str]) -> None:
        self._door = door
        self._programs = programs

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self._check_connection(*arguments)
        elif event in OF_NAMES:
            if arguments[0] != LOOPBACK:
                raise PermissionError(f"{event} is not for a download")
        elif event == "subprocess.Popen":
            if os.fspath(arguments[0]) not in self._programs:
                raise PermissionError("this program is not for a download")
        elif event in OF_SENDING or event in OF_PROCESSES:
            raise PermissionError(f"{event} is not for a download")

    def _check_connection(self, connection: socket.socket, address: Any) -> None:
        if connection.family != socket.AF_INET or tuple(address) != self._door:
            raise PermissionError("a download connects to its proxy alone")
