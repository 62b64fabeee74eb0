"""`pop_in`: words pop up one by one as they are said, and stay."""

import pysubs2

from cliply.media.caption_styles.animation import Animation, SpokenWord

SMALL = 0.4
UP_MS, BACK_MS = 110, 80
"""Until it is largest, and from there until it is at rest."""


def _draw(spoken: SpokenWord) -> list[pysubs2.SSAEvent]:
    start = spoken.said.start_ms
    up = rf"\t(0,{UP_MS},{spoken.scaled(spoken.word.growth)})"
    back = rf"\t({UP_MS},{UP_MS + BACK_MS},{spoken.scaled(1.0)})"
    tags = spoken.place + spoken.scaled(SMALL) + spoken.lit(start) + rf"\fad(60,0){up}{back}"
    return [spoken.event(tags, start_ms=start)]


ANIMATION = Animation(_draw, growth=1.12)
