from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cliply.domain.attachments import AttachmentKind
from cliply.domain.effects import EffectsSpec, PlacedOverlay
from cliply.domain.framing import WHOLE
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.attachments import accept
from tests.media.effects.drawn import (
    SIZE,
    at,
    clip,
    colour_at,
    drawn,
    image,
    is_near,
    one_colour,
    planned,
    video,
)
from tests.media.odd_sources import COLOURS, ODD_SOURCES
from tests.media.synthesis import Layout, Shot, compose, solid

BLUE, RED, GREEN = (20, 40, 200), (210, 30, 30), (30, 190, 60)

FOOTAGE = video("footage", (320, 180), 3000)


def asked(*spans: dict, crossfade_ms: int = 0) -> dict:
    return {"effects": [{"kind": "b_roll", "spans": spans, "crossfade_ms": crossfade_ms}]}


def span(start_ms: int, end_ms: int, name: str = "footage", **more: int) -> dict:
    return {"span": {"start_ms": start_ms, "end_ms": end_ms}, "attachment": name, **more}


def laid(start_ms: int, end_ms: int, attachment=FOOTAGE, **more: int) -> EffectsSpec:
    overlay = PlacedOverlay(
        attachment=attachment, span=at(start_ms, end_ms), region=WHOLE, fills=True, **more
    )
    return EffectsSpec(b_roll=(overlay,))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return one_colour(tmp_path / "source.nut", BLUE, 30)


def test_footage_is_seen_where_its_span_of_the_source_plays():
    edit = asked(span(4000, 5000, from_ms=500), crossfade_ms=200)
    # the second half of it is hooked to the front and plays again in its place
    spec = planned(edit, clip((135, 30), (90, 90), intro=15), {"footage": FOOTAGE})
    assert [(one.span, one.from_ms, one.fade_ms) for one in spec.b_roll] == [
        (at(500, 1000), 500, 200),
        (at(2500, 3500), 500, 200),
    ]
    assert spec.notes == ()


def test_footage_longer_than_the_clip_is_cut_to_it_and_noted():
    spec = planned(asked(span(1000, 9000)), clip((60, 60)), {"footage": FOOTAGE})
    assert [one.span for one in spec.b_roll] == [at(0, 2000)]
    assert spec.notes == (
        "effects.0.spans.0 is longer than the clip and was cut to it: 0:00.0-0:02.0 of the clip.",
    )


def test_footage_that_is_over_early_ends_there_and_is_noted():
    spec = planned(asked(span(0, 4000, from_ms=1800)), clip((0, 120)), {"footage": FOOTAGE})
    assert [one.span for one in spec.b_roll] == [at(0, 1200)]
    assert "ends early: its footage lasts 1.2 s of 4.0 s" in spec.notes[0]


def test_a_picture_stays_as_long_as_its_span():
    still = {"footage": image("footage", (40, 30))}
    spec = planned(asked(span(0, 4000)), clip((0, 120)), still)
    assert [one.span for one in spec.b_roll] == [at(0, 4000)]
    assert spec.notes == ()


def test_footage_over_what_was_cut_out_is_left_out_and_noted():
    spec = planned(asked(span(9000, 9500)), clip((0, 60)), {"footage": FOOTAGE})
    assert spec.b_roll == ()
    assert spec.notes == (
        "effects.0.spans.0 was left out: 0:09.0-0:09.5 is not in the clip.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spans", "attachments", "code", "field"),
    [
        ([span(0, 900), span(900, 1800, "no")], {"footage": FOOTAGE},
         ErrorCode.attachment_missing, "effects.0.spans.1.attachment"),
        ([span(0, 900, from_ms=2900)], {"footage": FOOTAGE},
         ErrorCode.edit_invalid, "effects.0.spans.0.from_ms"),
        ([span(0, 900)], {"footage": FOOTAGE.model_copy(update={"kind": AttachmentKind.audio})},
         ErrorCode.edit_invalid, "effects.0.spans.0.attachment"),
    ],
)  # fmt: skip
def test_footage_that_can_not_be_shown_names_its_field(spans, attachments, code, field):
    with pytest.raises(InvalidInput, match=field) as refusal:
        planned(asked(*spans), clip((0, 60)), attachments)
    assert refusal.value.code is code


def test_footage_covers_the_frame_from_its_first_to_its_last_frame(source: Path, tmp_path: Path):
    footage = compose(tmp_path / "f.mp4", [Shot(1.0, solid(*GREEN)), Shot(2.0, solid(*RED))])
    frames = drawn(
        laid(200, 700, from_ms=1000), source, clip((0, 30)), attachments={"footage": footage}
    )
    assert len(frames) == 30
    for number in range(30):
        wanted = RED if 6 <= number < 21 else BLUE
        corners = [colour_at(frames, number, x, y) for x in (0, 1) for y in (0, 1)]
        assert all(is_near(colour, wanted, 20) for colour in corners), number


@pytest.mark.parametrize("name", ["hdr-pq", "hdr-hlg"])
def test_footage_of_high_dynamic_range_has_its_colours(name: str, tmp_path: Path):
    odd = ODD_SOURCES[name]
    footage = odd.make(tmp_path)
    accepted = accept(footage, AttachmentKind.video)
    assert accepted.is_hdr
    wide = one_colour(tmp_path / "wide.nut", BLUE, 30, (320, 180))
    frames = drawn(
        laid(0, 1000, accepted), wide, clip((0, 30)),
        attachments={accepted.content_hash: footage}, size=(320, 180),
    )  # fmt: skip
    for (x, y), colour in COLOURS.items():
        assert is_near(colour_at(frames, 15, x, y), colour, odd.tolerance), (x, y)


def test_footage_fades_in_and_out_over_the_picture(source: Path, tmp_path: Path):
    footage = compose(tmp_path / "f.mp4", [Shot(2.0, solid(*RED))])
    frames = drawn(laid(200, 800, fade_ms=200), source, clip((0, 30)),
                   attachments={"footage": footage})  # fmt: skip
    reds = [colour_at(frames, number, 0.5, 0.5)[0] for number in range(6, 24)]
    assert reds[:6] == sorted(reds[:6])
    assert reds[-6:] == sorted(reds[-6:], reverse=True)
    assert reds[2] < 150 < reds[5] < 230
    assert min(reds[6:12]) > 190
    assert is_near(colour_at(frames, 24, 0.5, 0.5), BLUE)


def test_footage_at_the_clips_ends_does_not_fade_there(source: Path, tmp_path: Path):
    footage = compose(tmp_path / "f.mp4", [Shot(2.0, solid(*RED))])
    frames = drawn(laid(0, 1000, fade_ms=300), source, clip((0, 30)),
                   attachments={"footage": footage})  # fmt: skip
    assert all(is_near(colour_at(frames, number, 0.5, 0.5), RED, 20) for number in (0, 29))


@pytest.mark.parametrize(
    "layout",
    [
        Layout(fps=Fraction(24), size=(176, 320)),
        Layout(fps=Fraction(50), size=(100, 100)),
        Layout(size=(320, 180), rotation=90),
        Layout(size=(160, 180), sample_aspect=Fraction(2)),
        Layout(size=(320, 180), pixel_format="yuv420p10le"),
        Layout(size=(322, 182), pixel_format="yuv444p"),
    ],
    ids=["24fps", "50fps", "turned", "anamorphic", "10-bit", "4:4:4"],
)
def test_footage_of_any_make_fills_the_frame(source: Path, tmp_path: Path, layout: Layout):
    def quarters(width: int, height: int, _time_s: float) -> np.ndarray:
        picture = np.full((height, width, 3), RED, np.uint8)
        picture[: height // 2] = GREEN
        return picture

    footage = compose(tmp_path / "f.mp4", [Shot(1.0, quarters)], layout=layout)
    width = int(layout.size[0] * layout.sample_aspect)
    shown = (layout.size[1], width) if layout.rotation else (width, layout.size[1])
    attachment = video("footage", shown, 1000)
    frames = drawn(laid(100, 900, attachment), source, clip((0, 30)),
                   attachments={"footage": footage})  # fmt: skip
    first, second = (0.95, 0.05) if layout.rotation else (0.5, 0.5)
    above, below = (first, 0.05), (second, 0.95)
    assert is_near(colour_at(frames, 12, *above), GREEN, 25)
    assert is_near(colour_at(frames, 12, *below), RED, 25)
    assert is_near(colour_at(frames, 28, 0.5, 0.5), BLUE)


def test_a_picture_with_alpha_lets_the_clip_through(source: Path, tmp_path: Path):
    picture = Image.new("RGBA", SIZE, (*RED, 255))
    picture.paste((0, 0, 0, 0), (0, 0, SIZE[0], SIZE[1] // 2))
    picture.save(tmp_path / "still.png")
    frames = drawn(laid(100, 900, image("footage", SIZE)), source, clip((0, 30)),
                   attachments={"footage": tmp_path / "still.png"})  # fmt: skip
    assert is_near(colour_at(frames, 15, 0.5, 0.1), BLUE)
    assert is_near(colour_at(frames, 15, 0.5, 0.9), RED)
    assert is_near(colour_at(frames, 1, 0.5, 0.9), BLUE)
