"""`bounce`: the word that is said jumps up, falls, and hops once more."""

from itertools import pairwise

import pysubs2

from cliply.media.caption_styles.animation import Animation, SpokenWord

RISE_EM = 0.2
JUMP = ((0, 0.0), (80, 1.0), (180, 0.0), (230, 0.3), (280, 0.0))
"""Milliseconds since the word begins, and height as a part of `RISE_EM`."""


def _draw(spoken: SpokenWord) -> list[pysubs2.SSAEvent]:
    path = [(at, height) for at, height in _path(spoken) if at < spoken.cue.end_ms]
    path.append((spoken.cue.end_ms, 0.0))
    return [_step(spoken, *one, *two) for one, two in pairwise(path) if one[0] < two[0]]


def _path(spoken: SpokenWord) -> list[tuple[int, float]]:
    """Times of the clip and heights, between which a word moves evenly."""
    jump = [(spoken.said.start_ms + at, height) for at, height in JUMP]
    return [(spoken.cue.start_ms, 0.0), *jump]


def _step(spoken: SpokenWord, start: int, low: float, end: int, high: float) -> pysubs2.SSAEvent:
    x, y = spoken.word.centre_px
    rise = RISE_EM * spoken.word.em_px
    move = rf"\move({x:.2f},{y - low * rise:.2f},{x:.2f},{y - high * rise:.2f})"
    return spoken.event(move + spoken.edge + spoken.lit(start), start, end)


ANIMATION = Animation(_draw, rise_em=RISE_EM)
