"""The picture of the sound shows how loud it is and where the moments are."""

import cv2
import numpy as np
import polars as pl

from cliply.domain.timing import TimeRange
from cliply.media.waveform import BACKGROUND, BAND, CHOSEN, QUIET, waveform_picture


def levels(rms_dbfs: list[float]) -> pl.DataFrame:
    return pl.DataFrame({"rms_dbfs": rms_dbfs, "peak_dbfs": [level + 6 for level in rms_dbfs]})


def picture(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def bar_height(column: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int(np.all(column == colour, axis=1).sum())


def test_louder_is_taller_and_silence_a_line() -> None:
    image = picture(waveform_picture(levels([-6] * 50 + [-30] * 50 + [-120] * 50), 15_000, ()))
    assert image.shape == (240, 1200, 3)
    heights = [bar_height(image[:, x], QUIET) for x in (200, 600, 1000)]
    assert heights[0] > 1.8 * heights[1] > 20 * heights[2] > 0


def test_moments_are_banded_in_their_own_colour() -> None:
    moment = TimeRange(start_ms=5_000, end_ms=10_000)
    image = picture(waveform_picture(levels([-20] * 150), 15_000, [moment]))
    assert bar_height(image[:, 600], CHOSEN) > 50
    assert bar_height(image[:, 200], CHOSEN) == 0
    assert tuple(image[30, 600]) == BAND
    assert tuple(image[30, 200]) == BACKGROUND


def test_a_moment_past_the_end_and_missing_sound_are_drawn() -> None:
    moment = TimeRange(start_ms=14_900, end_ms=20_000)
    image = picture(waveform_picture(levels([-20] * 20), 15_000, [moment], (300, 100)))
    assert image.shape == (100, 300, 3)
    assert bar_height(image[:, 150], QUIET) == 1


def test_a_picture_wider_than_the_rows_is_filled() -> None:
    image = picture(waveform_picture(levels([-20] * 5), 500, (), (400, 120)))
    assert min(bar_height(image[:, x], QUIET) for x in range(0, 400, 7)) > 20
