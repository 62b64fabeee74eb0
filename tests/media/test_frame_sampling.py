"""Frames to embed are taken when something happens, and look as they were shown."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cliply.media.frame_sampling import FramePicker
from cliply.media.frame_table import FrameRow, FrameTable, read_frames
from cliply.media.probe import probe
from cliply.media.scan import scan
from tests.media.mixed import painter
from tests.media.synthesis import Layout, Picture, Shot, compose, solid


def picked(
    seconds: float, stir_at: Callable[[float], float], cuts_ms: tuple[int, ...] = (), fps: int = 30
) -> list[int]:
    picker = FramePicker()
    times = [round(index * 1000 / fps) for index in range(round(seconds * fps))]
    return [t for t in times if picker.wants(t, stir_at(t / 1000), is_new_shot=t in cuts_ms)]


@pytest.mark.parametrize("fps", [15, 24, 25, 30, 60])
def test_motion_gives_a_frame_a_second(fps: int) -> None:
    times = picked(10, lambda _: 0.1, fps=fps)
    assert times == pytest.approx(list(range(0, 10_000, 1_000)), abs=10)


def test_stillness_gives_a_frame_in_five_seconds() -> None:
    assert picked(16, lambda _: 0.0) == [0, 5_000, 10_000, 15_000]


def test_each_new_shot_gives_one_at_once() -> None:
    assert picked(12, lambda _: 0.0, cuts_ms=(3_000, 3_500)) == [0, 3_000, 3_500, 8_500]


def test_between_the_limits_it_stays_as_it_was() -> None:
    still = picked(10, lambda _: 0.015)
    moved = picked(10, lambda time_s: 0.03 if time_s < 1 else 0.015)
    assert (len(still), len(moved)) == (2, 10)


def frames_of(path: Path, folder: Path) -> list[FrameRow]:
    with FrameTable(folder / "frames.parquet") as table:
        scan(path, probe(path), detector=None, frames=table)
    return [row for batch in read_frames(folder / "frames.parquet", 8) for row in batch]


def decoded(row: FrameRow) -> Picture:
    return cv2.imdecode(np.frombuffer(row.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)


def test_a_scan_keeps_frames_of_its_shots_in_colour(tmp_path: Path) -> None:
    shots = [Shot(6, solid(220, 40, 40)), Shot(3, painter("whip", 4)), Shot(3, solid(40, 60, 220))]
    path = compose(tmp_path / "film.mp4", shots, (), Layout(size=(640, 360)))
    rows = frames_of(path, tmp_path)
    assert [row.time_ms for row in rows] == [0, 5_000, 6_000, 7_000, 8_000, 9_000]
    assert [decoded(row).shape for row in rows] == [(224, 398, 3)] * 6
    assert decoded(rows[1]).mean(axis=(0, 1)) == pytest.approx([220, 40, 40], abs=12)
    assert decoded(rows[5]).mean(axis=(0, 1)) == pytest.approx([40, 60, 220], abs=12)
    assert rows[3].motion > 1 > rows[1].motion


def test_frames_of_a_turned_video_stand_upright(tmp_path: Path) -> None:
    def coded(width: int, height: int, _time_s: float) -> Picture:
        shown = np.full((width, height, 3), (40, 60, 220), np.uint8)
        shown[: width // 2] = (220, 40, 40)
        return np.ascontiguousarray(np.rot90(shown, 1))

    layout = Layout(size=(640, 360), rotation=90)
    path = compose(tmp_path / "phone.mov", [Shot(6, coded)], (), layout)
    picture = decoded(frames_of(path, tmp_path)[0])
    assert picture.shape == (398, 224, 3)
    assert picture[:180].mean(axis=(0, 1)) == pytest.approx([220, 40, 40], abs=14)
    assert picture[220:].mean(axis=(0, 1)) == pytest.approx([40, 60, 220], abs=14)


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    path = compose(tmp_path / "tiny.mp4", [Shot(6, solid(90, 90, 90))], (), Layout(size=(160, 90)))
    assert decoded(frames_of(path, tmp_path)[0]).shape == (90, 160, 3)
