"""`highlight_word`: the word that is said takes the accent colour and grows a little."""

import pysubs2

from cliply.media.caption_styles.animation import FADE_MS, Animation, SpokenWord


def _draw(spoken: SpokenWord) -> list[pysubs2.SSAEvent]:
    on = spoken.said.start_ms - spoken.cue.start_ms
    off = spoken.said.end_ms - spoken.cue.start_ms
    grow = rf"\t({on},{on + FADE_MS},{spoken.scaled(spoken.word.growth)})"
    shrink = rf"\t({off},{off + FADE_MS},{spoken.scaled(1.0)})"
    return [spoken.event(spoken.place + spoken.lit(spoken.cue.start_ms) + grow + shrink)]


ANIMATION = Animation(_draw, growth=1.08)
