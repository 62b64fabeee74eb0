"""What a person sees of jobs."""

import pytest
from sqlalchemy import Engine

from cliply.db.clips import list_clips
from cliply.db.jobs import get_job
from cliply.db.models import Job
from cliply.db.session import workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobId, WorkspaceId
from cliply.domain.jobs import JobMode, JobSettings, JobStatus
from cliply.errors import InvalidInput, NotFound
from cliply.services.clips import plan_clips
from cliply.services.overview import find_job, list_job_views
from tests.rows import moments, new_job


def test_a_job_is_found_by_the_beginning_of_its_id(engine: Engine, workspace: WorkspaceId) -> None:
    ref = new_job(engine, workspace)
    whole = str(ref.job_id)
    for text in (whole, whole[:3], whole[:13], whole.upper(), ref.job_id.hex):
        assert find_job(engine, workspace, text) == ref


def test_a_beginning_that_several_jobs_have_is_not_enough(
    engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    twin = JobId(type(ref.job_id)(int=ref.job_id.int ^ 1))
    with workspace_session(engine, workspace) as session:
        session.add(
            Job(
                id=twin,
                workspace_id=workspace,
                source_video_id=get_job(session, ref.job_id).source_video_id,
                mode=JobMode.vod,
                status=JobStatus.created,
                settings=JobSettings(),
                request_digest="twin",
            )
        )
    with pytest.raises(InvalidInput, match="Several job ids begin"):
        find_job(engine, workspace, str(ref.job_id)[:8])
    assert find_job(engine, workspace, str(twin)).job_id == twin


@pytest.mark.parametrize("text", ["", "talk", "%", "ab_", "0" * 33])
def test_a_text_that_begins_no_id_is_refused(
    engine: Engine, workspace: WorkspaceId, text: str
) -> None:
    new_job(engine, workspace)
    with pytest.raises(InvalidInput, match="is not a job id"):
        find_job(engine, workspace, text)


def test_the_job_of_another_workspace_is_not_found(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    with pytest.raises(NotFound):
        find_job(engine, rival, str(ref.job_id))


def test_clips_that_need_attention_are_named_with_their_job(
    engine: Engine, workspace: WorkspaceId
) -> None:
    ref = new_job(engine, workspace)
    with workspace_session(engine, workspace) as session:
        plan_clips(session, ref.job_id, moments(0, 30_000), 5)
        list_clips(session, ref.job_id)[1].status = ClipStatus.needs_attention
    (view,) = list_job_views(engine, workspace)
    assert (view.clips, view.note) == (2, "needs attention: clip 2")
