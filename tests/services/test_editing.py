"""A clip's own edit, and the run that it asks for."""

import pytest
from sqlalchemy import Engine

from cliply.db.clips import get_clip, list_clips
from cliply.db.jobs import get_job
from cliply.db.models import RunRequest
from cliply.db.run_requests import list_pending
from cliply.db.session import workspace_session
from cliply.domain.captions import CaptionSettings
from cliply.domain.clips import ClipStatus
from cliply.domain.editing import Edit
from cliply.domain.effects import GreenScreen
from cliply.domain.ids import ClipId, JobRef, WorkspaceId
from cliply.domain.job_moves import JobMove
from cliply.domain.jobs import JobStatus
from cliply.errors import Cancelled, CliplyError, ErrorCode, InvalidInput, NotFound
from cliply.services import phases
from cliply.services.clips import add_render, next_version, plan_clips, show_version
from cliply.services.editing import edit_clip, get_edit, reset_edit
from cliply.services.jobs import move_job
from cliply.services.overview import list_job_views
from tests.rows import MEASURED, moments, new_job, render_files, render_spec, report

LARGE = Edit(captions=CaptionSettings(size=1.5))
FAULT = CliplyError(ErrorCode.render_failed, "It broke.")


@pytest.fixture
def ref(engine: Engine, workspace: WorkspaceId) -> JobRef:
    """A job under review with two rendered clips, and nothing asked of the graph."""
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        for request in list_pending(session, limit=9):
            session.delete(request)
        for clip in plan_clips(session, ref.job_id, moments(0, 30_000), 5):
            _render(session, clip.id, clip.start_ms)
        for status in ("ingest", "analyse", "plan", "render", "offer"):
            move_job(session, ref.job_id, JobMove(status))
    return ref


def _render(session, clip_id: ClipId, start_ms: int) -> None:
    version = next_version(session, clip_id)
    spec = render_spec(start_ms)
    files = render_files(version)
    row = add_render(session, clip_id, version, spec, files, MEASURED, report())
    show_version(session, row, spec.span, None)


def pending(engine: Engine, ref: JobRef) -> list[RunRequest]:
    with workspace_session(engine, ref.workspace_id) as session:
        return list_pending(session, limit=9)


def statuses(engine: Engine, ref: JobRef) -> tuple[JobStatus, list[ClipStatus]]:
    with workspace_session(engine, ref.workspace_id) as session:
        job = get_job(session, ref.job_id)
        return job.status, [clip.status for clip in list_clips(session, ref.job_id)]


def test_an_edit_asks_for_its_clip_and_for_nothing_else(engine: Engine, ref: JobRef) -> None:
    edit_clip(engine, ref, 1, LARGE)

    (request,) = pending(engine, ref)
    assert (request.assets, request.reason) == (["clip/c01"], "edited")
    assert request.priority > 0
    assert get_edit(engine, ref, 1) == LARGE
    assert get_edit(engine, ref, 0) == Edit()
    assert statuses(engine, ref) == (
        JobStatus.rendering,
        [ClipStatus.rendered, ClipStatus.planned],
    )


def test_the_same_edit_again_leaves_the_clip_as_it_is(engine: Engine, ref: JobRef) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        clip = list_clips(session, ref.job_id)[0]
        clip.edit, clip.status = LARGE, ClipStatus.approved

    edit_clip(engine, ref, 0, LARGE)

    assert statuses(engine, ref)[1][0] is ClipStatus.approved


def test_a_colour_that_is_named_is_another_edit_than_the_usual_one(
    engine: Engine, ref: JobRef
) -> None:
    edit_clip(engine, ref, 0, Edit(captions=CaptionSettings(text_colour="#FFFFFF")))
    edit = get_edit(engine, ref, 0)
    assert edit.captions.model_fields_set == {"text_colour"}
    assert statuses(engine, ref)[1][0] is ClipStatus.planned


def test_a_reset_lets_the_jobs_edit_hold_again(engine: Engine, ref: JobRef) -> None:
    edit_clip(engine, ref, 0, LARGE, with_run_request=False)
    assert pending(engine, ref) == []

    reset_edit(engine, ref, 0)

    assert get_edit(engine, ref, 0) == Edit()
    with workspace_session(engine, ref.workspace_id) as session:
        assert list_clips(session, ref.job_id)[0].edit is None
    assert [request.assets for request in pending(engine, ref)] == [["clip/c00"]]


def test_a_file_that_is_missing_changes_nothing(engine: Engine, ref: JobRef) -> None:
    before = statuses(engine, ref)
    with pytest.raises(InvalidInput, match=r"green_screen\.background: .* beach"):
        edit_clip(engine, ref, 0, Edit(green_screen=GreenScreen(background="beach")))
    assert statuses(engine, ref) == before
    assert pending(engine, ref) == []


def test_a_clip_that_is_not_there_is_told_with_what_is(
    engine: Engine, ref: JobRef, rival: WorkspaceId
) -> None:
    with pytest.raises(NotFound, match="choose one from 1 to 2"):
        edit_clip(engine, ref, 7, LARGE)
    with pytest.raises(NotFound, match="choose one from 1 to 2"):
        edit_clip(engine, ref, -1, LARGE)
    with pytest.raises(NotFound):
        edit_clip(engine, JobRef(rival, ref.job_id), 0, LARGE)
    with pytest.raises(NotFound, match="has no clips yet"):
        get_edit(engine, new_job(engine, ref.workspace_id), 0)


@pytest.mark.parametrize("reason", [FAULT, Cancelled()])
def test_a_job_whose_clips_are_all_rendered_stays_open_when_one_fails_anew(
    engine: Engine, ref: JobRef, reason: CliplyError
) -> None:
    edit_clip(engine, ref, 0, LARGE)
    for _ in range(2):
        cancelled = isinstance(reason, Cancelled)
        phases.close_run(engine, ref, "run", cancelled=cancelled, otherwise=reason)
    assert statuses(engine, ref) == (
        JobStatus.review,
        [ClipStatus.planned, ClipStatus.rendered],
    )
    (view,) = list_job_views(engine, ref.workspace_id)
    assert view.note == "edited and not rendered: clip 1"


def test_a_job_with_a_clip_that_was_never_rendered_fails(engine: Engine, ref: JobRef) -> None:
    with workspace_session(engine, ref.workspace_id) as session:
        plan_clips(session, ref.job_id, moments(0, 40_000), 5)
        move_job(session, ref.job_id, JobMove.render)
    phases.close_run(engine, ref, "run", cancelled=False, otherwise=FAULT)
    assert statuses(engine, ref)[0] is JobStatus.failed


def test_an_edit_of_a_job_that_is_at_work_is_kept_for_its_render(
    engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        (clip,) = plan_clips(session, ref.job_id, moments(0), 5)
    edit_clip(engine, ref, 0, LARGE)
    with workspace_session(engine, workspace) as session:
        assert get_clip(session, clip.id).edit == LARGE
        assert get_job(session, ref.job_id).status is JobStatus.created
