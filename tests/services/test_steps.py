import time

import pytest
from sqlalchemy import Engine

from cliply.db.jobs import list_events
from cliply.db.models import JobStep
from cliply.db.session import workspace_session
from cliply.db.steps import get_step, list_running, list_steps
from cliply.domain.ids import JobRef, WorkspaceId
from cliply.domain.jobs import StepStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode, MediaError
from cliply.services import steps
from tests.rows import new_job


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId) -> JobRef:
    return new_job(engine, workspace)


def stored(engine: Engine, ref: JobRef, name: str) -> JobStep:
    with workspace_session(engine, ref.workspace_id) as session:
        return get_step(session, ref.job_id, name)


def history(engine: Engine, ref: JobRef) -> list[str]:
    with workspace_session(engine, ref.workspace_id) as session:
        return [event.kind for event in list_events(session, ref.job_id)[1:]]


def test_a_step_is_seen_while_it_runs_and_after(engine: Engine, ref: JobRef) -> None:
    with steps.step(engine, ref, "transcript", "run-1", fingerprint="f") as running:
        during = stored(engine, ref, "transcript")
        running.output({"words": 12})
        running.output({"engine": "sidecar"})
    after = stored(engine, ref, "transcript")
    assert (during.status, during.attempts, during.run_id) == (StepStatus.running, 1, "run-1")
    assert (after.status, after.progress) == (StepStatus.completed, 1.0)
    assert after.output == {"words": 12, "engine": "sidecar"}
    assert after.started_at is not None
    assert after.finished_at is not None
    assert after.started_at <= after.finished_at
    assert history(engine, ref) == ["step_started", "step_completed"]


def test_progress_is_written_at_most_twice_a_second(engine: Engine, ref: JobRef) -> None:
    with steps.step(engine, ref, "scenes", "run-1") as running:
        running.report(0.1)
        assert stored(engine, ref, "scenes").progress == 0
        time.sleep(steps.REPORT_EVERY_S)
        running.report(0.4)
        running.report(0.5)
        assert stored(engine, ref, "scenes").progress == 0.4
    assert history(engine, ref) == ["step_started", "step_completed"]


def test_a_late_report_changes_nothing(engine: Engine, ref: JobRef) -> None:
    with steps.step(engine, ref, "scenes", "run-1"):
        pass
    with workspace_session(engine, ref.workspace_id) as session:
        steps.report_progress(session, ref, "scenes", 0.3)
    assert stored(engine, ref, "scenes").progress == 1


def test_a_step_that_has_nothing_to_do_says_why(engine: Engine, ref: JobRef) -> None:
    with steps.step(engine, ref, "clip/c07", "run-1") as running:
        running.skip("There are only 5 candidates.")
    row = stored(engine, ref, "clip/c07")
    assert (row.status, row.error_message) == (StepStatus.skipped, "There are only 5 candidates.")
    assert history(engine, ref) == ["step_started", "step_skipped"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (MediaError(ErrorCode.source_corrupt, "Broken."), StepStatus.failed, "SOURCE_CORRUPT"),
        (KeyError("s3cret"), StepStatus.failed, "INTERNAL"),
        (Cancelled(), StepStatus.cancelled, "CANCELLED"),
        (KeyboardInterrupt(), StepStatus.cancelled, "CANCELLED"),
        (SystemExit(1), StepStatus.cancelled, "CANCELLED"),
    ],
)
def test_what_ends_a_step_is_kept_and_passes(
    engine: Engine, ref: JobRef, error: BaseException, status: StepStatus, code: str
) -> None:
    with pytest.raises(type(error)), steps.step(engine, ref, "faces", "run-1"):
        raise error
    row = stored(engine, ref, "faces")
    assert (row.status, row.error_code) == (status, code)
    assert row.error_message
    assert "s3cret" not in row.error_message
    assert history(engine, ref) == ["step_started", f"step_{status}"]


def test_an_unknown_error_leaves_its_class_name(engine: Engine, ref: JobRef) -> None:
    with pytest.raises(KeyError), steps.step(engine, ref, "faces", "run-1"):
        raise KeyError("x")
    assert "KeyError" in (stored(engine, ref, "faces").error_message or "")


def test_a_second_attempt_starts_clean_and_counts(engine: Engine, ref: JobRef) -> None:
    with pytest.raises(CliplyError), steps.step(engine, ref, "faces", "run-1", fingerprint="f"):
        raise MediaError(ErrorCode.source_corrupt, "Broken.")
    with steps.step(engine, ref, "faces", "run-2"):
        row = stored(engine, ref, "faces")
    assert (row.attempts, row.run_id, row.status) == (2, "run-2", StepStatus.running)
    assert (row.error_code, row.fingerprint, row.finished_at, row.progress) == (None, None, None, 0)
    with workspace_session(engine, ref.workspace_id) as session:
        assert len(list_steps(session, ref.job_id)) == 1


def test_a_result_is_found_again_from_another_job_of_the_workspace_only(
    engine: Engine, ref: JobRef, rival: WorkspaceId
) -> None:
    with steps.step(engine, ref, "transcript", "run-1", fingerprint="same"):
        pass
    another = new_job(engine, ref.workspace_id)
    with (
        pytest.raises(Cancelled),
        steps.step(engine, another, "transcript", "run-2", fingerprint="same"),
    ):
        raise Cancelled
    with workspace_session(engine, ref.workspace_id) as session:
        found = steps.find_reusable_step(session, "transcript", "same")
        assert found is not None
        assert found.job_id == ref.job_id
        assert steps.find_reusable_step(session, "transcript", "other") is None
        assert steps.find_reusable_step(session, "scenes", "same") is None
    with workspace_session(engine, rival) as session:
        assert steps.find_reusable_step(session, "transcript", "same") is None


def test_steps_that_a_lost_run_left_open_are_found(engine: Engine, ref: JobRef) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        steps.start_step(session, ref, "scenes", "lost")
        steps.start_step(session, ref, "faces", "lost")
        steps.finish_step(session, ref, "faces", {})
        assert [row.name for row in list_running(session, "lost")] == ["scenes"]
