"""The windows of a source that become candidates."""

from collections.abc import Sequence

import numpy as np

from cliply.domain.candidates import Candidate, CandidateList
from cliply.domain.jobs import JobSettings
from cliply.selection.echoes import Echoes
from cliply.selection.edges import Edges
from cliply.selection.focus import Focus
from cliply.selection.judged import Judged
from cliply.selection.material import Material
from cliply.selection.misses import (
    LOOKED_AT,
    explain_emptiness,
    explain_stillness,
    off_subject,
    too_still,
    wrong_length,
)
from cliply.selection.schedule import choose_apart
from cliply.selection.windows import nearest_lengths, pair

LIVELY = 0.35
"""Share of a window in which something must go on for it to make a clip."""
ANYTHING = 0.02
"""The same for a source that is shorter than a clip."""
OFFERED = 3
"""Candidates for each clip that was asked for (SEL-1)."""
APART_MS = 30_000
"""Most distance kept between candidates, so that they spread over a long source."""

NOTHING_STANDS_OUT = "The best of a source in which little stands out."


def pick_moments(material: Material, settings: JobSettings, focus: Focus | None) -> CandidateList:
    """Up to three candidates for each clip asked for, best first; all about the focus, if any."""
    opens, closes = material.edges()
    max_ms = round(settings.clip_duration.max * 1000)
    min_ms = min(round(settings.clip_duration.min * 1000), material.duration_ms)
    windows = pair(opens, closes, min_ms, max_ms)
    relevance = None if focus is None else focus.relevance(windows)
    judged = Judged(material, windows, material.score(windows, relevance))
    chosen = _choose(judged, settings, focus)
    if chosen:
        return CandidateList(items=_ranked(judged, chosen, focus))
    if not len(windows):
        return _without_windows(material, settings, opens, closes)
    if focus is not None and relevance is not None and not (relevance >= focus.least).any():
        misses = focus.near_misses() or off_subject(windows, judged.scores)
        return CandidateList(near_misses=misses, empty_because=focus.explain_absence())
    return CandidateList(
        near_misses=too_still(windows, judged.scores),
        empty_because=explain_stillness(material.duration_ms),
    )


def _choose(judged: Judged, settings: JobSettings, focus: Focus | None) -> list[int]:
    """Indices of the chosen windows, among those in which enough goes on.

    What is about one subject may stand together; other candidates spread over the source.
    """
    duration_ms, scores = judged.material.duration_ms, judged.scores
    is_whole_source = settings.clip_duration.min * 1000 >= duration_ms
    fit = scores.liveliness >= (ANYTHING if is_whole_source else LIVELY)
    if focus is not None and scores.relevance is not None:
        fit &= scores.relevance >= focus.least
    free = np.flatnonzero(fit)
    most = OFFERED * settings.max_clips
    apart_ms = 0 if focus else min(APART_MS, duration_ms // (10 * most))
    windows = judged.windows.take(free)
    echoes = Echoes([word.text for word in judged.material.transcript.words], windows)
    chosen = choose_apart(windows, scores.final[free], settings.max_clips, most, apart_ms, echoes)
    return [int(free[index]) for index in chosen]


def _ranked(judged: Judged, chosen: Sequence[int], focus: Focus | None) -> tuple[Candidate, ...]:
    starts = judged.windows.start_ms
    best_first = sorted(chosen, key=lambda i: (-judged.score(i), int(starts[i])))
    return tuple(
        judged.candidate(index, f"m{rank:03d}", reason=_reason(judged, index, focus))
        for rank, index in enumerate(best_first)
    )


def _reason(judged: Judged, index: int, focus: Focus | None) -> str:
    own = judged.reason(index)
    if focus is None:
        return own or NOTHING_STANDS_OUT
    return f"{focus.explain(judged.span(index))} {own}".rstrip()


def _without_windows(
    material: Material, settings: JobSettings, opens: Edges, closes: Edges
) -> CandidateList:
    """No stretch between two pauses is as long as a clip may be."""
    lengths = settings.clip_duration
    min_ms = min(round(lengths.min * 1000), material.duration_ms)
    near = nearest_lengths(opens, closes, min_ms, round(lengths.max * 1000), LOOKED_AT)
    return CandidateList(
        near_misses=wrong_length(near, material.score(near), lengths),
        empty_because=explain_emptiness(lengths),
    )
