"""Which spans of a clip are not to be heard."""

from collections.abc import Iterator, Sequence

from cliply.domain.sound import CensoredSpan, CensorSettings
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.media.envelopes import joined
from cliply.media.profanity import is_profane


def censored_spans(
    settings: CensorSettings, words: Sequence[Word], timeline: Timeline
) -> tuple[CensoredSpan, ...]:
    """The censored words and spans where the clip plays them, apart and in order."""
    wanted = joined((*_spoken(settings, words), *settings.spans))
    played = joined(place for span in wanted for place in timeline.in_clip(span))
    return tuple(CensoredSpan(span=span, mode=settings.mode) for span in played)


def _spoken(settings: CensorSettings, words: Sequence[Word]) -> Iterator[TimeRange]:
    listed = {bare(word) for phrase in settings.words for word in phrase.split()}
    for word in words:
        if bare(word.text) in listed or (settings.profanity and is_profane(word.text)):
            yield word.span


def bare(word: str) -> str:
    """A word without case and without the punctuation around it."""
    letters = [place for place, letter in enumerate(word) if letter.isalnum()]
    return word[letters[0] : letters[-1] + 1].casefold() if letters else ""
