"""One try at a download: yt-dlp in a process of its own, behind a proxy of ours."""

import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from cliply import leash
from cliply.domain.progress import OnProgress
from cliply.errors import CliplyError, ErrorCode, InvalidInput, MediaError, Unavailable
from cliply.links.addresses import Link
from cliply.links.asking import Failure, Fetched, Told, Wish
from cliply.links.failures import read_failure
from cliply.links.rules import LinkRules
from cliply.media.ffmpeg import find_ffmpeg
from cliply.outbound.dialling import Upstream
from cliply.outbound.egress import Egress, opened_egress

WORKER = Path(__file__).with_name("worker.py")

WAKE_S = 0.2
"""How often a download is looked at, and told to stop."""
CPU_S = 3600
"""Taking 2 GiB off the wire and putting them into one file takes 60 s."""
MEMORY_BYTES = 2 << 30
TIMEOUT_S = 6 * 3600.0
START_S = 120.0
"""Until the first byte. Loading yt-dlp takes 1 s, and far more where all cores are busy; it
notices itself when a site does not answer."""
JOIN_S = 900.0
"""FFmpeg copies 2 GiB into one file in 60 s on a slow disk."""
OVERHEAD_BYTES = 64 << 20
"""Pages, captions, and what is fetched twice."""
LINE_BYTES = 1 << 20


def download(
    link: Link,
    folder: Path,
    rules: LinkRules,
    *,
    language: str | None,
    upstream: Upstream | None,
    on_progress: OnProgress,
) -> Fetched:
    """What yt-dlp put into the folder, which keeps its parts when this raises.

    The process sees nothing of our environment, writes nowhere else, connects to our proxy
    alone, and is dead with its FFmpeg whenever this returns or raises.

    Raises InvalidInput with the reason when the video is not to be had, and Unavailable
    when another try may help.
    """
    with opened_egress(rules.reach, rules.max_bytes + OVERHEAD_BYTES, upstream) as egress:
        process = _begin(_wish(link, folder, rules, language, egress), folder)
        try:
            return _Watch(process, egress, rules).follow(on_progress)
        finally:
            _end(process)


def _wish(link: Link, folder: Path, rules: LinkRules, language: str | None, egress: Egress) -> Wish:
    cookies = folder / "cookies.txt"
    return Wish(
        url=link.url,
        proxy=egress.url,
        proxy_port=egress.port,
        domains=tuple(rules.domains),
        refuse_playlists=rules.playlists == "refuse",
        language=language,
        max_bytes=rules.max_bytes,
        max_duration_ms=rules.limits.max_duration_ms,
        ffmpeg=str(find_ffmpeg(rules.ffmpeg)),
        js_runtime=str(rules.js_runtime) if rules.js_runtime else None,
        cookies=str(cookies) if cookies.exists() else None,
        cpu_s=CPU_S,
        memory_bytes=MEMORY_BYTES,
        file_bytes=rules.max_bytes + OVERHEAD_BYTES,
    )


def _begin(wish: Wish, folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        # -P keeps the names of that folder's modules out of the child's imports.
        leash.leashed([sys.executable, "-P", str(WORKER)]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(folder), "TMPDIR": str(folder), "YTDLP_NO_PLUGINS": "1"},
        cwd=folder,
        start_new_session=True,
    )
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as stdin:  # its end says more
        stdin.write(wish.model_dump_json().encode())
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


class _Watch:
    """Reads what the process tells, and notices when it stands still or takes too much."""

    def __init__(self, process: subprocess.Popen[bytes], egress: Egress, rules: LinkRules) -> None:
        self._process = process
        self._egress = egress
        self._rules = rules
        self._line = b""
        self._fraction = 0.0
        self._quiet_s = START_S
        self._result: Fetched | CliplyError | None = None
        self._received = 0
        self._started = self._moved = time.monotonic()

    def follow(self, on_progress: OnProgress) -> Fetched:
        stdout = self._process.stdout
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while self._result is None:
                if selector.select(WAKE_S):
                    chunk = os.read(stdout.fileno(), 1 << 16)
                    if not chunk:
                        break
                    self._read(chunk)
                on_progress(self._fraction)
                self._check()
        if isinstance(self._result, Fetched):
            return self._result
        raise self._result or self._died()

    def _read(self, chunk: bytes) -> None:
        *lines, self._line = (self._line + chunk).split(b"\n")
        if len(self._line) > LINE_BYTES:
            self._result = _broken()
        for line in lines:
            try:
                self._hear(Told.model_validate_json(line))
            except ValidationError:
                self._result = _broken()

    def _hear(self, told: Told) -> None:
        if told.fraction is not None:
            self._fraction = max(self._fraction, told.fraction)
        if told.stage == "joining":
            self._quiet_s, self._moved = JOIN_S, time.monotonic()
        if told.refused is not None:
            code, message = ErrorCode(told.refused[0]), told.refused[1]
            kind = MediaError if code.value.startswith("SOURCE_") else InvalidInput
            self._result = kind(code, message)
        if told.failed is not None:
            self._result = self._reason(told.failed)
        if told.fetched is not None:
            self._result = told.fetched

    def _reason(self, failure: Failure) -> CliplyError:
        """Our proxy knows better why a connection failed."""
        if self._egress.is_exceeded:
            return _too_large(self._rules)
        read = read_failure(failure)
        if self._egress.refusals and read.code in UNCLEAR:
            return self._egress.refusals[-1]
        return read

    def _check(self) -> None:
        now = time.monotonic()
        if self._egress.is_exceeded:
            raise _too_large(self._rules)
        if self._egress.received_bytes != self._received:
            self._received, self._moved = self._egress.received_bytes, now
            self._quiet_s = self._rules.stall_s
        if now - self._moved > self._quiet_s:
            raise _stalled(f"for {now - self._moved:.0f} s nothing came")
        if now - self._started > TIMEOUT_S:
            raise _stalled(f"it took more than {TIMEOUT_S / 3600:g} h")

    def _died(self) -> CliplyError:
        """The process ended without a word."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        if self._egress.is_exceeded:
            return _too_large(self._rules)
        return Unavailable(
            ErrorCode.process_not_ready,
            f"The process that downloads ended with status {self._process.returncode}, most "
            "likely for want of memory; try again.",
        )


UNCLEAR = frozenset({ErrorCode.link_unavailable, ErrorCode.link_refused, ErrorCode.link_failed})


def _stalled(how: str) -> Unavailable:
    return Unavailable(
        ErrorCode.link_stalled,
        f"The download has stalled: {how}. It goes on from there when it is tried again.",
    )


def _too_large(rules: LinkRules) -> MediaError:
    return MediaError(
        ErrorCode.source_too_large,
        f"The video is larger than {rules.max_bytes / 2**30:.3g} GiB; upload a shorter or "
        "smaller one.",
    )


def _broken() -> CliplyError:
    return CliplyError(ErrorCode.internal, "The process that downloads said what nobody reads.")
