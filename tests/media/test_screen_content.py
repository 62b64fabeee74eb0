"""Screens are told from what a camera sees."""

from pathlib import Path

import av
import numpy as np
import pytest

from cliply.media.screen_content import ramp, screen_likeness
from tests.media.displays import SCREENS, SIZE, camera_picture, compressed, grey_640
from tests.media.synthesis import Picture

SAMPLES = 6


def likenesses(draw, seed: int, qualities: tuple[int, ...] = (45, 90)) -> list[float]:
    rng = np.random.default_rng(seed)
    pictures = [compressed(draw(rng), qualities[n % len(qualities)]) for n in range(SAMPLES)]
    return [screen_likeness(grey_640(picture)) for picture in pictures]


@pytest.mark.parametrize("kind", SCREENS)
def test_slides_code_and_sheets_are_screens(kind: str) -> None:
    assert min(likenesses(SCREENS[kind], seed=8)) > 0.9


def test_composed_camera_pictures_are_none() -> None:
    assert max(likenesses(camera_picture, seed=8)) < 0.1


@pytest.mark.parametrize(
    "name", ["big_buck_bunny_0_30.webm", "nasa_13013.mp4", "chaplin.mp4", "man-on-green-screen.mp4"]
)
def test_real_films_are_none(shared_media: Path, name: str) -> None:
    with av.open(str(shared_media / name)) as container:
        container.streams.video[0].thread_type = "AUTO"
        seen = [
            screen_likeness(grey_640(frame.to_ndarray(format="bgr24")))
            for number, frame in enumerate(container.decode(video=0))
            if number % 40 == 20 and number < 300
        ]
    assert max(seen) < 0.2


def test_a_slide_with_a_camera_picture_in_it_is_a_screen() -> None:
    rng = np.random.default_rng(4)
    picture = SCREENS["slide"](rng)
    picture[500:700, 20:376] = camera_picture(rng)[260:460, 400:756]
    assert screen_likeness(grey_640(compressed(picture, 70))) > 0.8


@pytest.mark.parametrize("level", [0, 128, 255])
def test_one_colour_is_no_screen(level: int) -> None:
    assert screen_likeness(np.full((360, 640), level, np.uint8)) == 0


def test_a_person_before_a_plain_wall_is_no_screen() -> None:
    picture: Picture = np.full((SIZE[1], SIZE[0], 3), (30, 220, 40), np.uint8)
    picture[200:, 500:800] = 60
    assert screen_likeness(grey_640(picture)) < 0.1


def test_a_ramp_is_straight_between_its_limits() -> None:
    assert [ramp(value, (0.2, 0.6)) for value in (0.1, 0.2, 0.4, 0.6, 0.9)] == pytest.approx(
        [0, 0, 0.5, 1, 1]
    )
