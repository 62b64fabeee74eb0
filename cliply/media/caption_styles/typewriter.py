"""`typewriter`: letters appear one by one while their word is said."""

from itertools import count

import pysubs2

from cliply.media.ass import SHADOW_ALPHA, direction_mark, escaped, event, font_tags
from cliply.media.caption_styles.animation import Animation, SpokenWord
from cliply.media.shaping import clusters

LETTER_MS = 60
"""Longest time between two letters, for words that are drawn out."""

HIDDEN = r"\1a&HFF&\3a&HFF&\4a&HFF&"
SHOWN = rf"\1a&H00&\3a&H00&\4a&H{SHADOW_ALPHA:02X}&"


def _draw(spoken: SpokenWord) -> list[pysubs2.SSAEvent]:
    tags = rf"{spoken.place}\1c{spoken.look.text}"
    text = direction_mark(spoken.word) + _typed(spoken)
    return [event(spoken.said.start_ms, spoken.cue.end_ms, tags, text)]


def _typed(spoken: SpokenWord) -> str:
    """Every letter hidden until its turn: all of them are shaped together from the start."""
    total = sum(len(clusters(run.text)) for run in spoken.word.shaped.runs)
    step_ms = min(LETTER_MS, spoken.said.duration_ms // max(1, total))
    turn, text = count(), ""
    for run in spoken.word.shaped.runs:
        text += f"{{{font_tags(run.face, spoken.word.em_px)}}}"
        for letter in clusters(run.text):
            at = next(turn) * step_ms
            appear = rf"{HIDDEN}\t({at},{at + 1},{SHOWN})" if at else SHOWN
            text += f"{{{appear}}}{escaped(letter)}"
    return text


ANIMATION = Animation(_draw)
