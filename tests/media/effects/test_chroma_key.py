from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cliply.domain.effects import EffectsSpec, Keying, PlacedKey
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.effects.backdrop import backdrop_colour
from cliply.media.effects.chroma import saturation, yuv_of
from cliply.media.probe import probe
from tests.media.drawing import Head, heads
from tests.media.effects.drawn import (
    SIZE,
    clip,
    colour_at,
    drawn,
    image,
    is_near,
    lossless,
    one_colour,
    planned,
    video,
)
from tests.media.synthesis import Layout, Shot, compose, solid

GREEN = (60, 160, 80)
NAMED = "#3CA050"
WHITE, SHIRT = (255, 255, 255), (150, 150, 152)


def on_green(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """A person with a grey shirt, soft at the edges, before an unevenly lit backdrop; and the
    person's true alpha."""
    head = heads(Head(x=0.5, y=0.4, size=0.5), background=0)(width, height, 0.0)
    body = np.zeros((height, width), np.uint8)
    place, axes = (width // 2, height), (width // 3, height // 3)
    cv2.ellipse(body, place, axes, 0, 0, 360, 255, -1)
    person = np.where((head.max(axis=2) > 5)[..., None], head, np.uint8(SHIRT))
    there = (head.max(axis=2) > 5) | (body > 0)
    alpha = cv2.GaussianBlur(there.astype(np.float32), (0, 0), 1.0)
    light = np.linspace(0.85, 1.1, width)[None, :, None]
    picture = alpha[..., None] * person + (1 - alpha[..., None]) * np.array(GREEN) * light
    return picture.clip(0, 255).astype(np.uint8), alpha


def asked(**more: object) -> dict:
    return {"green_screen": {"colour": NAMED, "background": "#FFFFFF", **more}}


def keyed(source: Path, timeline=None, **more: object) -> np.ndarray:
    timeline = timeline or clip((0, 3))
    return drawn(planned(asked(**more), timeline), source, timeline)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    picture, _ = on_green(*SIZE)
    return lossless(tmp_path / "source.nut", np.repeat(picture[None], 3, axis=0))


def test_the_backdrop_goes_and_the_person_stays_whole(source: Path):
    picture, alpha = on_green(*SIZE)
    frame = keyed(source)[1].astype(int)
    inside = cv2.erode((alpha > 0.99).astype(np.uint8), np.ones((5, 5))).astype(bool)
    outside = cv2.erode((alpha < 0.01).astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert np.abs(frame[outside] - 255).max() <= 6
    assert np.abs(frame[inside] - picture[inside]).mean() < 2
    assert np.percentile(np.abs(frame[inside] - picture[inside]), 99) < 20


def test_no_green_rim_is_left(source: Path):
    _, alpha = on_green(*SIZE)
    rim = cv2.dilate(((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8), np.ones((3, 3))) > 0
    frame = keyed(source)[1].astype(int)
    greener = frame[..., 1] - np.maximum(frame[..., 0], frame[..., 2])
    assert np.percentile(greener[rim], 99) < 12


def test_intro_and_outro_keep_their_green(tmp_path: Path):
    source = one_colour(tmp_path / "source.nut", GREEN, 9)
    frames = keyed(source, clip((0, 3), intro=3, outro=3))
    assert len(frames) == 9
    for number in range(9):
        wanted = WHITE if 3 <= number < 6 else GREEN
        assert is_near(colour_at(frames, number, 0.5, 0.5), wanted)


def test_a_picture_can_be_behind(tmp_path: Path):
    source = one_colour(tmp_path / "source.nut", GREEN, 4)
    Image.new("RGB", (300, 200), (200, 40, 90)).save(tmp_path / "studio.jpg")
    timeline, studio = clip((0, 4)), image("studio", (300, 200), "jpeg")
    spec = planned(asked(background="studio"), timeline, {"studio": studio})
    attached = {"studio": tmp_path / "studio.jpg"}
    frames = drawn(spec, source, timeline, attachments=attached)
    assert len(frames) == 4
    assert all(is_near(colour_at(frames, n, 0.1, 0.9), (200, 40, 90)) for n in range(4))


def test_a_video_behind_plays_again_and_again(tmp_path: Path):
    source = one_colour(tmp_path / "source.nut", GREEN, 30)
    shots = [Shot(0.2, solid(210, 30, 30)), Shot(0.2, solid(30, 30, 210))]
    studio = compose(tmp_path / "studio.mp4", shots, layout=Layout(size=(320, 180)))
    timeline = clip((0, 30))
    attachments = {"studio": video("studio", (320, 180), 400)}
    spec = planned(asked(background="studio"), timeline, attachments)
    frames = drawn(spec, source, timeline, attachments={"studio": studio})
    reds = [colour_at(frames, number, 0.5, 0.5)[0] > 120 for number in range(30)]
    assert reds[:24] == ([True] * 6 + [False] * 6) * 2


def test_a_measured_colour_is_taken_when_none_is_named():
    key = planned({"green_screen": {}}, clip((0, 3)), backdrop=NAMED).key
    assert key is not None
    assert key.colour == NAMED


def test_without_any_colour_the_field_is_named():
    with pytest.raises(InvalidInput, match=r"green_screen\.colour") as refusal:
        planned({"green_screen": {}}, clip((0, 3)))
    assert refusal.value.code is ErrorCode.backdrop_unclear


def test_a_grey_backdrop_is_refused():
    with pytest.raises(InvalidInput, match="almost grey"):
        planned(asked(colour="#808880"), clip((0, 3)))


def test_thresholds_that_would_take_greys_along_are_lowered_and_noted():
    spec = planned(asked(similarity=0.5), clip((0, 3)))
    assert spec.key is not None
    assert spec.key.similarity + spec.key.blend < saturation(NAMED)
    assert spec.notes[0].startswith("green_screen.similarity was lowered from 0.5 to 0.060")


def test_a_background_that_is_not_there_names_its_field():
    with pytest.raises(InvalidInput, match=r"green_screen\.background"):
        planned(asked(background="studio"), clip((0, 3)))


def test_colours_become_bt709_in_limited_range():
    assert yuv_of("#FFFFFF") == pytest.approx((235, 128, 128))
    assert yuv_of("#0000FF") == pytest.approx((31.8, 240, 117.7), abs=0.1)


def test_the_backdrop_is_measured_past_the_person(tmp_path: Path):
    picture, _ = on_green(320, 180)
    path = compose(tmp_path / "green.mp4", [Shot(6.0, lambda *_: picture)],
                   layout=Layout(fps=5, video_options={"crf": "10", "g": "5"}))  # fmt: skip
    stream = probe(path).video
    assert stream is not None
    found = backdrop_colour(path, stream, [3000])
    assert is_near([int(found[at : at + 2], 16) for at in (1, 3, 5)], GREEN, 14)


def test_the_first_time_that_shows_the_backdrop_is_taken(tmp_path: Path):
    shots = [Shot(3.0, solid(90, 90, 90)), Shot(3.0, solid(*GREEN))]
    path = compose(tmp_path / "late.mp4", shots, layout=Layout(fps=5))
    stream = probe(path).video
    assert stream is not None
    with pytest.raises(InvalidInput, match="do not have one strong colour"):
        backdrop_colour(path, stream, [1000])
    found = backdrop_colour(path, stream, [1000, 4000])
    assert is_near([int(found[at : at + 2], 16) for at in (1, 3, 5)], GREEN, 14)


def test_a_real_green_screen_is_measured_and_keyed(shared_media: Path, tmp_path: Path):
    path = shared_media / "man-on-green-screen.mp4"
    stream = probe(path).video
    assert stream is not None
    colour = backdrop_colour(path, stream, [5000])
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    assert green > 150 > max(red, blue) + 100


def test_nothing_is_keyed_when_it_is_not_asked_for():
    assert planned({}, clip((0, 3))) == EffectsSpec()


def test_a_placed_key_has_one_background():
    with pytest.raises(ValueError, match="either a colour or an attachment"):
        PlacedKey(keying=Keying.chroma, colour=NAMED, similarity=0.1, blend=0.1)
