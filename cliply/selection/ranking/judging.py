"""From candidates, and what a model says of them, to a ranking of all of them."""

from collections.abc import Container, Iterable, Sequence

from cliply.domain.candidates import Candidate
from cliply.domain.ranking import RankedCandidate
from cliply.domain.timing import clock
from cliply.selection.ranking.answer import Answer, Judgement
from cliply.selection.ranking.guard import GAP, guarded
from cliply.selection.ranking.prompt import MOST_TEXT, Request
from cliply.selection.ranking.wording import (
    checked_description,
    checked_hashtags,
    checked_reason,
    checked_title,
    shares_words,
)
from cliply.selection.titles import make_description, make_hashtags, make_title


def by_signals(candidate: Candidate) -> RankedCandidate:
    """A candidate as its signals judge it: by its score, its edges and its own words."""
    return RankedCandidate(
        candidate_id=candidate.candidate_id,
        virality=candidate.score,
        coherence=candidate.completeness,
        title=candidate.title,
        description=make_description(candidate.text),
        hashtags=make_hashtags(candidate.text),
        reason=candidate.reason,
    )


def judge(
    candidates: Sequence[Candidate], request: Request, answer: Answer
) -> tuple[RankedCandidate, ...]:
    """All candidates once each, in the order of the answer, then those it leaves out.

    Of a moment that is named twice the first judgement counts, one that is unknown none. A
    moment whose words speak to a machine keeps the judgement of its signals, and never comes
    before one that its signals do not beat.
    """
    given = known_judgements(request, answer)
    scale = 100.0 if any(_is_beyond_one(one) for one in given.values()) else 1.0
    by_id = {one.candidate_id: one for one in candidates}

    def judged(key: str) -> RankedCandidate:
        if key in request.found:
            return _held_back(by_id[key])
        return (
            _judged(by_id[key], given[key], scale, request)
            if key in given
            else by_signals(by_id[key])
        )

    return tuple(map(judged, _in_order(list(by_id), list(given), request.found)))


def known_judgements(request: Request, answer: Answer) -> dict[str, Judgement]:
    """The first judgement of each candidate that was asked for, by candidate id, in order."""
    given: dict[str, Judgement] = {}
    for one in answer.moments:
        key = request.ids.get(one.id.strip())
        if key is not None:
            given.setdefault(key, one)
    return given


def find_notes(candidates: Iterable[Candidate], request: Request) -> tuple[str, ...]:
    """A sentence about each moment that the guard found something in."""
    return tuple(
        f"The moment at {clock(one.span.start_ms)} has words that speak to the ranker "
        f"({', '.join(request.found[one.candidate_id])}): it keeps the place of its signals."
        for one in candidates
        if one.candidate_id in request.found
    )


def _in_order(by_score: Sequence[str], told: Sequence[str], flagged: Container[str]) -> list[str]:
    """Ids in the order that was told, the rest behind by score.

    A flagged one stands behind all that are before it by score.
    """
    wish = [*told, *(key for key in by_score if key not in told)]
    order = [key for key in wish if key not in flagged]
    for rank, key in enumerate(by_score):
        if key in flagged:
            better, before = set(by_score[:rank]), set(wish[: wish.index(key)])
            behind = max((i + 1 for i, one in enumerate(order) if one in better), default=0)
            order.insert(max(behind, sum(one in before for one in order)), key)
    return order


def _held_back(candidate: Candidate) -> RankedCandidate:
    """By its signals, in words that do not carry on what its text tells a machine."""
    clean = guarded(candidate.text, MOST_TEXT).text.replace(GAP, "")
    at = f"Moment at {clock(candidate.span.start_ms)}"
    title = checked_title(candidate.title) or checked_title(make_title(clean, 0))
    return by_signals(candidate).model_copy(
        update={
            "title": title if title and shares_words(title, clean) else at,
            "description": checked_description(make_description(clean)) or "",
            "hashtags": checked_hashtags(make_hashtags(clean)),
        }
    )


def _judged(
    candidate: Candidate, judgement: Judgement, scale: float, request: Request
) -> RankedCandidate:
    """What the model says, and of the signals what it does not say or may not."""
    own = by_signals(candidate)
    secret = (request.boundary, *request.ids)
    title = checked_title(judgement.title, secret)
    description = checked_description(judgement.description, secret)
    if request.found:  # a model that saw an order may have followed it
        title = title if title and shares_words(title, candidate.text) else None
        description = description if description and title else None
    return RankedCandidate(
        candidate_id=candidate.candidate_id,
        virality=_points(judgement.virality, scale, own.virality),
        coherence=_points(judgement.coherence, scale, own.coherence),
        title=title or own.title,
        description=description or own.description,
        hashtags=checked_hashtags(judgement.hashtags, secret) or own.hashtags,
        reason=checked_reason(judgement.reason, secret) or own.reason,
    )


def _is_beyond_one(judgement: Judgement) -> bool:
    return max(judgement.virality or 0, judgement.coherence or 0) > 1


def _points(points: float | None, scale: float, otherwise: float) -> float:
    return otherwise if points is None else round(min(1.0, max(0.0, points / scale)), 4)
