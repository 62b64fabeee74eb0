import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cliply.domain.job_moves import (
    GUARDED,
    MOVES,
    PAUSABLE,
    IllegalMove,
    JobFacts,
    JobMove,
    can_move,
    check_pause,
    moved,
)
from cliply.domain.jobs import ENDED, JobStatus

RENDERED = JobFacts(clips=3, unrendered=0)
FACTS = st.builds(JobFacts, clips=st.integers(0, 20), unrendered=st.integers(0, 20))

THE_WAY = (
    (JobMove.ingest, JobStatus.ingesting),
    (JobMove.analyse, JobStatus.analyzing),
    (JobMove.plan, JobStatus.clips_generated),
    (JobMove.render, JobStatus.rendering),
    (JobMove.offer, JobStatus.review),
    (JobMove.publish, JobStatus.publishing),
    (JobMove.finish, JobStatus.completed),
)
"""DAG-4, word by word."""


def test_the_way_of_a_job_is_that_of_the_specification() -> None:
    status = JobStatus.created
    for move, expected in THE_WAY:
        status = moved(status, move, RENDERED)
        assert status is expected


def test_a_reviewed_job_is_rendered_again() -> None:
    assert moved(JobStatus.review, JobMove.render, RENDERED) is JobStatus.rendering


@pytest.mark.parametrize("status", JobStatus)
def test_what_has_not_ended_can_be_cancelled(status: JobStatus) -> None:
    assert can_move(status, JobMove.cancel, RENDERED) is (status not in ENDED)


@pytest.mark.parametrize("status", JobStatus)
def test_only_what_failed_or_was_cancelled_is_tried_again(status: JobStatus) -> None:
    may = status in (JobStatus.failed, JobStatus.cancelled)
    assert can_move(status, JobMove.retry, RENDERED) is may


def test_nothing_moves_a_completed_job() -> None:
    assert not any(can_move(JobStatus.completed, move, RENDERED) for move in JobMove)


@given(st.sampled_from(JobStatus), st.sampled_from(JobMove), FACTS)
def test_a_move_is_made_exactly_where_it_is_legal_and_a_refusal_names_why(
    status: JobStatus, move: JobMove, facts: JobFacts
) -> None:
    if can_move(status, move, facts):
        assert moved(status, move, facts) is MOVES[move][status]
        return
    with pytest.raises(IllegalMove) as refused:
        moved(status, move, facts)
    assert status in str(refused.value) or move in GUARDED


@given(st.sampled_from(JobStatus))
def test_only_a_job_that_makes_clips_can_be_paused(status: JobStatus) -> None:
    if status in PAUSABLE:
        check_pause(status)
    else:
        with pytest.raises(IllegalMove, match=status):
            check_pause(status)


def test_the_end_can_be_reached_from_every_state() -> None:
    for status in JobStatus:
        reached, wave = {status}, {status}
        while wave:
            wave = {
                to for state in wave for way in MOVES.values() if (to := way.get(state))
            } - reached
            reached |= wave
        assert JobStatus.completed in reached


class Lives(RuleBasedStateMachine):
    """Any sequence of moves, legal and illegal, leaves a job that is somewhere on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.status = JobStatus.created
        self.facts = JobFacts()
        self.has_begun_rendering = False

    @rule(move=st.sampled_from(JobMove))
    def happen(self, move: JobMove) -> None:
        if can_move(self.status, move, self.facts):
            self.status = moved(self.status, move, self.facts)

    @rule(clips=st.integers(0, 3))
    def plan(self, clips: int) -> None:
        self.facts = JobFacts(clips=clips, unrendered=clips)

    @rule()
    def render_one(self) -> None:
        left = max(0, self.facts.unrendered - 1)
        self.facts = JobFacts(clips=self.facts.clips, unrendered=left)

    @invariant()
    def what_is_ended_stays_ended_but_for_a_person(self) -> None:
        if self.status is JobStatus.completed:
            assert not any(can_move(self.status, move, self.facts) for move in JobMove)

    @invariant()
    def every_state_but_the_last_has_a_way_out(self) -> None:
        free = JobFacts(clips=1)
        if self.status is not JobStatus.completed:
            assert any(can_move(self.status, move, free) for move in JobMove)


TestLives = Lives.TestCase
