"""The API under an even load: reads of a workspace with 100,000 jobs among 1,000 workspaces."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

from pydantic import SecretStr

from benchmarks.api_load import Answer, percentile, play
from benchmarks.api_rows import MANY_JOBS, fill, jobs_of
from benchmarks.timing import Row
from cliply.db.migrate import upgrade
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import UserId
from cliply.embedded import EmbeddedPostgres
from cliply.identity.access_tokens import AccessTokens, SigningKey
from cliply.postgres import Cluster

PROCESSES = 2
RATE_PER_S, SECONDS = 200, 25
WARM_UP_S = 5
ASKED_MS = 50.0
CPU_MS = 1000 * (os.cpu_count() or 1) / RATE_PER_S
"""What there is for one read, of all cores together."""
KEY = "bench:a-signing-key-for-benchmarks-only-0001"
PAGES = (1, 10, 100, 1000)
ROUNDS = 60
FLAT = 1.3


def measure() -> list[Row]:
    """Latency of mixed reads from their scheduled times, and of lists at any depth."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        with EmbeddedPostgres(home) as urls:
            upgrade(urls)
            workspace_id, user_id = uuid4(), uuid4()
            fill(urls, workspace_id, user_id)
            with _server(home) as (port, pids):
                heads = _heads(workspace_id, user_id)
                return [
                    *_mixed(urls, home, port, pids, heads, workspace_id),
                    *_depth(port, heads),
                ]


def _mixed(
    urls: DatabaseUrls,
    home: Path,
    port: int,
    pids: Sequence[int],
    heads: dict[str, str],
    workspace_id: UUID,
) -> list[Row]:
    paths = _paths(jobs_of(urls, workspace_id), workspace_id)
    play(port, heads, paths, RATE_PER_S, WARM_UP_S)
    before = _spent(home, pids)
    answers = play(port, heads, paths, RATE_PER_S, SECONDS)
    after = _spent(home, pids)
    cpu_ms = {who: 1000 * (after[who] - before[who]) / len(answers) for who in after}
    wrong = [one for one in answers if one.status != 200]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(answers)} were not answered, as {wrong[0]}")
    for kind in sorted({one.kind for one in answers}):
        print(f"  {kind:<10}{_told([one for one in answers if one.kind == kind])}")
    times = [one.latency_ms for one in answers]
    name = f"{RATE_PER_S} reads/s, {MANY_JOBS:,} jobs"
    return [
        Row(f"{name}, p50 ms", statistics.median(times), ASKED_MS, "", "asked", len(times)),
        Row(f"{name}, p99 ms", percentile(times, 99), ASKED_MS, "", "asked", len(times), 1.0),
        *(
            Row(f"a read, CPU ms of {who}", ms, CPU_MS, "", "all cores", len(times))
            for who, ms in cpu_ms.items()
        ),
        Row("a read, CPU ms of all", sum(cpu_ms.values()), CPU_MS, "", "all cores", len(times)),
    ]


def _depth(port: int, heads: dict[str, str]) -> list[Row]:
    """Medians of a page by its number and by where the one before it ended, in turn."""
    paths = {("page", page): f"/api/jobs?page={page}" for page in PAGES}
    for page in PAGES[1:]:
        before = _get(port, heads, f"/api/jobs?page={page - 1}")
        paths["after", page] = f"/api/jobs?after={before['next']}"
    taken: dict[tuple[str, int], list[float]] = {place: [] for place in paths}
    for _ in range(ROUNDS):
        for place, path in paths.items():
            (answer,) = play(port, heads, [(str(place), path)], 1, 1)
            taken[place].append(answer.latency_ms)
    middle = {place: statistics.median(times) for place, times in taken.items()}
    first = middle["page", 1]
    return [
        Row(f"jobs, {how} {page:,}, ms", middle[how, page], first, "", "page 1", ROUNDS, FLAT)
        for how, page in paths
        if page > 1
    ]


def _paths(jobs: Sequence[UUID], workspace_id: UUID) -> list[tuple[str, str]]:
    """Of twenty reads: 8 lists of jobs, 5 jobs, 3 times steps, 2 of clips, 2 of the caller."""
    paths: list[tuple[str, str]] = []
    for turn, job in enumerate(jobs):
        page = 1 + turn % 50 if turn % 4 == 0 else 1
        narrowed = ("", "&status=review", "&status=failed&status=completed", "&sort=created_at")
        paths += [("list", f"/api/jobs?page={page}{one}") for one in narrowed] * 2
        others = [jobs[(turn * 7 + step) % len(jobs)] for step in range(8)]
        paths += [("job", f"/api/jobs/{other}") for other in others[:5]]
        paths += [("steps", f"/api/jobs/{other}/steps") for other in others[5:]]
        paths += [("clips", f"/api/clips?job_id={job}"), ("clips", "/api/clips?limit=20")]
        paths += [("me", "/api/me"), ("me", f"/api/workspaces/{workspace_id}")]
    return paths


def _told(answers: Sequence[Answer]) -> str:
    times = [one.latency_ms for one in answers]
    return (
        f"{len(times):>6} answers, p50 {statistics.median(times):6.1f} ms, "
        f"p99 {percentile(times, 99):6.1f} ms"
    )


def _heads(workspace_id: UUID, user_id: UUID) -> dict[str, str]:
    kid, _, secret = KEY.partition(":")
    tokens = AccessTokens([SigningKey(kid, SecretStr(secret))])
    token = tokens.issue(UserId(user_id), session_id=uuid4())
    return {"Authorization": f"Bearer {token}", "X-Workspace-Id": str(workspace_id)}


@contextmanager
def _server(home: Path) -> Iterator[tuple[int, list[int]]]:
    """The API's port and its processes."""
    port = _free_port()
    environment = os.environ | {  # noqa: TID251  (for another process)
        "CLIPLY_HOME": str(home),
        "JWT_KEYS": KEY,
        "RATE_LIMITS": "off",
        "API_PORT": str(port),
    }
    command = [
        sys.executable, "-m", "uvicorn", "api.main:build", "--factory", "--port", str(port),
        "--workers", str(PROCESSES), "--loop", "uvloop", "--http", "httptools",
        "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "75",
    ]  # fmt: skip
    with (home / "api.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield port, _children(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            with urlopen(f"http://127.0.0.1:{port}/api/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the API did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(port: int, heads: dict[str, str], path: str) -> dict[str, str]:
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=heads)) as answer:
        found: dict[str, str] = json.load(answer)
        return found


def _children(parent: int) -> list[int]:
    """Processes that a process has started, and those that they have."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == parent:
            pid = int(stat.parent.name)
            found += [pid, *_children(pid)]
    return found


def _spent(home: Path, api: Sequence[int]) -> dict[str, float]:
    """CPU seconds of all that takes part, since each began."""
    server = int((Cluster.for_home(home).data / "postmaster.pid").read_text().split()[0])
    return {
        "the API": sum(_cpu_s(pid) for pid in api),
        # Backends that have ended are counted by who started them.
        "Postgres": _cpu_s(server, ended=True) + sum(map(_cpu_s, _children(server))),
        "the load": time.process_time(),
    }


def _cpu_s(pid: int, *, ended: bool = False) -> float:
    """Of a process; with `ended`, of its children, too, that are no more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0  # it has just ended
    ticks = sum(int(field) for field in fields[11 : 15 if ended else 13])
    return ticks / os.sysconf("SC_CLK_TCK")
