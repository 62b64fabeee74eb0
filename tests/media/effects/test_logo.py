from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cliply.domain.attachments import AttachmentKind
from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.safe_areas import safe_area
from tests.media.effects.drawn import (
    SIZE,
    clip,
    colour_at,
    drawn,
    image,
    is_near,
    one_colour,
    planned,
    video,
)
from tests.media.synthesis import Shot, compose, solid

GREY, RED = (100, 100, 100), (220, 30, 40)
CORNERS = {"top_left": (0, 0), "top_right": (1, 0), "bottom_left": (0, 1), "bottom_right": (1, 1)}


def asked(**more: object) -> dict:
    return {"brand": {"logo": {"attachment": "logo", **more}}}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return one_colour(tmp_path / "source.nut", GREY, 30)


def saved(path: Path, size: tuple[int, int] = (80, 40)) -> Path:
    picture = Image.new("RGB", size, RED)
    picture.save(path)
    return path


def covered(frame: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that is not the source."""
    rows, columns = np.nonzero(np.abs(frame.astype(int) - GREY).max(axis=2) > 25)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("corner", CORNERS)
def test_the_logo_stands_in_its_corner_above_what_platforms_cover(
    corner: str, source: Path, tmp_path: Path
):
    edit = asked(corner=corner, width=0.3, margin=0.1, opacity=1)
    spec = planned(edit, clip((0, 30)), {"logo": image("logo", (80, 40))})
    logo = saved(tmp_path / "logo.png")
    frames = drawn(spec, source, clip((0, 30)), attachments={"logo": logo})
    left, top, right, bottom = covered(frames[7])
    wide, high, margin = 0.3 * SIZE[0], 0.15 * SIZE[0], 0.1 * SIZE[0]
    x, y = CORNERS[corner]
    wanted_left = margin + x * (SIZE[0] - 2 * margin - wide)
    foot = safe_area(Platform.any, AspectRatio.portrait).bottom * SIZE[1]
    wanted_top = SIZE[1] - foot - high if y else margin
    wanted = (wanted_left, wanted_top, wanted_left + wide, wanted_top + high)
    assert np.abs(np.subtract((left, top, right, bottom), wanted)).max() <= 2


@pytest.mark.parametrize("container", ["png", "jpeg", "webp"])
def test_images_of_every_kind_blend_by_their_opacity(container, source, tmp_path):
    spec = planned(asked(opacity=0.5, width=0.5), clip((0, 30), intro=0),
                   {"logo": image("logo", (80, 40), container)})  # fmt: skip
    logo = saved(tmp_path / f"logo.{container}")
    frames = drawn(spec, source, clip((0, 30)), attachments={"logo": logo})
    for number in (0, 29):
        assert is_near(colour_at(frames, number, 0.7, 0.1), (160, 65, 70), 12)


def test_what_is_clear_in_a_logo_stays_clear(source: Path, tmp_path: Path):
    picture = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    picture.paste((*RED, 255), (0, 0, 40, 80))
    picture.save(tmp_path / "logo.png")
    spec = planned(asked(corner="top_left", width=0.5, margin=0, opacity=1), clip((0, 30)),
                   {"logo": image("logo", (80, 80))})  # fmt: skip
    frames = drawn(spec, source, clip((0, 30)), attachments={"logo": tmp_path / "logo.png"})
    assert is_near(frames[5, 20, 10], RED)
    assert is_near(frames[5, 20, 45], GREY)


def test_a_video_logo_plays_again_and_again(source: Path, tmp_path: Path):
    shots = [Shot(0.2, solid(*RED)), Shot(0.2, solid(20, 20, 200))]
    logo = compose(tmp_path / "logo.mp4", shots)
    spec = planned(asked(opacity=1, width=0.5, margin=0), clip((0, 30)),
                   {"logo": video("logo", (320, 180), 400)})  # fmt: skip
    frames = drawn(spec, source, clip((0, 30)), attachments={"logo": logo})
    reds = [colour_at(frames, number, 0.9, 0.05)[0] > 120 for number in range(30)]
    assert len(frames) == 30
    assert reds[:24] == ([True] * 6 + [False] * 6) * 2


def test_the_logo_is_not_over_intro_and_outro(source: Path, tmp_path: Path):
    timeline = clip((0, 10), intro=10, outro=10)
    spec = planned(asked(opacity=1), timeline, {"logo": image("logo", (80, 40))})
    logo = saved(tmp_path / "logo.png")
    frames = drawn(spec, source, timeline, attachments={"logo": logo})
    seen = [bool((np.abs(frame.astype(int) - GREY) > 25).any()) for frame in frames]
    assert seen == [False] * 10 + [True] * 10 + [False] * 10


def test_no_part_of_a_logo_is_cut_off(source: Path, tmp_path: Path):
    picture = Image.new("RGB", (77, 31), RED)
    picture.paste((20, 20, 220), (5, 5, 72, 26))
    picture.save(tmp_path / "logo.png")
    spec = planned(asked(opacity=1, width=0.5), clip((0, 30)), {"logo": image("logo", (77, 31))})
    frames = drawn(spec, source, clip((0, 30)), attachments={"logo": tmp_path / "logo.png"})
    left, top, right, bottom = covered(frames[3])
    middle = (top + bottom) // 2, (left + right) // 2
    assert is_near(frames[3, middle[0], left + 1], RED, 40)
    assert is_near(frames[3, middle[0], right - 2], RED, 40)
    assert is_near(frames[3, top + 1, middle[1]], RED, 40)
    assert is_near(frames[3, bottom - 2, middle[1]], RED, 40)


def test_a_tall_logo_is_made_to_fit():
    spec = planned(asked(width=0.5, margin=0.1), clip((0, 30)), {"logo": image("logo", (10, 900))})
    assert spec.logo is not None
    _, top, _, height = spec.logo.region
    assert top >= 0
    assert top + height <= 1


def test_a_logo_that_is_not_there_names_its_field():
    with pytest.raises(InvalidInput, match=r"brand\.logo\.attachment") as refusal:
        planned(asked(), clip((0, 30)))
    assert refusal.value.code is ErrorCode.attachment_missing


def test_a_logo_that_is_no_picture_names_its_field():
    sound = image("logo", (8, 8)).model_copy(update={"kind": AttachmentKind.audio})
    with pytest.raises(InvalidInput, match=r"brand\.logo\.attachment.*kind audio"):
        planned(asked(), clip((0, 30)), {"logo": sound})
