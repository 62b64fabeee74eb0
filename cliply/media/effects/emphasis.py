"""Which sentences of a clip are emphasised."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cliply.domain.captions import CueWord
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.media.retiming import breaks_ms, words_in_clip

LEAST_APART_MS = 6_000
"""From one chosen moment to the next; more often, a zoom no longer means anything."""

LONGEST_MS = 4_000
SHORTEST_MS = 1_200
"""A moment lasts as long as its sentence, within these."""

PAUSE_MS = 700
"""A pause this long ends a sentence too."""

ENDS = tuple(".!?…。！？؟।")

CALLS = re.compile(r"[!！]")
ASKS = re.compile(r"[?？؟]")
NUMBERS = re.compile(r"\d")
SUPERLATIVES = re.compile(
    r"(best|worst|most|least|(bigg|larg|great|small|fast|slow|high|low|hard|easi|strong|rich|old"
    r"|young)est|first|last|only|never|always|ever|every(thing|one|body)?|no(thing|body|ne)|all"
    r"|impossible|incredible|unbelievable|amazing|insane|secret|[mb]illion|thousand|hundred)"
)
"""English; sentences in other languages count by their signs and numbers."""

WEIGHTS = {"call": 3, "superlative": 2, "number": 2, "question": 1}


@dataclass(frozen=True)
class Moment:
    """An emphasised sentence, in clip time."""

    span: TimeRange
    peak: TimeRange
    """From its most emphasised word on."""
    weight: int


def emphasised(words: Sequence[Word], timeline: Timeline) -> tuple[Moment, ...]:
    """The moments that a careful editor would zoom in on, in order; the strongest are chosen
    first, and none begins within 6 s of another."""
    end_ms = timeline.clip_ms(timeline.body_end_frame)
    found = [_moment(sentence, end_ms) for sentence in _sentences(words, timeline)]
    weighty = [moment for moment in found if moment.weight]
    chosen: list[Moment] = []
    for moment in sorted(weighty, key=lambda one: (-one.weight, one.span.start_ms)):
        start = moment.span.start_ms
        if all(abs(start - other.span.start_ms) >= LEAST_APART_MS for other in chosen):
            chosen.append(moment)
    return tuple(sorted(chosen, key=lambda one: one.span.start_ms))


def _sentences(words: Sequence[Word], timeline: Timeline) -> Iterator[list[CueWord]]:
    """Words up to sentence punctuation, a pause, or a place where the clip jumps."""
    jumps, sentence = breaks_ms(timeline), list[CueWord]()
    for word in words_in_clip(words, timeline):
        if sentence and _parts(sentence[-1].span, word.span, jumps):
            yield sentence
            sentence = []
        sentence.append(word)
        if word.text.rstrip("\"')»”’").endswith(ENDS):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _parts(before: TimeRange, after: TimeRange, jumps_ms: Sequence[int]) -> bool:
    if after.start_ms - before.end_ms >= PAUSE_MS:
        return True
    return any(before.start_ms < jump <= after.start_ms for jump in jumps_ms)


def _moment(sentence: Sequence[CueWord], end_ms: int) -> Moment:
    weights = [_weight(word.text) for word in sentence]
    peak = sentence[weights.index(max(weights))].span.start_ms
    start, last = sentence[0].span.start_ms, sentence[-1].span.end_ms
    end = min(max(last, start + SHORTEST_MS), start + LONGEST_MS, end_ms)
    return Moment(
        span=TimeRange(start_ms=start, end_ms=max(start + 1, end)),
        peak=TimeRange(start_ms=peak, end_ms=max(peak + 1, min(last, end_ms))),
        weight=sum(weights),
    )


def _weight(text: str) -> int:
    bare = text.lower().strip(".,;:!?…'\"()[]")
    signs = {
        "call": CALLS.search(text),
        "question": ASKS.search(text),
        "number": NUMBERS.search(text),
        "superlative": SUPERLATIVES.fullmatch(bare),
    }
    return sum(WEIGHTS[name] for name, there in signs.items() if there)
