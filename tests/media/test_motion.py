"""Motion is measured as PySceneDetect does, and where it is."""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from scenedetect import StatsManager
from scenedetect.common import FrameTimecode
from scenedetect.detectors import ContentDetector

from cliply.domain.scenes import CutRule
from cliply.domain.timing import TimeRange
from cliply.media.cuts import Cut, scenes_between
from cliply.media.frames import Picture, as_planar
from cliply.media.motion import MotionMeter
from cliply.media.small_frames import Shrinker
from tests.media.synthesis import moving_block

SIZE = (256, 144)


def plain(level: int) -> Picture:
    return np.full((SIZE[1], SIZE[0], 3), level, np.uint8)


def test_the_difference_is_the_score_of_pyscenedetect(shared_media: Path) -> None:
    theirs, ours, shrinker = ContentDetector(), MotionMeter(rotation=0), Shrinker()
    theirs.stats_manager = stats = StatsManager()
    stats.register_metrics(theirs.get_metrics())
    with av.open(str(shared_media / "big_buck_bunny_0_30.webm")) as container:
        for number, frame in enumerate(islice(container.decode(video=0), 60)):
            small = shrinker.shrink(as_planar(frame))
            moment = FrameTimecode(number, Fraction(24))
            theirs.process_frame(moment, small)
            level = ours.feed(number * 42, small)
            if number > 0:
                expected = stats.get_metrics(moment, [ContentDetector.FRAME_SCORE_KEY])[0]
                assert level == pytest.approx(expected, abs=1e-6)


def test_the_motion_of_a_shot_leaves_out_its_cut() -> None:
    meter = MotionMeter(rotation=0)
    for index in range(20):
        meter.feed(index * 50, plain(20 if index < 10 else 220))
    cuts = [Cut(500, (CutRule.content,))]
    span = TimeRange(start_ms=0, end_ms=1_000)
    scenes = scenes_between(cuts, span, meter, CutRule.content)
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
        meter.feed(index * 42, paint(*SIZE, index / 24)[:, :, ::-1])
    assert meter.take_centre() == pytest.approx(expected, abs=0.03)
    assert meter.take_centre() is None, "the motion was taken already"


def test_frames_left_out_do_not_make_a_shot_faster() -> None:
    paint = moving_block(lambda time_s: 0.2 + 0.3 * time_s, side=0.4)
    frames = [paint(*SIZE, index / 30)[:, :, ::-1] for index in range(46)]
    every, third = MotionMeter(0), MotionMeter(0, frame_ms=1000 / 30)
    for index, frame in enumerate(frames):
        every.feed(round(index * 100 / 3), frame)
        if index % 3 == 0:
            third.feed(round(index * 100 / 3), frame)
    span = TimeRange(start_ms=0, end_ms=1_501)
    assert third.mean_level(span) == pytest.approx(every.mean_level(span), rel=0.1)
    assert third.pace == pytest.approx(every.pace, rel=0.15)


def test_noise_is_no_stir_and_movement_is() -> None:
    rng = np.random.default_rng(2)
    noisy, moving = MotionMeter(0), MotionMeter(0)
    paint = moving_block(lambda time_s: 0.2 + 1.5 * time_s % 0.6, side=0.4)
    for index in range(60):
        noise = rng.normal(120, 3, (SIZE[1], SIZE[0], 3))
        noisy.feed(index * 33, noise.round().astype(np.uint8))
        moving.feed(index * 33, paint(*SIZE, index / 30)[:, :, ::-1])
    assert noisy.pace > 2
    assert noisy.stir < 0.01 < 0.02 < moving.stir
    moving.begin_shot()
    assert (moving.pace, moving.stir) == (0, 0)


def test_exact_differences_take_the_place_of_those_across_gaps() -> None:
    meter = MotionMeter(0)
    for time_ms, level in ((0, 10), (100, 10), (200, 60), (300, 60)):
        meter.feed(time_ms, plain(level))
    meter.replace(TimeRange(start_ms=100, end_ms=200), [(133, 1.0), (167, 2.0), (200, 3.0)])
    assert list(meter.series) == [(0, 0), (100, 0), (133, 1), (167, 2), (200, 3), (300, 0)]


def test_the_brightness_is_that_of_the_strongest_colour() -> None:
    meter = MotionMeter(0)
    assert meter.brightness == 0
    meter.feed(0, np.full((SIZE[1], SIZE[0], 3), (9, 40, 12), np.uint8))
    assert meter.brightness == 40
