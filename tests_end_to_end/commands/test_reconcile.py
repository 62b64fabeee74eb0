"""`cliply reconcile` on a database with each kind of damage: mended once, then all agrees."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest
from sqlalchemy import Engine, select, text

from cli.instance import open_instance
from clip_assets.steps import REQUEST_TAG
from cliply.db.jobs import get_job
from cliply.db.models import Job, RunRequest
from cliply.db.renders import list_renders
from cliply.db.session import create_app_engine, workspace_session
from cliply.db.sources import get_source_of
from cliply.db.system import system_session
from cliply.domain.ids import LOCAL_WORKSPACE, JobId, JobRef
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobStatus
from cliply.embedded import EmbeddedPostgres
from cliply.installation import open_store
from cliply.services import lifecycle, phases, steps
from cliply.services.reconciling import DEAD_S, Damage
from cliply.settings import load_settings
from cliply.storage.objects import ObjectStore
from sensors.runs import PARTITION_TAG
from tests.rows import new_job, rendered_job
from tests_end_to_end.commands.conftest import Cliply

Status = dg.DagsterRunStatus
AGED = {
    "jobs": ("id", ["updated_at"]),
    "run_requests": ("job_id", ["drained_at", "closed_at"]),
    "job_steps": ("job_id", ["started_at", "heartbeat_at"]),
}
"""Tables, the column with the job, and the times that are put back by ten minutes."""


@dg.job
def nothing() -> None: ...


class Place:
    """Rows of the local workspace, runs of its graph and files, made as the service makes them."""

    def __init__(
        self, instance: dg.DagsterInstance, engine: Engine, system: Engine, store: ObjectStore
    ) -> None:
        self.instance, self.engine, self.system, self.store = instance, engine, system, store

    def run(self, ref: JobRef, status: Status, *, request: RunRequest | None = None) -> str:
        tags = {PARTITION_TAG: str(ref)}
        if request is not None:
            tags[REQUEST_TAG] = str(request.id)
        self.instance.add_dynamic_partitions("jobs", [str(ref)])
        return self.instance.create_run_for_job(nothing, tags=tags, status=status).run_id

    def job(self) -> JobRef:
        return new_job(self.engine, LOCAL_WORKSPACE)

    def take(self, ref: JobRef, run_id: str | None = None, *, closed: bool = False) -> RunRequest:
        """The job's request, as a tick leaves it, and whoever saw its end."""
        with system_session(self.system) as session:
            row = session.scalars(select(RunRequest).where(RunRequest.job_id == ref.job_id)).one()
            row.drained_at, row.run_id = row.created_at, run_id
            row.closed_at = row.created_at if closed else None
            return row

    def begin(self, ref: JobRef, run_id: str) -> None:
        phases.advance(self.engine, ref, JobMove.ingest)
        with workspace_session(self.engine, LOCAL_WORKSPACE) as session:
            steps.start_step(session, ref, "source_video", run_id)

    def end_worker(self, ref: JobRef) -> None:
        """Its steps were at work in a process of this machine that is no more."""
        ended = subprocess.Popen(["true"])
        ended.wait()
        with system_session(self.system) as session:
            session.execute(
                text("update job_steps set worker = :worker where job_id = :id"),
                {"worker": f"{socket.gethostname()}:{ended.pid}", "id": ref.job_id},
            )

    def age(self, ref: JobRef) -> None:
        with system_session(self.system) as session:
            for table, (key, columns) in AGED.items():
                older = ", ".join(f"{one} = {one} - interval '10 minutes'" for one in columns)
                session.execute(
                    text(f"update {table} set {older} where {key} = :id"), {"id": ref.job_id}
                )

    def source_key(self, ref: JobRef) -> str:
        with workspace_session(self.engine, LOCAL_WORKSPACE) as session:
            return get_source_of(session, get_job(session, ref.job_id)).object_key

    def clip_with_file(self) -> JobRef:
        """A job that has ended, with a clip; nothing is missing but its source's file."""
        ref = rendered_job(self.engine, LOCAL_WORKSPACE, 0)
        with workspace_session(self.engine, LOCAL_WORKSPACE) as session:
            (render,) = list_renders(session, ref.job_id)
            render.video_key = f"{LOCAL_WORKSPACE.hex}/clips/{ref.job_id.hex}/c00/v1.mp4"
            self.store.put_bytes(render.video_key, b"x")
            source = get_source_of(session, get_job(session, ref.job_id))
            source.object_key = f"{LOCAL_WORKSPACE.hex}/sources/{source.id.hex}/source.mp4"
        return ref


@pytest.fixture
def place(cliply: Cliply, new_home: Path) -> Iterator[Place]:
    assert cliply("reconcile").out == "all agrees\n"
    settings = load_settings()
    with EmbeddedPostgres(new_home) as urls, open_instance(settings, urls) as instance:
        engine, system = create_app_engine(urls.app), create_app_engine(urls.system)
        yield Place(instance, engine, system, open_store(settings))
        engine.dispose()
        system.dispose()


OF_FILES = {
    Damage.render_missing, Damage.source_missing, Damage.partition_left, Damage.analysis_left,
    Damage.source_left,  # after a day; tests/upkeep has it
}  # fmt: skip


def plant_rows(place: Place) -> dict[Damage, JobRef]:
    """One job for each kind of damage of rows; nothing else is wrong with it."""
    found = {kind: place.job() for kind in Damage if kind not in OF_FILES}

    ref = found[Damage.run_not_noted]
    place.run(ref, Status.NOT_STARTED, request=place.take(ref))

    place.take(found[Damage.request_lost])
    place.age(found[Damage.request_lost])

    ref = found[Damage.end_not_seen]
    run_id = place.run(ref, Status.FAILURE)
    place.take(ref, run_id)
    place.begin(ref, run_id)

    ref = found[Damage.run_lost]
    run_id = place.run(ref, Status.STARTED)
    place.take(ref, run_id)
    place.begin(ref, run_id)
    place.end_worker(ref)

    ref = found[Damage.step_left]
    place.take(ref, closed=True)
    place.begin(ref, place.run(ref, Status.FAILURE))
    place.end_worker(ref)

    ref = found[Damage.job_forsaken]
    place.take(ref, closed=True)
    place.age(ref)

    ref = found[Damage.partition_missing]
    place.take(ref, place.run(ref, Status.NOT_STARTED))
    place.instance.delete_dynamic_partition("jobs", str(ref))

    ref = found[Damage.removal_left]
    place.take(ref, place.run(ref, Status.SUCCESS), closed=True)
    with workspace_session(place.engine, LOCAL_WORKSPACE) as session:
        lifecycle.delete_job(session, ref.job_id)

    for kind, ref in found.items():
        if kind is not Damage.removal_left:
            place.store.put_bytes(place.source_key(ref), b"x")
    time.sleep(DEAD_S)  # nobody is dead to a database that has just been started
    return found


def plant_files(place: Place) -> dict[Damage, JobRef]:
    """Damage of files, and of runs whose job is no more."""
    found = {Damage.partition_left: JobRef(LOCAL_WORKSPACE, JobId(uuid4()))}
    place.run(found[Damage.partition_left], Status.SUCCESS)

    ref = found[Damage.render_missing] = place.clip_with_file()
    place.store.put_bytes(place.source_key(ref), b"x")
    place.store.delete_prefix(f"{LOCAL_WORKSPACE.hex}/clips/{ref.job_id.hex}")

    found[Damage.source_missing] = place.clip_with_file()

    ref = found[Damage.analysis_left] = JobRef(LOCAL_WORKSPACE, JobId(uuid4()))
    place.store.put_bytes(f"{ref.workspace_id.hex}/analysis/{ref.job_id.hex}/a.json", b"{}")
    return found


def rows_of(place: Place) -> list[object]:
    """All that the command may change, but for the times of looking."""
    with system_session(place.system) as session:
        return [
            session.execute(text(statement)).all()
            for statement in (
                "select id, status, archived_at, paused_at, error_code from jobs order by id",
                "select id, job_id, drained_at, closed_at, run_id from run_requests order by id",
                "select job_id, name, status, attempts from job_steps order by job_id, name",
                "select id, kind from job_events order by id",
                "select job_id from job_removals order by job_id",
                "select id, status, version from clips order by id",
                "select id, object_key from source_videos order by id",
            )
        ] + [
            sorted(place.store.list(LOCAL_WORKSPACE.hex)),
            sorted(place.instance.get_dynamic_partitions("jobs")),
        ]


def test_each_kind_of_damage_is_mended_and_a_second_run_changes_nothing(
    cliply: Cliply, place: Place
) -> None:
    planted = plant_rows(place) | plant_files(place)
    before = rows_of(place)

    tried = cliply("reconcile", "--dry-run")
    assert rows_of(place) == before
    first = cliply("reconcile")
    mended = rows_of(place)
    second = cliply("reconcile")

    for kind, ref in planted.items():
        assert is_told(kind, ref, tried.out), tried.out
        assert is_told(kind, ref, first.out), first.out
    assert "left for the next round" not in first.out
    assert second.out == "all agrees\n"
    assert rows_of(place) == mended
    check_jobs(place, planted)


def is_told(kind: Damage, ref: JobRef, table: str) -> bool:
    """Whether a line names the job, and the damage as far as the terminal is wide."""
    return any(
        str(ref.job_id) in line and line.split()[1] == kind.split("_")[0]
        for line in table.splitlines()
    )


def check_jobs(place: Place, planted: dict[Damage, JobRef]) -> None:
    with system_session(place.system) as session:
        open_ones = set(
            session.scalars(select(RunRequest.job_id).where(RunRequest.closed_at.is_(None)))
        )
        status = {job.id: job.status for job in session.scalars(select(Job))}
    going_on = (
        Damage.run_not_noted, Damage.request_lost, Damage.end_not_seen, Damage.run_lost,
        Damage.job_forsaken, Damage.partition_missing, Damage.render_missing,
    )  # fmt: skip
    for kind in going_on:
        assert planted[kind].job_id in open_ones, kind
    assert planted[Damage.removal_left].job_id not in status
    assert status[planted[Damage.render_missing].job_id] == JobStatus.rendering
