"""The state machine of a job (DAG-4): what moves it, where to, and what has to hold.

Pure: who moves a job reads its row, asks here, and writes what it is told, in one transaction.
"""

from collections.abc import Mapping
from enum import StrEnum

from cliply.domain.jobs import JobStatus
from cliply.domain.value import Value


class JobMove(StrEnum):
    """What happens to a job."""

    ingest = "ingest"
    """Its source is fetched and looked at."""
    analyse = "analyse"
    plan = "plan"
    """Its clips are chosen."""
    find_nothing = "find_nothing"
    """Nothing in the source qualifies (SEL-7)."""
    render = "render"
    """FFmpeg begins."""
    rerender = "rerender"
    """A person asks for a clip that was there already."""
    offer = "offer"
    """All of its clips can be looked at."""
    publish = "publish"
    finish = "finish"
    fail = "fail"
    cancel = "cancel"
    retry = "retry"
    """It waits for a run again, with all that is done already."""


S = JobStatus

WAITING_OR_AT_WORK = (
    S.created, S.ingesting, S.analyzing, S.clips_generated, S.rendering,
)  # fmt: skip
"""States that lead to clips."""

MOVES: Mapping[JobMove, Mapping[JobStatus, JobStatus]] = {
    # After an end: somebody started a run by hand.
    JobMove.ingest: dict.fromkeys((S.created, S.failed, S.cancelled), S.ingesting),
    # A job that goes on after a failure enters where work is left.
    JobMove.analyse: {S.created: S.analyzing, S.ingesting: S.analyzing},
    # From rendering: the clips that were asked for are there, others wait for a person.
    JobMove.plan: dict.fromkeys((S.created, S.analyzing, S.rendering), S.clips_generated),
    JobMove.find_nothing: {S.created: S.completed, S.analyzing: S.completed},
    JobMove.render: dict.fromkeys(
        (S.created, S.analyzing, S.clips_generated, S.review, S.failed, S.cancelled), S.rendering
    ),
    # While it is at work the render is a part of that work.
    JobMove.rerender: dict.fromkeys((S.review, S.failed, S.cancelled), S.rendering),
    JobMove.offer: dict.fromkeys((S.created, S.clips_generated, S.rendering), S.review),
    JobMove.publish: {S.review: S.publishing},
    JobMove.finish: {S.review: S.completed, S.publishing: S.completed},
    JobMove.fail: dict.fromkeys((*WAITING_OR_AT_WORK, S.publishing), S.failed),
    JobMove.cancel: dict.fromkeys((*WAITING_OR_AT_WORK, S.review, S.publishing), S.cancelled),
    JobMove.retry: {S.failed: S.created, S.cancelled: S.created},
}
"""Where each move leads, by the state that it starts from."""

PAUSABLE = frozenset(WAITING_OR_AT_WORK)
"""States in which a job can be paused: it keeps its state and no further step begins."""

WORDS: Mapping[JobMove, str] = {
    JobMove.ingest: "begin",
    JobMove.analyse: "be analysed",
    JobMove.plan: "get its clips planned",
    JobMove.find_nothing: "end without clips",
    JobMove.render: "be rendered",
    JobMove.rerender: "be rendered again",
    JobMove.offer: "be offered for review",
    JobMove.publish: "be published",
    JobMove.finish: "be finished",
    JobMove.fail: "fail",
    JobMove.cancel: "be cancelled",
    JobMove.retry: "be tried again",
}
"""What a person reads about a move: a job can not …"""


class IllegalMove(ValueError):
    """The job is in a state in which this can not be done; its text says so to a person."""


class JobFacts(Value):
    """What the guards ask about a job besides its state."""

    clips: int = 0
    """Clips that it has, rejected ones included."""
    unrendered: int = 0
    """Those of them without a render of their present edit."""


def can_move(status: JobStatus, move: JobMove, facts: JobFacts) -> bool:
    """Whether the move is legal from here."""
    return status in MOVES[move] and objection(move, facts) is None


def moved(status: JobStatus, move: JobMove, facts: JobFacts) -> JobStatus:
    """The state after the move. Raises IllegalMove that names the present one."""
    to = MOVES[move].get(status)
    why = objection(move, facts)
    if to is None:
        raise IllegalMove(
            f"A job that is {status} can not {WORDS[move]}; look at its present state."
        )
    if why is not None:
        raise IllegalMove(f"The job can not {WORDS[move]}: {why}")
    return to


GUARDED = frozenset({JobMove.render, JobMove.rerender, JobMove.offer, JobMove.publish})
"""Moves that need clips; the others ask for no facts."""


def objection(move: JobMove, facts: JobFacts) -> str | None:
    """Why a guard keeps the move from being made; None when nothing does."""
    if move in GUARDED and not facts.clips:
        return "it has no clips."
    if move in (JobMove.offer, JobMove.publish) and facts.unrendered:
        return f"{facts.unrendered} of its clips have no render yet."
    return None


def check_pause(status: JobStatus) -> None:
    """Raises IllegalMove for a job that has nothing to be paused."""
    if status not in PAUSABLE:
        raise IllegalMove(
            f"A job that is {status} has no work to pause; look at its present state."
        )
