"""Keeps a set of programs running: started in order, restarted when they die, ended together."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from cliply import leash
from cliply.errors import ErrorCode, Unavailable

POLL_S = 0.1
WATCH_S = 1.0
LOG_BYTES = 10_000_000
"""A longer log becomes `NAME.log.1` when its program starts."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Tell = Callable[[str], object]


def _nothing() -> None:
    """What a supervisor watches besides its children, by default."""


@dataclass(frozen=True)
class Child:
    """A program to keep running."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables added to the supervisor's own."""
    ready: Callable[[], bool] | None = None
    """Whether it answers; the next child waits for that. None: it is ready when started."""
    told: str = ""
    """What to tell a person when it is ready."""


@dataclass(frozen=True)
class Pace:
    """How long a supervisor waits for what, in seconds."""

    ready_s: float = 120.0
    """For one child to get ready; Dagster's code server takes 5 to 30 on two busy cores."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    """Between the death of a child and its restart; doubled from death to death."""
    healthy_s: float = 60.0
    """A child that lived this long starts over with the first wait."""
    stop_s: float = 10.0
    """For one child and all it started to end, before it is killed."""


class Supervised:
    """One child's process, and when it is due again."""

    def __init__(self, child: Child, log_folder: Path, pace: Pace) -> None:
        self.child = child
        self.log = log_folder / f"{'-'.join(child.name.lower().split())}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.due_at = 0.0
        self._pace = pace
        self._wait_s = pace.first_wait_s
        self._started_at = 0.0

    def start(self) -> int:
        """Start the program in a session of its own; answers its process group."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                leash.leashed(self.child.arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Inherited as a whole; no setting is read here.
                env={**os.environ, **self.child.environment},  # noqa: TID251
                start_new_session=True,
            )
        self._started_at = time.monotonic()
        return self.process.pid

    def put_off(self) -> float:
        """Set when it is due again after its death; answers the wait in seconds."""
        if time.monotonic() - self._started_at >= self._pace.healthy_s:
            self._wait_s = self._pace.first_wait_s
        wait_s = self._wait_s
        self.due_at = time.monotonic() + wait_s
        self._wait_s = min(2 * wait_s, self._pace.longest_wait_s)
        return wait_s

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def how_it_ended(self) -> str:
        status = self.process.returncode if self.process else 0
        return f"ended by signal {-status}" if status < 0 else f"ended with exit status {status}"

    def is_gone(self) -> bool:
        """Whether neither the program nor anything it started is left."""
        return self.process is None or (self.has_ended() and not leash.is_alive(self.process.pid))

    def signal(self, number: signal.Signals) -> None:
        """To the program and all it started."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def bury(self) -> int:
        """Kill what is left and forget the process; answers its process group."""
        group = 0
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
            group, self.process = self.process.pid, None
        return group

    def last_words(self) -> str:
        """Where its log is, and the log's last line."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4000))
            lines = log.read().decode(errors="replace").strip().splitlines()
        said = f'ends with "{lines[-1].strip()}"' if lines else "is empty"
        return f"its log {self.log} {said}"

    def failed(self, what: str) -> Unavailable:
        message = f"{self.child.name} {what}; {self.last_words()}. Mend that and start again."
        return Unavailable(ErrorCode.process_not_ready, message)


class Mourner:
    """Tells the process that outlives the supervisor which groups to end then."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def expect(self, group: int) -> None:
        self._write(f"+{group}")

    def forget(self, group: int) -> None:
        self._write(f"-{group}")

    def _write(self, line: str) -> None:
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.write(f"{line}\n")
                self._process.stdin.flush()


class Supervisor:
    """Runs children until somebody asks it to stop."""

    def __init__(
        self,
        children: Sequence[Child],
        log_folder: Path,
        *,
        on_change: Tell = print,
        watch: Callable[[], object] = _nothing,
        pace: Pace | None = None,
    ) -> None:
        """`on_change` gets one line for each change; `watch` is called every second."""
        self._pace = pace or Pace()
        self._all = [Supervised(child, log_folder, self._pace) for child in children]
        self._log_folder = log_folder
        self._tell = on_change
        self._watch = watch
        self._stops = 0
        self._watched_at = 0.0

    def stop(self) -> None:
        """Ask `run` to end all; asked twice, it no longer waits for them. For any thread."""
        self._stops += 1

    def run(self) -> None:
        """Start all in order and keep them running until SIGINT, SIGTERM, SIGHUP or `stop`.

        Ends them in reverse order and leaves none, however it ends. Raises Unavailable when
        a child does not get ready at its first start. The thread that runs this must be
        the main one for signals to be heard.
        """
        self._log_folder.mkdir(parents=True, exist_ok=True)
        with self._signals_heard(), _mourned() as mourner:
            try:
                for one in self._all:
                    self._start_first(one, mourner)
                self._keep_running(mourner)
            finally:
                for one in reversed(self._all):
                    self._end(one, mourner)

    def _start_first(self, one: Supervised, mourner: Mourner) -> None:
        """Start a child and wait until it is ready or a stop is asked for."""
        if self._stops:
            return
        mourner.expect(one.start())
        self._tell(f"{one.child.name}: starting")
        deadline = time.monotonic() + self._pace.ready_s
        while not self._stops:
            if one.child.ready is None or (not one.has_ended() and one.child.ready()):
                self._tell(f"{one.child.name}: running{one.child.told and f', {one.child.told}'}")
                return
            if one.has_ended():
                raise one.failed(f"{one.how_it_ended()} before it was ready")
            if time.monotonic() > deadline:
                raise one.failed(f"was not ready within {self._pace.ready_s:g} s")
            self._look_round()
            time.sleep(POLL_S)

    def _keep_running(self, mourner: Mourner) -> None:
        while not self._stops:
            self._look_round()
            for one in self._all:
                self._look_after(one, mourner)
            time.sleep(POLL_S)

    def _look_round(self) -> None:
        """Call `watch` when it is due, also while children are starting: they need it, too."""
        if time.monotonic() - self._watched_at >= WATCH_S:
            self._watch()
            self._watched_at = time.monotonic()

    def _look_after(self, one: Supervised, mourner: Mourner) -> None:
        """Bury a child that has died; start it again when it is due."""
        if one.has_ended():
            how, wait_s = one.how_it_ended(), one.put_off()
            mourner.forget(one.bury())
            self._tell(f"{one.child.name}: {how}, starts again in {wait_s:g} s; {one.last_words()}")
        elif one.process is None and time.monotonic() >= one.due_at:
            mourner.expect(one.start())
            self._tell(f"{one.child.name}: started again")

    def _end(self, one: Supervised, mourner: Mourner) -> None:
        """End a child and all that it started: politely first, then by force."""
        if one.process is None:
            return
        one.signal(signal.SIGTERM)
        deadline = time.monotonic() + self._pace.stop_s
        while not (gone := one.is_gone()) and time.monotonic() < deadline and self._stops < 2:
            time.sleep(POLL_S / 2)
        mourner.forget(one.bury())
        self._tell(f"{one.child.name}: stopped" if gone else f"{one.child.name}: killed")

    @contextmanager
    def _signals_heard(self) -> Iterator[None]:
        """Stop signals call `stop` while the body runs, if this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def heard(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        before = {number: signal.signal(number, heard) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _mourned() -> Iterator[Mourner]:
    """A process that ends what is left should this one be killed."""
    process = subprocess.Popen(
        leash.script("mourn"), stdin=subprocess.PIPE, start_new_session=True, text=True
    )
    with process:
        yield Mourner(process)
