"""`karaoke`: a word fills with the accent colour while it is said, in reading direction."""

import math

import pysubs2

from cliply.media.caption_styles.animation import Animation, SpokenWord
from cliply.media.typesetting import Box


def _draw(spoken: SpokenWord) -> list[pysubs2.SSAEvent]:
    plain = spoken.event(rf"{spoken.place}\1c{spoken.look.text}")
    return [plain, spoken.event(_filling(spoken), start_ms=spoken.said.start_ms)]


def _filling(spoken: SpokenWord) -> str:
    """Tags of the accent on top: no outline of its own, cut off where it has come to.

    Not `\\kf`, which fills from the left whatever the script.
    """
    ink = spoken.word.ink.grown(0.05 * spoken.word.em_px)
    start = Box(ink.right, ink.top, ink.right, ink.bottom)
    if not spoken.word.from_right:
        start = Box(ink.left, ink.top, ink.left, ink.bottom)
    fill = rf"\t(0,{spoken.said.duration_ms},{_clip(ink)})"
    return rf"{spoken.place}\bord0\shad0\1c{spoken.look.accent}{_clip(start)}{fill}"


def _clip(box: Box) -> str:
    left, top = math.floor(box.left), math.floor(box.top)
    return rf"\clip({left},{top},{math.ceil(box.right)},{math.ceil(box.bottom)})"


ANIMATION = Animation(_draw)
