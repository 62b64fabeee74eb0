"""A full queue refuses, and says when to come again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cliply.db import run_requests as request_rows
from cliply.db.session import workspace_session
from cliply.domain.jobs import JobSettings, JobStatus
from cliply.errors import ErrorCode, TooMany
from cliply.services import lifecycle
from cliply.services.admission import LONGEST_WAIT_S, SHORTEST_WAIT_S, retry_after_s
from cliply.services.jobs import request_job
from tests.rows import new_job, new_source
from tests.services.lifecycles import fail, job_of, requests_open, started


def ask(engine, workspace, *, most_waiting: int) -> bool:
    """Whether one more job was taken."""
    source = new_source(engine, workspace)
    try:
        with workspace_session(engine, workspace) as session:
            request_job(
                session, source, JobSettings(), most_waiting=most_waiting, with_run_request=True
            )
    except TooMany:
        return False
    return True


def waiting(engine, workspace) -> int:
    with workspace_session(engine, workspace) as session:
        return request_rows.count_waiting_jobs(session)


def test_the_queue_takes_so_many_jobs_and_no_more(engine, workspace) -> None:
    assert [ask(engine, workspace, most_waiting=2) for _ in range(3)] == [True, True, False]
    assert waiting(engine, workspace) == 2


def test_who_is_refused_hears_when_to_come_again(engine, workspace) -> None:
    new_job(engine, workspace)
    source = new_source(engine, workspace)

    with pytest.raises(TooMany) as refused, workspace_session(engine, workspace) as session:
        request_job(session, source, JobSettings(), most_waiting=1, with_run_request=True)

    assert refused.value.code is ErrorCode.jobs_full
    assert refused.value.retry_after_s >= SHORTEST_WAIT_S


def test_a_job_that_has_begun_leaves_its_place_in_the_queue(engine, workspace) -> None:
    ref = new_job(engine, workspace)
    assert not ask(engine, workspace, most_waiting=1)
    with workspace_session(engine, workspace) as session:
        (request,) = request_rows.list_open(session, ref.job_id)
        request_rows.mark_drained(session, request, run_id="begun")

    assert ask(engine, workspace, most_waiting=1)


def test_the_same_job_is_answered_by_a_full_queue_too(engine, workspace) -> None:
    source = new_source(engine, workspace)
    for is_new in (True, False):
        with workspace_session(engine, workspace) as session:
            asked = request_job(
                session, source, JobSettings(), most_waiting=1, with_run_request=True
            )
        assert asked.is_new is is_new


def test_many_at_once_do_not_share_the_last_place(engine, workspace) -> None:
    with ThreadPoolExecutor(6) as threads:
        taken = list(threads.map(lambda _: ask(engine, workspace, most_waiting=3), range(12)))

    assert taken.count(True) == waiting(engine, workspace) == 3


def test_another_workspaces_queue_is_its_own(engine, workspace, rival) -> None:
    assert ask(engine, workspace, most_waiting=1)
    assert ask(engine, rival, most_waiting=1)


class TestTryingAgain:
    """A job that is tried again waits as a new one does."""

    def test_a_full_queue_refuses_it_and_leaves_it_as_it_was(self, engine, make, store) -> None:
        ref = make()
        started(engine, ref)
        fail(engine, ref, "transcript")
        make()

        with pytest.raises(TooMany) as refused, workspace_session(engine, ref.workspace_id) as it:
            lifecycle.retry_job(it, ref.job_id, store, most_waiting=1)

        assert refused.value.code is ErrorCode.jobs_full
        assert job_of(engine, ref).status is JobStatus.failed
        assert requests_open(engine, ref) == []

    def test_its_own_place_in_the_queue_is_not_in_its_way(self, engine, make, store) -> None:
        ref = make()
        with workspace_session(engine, ref.workspace_id) as session:
            lifecycle.cancel_job(session, ref.job_id)

        with workspace_session(engine, ref.workspace_id) as session:
            job = lifecycle.retry_job(session, ref.job_id, store, most_waiting=1)

        assert job.status is JobStatus.created
        assert waiting(engine, ref.workspace_id) == 1

    def test_an_operator_may_try_it_again_all_the_same(self, engine, make, store) -> None:
        ref = make()
        started(engine, ref)
        fail(engine, ref, "transcript")
        make()

        with workspace_session(engine, ref.workspace_id) as session:
            job = lifecycle.retry_job(session, ref.job_id, store, most_waiting=None)

        assert job.status is JobStatus.created
        assert waiting(engine, ref.workspace_id) == 2


@pytest.mark.parametrize(
    ("run_s", "wait_s"), [(None, 60), (0.2, SHORTEST_WAIT_S), (90.4, 90), (1e6, LONGEST_WAIT_S)]
)
def test_the_wait_is_that_of_a_run(run_s, wait_s) -> None:
    assert retry_after_s(run_s) == wait_s
