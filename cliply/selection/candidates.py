"""Moments of a source that are worth cutting."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
import polars as pl

from cliply.domain.audio import AudioFeatures
from cliply.domain.candidates import Candidate, CandidateList
from cliply.domain.jobs import JobSettings
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript
from cliply.selection.edges import Flaw
from cliply.selection.material import Material
from cliply.selection.misses import LOOKED_AT, explain_emptiness, too_still, wrong_length
from cliply.selection.reasons import explain
from cliply.selection.schedule import choose_apart
from cliply.selection.scoring import Scores
from cliply.selection.titles import make_title
from cliply.selection.windows import Windows, nearest_lengths, pair

LIVELY = 0.35
"""Share of a window in which something must go on for it to make a clip."""
ANYTHING = 0.02
"""The same for a source that is shorter than a clip."""
OFFERED = 3
"""Candidates for each clip that was asked for (SEL-1)."""
APART_MS = 30_000
"""Most distance kept between candidates, so that they spread over a long source."""


def select_candidates(
    transcript: Transcript,
    features: AudioFeatures,
    levels: pl.DataFrame,
    scenes: SceneList | None,
    settings: JobSettings,
    duration_ms: int,
) -> CandidateList:
    """Up to three candidates for each clip asked for, best first, none overlapping (SEL-1, SEL-2).

    They last `clip_duration.min`…`max`, begin and end at sentences or pauses, or at a scene
    cut nearby, and never inside a word. A source shorter than `min` is one candidate as a
    whole. When nothing qualifies the list says why and shows what came nearest (SEL-7).
    """
    material = Material.gather(transcript, features, levels, scenes, duration_ms)
    opens, closes = material.edges()
    max_ms = round(settings.clip_duration.max * 1000)
    min_ms = min(round(settings.clip_duration.min * 1000), duration_ms)
    windows = pair(opens, closes, min_ms, max_ms)
    scores = material.score(windows)
    chosen = _choose(windows, scores, settings, duration_ms)
    if chosen:
        return CandidateList(items=_ranked(material, windows, scores, chosen))
    lengths = settings.clip_duration
    if len(windows):
        misses = too_still(windows, scores)
    else:
        near = nearest_lengths(opens, closes, min_ms, max_ms, LOOKED_AT)
        misses = wrong_length(near, material.score(near), lengths)
    why = explain_emptiness(lengths, duration_ms, has_windows=len(windows) > 0)
    return CandidateList(near_misses=misses, empty_because=why)


def _choose(windows: Windows, scores: Scores, settings: JobSettings, duration_ms: int) -> list[int]:
    """Indices of the chosen windows, among those in which enough goes on."""
    is_whole_source = settings.clip_duration.min * 1000 >= duration_ms
    lively = scores.liveliness >= (ANYTHING if is_whole_source else LIVELY)
    free = np.flatnonzero(lively)
    most = OFFERED * settings.max_clips
    apart_ms = min(APART_MS, duration_ms // (10 * most))
    chosen = choose_apart(
        windows.take(free), scores.final[free], settings.max_clips, most, apart_ms
    )
    return [int(free[index]) for index in chosen]


def _ranked(
    material: Material, windows: Windows, scores: Scores, chosen: Sequence[int]
) -> tuple[Candidate, ...]:
    best_first = sorted(chosen, key=lambda i: (-_score(scores, i), int(windows.start_ms[i])))
    return tuple(
        _candidate(f"m{rank:03d}", material, windows, scores, index)
        for rank, index in enumerate(best_first)
    )


def _score(scores: Scores, index: int) -> float:
    return round(scores.parts(index).total * float(scores.completeness[index]), 4)


def _candidate(
    candidate_id: str, material: Material, windows: Windows, scores: Scores, index: int
) -> Candidate:
    first, end = int(windows.first_word[index]), int(windows.end_word[index])
    start_ms, end_ms = int(windows.start_ms[index]), int(windows.end_ms[index])
    span, parts = TimeRange(start_ms=start_ms, end_ms=end_ms), scores.parts(index)
    cuts = bisect_left(material.cuts_ms, end_ms) - bisect_right(material.cuts_ms, start_ms)
    said = [hit for hit in material.triggers if first <= hit.word < end]
    flaws = [Flaw(windows.opening[index]), Flaw(windows.ending[index])]
    return Candidate(
        candidate_id=candidate_id,
        span=span,
        score=_score(scores, index),
        parts=parts,
        title=make_title("\n".join(material.lines(first, end)), start_ms),
        text=" ".join(word.text for word in material.transcript.words[first:end]),
        reason=explain(span, parts, said, cuts, material.loudness, flaws),
    )
