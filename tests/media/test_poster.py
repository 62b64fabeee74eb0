import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cliply.errors import MediaError
from cliply.media.poster import poster, poster_at
from tests.media.drawing import Head, heads
from tests.media.synthesis import Layout, Shot, compose, solid, still, tone


def checks(width: int, height: int, step: int = 12) -> np.ndarray:
    rows, columns = np.indices((height, width)) // step
    return np.repeat(((rows + columns) % 2 * 120 + 60).astype(np.uint8)[..., None], 3, axis=2)


def best(path: Path) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(poster(path))))


def test_the_sharp_frame_is_chosen_over_black_and_plain_ones(tmp_path):
    layout = Layout(video_options={"preset": "ultrafast", "g": "30"})
    shots = [
        Shot(1.0, solid(0, 0, 0)),
        Shot(1.0, still(checks(320, 180))),
        Shot(1.0, solid(250, 250, 250)),
    ]
    picture = best(compose(tmp_path / "v.mp4", shots, (), layout))
    assert picture.shape == (180, 320, 3)
    assert picture.std() > 30


def drawn_face(width: int, height: int) -> np.ndarray:
    """A face of half the picture's width, plain enough to be less sharp than a grid."""
    picture = np.full((height, width, 3), (70, 90, 120), np.uint8)
    middle, size = np.array([width / 2, height / 2]), width / 4

    def ellipse(x: float, y: float, across: float, down: float, colour) -> None:
        centre = (middle + size * np.array([x, y])).astype(int)
        axes = (int(across * size), int(down * size))
        cv2.ellipse(picture, centre.tolist(), axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    ellipse(0, -0.1, 0.62, 0.78, (60, 40, 30))
    ellipse(0, 0, 0.52, 0.7, (225, 180, 150))
    for side in (-0.22, 0.22):
        ellipse(side, -0.12, 0.12, 0.07, (250, 250, 250))
        ellipse(side, -0.12, 0.055, 0.06, (30, 20, 20))
        ellipse(side, -0.27, 0.15, 0.035, (50, 30, 20))
    ellipse(0, 0.1, 0.07, 0.12, (190, 140, 115))
    ellipse(0, 0.36, 0.2, 0.06, (150, 50, 50))
    return cv2.GaussianBlur(picture, (0, 0), 1.5)


def test_a_face_wins_over_sharpness(tmp_path):
    layout = Layout(size=(360, 640), video_options={"preset": "ultrafast", "g": "30"})
    face = drawn_face(360, 640)
    shots = [Shot(1.0, still(checks(360, 640))), Shot(1.0, still(face))]
    picture = best(compose(tmp_path / "v.mp4", shots, (), layout)).astype(int)
    assert np.abs(picture - face).mean() < 20


def test_a_black_clip_has_a_poster_all_the_same(tmp_path):
    picture = best(compose(tmp_path / "v.mp4", [Shot(0.5, solid(0, 0, 0))]))
    assert picture.max() < 20


def timed(path: Path, seconds: int = 3) -> Path:
    """Grey whose level is 20 and two more with each frame; one keyframe."""
    layout = Layout(video_options={"preset": "ultrafast", "crf": "1", "g": "600"})

    def paint(width: int, height: int, time_s: float) -> np.ndarray:
        return np.full((height, width, 3), 20 + 2 * round(time_s * 30), np.uint8)

    return compose(path, [Shot(seconds, paint)], (), layout)


@pytest.mark.parametrize(
    ("at_ms", "frame"), [(0, 0), (33, 0), (34, 1), (1000, 30), (1716, 51), (2990, 89), (99_000, 89)]
)
def test_any_frame_can_be_the_poster_not_only_keyframes(
    tmp_path: Path, at_ms: int, frame: int
) -> None:
    video = timed(tmp_path / "v.mp4")
    for jpeg in (poster_at(video, at_ms), poster(video, at_ms=at_ms)):
        assert opened(jpeg).mean() == pytest.approx(20 + 2 * frame, abs=1.1)


def opened(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def test_neither_end_of_a_clip_is_chosen(tmp_path: Path) -> None:
    plain = still(checks(320, 180) // 4 + 80)
    sharp = still(checks(320, 180))
    shots = [Shot(0.25, sharp), Shot(2.0, plain), Shot(0.25, sharp)]
    layout = Layout(video_options={"preset": "ultrafast", "g": "3"})
    assert best(compose(tmp_path / "v.mp4", shots, (), layout)).std() < 30


def test_a_still_frame_is_chosen_over_a_moving_one(tmp_path: Path) -> None:
    def sliding(width: int, height: int, time_s: float) -> np.ndarray:
        return np.roll(checks(width, height), round(time_s * 30) * 6, axis=1)

    calm = checks(320, 180, step=36)
    layout = Layout(video_options={"preset": "ultrafast", "g": "15"})
    shots = [Shot(1.5, sliding), Shot(1.5, still(calm))]
    picture = best(compose(tmp_path / "v.mp4", shots, (), layout)).astype(int)
    assert np.abs(picture - calm).mean() < 10


def test_the_larger_face_wins(tmp_path: Path) -> None:
    layout = Layout(size=(360, 640), video_options={"preset": "ultrafast", "g": "30"})
    far, near = heads(Head(0.5, 0.5, 0.25)), heads(Head(0.5, 0.5, 0.5))
    video = compose(tmp_path / "v.mp4", [Shot(1.2, far), Shot(1.2, near)], (), layout)
    wanted = near(360, 640, 0.0).astype(int)
    assert np.abs(best(video).astype(int) - wanted).mean() < 8


def test_a_file_without_a_picture_has_no_poster(tmp_path: Path) -> None:
    sound = compose(tmp_path / "a.m4a", (), tone(1))
    with pytest.raises(MediaError) as caught:
        poster(sound)
    assert "a.m4a" in caught.value.message
