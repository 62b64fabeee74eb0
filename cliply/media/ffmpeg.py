"""The one place that finds FFmpeg and starts it."""

import hashlib
import os
import platform
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from cliply import leash
from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.rendering import Toolchain
from cliply.errors import CliplyError, ErrorCode, MediaError, SettingsError, Unavailable

MEMORY_BYTES = 4 << 30
"""Address space of one FFmpeg; a render of 10-bit 3840x2160 to 1080x1920 needs under 1 GiB."""

LOG_BYTES = 16 << 10
"""How much of the end of FFmpeg's log is kept."""

WAKE_S = 0.25
"""How often FFmpeg reports and progress is passed on, in seconds."""

INSTRUCTION_SETS = ("avx512bw", "avx2", "avx", "sse4_2", "sse2")
"""CPU flags that x264 and swscale choose code by, best first."""


def find_ffmpeg(binary: Path | None) -> Path:
    """The given FFmpeg, or the packaged one; raises SettingsError when it can not be run."""
    found = binary or _packaged()
    if not os.access(found, os.X_OK) or not found.is_file():
        raise SettingsError(
            f"There is no FFmpeg that can be run at {found}. Unset FFMPEG_BINARY to use the "
            "packaged one, or point it at another.",
            ErrorCode.ffmpeg_missing,
        )
    return found.resolve()


def _packaged() -> Path:
    from imageio_ffmpeg import get_ffmpeg_exe  # probes the installed wheel, so not at import

    try:
        return Path(get_ffmpeg_exe())
    except RuntimeError as error:
        raise SettingsError(
            "The packaged FFmpeg is missing. Install the dependencies again, or set FFMPEG_BINARY.",
            ErrorCode.ffmpeg_missing,
        ) from error


def toolchain(binary: Path) -> Toolchain:
    """What of this machine decides the bytes of a render; computed once per process."""
    status = binary.stat()
    return _toolchain(binary, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _toolchain(binary: Path, _mtime_ns: int, _size: int) -> Toolchain:
    with binary.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Toolchain(
        ffmpeg_version=ask(binary, "-version").split()[2],
        ffmpeg_hash=digest[:16],
        cpu_class=cpu_class(Path("/proc/cpuinfo")),
    )


def cpu_class(cpuinfo: Path) -> str:
    """The best instruction set of this CPU, or the machine's name where Linux lists none."""
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    lines = (line for line in text.splitlines() if line.startswith("flags"))
    flags = set(next(lines, "").split())
    return next((name for name in INSTRUCTION_SETS if name in flags), platform.machine())


@lru_cache(maxsize=8)
def filters(binary: Path) -> frozenset[str]:
    """Names of the filters that this FFmpeg was built with."""
    rows = (line.split() for line in ask(binary, "-filters").splitlines())
    return frozenset(row[1] for row in rows if len(row) > 2 and "->" in row[2])


def ask(binary: Path, question: str) -> str:
    """What FFmpeg prints about itself for one option, such as `-version`."""
    try:
        answer = subprocess.run(
            [str(binary), "-hide_banner", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SettingsError(
            f"{binary} does not answer as an FFmpeg. Unset FFMPEG_BINARY or point it at another.",
            ErrorCode.ffmpeg_missing,
        ) from error
    return answer.stdout.decode(errors="replace")


def run(
    binary: Path,
    arguments: Sequence[str],
    *,
    duration_ms: int,
    timeout_s: float,
    on_progress: OnProgress = unwatched,
    stall_s: float = 60.0,
    memory_bytes: int = MEMORY_BYTES,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run FFmpeg to its end; the last 16 KiB of its log.

    `duration_ms` is the length of what it writes, for progress. The child sees nothing of
    our environment but `environment`, runs in its own session, is dead and reaped whenever
    this returns or raises, whatever the exception, and ends with us when we are killed.

    Raises MediaError when FFmpeg gives up on the input, and Unavailable when the disk is
    full, when it was killed, takes longer than `timeout_s` or stands still for `stall_s`.
    """
    report = ("-nostdin", "-nostats", "-progress", "pipe:1", "-stats_period", str(WAKE_S))
    process = subprocess.Popen(
        leash.leashed([str(binary), "-hide_banner", *report, *arguments]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment or {}),
        start_new_session=True,
    )
    try:
        _limit_memory(process.pid, memory_bytes)
        watch = _Watch(process, duration_ms, timeout_s, stall_s)
        log = watch.follow(on_progress)
    finally:
        _end(process)
    if process.returncode:
        raise _failure(process.returncode, log)
    return log


def _limit_memory(pid: int, memory_bytes: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    with suppress(ProcessLookupError):  # it may have ended already
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


class _Watch:
    """Reads what a running FFmpeg reports, and notices when it stands still."""

    def __init__(
        self, process: subprocess.Popen[bytes], duration_ms: int, timeout_s: float, stall_s: float
    ) -> None:
        self._process = process
        self._duration_us = duration_ms * 1000
        self._timeout_s = timeout_s
        self._stall_s = stall_s
        self._log = b""
        self._line = b""
        self._written_us = 0
        self._started = self._moved = time.monotonic()

    def follow(self, on_progress: OnProgress) -> str:
        """Read until FFmpeg closes both pipes; the end of its log."""
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            while selector.get_map():
                for key, _ in selector.select(WAKE_S):
                    chunk = os.read(key.fd, 1 << 16)
                    if chunk:
                        key.data(chunk)
                    else:
                        selector.unregister(key.fileobj)
                on_progress(min(1.0, self._written_us / self._duration_us))
                self._check_clock()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        return self._log.decode(errors="replace")

    def _register(self, selector: selectors.BaseSelector) -> None:
        sinks: dict[IO[bytes] | None, Callable[[bytes], None]] = {
            self._process.stdout: self._read_report,
            self._process.stderr: self._read_log,
        }
        for pipe, sink in sinks.items():
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, sink)

    def _read_log(self, chunk: bytes) -> None:
        self._log = (self._log + chunk)[-LOG_BYTES:]

    def _read_report(self, chunk: bytes) -> None:
        *lines, self._line = (self._line + chunk).split(b"\n")
        for line in lines:
            name, _, value = line.partition(b"=")
            if name == b"out_time_us" and value.isdigit() and int(value) > self._written_us:
                self._written_us = int(value)
                self._moved = time.monotonic()

    def _check_clock(self) -> None:
        now = time.monotonic()
        if now - self._started > self._timeout_s:
            raise _timeout(f"did not finish within {self._timeout_s:.0f} s")
        if now - self._moved > self._stall_s:
            raise _timeout(f"wrote nothing for {self._stall_s:.0f} s")


def _timeout(what: str) -> Unavailable:
    return Unavailable(
        ErrorCode.ffmpeg_timeout,
        f"FFmpeg {what} and was stopped. Try again when the machine is less busy.",
    )


def _failure(status: int, log: str) -> CliplyError:
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return Unavailable(
            ErrorCode.disk_full, "The disk is full: FFmpeg could not write. Free space, try again."
        )
    if status < 0:
        return Unavailable(
            ErrorCode.render_failed,
            f"FFmpeg was killed by signal {-status}, most likely for want of memory. "
            "Try again with fewer renders at a time.",
        )
    lines = [line for line in log.splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "it said nothing"
    return MediaError(
        ErrorCode.render_failed,
        f"FFmpeg gave up with status {status}: {last}. Check that the source plays to its end.",
    )
