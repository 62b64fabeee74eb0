"""Words as libass will set them: which font draws which letters, and how much room they take."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby

from cliply.domain.scripts import direction, is_mark
from cliply.media.bidi import from_left
from cliply.media.fonts import is_silent
from cliply.media.typefaces import Extent, Typeface, around

JOINER = "\N{ZERO WIDTH JOINER}"
EMOJI_JOINER = re.compile("\u200d(?=[\u2600-\u27bf\U0001f000-\U0001faff])")
VARIATION = re.compile("[\ufe00-\ufe0f\u20e3]")
"""Selectors of a letter's variation, and the frame around keys."""

VIRAMA = 9
"""Combining class of the signs that take a consonant's vowel away."""


@dataclass(frozen=True)
class Run:
    """Neighbouring letters of one font and one direction."""

    face: Typeface
    text: str
    from_right: bool = False


@dataclass(frozen=True)
class Shaped:
    """A word in its fonts, all of one em. Letters that no font has are not in it."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @cached_property
    def ascent(self) -> float:
        """Of the box that libass puts around it, in em above the baseline."""
        return max((run.face.ascent for run in self.runs), default=0.0)

    @cached_property
    def descent(self) -> float:
        return max((run.face.descent for run in self.runs), default=0.0)

    @cached_property
    def extent(self) -> Extent:
        """Room of the whole word."""
        directions = ["R" if run.from_right else "L" for run in self.runs]
        order = from_left(range(len(self.runs)), directions, direction(self.text) == "R")
        at, parts = 0.0, []
        for run in (self.runs[number] for number in order):
            parts.append(run.face.extent(run.text, run.from_right).moved(at))
            at = parts[-1].advance
        return around(parts)


def shape(text: str, faces: Sequence[Typeface]) -> Shaped:
    """Set a word in the first of the fonts that has all of its letters.

    Where none has, each letter is set in the first font that has it; marks stay with
    their letter, and letters that no font has are left out.
    """
    return _shape(_drawable(text), tuple(faces))


def _drawable(text: str) -> str:
    """A text without what libass ignores, though it does not leave it out.

    It draws the parts of joined emoji one by one and knows no variation of a letter.
    """
    return EMOJI_JOINER.sub("", VARIATION.sub("", text))


@lru_cache(maxsize=20_000)
def _shape(text: str, faces: tuple[Typeface, ...]) -> Shaped:
    chosen: list[tuple[Typeface, bool, str]] = []
    for word in _words(text):
        whole = _first_with(word, faces)
        from_right = direction(word) == "R"
        for cluster in clusters(word):
            face = whole or _first_with(cluster, faces)
            own = "L" if cluster[0].isdigit() else direction(cluster)
            from_right = own == "R" if own else from_right
            if face:
                chosen.append((face, from_right, cluster))
    return Shaped(tuple(_merged(chosen)))


def _merged(chosen: Iterable[tuple[Typeface, bool, str]]) -> Iterable[Run]:
    for (face, from_right), parts in groupby(chosen, key=lambda part: part[:2]):
        yield Run(face, "".join(text for *_, text in parts), from_right)


def _words(text: str) -> list[str]:
    """The words of a text; all but the first with the space before them."""
    first, *others = text.split() or [""]
    return [first, *(f" {word}" for word in others)]


def _first_with(text: str, faces: Sequence[Typeface]) -> Typeface | None:
    letters = {ord(letter) for letter in text if not is_silent(letter)}
    return next((face for face in faces if letters <= face.letters), None)


def clusters(text: str) -> list[str]:
    """Letters with the marks on them, as a reader counts letters."""
    parts: list[str] = []
    for letter in text:
        if parts and (_belongs(letter) or _binds(parts[-1][-1])):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _belongs(letter: str) -> bool:
    """Marks, joiners, and the skin tones of emoji belong to what stands before them."""
    return is_mark(letter) or "\U0001f3fb" <= letter <= "\U0001f3ff"


def _binds(letter: str) -> bool:
    """Joiners, and the signs that bind Indic consonants, take in what comes after them."""
    return letter == JOINER or unicodedata.combining(letter) == VIRAMA
