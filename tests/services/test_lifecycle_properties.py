"""Whatever people and runs do to a job, in any order, it stays in one piece."""

from collections.abc import Callable
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from cliply.db import run_requests
from cliply.db.clips import list_clips
from cliply.db.jobs import get_job, list_events
from cliply.db.models import Job, RunRequest
from cliply.db.session import workspace_session
from cliply.db.steps import list_steps
from cliply.domain.assets import ASSETS, CLIPS
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.job_moves import MOVES, PAUSABLE, JobMove
from cliply.domain.jobs import ENDED, JobSettings, JobStatus, StepStatus
from cliply.errors import Cancelled, CliplyError, Conflict, ErrorCode, NotFound
from cliply.operations.jobs import unlock_job
from cliply.services import lifecycle, phases, steps
from cliply.services.clips import add_render, next_version, plan_clips, show_version
from cliply.services.jobs import create_job
from cliply.services.remaining import is_at_work
from cliply.services.step_gate import Asked
from cliply.storage.objects import ObjectStore
from tests.rows import MEASURED, moments, new_source, render_files, render_spec, report

BROKEN = CliplyError(ErrorCode.source_corrupt, "The file is broken.")
LEGAL = {(start, end) for moves in MOVES.values() for start, end in moves.items()}

ACTS = (
    "tick", "tick", "step", "step", "step", "step", "step", "break", "die", "end", "end",
    "cancel", "pause", "resume", "retry", "retry_step", "unlock",
)  # fmt: skip


class World:
    """A job, the runs that are at work on it, and people."""

    def __init__(self, engine: Engine, ref: JobRef, store: ObjectStore) -> None:
        self.engine, self.ref, self.store = engine, ref, store
        self.runs: dict[str, SimpleNamespace] = {}
        """Those that have not ended: their request and what they have still to do."""

    def session(self):
        return workspace_session(self.engine, self.ref.workspace_id)

    def people(self, act: Callable[..., object], *given: object) -> None:
        try:
            with self.session() as session:
                act(session, self.ref.job_id, *given)
        except Conflict as error:
            if error.code is not ErrorCode.job_state_wrong:
                raise
        except NotFound:
            if act is not lifecycle.retry_job:
                raise

    def tick(self, _: int) -> None:
        """Start what waits, as the sensor does: no two runs with the same assets."""
        with self.session() as session:
            job = get_job(session, self.ref.job_id)
            waiting = [r for r in run_requests.list_open(session, job.id) if r.drained_at is None]
            if job.paused_at or job.status is JobStatus.cancelled or not waiting or self.open():
                return
            run_id = uuid4().hex
            run_requests.mark_drained(session, waiting[0], run_id=run_id)
        names = [name for name in ASSETS if name in (waiting[0].assets or ASSETS)]
        todo = list(dict.fromkeys(ASSETS[name].step for name in names))
        self.runs[run_id] = SimpleNamespace(asked=Asked(waiting[0].id, run_id), todo=todo)

    def open(self) -> list[RunRequest]:
        """Requests at work."""
        with self.session() as session:
            found = run_requests.list_open(session, self.ref.job_id)
        return [request for request in found if request.drained_at is not None]

    def step(self, which: int, error: CliplyError | None = None) -> None:
        """The next step of a run; one that is refused is the end of it."""
        run_id = self.some_run(which)
        if run_id is None or not self.runs[run_id].todo:
            return
        run = self.runs[run_id]
        name = run.todo.pop(0)
        if name in CLIPS and not self.has_clip(name):
            return
        try:
            if name in CLIPS:
                phases.advance(self.engine, self.ref, JobMove.render)
            with steps.step(self.engine, self.ref, name, run_id, asked=run.asked):
                self.body(name, error)
        except (Cancelled, CliplyError):
            self.finish(run_id, is_good=False)
            return
        if name == "source_video":
            phases.advance(self.engine, self.ref, JobMove.analyse)

    def body(self, name: str, error: CliplyError | None) -> None:
        if name == "source_video":
            phases.advance(self.engine, self.ref, JobMove.ingest)
        if error is not None:
            raise error
        if name == "ranking":
            with self.session() as session:
                plan_clips(session, self.ref.job_id, moments(0, 30_000), 5)
            phases.advance(self.engine, self.ref, JobMove.plan)
        if name in CLIPS:
            self.render(CLIPS.index(name))

    def has_clip(self, name: str) -> bool:
        with self.session() as session:
            return any(CLIPS[c.slot] == name for c in list_clips(session, self.ref.job_id))

    def render(self, slot: int) -> None:
        with self.session() as session:
            clip = next(c for c in list_clips(session, self.ref.job_id) if c.slot == slot)
            version = next_version(session, clip.id)
            spec, files = render_spec(clip.start_ms), render_files(version)
            row = add_render(session, clip.id, version, spec, files, MEASURED, report())
            show_version(session, row, spec.span, None)

    def some_run(self, which: int) -> str | None:
        return sorted(self.runs)[which % len(self.runs)] if self.runs else None

    def finish(self, run_id: str, *, is_good: bool) -> None:
        del self.runs[run_id]
        if is_good:
            phases.finish_rendering(self.engine, self.ref)
            phases.finish_run(self.engine, self.ref, run_id)
        else:
            phases.close_run(self.engine, self.ref, run_id, cancelled=False, otherwise=BROKEN)

    def die(self, which: int) -> None:
        if run_id := self.some_run(which):
            self.finish(run_id, is_good=False)

    def end(self, which: int) -> None:
        run_id = self.some_run(which)
        if run_id and not self.runs[run_id].todo:
            self.finish(run_id, is_good=True)

    def act(self, name: str, which: int) -> None:
        names = sorted({made.step for made in ASSETS.values()})
        step = names[which % len(names)]
        acts: dict[str, Callable[[], object]] = {
            "tick": lambda: self.tick(which),
            "step": lambda: self.step(which),
            "break": lambda: self.step(which, BROKEN),
            "die": lambda: self.die(which),
            "end": lambda: self.end(which),
            "cancel": lambda: self.people(lifecycle.cancel_job),
            "pause": lambda: self.people(lifecycle.pause_job),
            "resume": lambda: self.people(lifecycle.resume_job, self.store),
            "retry": lambda: self.people(lifecycle.retry_job, self.store),
            "retry_step": lambda: self.people(lifecycle.retry_job, self.store, step),
            "unlock": lambda: self.people(unlock_job),
        }
        acts[name]()

    def bring_to_its_end(self) -> Job:
        """Nobody interferes any more: every run does what it was asked for."""
        for _ in range(12):
            self.people(lifecycle.resume_job, self.store)
            with self.session() as session:
                if get_job(session, self.ref.job_id).status in ("failed", "cancelled"):
                    lifecycle.retry_job(session, self.ref.job_id, self.store)
            self.tick(0)
            for run_id in list(self.runs):
                while run_id in self.runs and self.runs[run_id].todo:
                    self.step(sorted(self.runs).index(run_id))
                if run_id in self.runs:
                    self.finish(run_id, is_good=True)
        with self.session() as session:
            return get_job(session, self.ref.job_id)

    def check(self) -> None:
        with self.session() as session:
            job = get_job(session, self.ref.job_id)
            check_history(job, list_events(session, job.id))
            rows = list_steps(session, job.id)
            open_requests = run_requests.list_open(session, job.id)
            waits = [request for request in open_requests if request.drained_at is None]
            names = [name for request in waits for name in request.assets]
            assert len(names) == len(set(names)), "something is asked for twice"
            assert job.paused_at is None or job.status in PAUSABLE
            assert (job.finished_at is not None) == (job.status in ENDED)
            assert all(row.status is not StepStatus.running for row in rows)
            if is_at_work(session, job) and not waiting_for_a_person(job):
                assert open_requests, "it is at work and nobody was asked to do it"


def waiting_for_a_person(job: Job) -> bool:
    return job.status is JobStatus.clips_generated and not job.settings.auto_render


def check_history(job: Job, events: list) -> None:
    state, paused = "created", False
    for event in events:
        if event.kind == "moved":
            assert event.payload["from"] == state, "a move begins where the last one ended"
            state = event.payload["to"]
            assert (JobStatus(event.payload["from"]), JobStatus(state)) in LEGAL
            paused = paused and JobStatus(state) in PAUSABLE
        elif event.kind == "paused":
            assert not paused
            paused = True
        elif event.kind == "resumed":
            paused = False
    assert (state, paused) == (job.status.value, job.paused_at is not None)
    assert [event.id for event in events] == sorted(event.id for event in events)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ObjectStore:
    return ObjectStore(tmp_path_factory.mktemp("objects").as_uri())


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 19)), max_size=24),
    auto_render=st.booleans(),
)
def test_any_order_of_acts_keeps_the_job_in_one_piece_and_lets_it_come_to_its_end(
    engine: Engine, workspace: WorkspaceId, store: ObjectStore, auto_render: bool,
    acts: list[tuple[str, int]],
) -> None:  # fmt: skip
    source = new_source(engine, workspace)
    store.put_bytes(source.object_key, b"a film")
    with workspace_session(engine, workspace) as session:
        wish = JobSettings(auto_render=auto_render)
        ref = create_job(session, source, wish, with_run_request=True).ref
    world = World(engine, ref, store)
    for name, which in acts:
        world.act(name, which)
        world.check()
    assert world.bring_to_its_end().status is JobStatus.review
    world.check()
