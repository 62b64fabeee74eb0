"""Cuts a transcript into the chunks that search finds."""

import re
from collections.abc import Iterator, Sequence

from cliply.domain.search import Chunk
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Word

LONGEST_MS = 30_000
SENTENCES = 4
LIVELY_MS = 10_000
"""Short cries and answers are taken together beyond `SENTENCES` until they last this long."""
APART_MS = 8_000
"""A silence this long ends a chunk: what comes after it is another thought."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff01-\uff9f\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, kana and Han with their punctuation: written without spaces."""
_NEEDLESS_SPACE = re.compile(f"(?<=[{_UNSPACED}]) (?=[{_UNSPACED}])")

Run = Sequence[Word]


def make_chunks(transcript: Transcript) -> tuple[Chunk, ...]:
    """Chunks of two to four utterances in order, of at most `LONGEST_MS`.

    A chunk begins with the last utterance of the one before it where both fit, so that a
    thought across the border is found whole. An utterance is divided only when it is
    longer than a chunk may be.
    """
    pieces = [
        piece
        for utterance in transcript.utterances
        for piece in _pieces(transcript.words[utterance.first : utterance.last + 1])
    ]
    return tuple(_chunk(pieces[first:end]) for first, end in _groups(pieces))


def _pieces(words: Run) -> Iterator[Run]:
    """The utterance itself, or equal parts of it that fit into a chunk."""
    if _length_ms(words) <= LONGEST_MS or len(words) < 2:
        yield words
        return
    middle_ms = (words[0].span.start_ms + words[-1].span.end_ms) // 2
    at = min(range(1, len(words)), key=lambda index: abs(words[index].span.start_ms - middle_ms))
    yield from _pieces(words[:at])
    yield from _pieces(words[at:])


def _groups(pieces: Sequence[Run]) -> Iterator[tuple[int, int]]:
    """First piece and end of each chunk; every chunk brings at least one new piece."""
    first = end = 0
    while end < len(pieces):
        while end < len(pieces) and _takes(pieces[first:end], pieces[end]):
            end += 1
        yield first, end
        if end < len(pieces):
            overlaps = end - first > 1 and _takes([pieces[end - 1]], pieces[end])
            first = end - 1 if overlaps else end


def _takes(chosen: Sequence[Run], another: Run) -> bool:
    """Whether one more piece belongs to the chunk."""
    if not chosen:
        return True
    said_ms = chosen[-1][-1].span.end_ms - chosen[0][0].span.start_ms
    follows = another[0].span.start_ms - chosen[-1][-1].span.end_ms < APART_MS
    fits = another[-1].span.end_ms - chosen[0][0].span.start_ms <= LONGEST_MS
    return follows and fits and (len(chosen) < SENTENCES or said_ms < LIVELY_MS)


def _chunk(pieces: Sequence[Run]) -> Chunk:
    words = [word for piece in pieces for word in piece]
    return Chunk(
        span=TimeRange(start_ms=words[0].span.start_ms, end_ms=words[-1].span.end_ms),
        text=joined(word.text for word in words),
    )


def joined(texts: Iterator[str]) -> str:
    """Words as a reader expects them: no spaces where the language writes none."""
    return _NEEDLESS_SPACE.sub("", " ".join(texts))


def _length_ms(words: Run) -> int:
    return words[-1].span.end_ms - words[0].span.start_ms
