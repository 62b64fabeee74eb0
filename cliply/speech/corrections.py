"""Puts a workspace's terms and a person's corrections into a transcript."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Word
from cliply.domain.vocabulary import Term, WordCorrection
from cliply.speech.fillers import find_fillers
from cliply.speech.utterances import group_utterances
from cliply.speech.words import MIN_WORD_MS

EDGES = re.compile(r"^\W+|\W+$")
TAIL = re.compile(r"\W*$")


def with_terms(transcript: Transcript, terms: Sequence[Term]) -> Transcript:
    """The transcript with every wrong reading of a term replaced; longest readings first.

    Case and the punctuation around words do not matter, and what follows the reading
    (a comma, a full stop) stays.
    """
    readings = sorted(
        (
            ([_bare(part) for part in reading.split()], term.text)
            for term in terms
            for reading in term.heard_as
        ),
        key=lambda one: -len(one[0]),
    )
    words = list(_replaced(transcript.words, readings))
    return transcript if words == list(transcript.words) else _anew(transcript, words)


def corrected(transcript: Transcript, corrections: Sequence[WordCorrection]) -> Transcript:
    """The transcript as persons corrected it.

    A correction replaces the words whose middle lies in its span, whatever they are; where
    a recogniser heard none, the words go into the room between their neighbours. What
    finds no room is left out, with a warning.
    """
    if not corrections:
        return transcript
    words, left_out = corrected_words(transcript.words, corrections)
    warnings = [f"There is no room for the corrected words “{text}”." for text in left_out]
    anew = _anew(transcript, words)
    return anew.model_copy(update={"warnings": (*transcript.warnings, *warnings)})


class CorrectedWords(NamedTuple):
    """Words with the corrections in them."""

    words: list[Word]
    left_out: list[str]
    """Texts of corrections for which there is no room."""


def corrected_words(words: Sequence[Word], corrections: Sequence[WordCorrection]) -> CorrectedWords:
    """What `corrected` makes of the words, without their sentences."""
    said, left_out = list(words), []
    for correction in sorted(corrections, key=lambda one: one.span.start_ms):
        said, fits = _put(said, correction)
        if not fits:
            left_out.append(correction.text)
    return CorrectedWords(said, left_out)


def _anew(transcript: Transcript, words: Sequence[Word]) -> Transcript:
    """Other words with the sentences and fillers that they make."""
    utterances = group_utterances(words)
    anew = transcript.model_copy(update={"words": tuple(words), "utterances": utterances})
    return anew.model_copy(update={"fillers": find_fillers(anew)})


def _replaced(words: Sequence[Word], readings: Sequence[tuple[list[str], str]]) -> Iterator[Word]:
    bare = [_bare(word.text) for word in words]
    at = 0
    while at < len(words):
        found = next((r for r in readings if r[0] and bare[at : at + len(r[0])] == r[0]), None)
        if found is None:
            yield words[at]
            at += 1
            continue
        said = words[at : at + len(found[0])]
        tail = TAIL.search(said[-1].text)
        yield from _respoken(said, found[1] + (tail.group() if tail else ""))
        at += len(said)


def _bare(text: str) -> str:
    """Lower case, without the punctuation around it."""
    return EDGES.sub("", text).casefold()


def _put(words: list[Word], correction: WordCorrection) -> tuple[list[Word], bool]:
    """The words with one correction in them, and whether there was room for it."""
    span = correction.span
    first = bisect_left(words, float(span.start_ms), key=_middle)
    end = bisect_left(words, float(span.end_ms), lo=first, key=_middle)
    if first < end:
        return [*words[:first], *_respoken(words[first:end], correction.text), *words[end:]], True
    after = words[first - 1].span.end_ms if first else 0
    before = words[first].span.start_ms if first < len(words) else span.end_ms
    start_ms, end_ms = max(span.start_ms, after), min(span.end_ms, before)
    parts = correction.text.split()
    if end_ms - start_ms < MIN_WORD_MS * len(parts):
        return words, not parts
    room = TimeRange(start_ms=start_ms, end_ms=max(end_ms, start_ms + 1))
    return [*words[:first], *_spread(parts, room, None), *words[first:]], True


def _middle(word: Word) -> float:
    return (word.span.start_ms + word.span.end_ms) / 2


def _respoken(said: Sequence[Word], text: str) -> list[Word]:
    """Other words in the time of these; as many words keep each their own time."""
    parts = text.split()
    if len(parts) == len(said):
        return [
            replace(word, text=part, confidence=1.0) for word, part in zip(said, parts, strict=True)
        ]
    room = TimeRange(start_ms=said[0].span.start_ms, end_ms=said[-1].span.end_ms)
    return list(_spread(parts, room, said[0].speaker))


def _spread(parts: Sequence[str], room: TimeRange, speaker: str | None) -> Iterator[Word]:
    """Words over a stretch of time, each as long as its letters ask for."""
    lengths = [len(part) for part in parts]
    marks = [sum(lengths[:n]) / max(1, sum(lengths)) for n in range(len(parts) + 1)]
    times = [room.start_ms + round(mark * room.duration_ms) for mark in marks]
    for part, (start_ms, end_ms) in zip(parts, pairwise(times), strict=True):
        span = TimeRange(start_ms=start_ms, end_ms=max(end_ms, start_ms + 1))
        yield Word(text=part, span=span, confidence=1.0, speaker=speaker)
