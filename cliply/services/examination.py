"""Looks at a file of a tenant in a process of its own, which has bounds."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cliply import leash
from cliply.domain.media import SourceLimits, SourceMedia
from cliply.errors import ErrorCode, MediaError, Unavailable

WORKER = Path(__file__).with_name("examination_worker.py")

TIMEOUT_S = 120.0
"""A file without a duration is read to its end: 2 GiB in 30 s from a slow disk."""

CPU_S = 60
"""The probe decodes the first seconds only, which takes 1 s for 3840x2160."""

MEMORY_BYTES = 3 << 30
"""Address space; a probe of 3840x2160 with its threads takes under 1.5 GiB of it."""

OUTPUT_BYTES = 1 << 20
"""More than any description of a source."""


def examine_apart(
    path: Path,
    limits: SourceLimits,
    *,
    timeout_s: float = TIMEOUT_S,
    cpu_s: int = CPU_S,
    memory_bytes: int = MEMORY_BYTES,
) -> SourceMedia:
    """What `probe` says of the file. A crash or a loop of a decoder ends that process alone.

    It sees nothing of our environment, writes no file, and is dead with its group whenever
    this returns or raises. Raises MediaError as `probe` does and for files that are too
    much for it, Unavailable when the machine took too long.
    """
    bounds = {"cpu_s": cpu_s, "memory_bytes": memory_bytes}
    asked = {"path": str(path), "limits": limits.model_dump(mode="json"), **bounds}
    answer = ask_apart(WORKER, asked, path, timeout_s)
    if answer is None:
        raise _too_much(path)
    return _read(answer)


def ask_apart(
    worker: Path, asked: dict[str, Any], path: Path, timeout_s: float
) -> dict[str, Any] | None:
    """What a worker's process answers about a file; None when it went over its bounds.

    Raises Unavailable when the machine took too long or killed it.
    """
    # -P keeps the names of this folder's modules out of the child's imports.
    status, answer = _run([sys.executable, "-P", str(worker), json.dumps(asked)], path, timeout_s)
    if status == -signal.SIGKILL:
        raise Unavailable(
            ErrorCode.process_not_ready,
            f"The process that examined {path.name} was killed, most likely for want of memory; "
            "confirm the upload again.",
        )
    if status or not answer:
        return None
    found: dict[str, Any] = json.loads(answer)
    return found


def _run(command: Sequence[str], path: Path, timeout_s: float) -> tuple[int, bytes]:
    """Exit status and output."""
    process = subprocess.Popen(
        leash.leashed(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        start_new_session=True,
    )
    try:
        answer, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise Unavailable(
            ErrorCode.process_not_ready,
            f"Examining {path.name} took longer than {timeout_s:g} s; confirm the upload again "
            "when the machine is less busy.",
        ) from None
    finally:
        _end(process)
    return process.returncode, answer[:OUTPUT_BYTES]


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _read(answer: dict[str, Any]) -> SourceMedia:
    if "code" in answer:
        raise MediaError(ErrorCode(answer["code"]), answer["message"])
    return SourceMedia.model_validate(answer["media"])


def _too_much(path: Path) -> MediaError:
    return MediaError(
        ErrorCode.source_corrupt,
        f"{path.name} can not be examined with the time and memory that a sound file needs: "
        "export it again.",
    )
