import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from cliply.media.poster import poster
from tests.media.synthesis import Layout, Shot, compose, solid, still


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
