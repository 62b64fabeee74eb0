"""Cuts are those of PySceneDetect, motion is measured where it is."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scenedetect import StatsManager
from scenedetect.common import FrameTimecode
from scenedetect.detectors import ContentDetector

from cliply.domain.timing import TimeRange
from cliply.media.cuts import CutDetector, MotionMeter, scenes_between
from cliply.media.frames import SMALL_SIZE, Picture, as_planar, small_colour
from tests.media.synthesis import moving_block

FPS = Fraction(24)


def small_frames(path: Path, until_s: float) -> Iterator[Picture]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time > until_s:
                return
            yield small_colour(as_planar(frame))


def plain(level: int) -> Picture:
    return np.full((SMALL_SIZE[1], SMALL_SIZE[0], 3), level, np.uint8)


def test_the_difference_is_the_score_of_pyscenedetect(shared_media: Path) -> None:
    theirs, ours = ContentDetector(), MotionMeter(rotation=0)
    theirs.stats_manager = stats = StatsManager()
    stats.register_metrics(theirs.get_metrics())
    for number, small in enumerate(small_frames(shared_media / "big_buck_bunny_0_30.webm", 3)):
        moment = FrameTimecode(number, FPS)
        theirs.process_frame(moment, small)
        level = ours.feed(number * 42, small)
        if number > 0:
            expected = stats.get_metrics(moment, [ContentDetector.FRAME_SCORE_KEY])[0]
            assert level == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("interval_ms", [16, 33, 42])
def test_a_jump_in_the_picture_is_a_cut(interval_ms: int) -> None:
    detector = CutDetector(Fraction(1000, interval_ms))
    levels = [0.5] * 100 + [60.0] + [0.5] * 100
    began = [
        index for index, level in enumerate(levels) if detector.feed(index * interval_ms, level)
    ]
    assert began == [100]
    assert detector.cuts_ms == (100 * interval_ms,)


def test_a_difference_below_the_threshold_is_no_cut() -> None:
    detector = CutDetector(FPS)
    for index in range(100):
        detector.feed(index * 42, 26.9)
    assert detector.cuts_ms == ()


def test_flashes_are_not_a_cut_each() -> None:
    detector = CutDetector(FPS)
    levels = [0.5] * 48 + [60.0] + [0.5] * 48 + [60.0, 0.5] * 6 + [0.5] * 48
    for index, level in enumerate(levels):
        detector.feed(index * 42, level)
    assert len(detector.cuts_ms) == 2


def test_scenes_follow_without_gaps() -> None:
    span = TimeRange(start_ms=850, end_ms=9_000)
    scenes = scenes_between([0, 850, 2_000, 5_000, 9_000, 12_000], span, MotionMeter(rotation=0))
    assert [(s.span.start_ms, s.span.end_ms) for s in scenes.scenes] == [
        (850, 2_000),
        (2_000, 5_000),
        (5_000, 9_000),
    ]
    assert scenes.cuts_ms == (2_000, 5_000)


def test_the_motion_of_a_shot_leaves_out_its_cut() -> None:
    meter = MotionMeter(rotation=0)
    for index in range(20):
        meter.feed(index * 50, plain(20 if index < 10 else 220))
    scenes = scenes_between([500], TimeRange(start_ms=0, end_ms=1_000), meter)
    assert [scene.motion for scene in scenes.scenes] == [0, 0]


def test_a_still_has_no_centre_of_motion() -> None:
    meter = MotionMeter(rotation=0)
    for index in range(10):
        meter.feed(index * 42, plain(100))
    assert meter.take_centre() is None


@pytest.mark.parametrize(
    ("rotation", "expected"), [(0, 0.75), (180, 0.25)], ids=["upright", "upside down"]
)
def test_the_centre_of_motion_is_where_something_moves(rotation: int, expected: float) -> None:
    meter = MotionMeter(rotation)
    paint = moving_block(lambda time_s: 0.75 + 0.02 * np.sin(40 * time_s))
    for index in range(12):
        meter.feed(index * 42, paint(*SMALL_SIZE, index / 24)[:, :, ::-1])
    assert meter.take_centre() == pytest.approx(expected, abs=0.03)
    assert meter.take_centre() is None, "the motion was taken already"
