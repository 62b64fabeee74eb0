"""Contact sheets show all there is to choose from, legibly and in little space."""

import io
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cliply.domain.captions import CaptionPosition, CaptionStyle
from cliply.domain.editing import Edit
from cliply.domain.effects import Corner, ZoomStyle
from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio, Layout
from cliply.domain.timeline import TransitionKind
from cliply.domain.value import Value
from showcase.exhibits import PREVIEW, UNCAPTIONED, Exhibit, Plan, Row
from showcase.plans import PLANS
from showcase.sheet import MARGIN_PX, MOST_BYTES, Cell, Strip, contact_sheet
from showcase.studio import Studio

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"


def chosen(value: object) -> Iterator[StrEnum]:
    """Every choice between named things in an edit."""
    if isinstance(value, StrEnum):
        yield value
    elif isinstance(value, Value):
        for name in type(value).model_fields:
            yield from chosen(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from chosen(part)


def grey(size_px: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size_px, (128, 128, 128))


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg)).convert("L")


@pytest.mark.parametrize(
    "kind", [CaptionStyle, CaptionPosition, AspectRatio, Layout, Platform, ZoomStyle, Corner,
             TransitionKind], ids=lambda kind: kind.__name__,
)  # fmt: skip
def test_every_choice_is_on_some_sheet(kind: type[StrEnum]) -> None:
    shown = {one for make in PLANS for exhibit in make().exhibits for one in chosen(exhibit.edit)}

    assert set(kind) <= shown


@pytest.mark.parametrize("make", PLANS, ids=lambda make: make().name)
def test_every_sheet_is_in_the_docs_and_small(make) -> None:
    picture = PICTURES / f"{make().name}.jpg"

    assert picture.is_file(), "make it with `python -m showcase`"
    assert picture.stat().st_size <= MOST_BYTES


def test_a_take_becomes_a_labelled_sheet_of_its_clips_pictures(tmp_path: Path) -> None:
    exhibit = Exhibit(
        Edit(captions=UNCAPTIONED, export=PREVIEW), moments_ms=(0, 300), label="plain"
    )
    plan = Plan("small", "Small", (Row("talk", (exhibit,)),), cell_px=160, width_px=260)

    sheet = opened(Studio(tmp_path).sheet(plan))

    left = np.asarray(sheet.crop((MARGIN_PX, 91, MARGIN_PX + 90, 251)))
    under = np.asarray(sheet.crop((MARGIN_PX, 254, MARGIN_PX + 90, sheet.height)))
    assert sheet.width == 260
    assert left.std() > 20, "a picture of somebody"
    assert under.min() < 150, "its label"


def test_strips_go_on_the_next_line_where_there_is_no_room() -> None:
    strips = [Strip(name, (Cell(grey((200, 100)), name),)) for name in ("one", "two", "three")]

    narrow = opened(contact_sheet("All", strips, 300))
    wide = opened(contact_sheet("All", strips, 900))

    lines = [abs(np.asarray(sheet)[:, 100] - 128.0) < 4 for sheet in (narrow, wide)]
    assert [int(line.sum()) for line in lines] == [300, 100]


def test_each_picture_has_its_label_under_it() -> None:
    cells = tuple(Cell(grey((80, 60)), label) for label in ("first", "", "third"))

    sheet = np.asarray(opened(contact_sheet("All", [Strip("strip", cells)], 320)))

    rows = np.flatnonzero(sheet[:, MARGIN_PX + 40] == 128)
    under = sheet[rows.max() + 4 : rows.max() + 24]
    inks = [int((under[:, left : left + 80] < 160).sum()) for left in (16, 106, 196)]
    assert inks[0] > 20
    assert inks[1] == 0
    assert inks[2] > 20


def test_a_sheet_that_can_not_be_made_small_is_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1200, 1200, 3), np.uint8)

    with pytest.raises(ValueError, match="most is 350000"):
        contact_sheet("Noise", [Strip("", (Cell(Image.fromarray(noise), ""),))], 1300)
