"""The series of looks has two rows a second, and scenes get its means."""

from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from cliply.domain.frames import LOOK_COLUMNS
from cliply.domain.timing import TimeRange
from cliply.media.looks import LookSeries, mean_screen
from cliply.media.probe import probe
from cliply.media.scan import Scan, scan
from tests.media.displays import SIZE, slide
from tests.media.mixed import painter
from tests.media.synthesis import Layout, Shot, compose, still


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Three seconds of a slide, three of a shaking camera."""
    picture = slide(np.random.default_rng(5))[:, :, ::-1].copy()
    layout = Layout(fps=Fraction(15), size=SIZE)
    path = tmp_path_factory.mktemp("looks") / "talk.mp4"
    compose(path, [Shot(3, still(picture)), Shot(3, painter("shake", 2))], (), layout)
    return scan(path, probe(path), detector=None)


def test_there_is_a_row_for_every_half_second(scanned: Scan) -> None:
    assert tuple(scanned.looks.columns) == LOOK_COLUMNS
    assert scanned.looks["time_ms"].to_list() == list(range(0, 6000, 500))
    assert scanned.looks.dtypes == [pl.Int64, *[pl.Float32] * 3]


def test_a_slide_is_a_still_screen_and_a_shaking_camera_is_neither(scanned: Scan) -> None:
    slide_rows, camera_rows = scanned.looks[:6], scanned.looks[7:]
    assert slide_rows["still"].min() == 1
    assert slide_rows["motion"].max() < 0.2
    assert slide_rows["screen"].min() > 0.9
    assert camera_rows["still"].max() == 0
    assert camera_rows["motion"].min() > 3
    assert camera_rows["screen"].max() < 0.1


def test_scenes_tell_how_much_they_look_like_a_screen(scanned: Scan) -> None:
    first, second = scanned.scenes.scenes
    assert first.span.end_ms == 3000
    assert (first.screen, second.screen) == pytest.approx((1, 0), abs=0.1)
    assert (first.hud, second.hud) == (0, 0)


def test_half_seconds_without_frames_have_no_row() -> None:
    series = LookSeries()
    for time_ms in (0, 100, 1_600, 1_700):
        series.add(time_ms, level=1.0 + time_ms / 1000, stir=0.0)
    table = series.table()
    assert table["time_ms"].to_list() == [0, 1_500]
    assert table["motion"].to_list() == pytest.approx([1.05, 2.65])


def test_a_scene_without_rows_is_no_screen() -> None:
    assert mean_screen(LookSeries().table(), TimeRange(start_ms=0, end_ms=10)) == 0
