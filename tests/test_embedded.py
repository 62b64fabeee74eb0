"""One server for all processes of a home, whatever happens to any of them."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from cliply.embedded import EmbeddedPostgres
from cliply.errors import SettingsError
from cliply.postgres import MAX_SOCKET_PATH_BYTES, SOCKET_NAME, Cluster

USER = """
import sys
from pathlib import Path
from cliply.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.acquire()
print("in", flush=True)
sys.stdin.readline()
server.release()
print("out", flush=True)
"""


@contextmanager
def another_user(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the server until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        yield process
        process.kill()


def postmaster(home: Path) -> int | None:
    """The running server of the home."""
    recorded = Cluster.for_home(home.resolve()).data / "postmaster.pid"
    if not recorded.exists():
        return None
    pid = int(recorded.read_text().splitlines()[0])
    return pid if Path(f"/proc/{pid}/exe").exists() else None


def ask(url: URL, query: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(query))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def test_what_was_written_is_there_after_a_restart(new_home: Path) -> None:
    with EmbeddedPostgres(new_home) as urls:
        ask(urls.owner, "create table kept as select 42 as value")
    assert postmaster(new_home) is None
    began = time.monotonic()
    with EmbeddedPostgres(new_home) as urls:
        assert time.monotonic() - began < 10
        assert ask(urls.owner, "select value from kept") == 42
        assert ask(urls.owner, "show listen_addresses") == ""


def test_two_processes_share_a_server_and_the_last_one_stops_it(new_home: Path) -> None:
    server = EmbeddedPostgres(new_home)
    urls = server.acquire()
    first = postmaster(new_home)
    with another_user(new_home) as other:
        assert postmaster(new_home) == first
        server.release()
        assert ask(urls.owner, "select 1") == 1
        other.communicate("\n", timeout=30)
        assert postmaster(new_home) is None


def test_two_that_start_at_once_both_work(new_home: Path) -> None:
    servers = [EmbeddedPostgres(new_home) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        urls = list(pool.map(EmbeddedPostgres.acquire, servers))
    assert [ask(each.owner, "select 1") for each in urls] == [1, 1, 1]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(EmbeddedPostgres.release, servers))
    assert postmaster(new_home) is None


def test_a_killed_user_does_not_keep_the_server(new_home: Path) -> None:
    with EmbeddedPostgres(new_home) as urls, another_user(new_home) as other:
        other.kill()
        other.wait()
        assert ask(urls.owner, "select 1") == 1
    assert postmaster(new_home) is None


def test_a_server_without_users_is_taken_over(new_home: Path) -> None:
    with another_user(new_home) as only:
        only.kill()
        only.wait()
    abandoned = postmaster(new_home)
    assert abandoned is not None
    with EmbeddedPostgres(new_home):
        assert postmaster(new_home) == abandoned
    assert postmaster(new_home) is None


def test_a_killed_server_comes_back_with_what_was_committed(new_home: Path) -> None:
    with EmbeddedPostgres(new_home) as urls:
        ask(urls.owner, "create table kept as select generate_series(1, 300) as value")
        killed = postmaster(new_home)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        with EmbeddedPostgres(new_home) as again:
            assert postmaster(new_home) != killed
            assert ask(again.owner, "select count(*) from kept") == 300
    assert postmaster(new_home) is None


def test_a_backend_that_outlives_its_server_is_no_obstacle(new_home: Path) -> None:
    busy = "do $$ begin perform pg_sleep(0); loop perform 1; end loop; end $$"
    with EmbeddedPostgres(new_home) as urls, ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(ask, urls.owner, busy)
        while not ask(urls.owner, "select count(*) from pg_stat_activity where query ~ '^do'"):
            time.sleep(0.01)
        killed = postmaster(new_home)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        with EmbeddedPostgres(new_home) as again:
            assert ask(again.owner, "select 1") == 1
        assert stuck.exception(timeout=30) is not None


def test_a_lock_file_that_names_a_foreign_process_is_no_obstacle(new_home: Path) -> None:
    with EmbeddedPostgres(new_home):
        lock = Cluster.for_home(new_home.resolve()).data / "postmaster.pid"
        lines = lock.read_text().splitlines()
        killed = postmaster(new_home)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        with EmbeddedPostgres(new_home) as urls:
            assert ask(urls.owner, "select 1") == 1


def test_nobody_else_gets_in(new_home: Path) -> None:
    with EmbeddedPostgres(new_home) as urls:
        secret = new_home / "postgres.json"
        sockets = Path(str(urls.owner.query["host"]))
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        for role, password in json.loads(secret.read_text()).items():
            assert len(password) >= 32
            assert password not in repr(urls)
            assert password not in (sockets / "postgres.log").read_text(), role
        with pytest.raises(Exception, match="password authentication failed"):
            ask(urls.owner.set(password="wrong"), "select 1")


def test_the_server_never_runs_as_root(new_home: Path) -> None:
    with EmbeddedPostgres(new_home):
        pid = postmaster(new_home)
        assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_a_home_behind_closed_doors_works(tmp_path: Path) -> None:
    """Like root's own home, which no other account may enter."""
    (tmp_path / "closed").mkdir(mode=0o700)
    home = tmp_path / "closed" / "home"
    with EmbeddedPostgres(home) as urls:
        ask(urls.owner, "create table kept as select 42 as value")
    with EmbeddedPostgres(home) as urls:
        assert ask(urls.owner, "select value from kept") == 42
    (home / "postgres.json").unlink()
    cluster = Cluster.for_home(home.resolve())
    if cluster.folder.is_relative_to(home):
        with pytest.raises(SettingsError, match=r"postgres\.json"):
            EmbeddedPostgres(home).acquire()
    else:
        with EmbeddedPostgres(home) as urls:
            assert ask(urls.owner, "select to_regclass('kept')") is None
        subprocess.run(["rm", "-r", str(cluster.folder)], check=True)


def test_a_home_with_a_long_path_has_a_short_socket(new_home: Path) -> None:
    home = new_home / ("long" * 15) / ("path" * 15)
    with EmbeddedPostgres(home) as urls:
        sockets = Path(str(urls.owner.query["host"]))
        assert len(str(sockets / SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES
        assert ask(urls.owner, "select 1") == 1
    sockets.rmdir()


def test_a_home_that_can_not_be_made_is_a_settings_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="CLIPLY_HOME"):
        EmbeddedPostgres(tmp_path / "file" / "home").acquire()


def test_passwords_that_are_gone_are_not_made_up(new_home: Path) -> None:
    with EmbeddedPostgres(new_home):
        pass
    (new_home / "postgres.json").unlink()
    with pytest.raises(SettingsError, match="put it back"):
        EmbeddedPostgres(new_home).acquire()


def test_leaving_twice_does_nothing(new_home: Path) -> None:
    with EmbeddedPostgres(new_home) as urls:
        other = EmbeddedPostgres(new_home)
        other.acquire()
        other.release()
        other.release()
        assert ask(urls.owner, "select 1") == 1
