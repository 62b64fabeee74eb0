from collections.abc import Sequence

import numpy as np
import pysubs2
import pytest

from cliply.domain.captions import CaptionPosition, CaptionSettings, Cue
from cliply.domain.effects import LowerThird, PlacedTitle
from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio
from cliply.domain.timing import TimeRange
from cliply.media.captions import ass_document, caption_boxes
from cliply.media.fonts import FontShelf, packaged_fonts
from cliply.media.safe_areas import safe_area
from tests.media.caption_frames import Screen, one_cue, spec_of

LENGTH_MS = 8000
SMALL = {
    AspectRatio.portrait: (540, 960),
    AspectRatio.square: (540, 540),
    AspectRatio.tall: (540, 676),
    AspectRatio.landscape: (960, 540),
}
THIRD = LowerThird(title="Ada Lovelace", subtitle="Mathematician", bar_colour="#0000FF")


@pytest.fixture(scope="module")
def screen(tmp_path_factory) -> Screen:
    fonts = [face.path for face in packaged_fonts().values()]
    return Screen(tmp_path_factory.mktemp("titles"), fonts)


def placed(text: str) -> PlacedTitle:
    span = TimeRange(start_ms=0, end_ms=4000)
    return PlacedTitle(span=span, text=text, text_colour="#111111", box_colour="#FFFFFF")


def document_of(
    aspect: AspectRatio, cues: Sequence[Cue] = (), settings: CaptionSettings | None = None, **texts
) -> str:
    shelf, size = FontShelf(), SMALL[aspect]
    return ass_document(
        cues,
        spec_of(settings, cues, aspect, size) if settings else None,
        size,
        shelf,
        safe=safe_area(Platform.any, aspect),
        duration_ms=LENGTH_MS,
        fonts=shelf.choose(None, ["Title مرحبا"]).fonts,
        **texts,
    )


def ink(picture: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is drawn on black."""
    rows, columns = np.where(picture.max(axis=2) > 60)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("aspect", list(AspectRatio))
@pytest.mark.parametrize(
    "text", ["Short", "A title of many words " * 5, "اكتشف أسرار YouTube اليوم"]
)
def test_a_title_stands_on_a_box_in_the_upper_third_while_it_lasts(screen, aspect, text):
    (width, height), safe = SMALL[aspect], safe_area(Platform.any, aspect)
    there, gone = screen.draw(document_of(aspect, title=placed(text)), (width, height), 1000, 4010)
    left, top, right, bottom = ink(there)
    assert left >= safe.left * width - 1
    assert right <= (1 - safe.right) * width + 1
    assert top >= safe.top * height - 1
    assert bottom <= height / 3 + 1
    box = there[top:bottom, left:right].max(axis=2)
    assert np.mean(box > 200) > 0.4
    assert np.mean(box < 60) > 0.05
    assert box[0, 0] < 60, "the corners are round"
    assert gone.max() < 60


def test_a_title_fades_in_and_moves_up(screen):
    early, late = screen.draw(
        document_of(AspectRatio.square, title=placed("Up")), (540, 540), 80, 1000
    )
    assert early.max() < 0.7 * late.max()
    assert ink(early)[1] > ink(late)[1]


@pytest.mark.parametrize("aspect", list(AspectRatio))
def test_a_lower_third_slides_open_from_the_left_inside_the_safe_area(screen, aspect):
    (width, height), safe = SMALL[aspect], safe_area(Platform.any, aspect)
    document = document_of(aspect, lower_third=THIRD)
    opening, open_, closing, gone = screen.draw(document, (width, height), 1100, 2000, 5900, 6010)
    left, top, right, bottom = ink(open_)
    assert abs(left - safe.left * width) <= 1
    assert bottom <= (1 - safe.bottom) * height + 1
    assert top > height / 2
    assert ink(opening)[2] < right
    assert ink(closing)[2] < right
    assert ink(opening)[0] == ink(closing)[0] == left
    assert gone.max() < 60


def test_a_lower_third_stands_above_captions_at_the_foot():
    cue, settings = one_cue("two lines of captions here", LENGTH_MS), CaptionSettings()
    document = pysubs2.SSAFile.from_string(
        document_of(AspectRatio.portrait, [cue], settings, lower_third=THIRD)
    )
    spec = spec_of(settings, [cue], AspectRatio.portrait, SMALL[AspectRatio.portrait])
    (_, captions), *_ = caption_boxes([cue], spec, SMALL[AspectRatio.portrait], FontShelf())
    names = [event for event in document if event.plaintext == "Mathematician"]
    assert float(names[0].text.split(",")[1]) < captions.top


def test_a_long_lower_third_gets_smaller_but_stays_inside(screen):
    long = LowerThird(title="A name " * 8, subtitle="What somebody does " * 4)
    picture = screen.draw(document_of(AspectRatio.portrait, lower_third=long), (540, 960), 3000)[0]
    left, _, right, _ = ink(picture)
    safe = safe_area(Platform.any, AspectRatio.portrait)
    assert left >= safe.left * 540 - 1
    assert right <= (1 - safe.right) * 540 + 1


def test_captions_at_the_top_give_way_to_a_title_and_come_back():
    settings = CaptionSettings(position=CaptionPosition.top)
    cues = [one_cue("first"), one_cue("later", start_ms=5000)]
    document = pysubs2.SSAFile.from_string(
        document_of(AspectRatio.square, cues, settings, title=placed("Title"))
    )
    first, later = (
        float(event.text.split(",")[1].split(")")[0])
        for event in document
        if event.plaintext in ("first", "later")
    )
    assert first > later + 40


def test_the_heading_of_drawn_sound_follows_the_title(screen):
    document = document_of(AspectRatio.square, title=placed("Title"), waveform_title="About bees")
    events = pysubs2.SSAFile.from_string(document)
    bees = next(event for event in events if event.plaintext == "bees")
    assert (bees.start, bees.end) == (4000, LENGTH_MS)
    picture = screen.draw(document, (540, 540), 6000)[0]
    assert ink(picture)[3] <= 540 / 3 + 1


def test_nothing_to_write_gives_an_empty_document():
    assert document_of(AspectRatio.square) == ""


def test_commands_in_titles_are_shown_as_they_are():
    document = document_of(AspectRatio.square, title=placed(r"a{\b1}c"))
    assert r"\{" in document
    assert "a{\\b1}" not in document
