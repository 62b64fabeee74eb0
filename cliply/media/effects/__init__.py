"""The picture effects of a clip, each a file: how it is placed, and how it is drawn.

`place` turns settings, in source time, into a value of the spec, in clip time; `draw` puts
filters on the board when that value is there. An effect joins by its module in the lists.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Protocol

from cliply.domain.attachments import Attachment
from cliply.domain.colours import Colour
from cliply.domain.editing import Edit
from cliply.domain.effects import EffectsSpec
from cliply.domain.timeline import Timeline
from cliply.domain.transcript import Word
from cliply.media.board import Board
from cliply.media.effects import (
    b_roll,
    chroma_key,
    eye_contact,
    logo,
    person_key,
    progress_bar,
    titles,
    zoom,
)
from cliply.media.effects.canvas import Canvas
from cliply.media.effects.request import Request

__all__ = ["draw_effects", "plan_effects"]


class Placed(Protocol):
    """An effect that settings ask for."""

    def place(self, request: Request, spec: EffectsSpec) -> EffectsSpec:
        """The spec with this effect, when it is asked for; raises InvalidInput with the field."""
        ...


class Drawn(Placed, Protocol):
    """An effect that filters draw."""

    def draw(self, spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
        """The link in which the picture goes on; the same one when there is nothing to draw."""
        ...


DRAWN: tuple[Drawn, ...] = (chroma_key, person_key, zoom, b_roll, progress_bar, logo)
"""In the order in which they are drawn, the lowest first."""

PLACED: tuple[Placed, ...] = (*DRAWN, titles, eye_contact)
"""Text is drawn with the captions."""


def plan_effects(
    edit: Edit,
    *,
    title: str,
    timeline: Timeline,
    words: Sequence[Word],
    attachments: Mapping[str, Attachment],
    size_px: tuple[int, int],
    backdrop: Colour | None = None,
) -> EffectsSpec:
    """What an edit's effects become in a clip; `notes` say what became otherwise than asked.

    `words` are in source time, `attachments` by name; `backdrop` is the measured colour of a
    green screen whose colour the edit leaves open. Raises InvalidInput naming the field.
    """
    request = Request(edit, title, timeline, words, attachments, size_px, backdrop)
    return reduce(lambda spec, effect: effect.place(request, spec), PLACED, EffectsSpec())


def draw_effects(
    effects: EffectsSpec,
    *,
    size_px: tuple[int, int],
    frame_rate: Fraction,
    timeline: Timeline,
    board: Board,
    link: str,
    mask: Path | None = None,
) -> str:
    """Draw all but the text on the whole clip: constant rate, clip time, yuv420p of `size_px`.

    `mask` is what `person_mask` made, for keying by person.
    """
    canvas = Canvas(size_px, frame_rate, timeline, mask)
    return reduce(lambda on, effect: effect.draw(effects, canvas, board, on), DRAWN, link)
