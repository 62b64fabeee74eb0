"""The Postgres that comes with an installation, shared by all processes of one home."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL

from cliply.db.urls import APP_ROLE, DRIVER, SYSTEM_ROLE, DatabaseUrls
from cliply.errors import ErrorCode, SettingsError, Unavailable
from cliply.postgres import Cluster

OWNER_ROLE = "cliply_owner"
DATABASE = "cliply"
ROLES = (OWNER_ROLE, APP_ROLE, SYSTEM_ROLE)
ATTEMPTS = 5
RETRY_S = 0.2


class EmbeddedPostgres:
    """A running server for as long as this process needs it.

    Every user holds a shared lock on a file of the home. The last one to leave stops the
    server. The lock of a killed process goes with it, and the next user takes over the
    server that it left, running or crashed. One object is one user.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self._user: IO[bytes] | None = None

    def acquire(self) -> DatabaseUrls:
        """Start or join the server; returns when it takes connections.

        Takes about 1 s the first time, 0.1 s to start again, 20 ms to join.
        Raises Unavailable when it does not start, SettingsError when the home can not be used.
        """
        with self._changing():
            user = (self.home / "postgres.users").open("ab")
            try:
                fcntl.flock(user, fcntl.LOCK_SH)
                urls = self._started()
            except BaseException:
                user.close()
                raise
            self._user = user
            return urls

    def release(self) -> None:
        """Leave the server; the last user stops it. Does nothing when not acquired."""
        if self._user is None:
            return
        with self._changing(), self._user as user:
            self._user = None
            try:
                fcntl.flock(user, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            Cluster.for_home(self.home).stop()

    def revive(self) -> None:
        """Start the server again if it died; for one who watches over the home.

        Raises Unavailable when it does not come back.
        """
        with self._changing():
            Cluster.for_home(self.home).start()

    def __enter__(self) -> DatabaseUrls:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Only one process at a time starts, joins or leaves."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = (self.home / "postgres.lock").open("ab")
        except OSError as error:
            raise SettingsError(
                f"Cliply can not write to its home {self.home}: {error.strerror}. "
                "Make it writable or set CLIPLY_HOME."
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _started(self) -> DatabaseUrls:
        cluster = Cluster.for_home(self.home)
        passwords = _Passwords(self.home / "postgres.json")
        if not passwords.exist():
            self._forget_former(cluster)
            passwords.create()
        known = passwords.read()
        if not cluster.data.exists():
            cluster.initialise(OWNER_ROLE, known[OWNER_ROLE])
        urls = DatabaseUrls(*(_url(role, known[role], cluster.sockets) for role in ROLES))
        for attempt in range(1, ATTEMPTS + 1):
            cluster.start()
            try:
                _ensure_database(urls.owner)
                break
            except Unavailable:
                # A server that was killed a moment ago still looks alive.
                if attempt == ATTEMPTS:
                    raise
                time.sleep(RETRY_S)
        return urls

    def _forget_former(self, cluster: Cluster) -> None:
        """Data outside a home that was deleted since: nobody has their passwords any more."""
        if not cluster.data.exists():
            return
        if cluster.folder.is_relative_to(self.home):
            raise SettingsError(
                f"{self.home / 'postgres.json'} with the database's passwords is gone; "
                f"put it back, or remove {cluster.data} to start with an empty database."
            )
        cluster.destroy()


class _Passwords:
    """The random password of each role, in a file that only its owner reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exist(self) -> bool:
        return self.path.exists()

    def create(self) -> None:
        partial = self.path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({role: secrets.token_urlsafe(24) for role in ROLES}, file)
        partial.rename(self.path)

    def read(self) -> dict[str, str]:
        try:
            known = json.loads(self.path.read_text())
            return {role: known[role] for role in ROLES}
        except (ValueError, KeyError, OSError) as error:
            raise SettingsError(
                f"{self.path} does not hold the passwords of the embedded Postgres "
                f"({type(error).__name__}); put back the file that was there."
            ) from None


def _url(role: str, password: str, sockets: Path) -> URL:
    """A URL over the Unix socket: there is no other way in."""
    return URL.create(
        DRIVER, username=role, password=password, database=DATABASE, query={"host": str(sockets)}
    )


def _ensure_database(owner: URL) -> None:
    """Create the database on the first start, or when a kill came between."""
    try:
        _connect(owner, DATABASE).close()
    except psycopg.OperationalError as error:
        if f'database "{DATABASE}" does not exist' not in str(error):
            raise Unavailable(
                ErrorCode.database_unavailable,
                f"The embedded Postgres refused its owner: {str(error).strip()}. "
                "Run `cliply doctor`.",
            ) from None
        with _connect(owner, "postgres") as connection:
            connection.execute(SQL("create database {}").format(Identifier(DATABASE)))


def _connect(owner: URL, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=str(owner.query["host"]),
        user=owner.username,
        password=str(owner.password),
        dbname=database,
        autocommit=True,
    )
