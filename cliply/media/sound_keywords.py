"""Sound effects that suit what is said."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from cliply.domain.sound import PlacedSound, SoundEffect
from cliply.domain.timeline import Timeline
from cliply.domain.transcript import Word
from cliply.media.censoring import bare

APART_MS = 4000
"""Two effects in a shorter time are a joke that gets old."""

KEYWORD_GAIN_DB = -10.0
"""Under the voice that it comes with."""

KEYWORDS = {
    SoundEffect.cash: (
        "money cash dollar dollars euro euros million millions billion rich profit revenue "
        "paid salary price sold geld dinero argent"
    ),
    SoundEffect.boom: (
        "boom bang explode explodes exploded explosion crash crashed huge massive insane shocking"
    ),
    SoundEffect.ding: "idea secret tip hack trick answer correct exactly finally solution rule",
    SoundEffect.whoosh: "fast faster quick quickly suddenly instantly speed switch zoom move flew",
    SoundEffect.pop: "pop first second third surprise new boop",
    SoundEffect.click: "click tap press button subscribe follow select download",
    SoundEffect.applause: "applause bravo congratulations congrats won winner champion victory",
}


def keyword_sounds(words: Sequence[Word], timeline: Timeline) -> tuple[PlacedSound, ...]:
    """Effects at the starts of words of the dictionary, in clip time, `APART_MS` apart."""
    return tuple(_apart(sorted(_suiting(words, timeline), key=lambda sound: sound.time_ms)))


def _suiting(words: Sequence[Word], timeline: Timeline) -> Iterator[PlacedSound]:
    for word in words:
        effect = _dictionary().get(bare(word.text))
        time_ms = timeline.moment_in_clip(word.span.start_ms) if effect else None
        if effect and time_ms is not None:
            yield PlacedSound(effect=effect, time_ms=time_ms, gain_db=KEYWORD_GAIN_DB)


def _apart(sounds: Sequence[PlacedSound]) -> Iterator[PlacedSound]:
    next_ms = 0
    for sound in sounds:
        if sound.time_ms >= next_ms:
            yield sound
            next_ms = sound.time_ms + APART_MS


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, SoundEffect]:
    return {word: effect for effect, words in KEYWORDS.items() for word in words.split()}
