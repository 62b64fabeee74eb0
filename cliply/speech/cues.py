"""Turns written cues into words with times."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from itertools import pairwise
from typing import NamedTuple

from cliply.speech.words import RawWord

SLOWEST_MS_PER_CHAR = 180
"""A cue stays on screen after it was said; ordinary speech takes about 70 ms a character."""

FASTEST_MS_PER_CHAR = 30
"""A cue cut shorter than this by the next one was shown beside it, not before it."""

MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")
SOUND = re.compile(r"\[[^\]]*\]|[♪♫][^♪♫]*[♪♫]|^\s*\([^)]*\)\s*$")
TURN = re.compile(r"^\s*(?:>>+\s*|[-–—]\s*(?=\D))")
NAME = re.compile(r"^([^\W\d_a-z][^\Wa-z]*(?:[ .'-]+[^\Wa-z]+){0,3}):\s+")
SAYS_NOTHING = re.compile(r"[\W_]+")
MEANINGFUL = frozenset("&%+=@$€£")


class Piece(NamedTuple):
    """Text that begins at a known time."""

    start_ms: int
    text: str


class TextCue(NamedTuple):
    """What is on screen together; more than one piece where the file times its words."""

    start_ms: int
    end_ms: int
    pieces: tuple[Piece, ...]
    speaker: str | None = None

    @classmethod
    def of(cls, start_ms: int, end_ms: int, text: str, speaker: str | None = None) -> "TextCue":
        return cls(start_ms, end_ms, (Piece(start_ms, text),), speaker)

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def words_of(cues: Iterable[TextCue]) -> list[RawWord]:
    """The words of all cues, in order; sound descriptions and markup are left out.

    Cues are made to follow one another: one that the next overlaps ends where that begins,
    unless it could not be read in that time; then both were shown at once and count as one.
    """
    said = (_spoken(cue) for cue in unrolled(sorted(cues, key=lambda cue: cue.start_ms)))
    return [
        word
        for cue in _one_by_one([cue for cue in said if cue.text.strip()])
        for word in _words(cue)
    ]


def spread(text: str, start_ms: int, end_ms: int) -> list[RawWord]:
    """Words with times shared out over the span in proportion to their length.

    A word of n characters weighs n + 1, the pause after it included. The words take at
    most `SLOWEST_MS_PER_CHAR` times their total weight; the rest of the span is silence.
    """
    words = [word for word in text.split() if _says_something(word)]
    weights = [len(word) + 1 for word in words]
    length_ms = min(end_ms - start_ms, SLOWEST_MS_PER_CHAR * sum(weights))
    spread_words, before = [], 0
    for word, weight in zip(words, weights, strict=True):
        first_ms = start_ms + length_ms * before // sum(weights)
        before += weight
        last_ms = start_ms + length_ms * before // sum(weights)
        spread_words.append(RawWord(word, first_ms, last_ms))
    return spread_words


def unrolled(cues: Sequence[TextCue]) -> list[TextCue]:
    """Rolling captions, which repeat the line before, reduced to their new lines.

    Only where at least a third of the cues begin with the last line of the cue before;
    elsewhere a repeated line was said twice.
    """
    repeats = sum(
        bool(_lines(cue)) and _lines(cue)[0] == _lines(before)[-1]
        for before, cue in pairwise(cues)
        if _lines(before)
    )
    if repeats < 2 or repeats * 3 < len(cues):
        return list(cues)
    fresh: list[TextCue] = []
    shown: list[str] = []
    for cue in cues:
        lines = _lines(cue)
        fresh.append(_without_lines(cue, frozenset(shown)))
        shown = lines or shown
    return fresh


def _lines(cue: TextCue) -> list[str]:
    return [line for line in map(_as_shown, cue.text.splitlines()) if line]


def _as_shown(line: str) -> str:
    return " ".join(unescape(MARKUP.sub("", line)).split())


def _without_lines(cue: TextCue, shown: frozenset[str]) -> TextCue:
    """The cue without whole lines that are in `shown`; piece times are kept."""
    kept: list[Piece] = []
    line: list[Piece] = []
    for piece in cue.pieces:
        for part in piece.text.splitlines(keepends=True) or [""]:
            line.append(Piece(piece.start_ms, part))
            if part.endswith("\n"):
                kept += _unless_shown(line, shown)
                line = []
    kept += _unless_shown(line, shown)
    return cue._replace(pieces=tuple(kept))


def _unless_shown(line: list[Piece], shown: frozenset[str]) -> list[Piece]:
    text = "".join(piece.text for piece in line)
    return [] if _as_shown(text) in shown else line


def _spoken(cue: TextCue) -> TextCue:
    """The cue without markup, sounds and speaker marks; a name becomes the speaker."""
    speaker = cue.speaker
    pieces: list[Piece] = []
    begins_line = True
    for piece in cue.pieces:
        lines = []
        for line in _plain(piece.text).splitlines(keepends=True):
            if begins_line:
                line = TURN.sub("", line)
                if named := NAME.match(line):
                    speaker, line = speaker or named[1], line[named.end() :]
            lines.append(line)
            begins_line = line.endswith("\n")
        pieces.append(piece._replace(text="".join(lines)))
    return cue._replace(pieces=tuple(pieces), speaker=speaker)


def _plain(text: str) -> str:
    text = unescape(MARKUP.sub("", text)).replace("\\N", "\n").replace("\\h", " ")
    return "".join(SOUND.sub(" ", line) for line in text.splitlines(keepends=True))


def _one_by_one(cues: Sequence[TextCue]) -> Iterator[TextCue]:
    waiting: TextCue | None = None
    for cue in cues:
        if waiting is None:
            waiting = cue
        elif _shown_together(waiting, cue):
            both = (Piece(waiting.start_ms, f"{waiting.text}\n{cue.text}"),)
            waiting = waiting._replace(end_ms=max(waiting.end_ms, cue.end_ms), pieces=both)
        else:
            yield waiting._replace(end_ms=min(waiting.end_ms, cue.start_ms))
            waiting = cue
    if waiting is not None:
        yield waiting


def _shown_together(before: TextCue, cue: TextCue) -> bool:
    has_timed_words = len(before.pieces) > 1 or len(cue.pieces) > 1
    if has_timed_words or cue.start_ms >= before.end_ms:
        return False
    return cue.start_ms - before.start_ms < FASTEST_MS_PER_CHAR * len(before.text.strip())


def _words(cue: TextCue) -> Iterator[RawWord]:
    starts = [max(cue.start_ms, min(piece.start_ms, cue.end_ms)) for piece in cue.pieces]
    for piece, start_ms, end_ms in zip(cue.pieces, starts, [*starts[1:], cue.end_ms], strict=True):
        for word in spread(piece.text, start_ms, max(start_ms, end_ms)):
            yield word._replace(speaker=cue.speaker)


def _says_something(word: str) -> bool:
    return not SAYS_NOTHING.fullmatch(word) or not MEANINGFUL.isdisjoint(word)
