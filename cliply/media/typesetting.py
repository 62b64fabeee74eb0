"""Where the words of a cue stand in the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from cliply.domain.captions import CaptionPosition
from cliply.domain.scripts import is_spaced
from cliply.media.bidi import from_left, word_directions
from cliply.media.shaping import Shaped

LINE_PITCH_EM = 1.3
"""Distance of two baselines, unless marks above and below need more."""

SPACE_EM = 0.3
"""Between words; a little wider than the font's own, for the outlines."""

ASCENT_EM, DESCENT_EM = 0.78, 0.26
"""Room kept above and below a baseline even where a cue has no such letters, so that
baselines do not jump from cue to cue; those of Poppins are 0.74 and 0.24."""

LEADING_EM = 0.08
"""White between the ink of two lines at least."""

MAX_LINES = 8
"""Of a cue that a person made too long."""

SMALLEST = 0.85
"""Type may shrink to this before a cue gets more lines than wanted."""


class Align(Enum):
    """Where lines stand between the margins."""

    left = 0.0
    centre = 0.5
    right = 1.0


class Box(NamedTuple):
    """A rectangle of the frame in pixels; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def grown(self, by: float) -> "Box":
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around some."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


@dataclass(frozen=True)
class Setting:
    """How text is to be set."""

    area: Box
    """What nothing may leave: letters, their outline, and all that they do."""
    em_px: float
    position: CaptionPosition = CaptionPosition.bottom
    align: Align = Align.centre
    from_right: bool = False
    lines: int = 2
    """Most lines at full size."""
    words_per_line: int | None = None
    pad_em: float = 0.0
    """Outline and shadow around the letters."""
    growth: float = 1.0
    """How large a word gets while it moves."""
    rise_em: float = 0.0
    """How high a word jumps."""


@dataclass(frozen=True)
class PlacedWord:
    """A word in the picture."""

    number: int
    """In its cue."""
    shaped: Shaped
    em_px: float
    left_px: float
    """Where its first advance begins, seen from the left."""
    baseline_px: float
    growth: float
    """How large it may get without touching its neighbours."""
    from_right: bool
    """Whether its letters are read so."""
    among_from_right: bool
    """Whether its paragraph is read so, which decides the side of its punctuation."""

    @property
    def centre_px(self) -> tuple[float, float]:
        """Centre of the box that libass puts around it."""
        middle = (self.shaped.ascent - self.shaped.descent) / 2
        extent = self.shaped.extent
        x = self.left_px + (extent.start + extent.end) * self.em_px / 2
        return x, self.baseline_px - middle * self.em_px

    @property
    def ink(self) -> Box:
        """Around its letters at rest, without outline."""
        ink = self.shaped.extent
        return Box(
            self.left_px + ink.left * self.em_px,
            self.baseline_px - ink.top * self.em_px,
            self.left_px + ink.right * self.em_px,
            self.baseline_px - ink.bottom * self.em_px,
        )

    def reach(self, setting: Setting) -> Box:
        """All that it touches while it grows and jumps, outline included."""
        x, y = self.centre_px
        box, size = self.ink.grown(setting.pad_em * self.em_px), max(1.0, self.growth)
        return Box(
            x + (box.left - x) * size,
            y + (box.top - y) * size - setting.rise_em * self.em_px,
            x + (box.right - x) * size,
            y + (box.bottom - y) * size,
        )


def set_words(words: Sequence[Shaped], setting: Setting) -> tuple[PlacedWord, ...]:
    """Set words in as few even lines as fit at full size; no part of them leaves the area.

    Text that does not fit becomes smaller and, if that makes it larger again, has more
    lines. Words are in reading order, whatever side they stand on.
    """
    drawn = [number for number, word in enumerate(words) if word.runs]
    if not drawn:
        return ()
    paragraph = _Paragraph([words[number] for number in drawn], setting)
    return tuple(sorted(paragraph.placed(drawn), key=lambda word: word.number))


class _Paragraph:
    """Words that are being set; lengths are in em until they are placed."""

    def __init__(self, words: Sequence[Shaped], setting: Setting) -> None:
        self._words = words
        self._setting = setting
        self._widths = [_slot(word) for word in words]
        texts = [word.text for word in words]
        self._gaps = [SPACE_EM * is_spaced(one, two) for one, two in pairwise(texts)]
        self._directions = word_directions(texts, setting.from_right)

    def placed(self, numbers: Sequence[int]) -> list[PlacedWord]:
        rows, em_px = self._rows()
        top = self._top_px(rows, em_px)
        placed = []
        for row, depth in zip(rows, self._depths(rows), strict=True):
            placed += self._line(row, top + depth * em_px, em_px, numbers)
        return placed

    def _rows(self) -> tuple[list[range], float]:
        """The lines, and the em at which they fit: the fewest at full size, else the best."""
        setting, best = self._setting, (0.0, [range(len(self._words))])
        least = 1
        if setting.words_per_line:
            least = min(MAX_LINES, -(-len(self._words) // setting.words_per_line))
        for count in range(least, min(max(MAX_LINES, least), len(self._words)) + 1):
            rows = self._even_rows(count)
            fit = min(1.0, self._fit(rows))
            if fit > best[0]:
                best = (fit, rows)
            if best[0] >= (1.0 if count < setting.lines else SMALLEST):
                break
        return best[1], setting.em_px * best[0]

    def _fit(self, rows: Sequence[range]) -> float:
        """How often the text fits into the area, in its width or height."""
        area, em_px = self._setting.area, self._setting.em_px
        wide = max(map(self._reach, rows)) * em_px
        high = self._height(rows) * em_px
        return min(area.width / wide, area.height / high)

    def _reach(self, row: range) -> float:
        """Width of a line with all that its words do."""
        outer = max(
            (self._growth(word) - 1.0) * self._widths[word] / 2
            + self._growth(word) * self._setting.pad_em
            for word in row
        )
        return self._width(row) + 2 * outer

    def _width(self, row: range) -> float:
        return sum(self._widths[word] for word in row) + sum(self._gaps[row[0] : row[-1]])

    def _even_rows(self, count: int) -> list[range]:
        """Split so that the widest line is as narrow as possible, by dynamic programming."""
        total, most = len(self._words), self._setting.words_per_line or len(self._words)
        best = [[(float("inf"), 0)] * (total + 1) for _ in range(count + 1)]
        best[0][0] = (0.0, 0)
        for line in range(1, count + 1):
            for end in range(line, total + 1):
                starts = range(max(line - 1, end - most if count * most >= total else 0), end)
                best[line][end] = min(
                    (max(best[line - 1][start][0], self._width(range(start, end))), start)
                    for start in starts
                )
        rows, end = [], total
        for line in range(count, 0, -1):
            start = best[line][end][1]
            rows.append(range(start, end))
            end = start
        return rows[::-1]

    def _above(self, row: range) -> float:
        """From a line's baseline up to where nothing of it reaches any more."""
        reach = max(
            self._grown(word.extent.top, word) for word in self._words[row[0] : row[-1] + 1]
        )
        return max(ASCENT_EM, reach) + self._setting.rise_em + self._pad

    def _below(self, row: range) -> float:
        reach = max(
            -self._grown(word.extent.bottom, word) for word in self._words[row[0] : row[-1] + 1]
        )
        return max(DESCENT_EM, reach) + self._pad

    @property
    def _pad(self) -> float:
        return self._setting.pad_em * self._setting.growth

    def _grown(self, height: float, word: Shaped) -> float:
        """A height above the baseline when the word has grown around its box's centre."""
        middle = (word.ascent - word.descent) / 2
        return middle + (height - middle) * self._setting.growth

    def _depths(self, rows: Sequence[range]) -> list[float]:
        """Depth of each baseline below the top of the block."""
        depths = [self._above(rows[0])]
        for one, two in pairwise(rows):
            ink = max(-word.extent.bottom for word in self._words[one[0] : one[-1] + 1])
            ink += max(word.extent.top for word in self._words[two[0] : two[-1] + 1])
            needed = ink + 2 * self._setting.pad_em + LEADING_EM
            depths.append(depths[-1] + max(LINE_PITCH_EM, needed))
        return depths

    def _height(self, rows: Sequence[range]) -> float:
        return self._depths(rows)[-1] + self._below(rows[-1])

    def _top_px(self, rows: Sequence[range], em_px: float) -> float:
        area, free = self._setting.area, self._setting.area.height - self._height(rows) * em_px
        share = {CaptionPosition.top: 0.0, CaptionPosition.middle: 0.5}
        return area.top + free * share.get(self._setting.position, 1.0)

    def _line(
        self, row: range, baseline_px: float, em_px: float, numbers: Sequence[int]
    ) -> list[PlacedWord]:
        area, align = self._setting.area, self._setting.align.value
        free = area.width - self._reach(row) * em_px
        edge = (self._reach(row) - self._width(row)) * em_px / 2
        x = area.left + free * align + edge
        order = from_left(row, self._directions, self._setting.from_right)
        placed = []
        for word, following in zip(order, [*order[1:], None], strict=True):
            placed.append(self._place(word, x, baseline_px, em_px, numbers[word]))
            x += (self._widths[word] + self._gap(word, following)) * em_px
        return placed

    def _gap(self, word: int, following: int | None) -> float:
        """White between two words that stand side by side, whichever is read first."""
        if following is None:
            return 0.0
        first, second = sorted((word, following))
        return SPACE_EM * is_spaced(self._words[first].text, self._words[second].text)

    def _place(
        self, word: int, x: float, baseline_px: float, em_px: float, number: int
    ) -> PlacedWord:
        return PlacedWord(
            number=number,
            shaped=self._words[word],
            em_px=em_px,
            left_px=x + max(0.0, -self._words[word].extent.left) * em_px,
            baseline_px=baseline_px,
            growth=self._growth(word),
            from_right=self._directions[word] == "R",
            among_from_right=self._setting.from_right,
        )

    def _growth(self, word: int) -> float:
        """So large that at most half of the white beside it is taken."""
        free = min(self._gaps[max(0, word - 1) : word + 1], default=SPACE_EM) - self._setting.pad_em
        return min(self._setting.growth, 1.0 + max(0.0, free) / max(0.1, self._widths[word]))


def _slot(word: Shaped) -> float:
    """Width kept for a word: that of its ink where this reaches beyond its advance, as the
    last letters of Arabic words do."""
    ink = word.extent
    return max(ink.advance, ink.right) - min(0.0, ink.left)
