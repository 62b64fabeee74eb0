"""Jobs through a running service: how soon they begin, what the graph adds, many at once."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import psycopg

from benchmarks.timing import Row, cost_of
from cliply.db.migrate import upgrade
from cliply.db.session import create_app_engine
from cliply.db.system import system_session
from cliply.db.urls import DatabaseUrls
from cliply.db.workspaces import add_workspace
from cliply.domain.editing import Edit
from cliply.domain.export import ExportSettings, Quality
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import ClipDuration, JobSettings
from cliply.embedded import EmbeddedPostgres
from cliply.services import submission
from cliply.storage.objects import ObjectStore
from tests.conftest import TALK
from tests.media.synthesis import Shot, Sound, compose, gradient, solid, tone

JOBS_ONE_BY_ONE = 10
JOBS_AT_ONCE = 50
WAITING = 10_000
TICKS = 5
PORTS = {"DAGSTER_PORT": "3971", "API_PORT": "8971"}
SETTINGS = JobSettings(
    clip_duration=ClipDuration(min=3, max=4),
    max_clips=1,
    language="en",
    edit=Edit(export=ExportSettings(quality=Quality.preview)),
)

OPEN = """
select id from jobs
where id = any(%(ids)s) and status not in ('review', 'completed', 'failed', 'cancelled')
"""
FIRST_STEP_S = """
select extract(epoch from min(step.started_at) - min(job.created_at))
from jobs job join job_steps step on step.job_id = job.id
where job.id = any(%(ids)s) group by job.id
"""
ADDED_S = """
select extract(epoch from max(finished_at) - min(started_at) - sum(finished_at - started_at))
from job_steps where job_id = any(%(ids)s) group by job_id
"""
ENDS = """
select workspace_id from job_events
where job_id = any(%(ids)s) and kind = 'moved' and payload ->> 'to' = 'review' order by id
"""

WAITING_ROWS: tuple[LiteralString, ...] = (
    "insert into workspaces (id, name) select gen_random_uuid(), 'w' || n"
    " from generate_series(1, 200) n",
    "insert into source_videos (workspace_id, id, object_key, content_hash, file_name, size_bytes)"
    " select id, gen_random_uuid(), 'x', id::text, 'talk.mp4', 1 from workspaces",
    "insert into jobs (workspace_id, id, source_video_id, mode, status, settings, request_digest)"
    " select workspace_id, gen_random_uuid(), id, 'vod', 'created', '{}', n::text"
    " from source_videos, generate_series(1, 50) n",
    "insert into run_requests (workspace_id, id, job_id, assets, priority, reason)"
    " select workspace_id, gen_random_uuid(), id, '[]', 0, 'submitted' from jobs",
)


def measure() -> list[Row]:
    """Wall time: a person waits for it. Judge it on a machine that does nothing else."""
    rows = [_tick()]
    with _installation() as place, _service(place.home):
        rows += place.one_by_one()
        print(*rows, sep="\n", flush=True)  # what follows takes long
        rows += place.at_once()
    return rows


class Place:
    """An installation that a service runs on."""

    def __init__(self, home: Path, urls: DatabaseUrls) -> None:
        self.home = home
        self._engine = create_app_engine(urls.app)
        self._system = create_app_engine(urls.system)
        self._store = ObjectStore((home / "objects").as_uri())
        address = urls.system.set(drivername="postgresql")
        self._rows = psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)
        self._made = 0

    def one_by_one(self) -> list[Row]:
        """Jobs that find nothing else at work."""
        workspace, refs = self._workspace(), []
        for _ in range(JOBS_ONE_BY_ONE):
            refs.append(self._submit(workspace))
            self._wait(refs)
        first = self._figures(FIRST_STEP_S, refs)
        added = self._figures(ADDED_S, refs)
        worst = first[int(0.95 * (len(first) - 1))]
        return [
            _row("created to first step, median", statistics.median(first), 6.0, len(refs)),
            _row("created to first step, p95", worst, 6.0, len(refs)),
            _row("added by the graph to a job", statistics.median(added), 3.0, len(refs)),
        ]

    def at_once(self) -> list[Row]:
        """Two tenants, one of which asks a moment later; their jobs end in turn."""
        before_mb = _memory_mb()
        tenants = [self._workspace(), self._workspace()]
        refs = [self._submit(one) for one in tenants for _ in range(JOBS_AT_ONCE // 2)]
        began = time.monotonic()
        self._wait(refs, limit_s=3600)
        took_s = time.monotonic() - began
        order = self._column(ENDS, refs)
        half = order[: len(order) // 2]
        share = half.count(tenants[1]) / len(half)
        grown = _memory_mb() / before_mb
        return [
            _row(f"{JOBS_AT_ONCE} jobs at once, all", took_s, 3600.0, 1),
            Row("second tenant's share of the first half", share, 0.5, "", "half", 1, None),
            Row("memory after them", grown, 1.0, "x", "before them", 1, None),
        ]

    def _submit(self, workspace_id: WorkspaceId) -> JobRef:
        self._made += 1
        path = _talk(self.home, self._made)
        offer = submission.examine(path, path.with_suffix(".srt"))
        return submission.submit(
            self._engine, self._store, workspace_id, offer, SETTINGS, with_run_request=True
        )

    def _workspace(self) -> WorkspaceId:
        workspace_id = WorkspaceId(uuid4())
        with system_session(self._system) as session:
            add_workspace(session, workspace_id, "bench")
        return workspace_id

    def _wait(self, refs: Sequence[JobRef], *, limit_s: float = 300.0) -> None:
        deadline = time.monotonic() + limit_s
        while self._column(OPEN, refs):
            if time.monotonic() > deadline:
                sys.exit(f"jobs did not end within {limit_s:g} s; see {self.home}/dagster/logs")
            time.sleep(0.1)

    def _figures(self, statement: LiteralString, refs: Sequence[JobRef]) -> list[float]:
        return sorted(float(figure) for figure in self._column(statement, refs))

    def _column(self, statement: LiteralString, refs: Sequence[JobRef]) -> list[Any]:
        ids = [ref.job_id for ref in refs]
        return [row[0] for row in self._rows.execute(statement, {"ids": ids})]


def _tick() -> Row:
    """The sensor over `WAITING` jobs of 200 workspaces, each with its four places to fill."""
    import dagster as dg

    from resources.database import Database
    from resources.job_limits import JobLimits
    from sensors.run_requests import run_requests

    with _home() as home, EmbeddedPostgres(home) as urls:
        upgrade(urls)
        _fill(urls)
        database = Database(lambda: urls)
        given = {"database": database, "job_limits": JobLimits()}
        with dg.DagsterInstance.local_temp(str(home)) as instance:

            def tick() -> None:
                with dg.build_sensor_context(instance=instance, resources=given) as context:
                    run_requests(context)

            costs = [cost_of(tick) for _ in range(TICKS)]
        database.close()
    wall_ms = statistics.median(cost.wall_s for cost in costs) * 1000
    return Row(f"sensor tick, {WAITING} jobs wait", wall_ms, 250.0, "ms", "250 ms", TICKS, 1.0)


def _fill(urls: DatabaseUrls) -> None:
    address = urls.owner.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in (*WAITING_ROWS, "vacuum analyze"):
            connection.execute(statement)


def _row(name: str, figure: float, limit: float, runs: int) -> Row:
    return Row(name, figure, limit, "s", f"{limit:g} s", runs, 1.0)


def _talk(folder: Path, number: int) -> Path:
    """12 s with a sidecar transcript; another file each time."""
    loud = tone(12.0, 300.0 + number).samples * 0.2
    loud[:, 48_000 * 5 : 48_000 * 6] *= 4
    path = folder / f"talk-{number}.mp4"
    compose(path, [Shot(6.0, gradient(200, 40, 40)), Shot(6.0, solid(30, 60, 200))], [Sound(loud)])
    path.with_suffix(".srt").write_text(TALK)
    return path


@contextmanager
def _home() -> Iterator[Path]:
    """One that a database under another account gets into."""
    with tempfile.TemporaryDirectory(prefix="cliply-bench-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def _installation() -> Iterator[Place]:
    with _home() as home, EmbeddedPostgres(home) as urls:
        upgrade(urls)
        yield Place(home, urls)


@contextmanager
def _service(home: Path) -> Iterator[None]:
    """`cliply up`, until it says that its last part runs."""
    given = {**os.environ, **PORTS, "CLIPLY_HOME": str(home), "MODEL_HUB": "never"}  # noqa: TID251
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "up"], env=given, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr or ():
            if line.startswith("upkeep: running"):
                break
        yield
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)


def _memory_mb() -> float:
    """Of all processes that this one has started, and theirs; shared pages by their share."""
    parents = {pid: _parent(pid) for pid in map(int, filter(str.isdigit, os.listdir("/proc")))}
    ours = [pid for pid in parents if _is_below(os.getpid(), pid, parents)]
    return sum(map(_proportional_kb, ours)) / 1024


def _is_below(top: int, pid: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        pid = parents[pid]
        if pid == top:
            return True
    return False


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
