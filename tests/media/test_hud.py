"""Displays over moving pictures are noticed, and whole frames reach their reader."""

import threading
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from cliply.domain.timing import TimeRange
from cliply.errors import ErrorCode, MediaError
from cliply.media.hud import HudMeter, HudStretch, mean_likelihood
from cliply.media.probe import probe
from cliply.media.scan import scan
from tests.media.displays import game
from tests.media.synthesis import Layout, Picture, Shot, compose, moving_block


def likelihood(samples: int = 16, **kind: bool) -> list[float]:
    meter = HudMeter()
    for time_ms, grey in game(3, samples, **kind):
        meter.add(time_ms, grey)
    return [stretch.likelihood for stretch in meter.finish(samples * 500)]


@pytest.mark.parametrize(
    ("display", "camera_moves", "expected"),
    [(True, True, 1.0), (False, True, 0.0), (True, False, 0.0), (False, False, 0.0)],
)
def test_edges_that_stay_over_a_moving_world_are_a_display(
    display: bool, camera_moves: bool, expected: float
) -> None:
    seen = likelihood(display=display, camera_moves=camera_moves)
    assert seen == [pytest.approx(expected, abs=0.1)]


def test_three_seconds_are_needed_to_tell() -> None:
    assert likelihood(5, display=True) == []


def test_a_long_shot_is_judged_in_stretches() -> None:
    meter = HudMeter()
    for display, offset_ms in ((True, 0), (False, 30_000)):
        for time_ms, grey in game(3, 60, display=display):
            meter.add(offset_ms + time_ms, grey)
    first, second = meter.finish(60_000)
    assert (first.likelihood, second.likelihood) == pytest.approx((1, 0), abs=0.1)
    assert first.span.end_ms == second.span.start_ms == 29_501


def test_scenes_take_their_share_of_the_stretches() -> None:
    stretches = (
        HudStretch(TimeRange(start_ms=0, end_ms=1_000), 1.0),
        HudStretch(TimeRange(start_ms=1_000, end_ms=5_000), 0.0),
    )
    assert mean_likelihood(stretches, TimeRange(start_ms=500, end_ms=2_500)) == 0.25
    assert mean_likelihood(stretches, TimeRange(start_ms=6_000, end_ms=7_000)) == 0


class Reader:
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, Picture]] = []
        self.threads: set[str] = set()

    def read(self, time_ms: int, luma: Picture) -> None:
        self.seen.append((time_ms, luma))
        self.threads.add(threading.current_thread().name)


class BrokenReader:
    def read(self, time_ms: int, _luma: Picture) -> None:
        raise MediaError(ErrorCode.source_corrupt, f"The reader broke at {time_ms} ms.")


def film(path: Path, rotation: int = 0) -> Path:
    layout = Layout(fps=Fraction(15), size=(640, 360), rotation=rotation)
    return compose(path, [Shot(5.4, moving_block(lambda time_s: 0.1 + 0.1 * time_s))], (), layout)


def test_whole_frames_reach_the_reader_once_a_second(tmp_path: Path) -> None:
    reader, path = Reader(), film(tmp_path / "film.mp4")
    scan(path, probe(path), detector=None, hud=reader)
    assert [time_ms for time_ms, _ in reader.seen] == [0, 1_000, 2_000, 3_000, 4_000, 5_000]
    assert {luma.shape for _, luma in reader.seen} == {(360, 640)}
    assert all(name.startswith("hud") for name in reader.threads)
    for time_ms, luma in reader.seen:
        centre = cv2.moments((luma > 150).astype(np.uint8))
        assert centre["m10"] / centre["m00"] / 640 == pytest.approx(0.1 + time_ms / 1e4, abs=0.02)


def test_a_turned_video_is_read_upright(tmp_path: Path) -> None:
    reader, path = Reader(), film(tmp_path / "phone.mov", rotation=90)
    scan(path, probe(path), detector=None, hud=reader)
    assert {luma.shape for _, luma in reader.seen} == {(640, 360)}


def test_a_reader_that_fails_fails_the_scan(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4")
    with pytest.raises(MediaError, match="reader broke at 0 ms"):
        scan(path, probe(path), detector=None, hud=BrokenReader())
    assert not [t for t in threading.enumerate() if t.name.startswith("hud")]
