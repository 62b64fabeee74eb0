"""What runs and people do to a job, for tests."""

import pytest
from sqlalchemy import Engine

from cliply.db import run_requests
from cliply.db.clips import list_clips
from cliply.db.jobs import get_job, list_events
from cliply.db.models import Job, RunRequest
from cliply.db.session import workspace_session
from cliply.domain.assets import CLIPS
from cliply.domain.ids import JobRef
from cliply.domain.job_moves import JobMove
from cliply.errors import Cancelled, CliplyError, Conflict, ErrorCode
from cliply.services import lifecycle, phases, steps
from cliply.services.clips import add_render, next_version, plan_clips, show_version
from tests.rows import MEASURED, moments, render_files, render_spec, report

BROKEN = CliplyError(ErrorCode.source_corrupt, "The file is broken.")
ONLY_STEPS = ("source_video", "listening", "scan", "transcript", "mood", "candidates", "ranking")


def started(engine: Engine, ref: JobRef, run_id: str = "run-1") -> None:
    """The sensor has made a run of the newest request, and it is at work."""
    with workspace_session(engine, ref.workspace_id) as session:
        request = run_requests.list_open(session, ref.job_id)[-1]
        run_requests.mark_drained(session, request, run_id=run_id)


def do(engine: Engine, ref: JobRef, *names: str, run_id: str = "run-1") -> None:
    for name in names:
        with steps.step(engine, ref, name, run_id):
            pass


def fail(engine: Engine, ref: JobRef, name: str, run_id: str = "run-1") -> None:
    with pytest.raises(CliplyError), steps.step(engine, ref, name, run_id):
        raise BROKEN
    phases.close_run(engine, ref, run_id, cancelled=False, otherwise=BROKEN)


def plan(engine: Engine, ref: JobRef, *starts_ms: int) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        plan_clips(session, ref.job_id, moments(*starts_ms), 5)
    phases.advance(engine, ref, JobMove.plan)


def render(engine: Engine, ref: JobRef, slot: int, run_id: str = "run-1") -> None:
    phases.advance(engine, ref, JobMove.render)
    do(engine, ref, CLIPS[slot], run_id=run_id)
    with workspace_session(engine, ref.workspace_id) as session:
        clip = list_clips(session, ref.job_id)[slot]
        version = next_version(session, clip.id)
        spec, files = render_spec(clip.start_ms), render_files(version)
        row = add_render(session, clip.id, version, spec, files, MEASURED, report())
        show_version(session, row, spec.span, None)


def requests(engine: Engine, ref: JobRef) -> list[RunRequest]:
    """All but the first one."""
    with workspace_session(engine, ref.workspace_id) as session:
        return run_requests.list_requests(session, ref.job_id)[1:]


def job_of(engine: Engine, ref: JobRef) -> Job:
    with workspace_session(engine, ref.workspace_id) as session:
        return get_job(session, ref.job_id)


def history(engine: Engine, ref: JobRef) -> list[str]:
    with workspace_session(engine, ref.workspace_id) as session:
        return [event.kind.value for event in list_events(session, ref.job_id)]


def refused(error: pytest.ExceptionInfo[Conflict]) -> str:
    return error.value.code.value


def step_of_request(engine: Engine, ref: JobRef, name: str, run_id: str, *, repeat: bool = False):
    with workspace_session(engine, ref.workspace_id) as session:
        request = run_requests.list_requests(session, ref.job_id)[-1]
    asked = steps.Asked(request.id, run_id, is_repeat=repeat)
    return steps.step(engine, ref, name, run_id, asked=asked)


def pause_between_steps(engine: Engine, ref: JobRef) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        lifecycle.pause_job(session, ref.job_id)
    with pytest.raises(Cancelled), step_of_request(engine, ref, "scan", "run-1"):
        pass


def requests_open(engine: Engine, ref: JobRef) -> list[RunRequest]:
    with workspace_session(engine, ref.workspace_id) as session:
        return run_requests.list_open(session, ref.job_id)
