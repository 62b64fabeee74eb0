"""Where the words of a cue stand in the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from cliply.media.fonts import CaptionFonts

SIDE_MARGIN = 0.08
"""Part of the width that stays free of text on either side."""

LINE_PITCH_EM = 1.3
"""Distance of two baselines."""

SPACE_EM = 0.3
"""Between words; a little wider than the font's own, for the outlines."""

GROWTH = 1.08
"""How large the current word gets; room for it is kept at the line's ends."""


@dataclass(frozen=True)
class Line:
    """One line of words: their centres, and how large it is set."""

    words: tuple[int, ...]
    """Indices of the words."""
    centres_px: tuple[float, ...]
    centre_y_px: float
    em_px: float


def set_lines(
    words: Sequence[str],
    fonts: CaptionFonts,
    *,
    em_px: float,
    frame_px: tuple[int, int],
    bottom_px: float,
    max_lines: int = 2,
) -> tuple[Line, ...]:
    """Set words in as few even lines as fit, the last one `bottom_px` above the frame's end.

    Text that does not fit into `max_lines` becomes smaller until it does, so nothing ever
    leaves the frame.
    """
    room = frame_px[0] * (1 - 2 * SIDE_MARGIN) / GROWTH
    widths = [fonts.width_em(word) for word in words]
    rows = _rows(widths, room / em_px, max_lines)
    em_px *= min(1.0, room / em_px / max(_width(widths, row) for row in rows))
    pitch = em_px * LINE_PITCH_EM
    last_y = frame_px[1] - bottom_px - pitch / 2
    return tuple(
        Line(
            words=tuple(row),
            centres_px=_centres(widths, row, em_px, frame_px[0] / 2),
            centre_y_px=last_y - pitch * (len(rows) - 1 - number),
            em_px=em_px,
        )
        for number, row in enumerate(rows)
    )


def _rows(widths: Sequence[float], room_em: float, max_lines: int) -> list[range]:
    """The words in the fewest lines that fit, else in `max_lines`, as even as can be."""
    rows = [range(len(widths))]
    for count in range(1, min(max_lines, len(widths)) + 1):
        rows = _even_rows(widths, count)
        if max(_width(widths, row) for row in rows) <= room_em:
            break
    return rows


def _even_rows(widths: Sequence[float], count: int) -> list[range]:
    """Split into `count` rows so that the widest is as narrow as possible."""
    if count == 1:
        return [range(len(widths))]
    splits = (
        [*_even_rows(widths[:cut], count - 1), range(cut, len(widths))]
        for cut in range(count - 1, len(widths))
    )
    return min(splits, key=lambda rows: max(_width(widths, row) for row in rows))


def _width(widths: Sequence[float], row: range) -> float:
    return sum(widths[word] for word in row) + SPACE_EM * (len(row) - 1)


def _centres(
    widths: Sequence[float], row: range, em_px: float, middle_px: float
) -> tuple[float, ...]:
    left = middle_px - _width(widths, row) * em_px / 2
    centres = []
    for word in row:
        centres.append(left + widths[word] * em_px / 2)
        left += (widths[word] + SPACE_EM) * em_px
    return tuple(centres)
