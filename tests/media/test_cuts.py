"""Cuts from differences: thresholds, flashes, neighbours, and who found what."""

from fractions import Fraction

import pytest

from cliply.domain.scenes import CutRule
from cliply.domain.timing import TimeRange
from cliply.media.cuts import AdaptiveDetector, ContentDetector, Cut, CutFinder, scenes_between
from cliply.media.motion import MotionMeter

FPS = Fraction(24)
CALM = [0.5] * 48


def found(rule: CutRule, levels: list[float], interval_ms: int = 42) -> list[Cut]:
    finder = CutFinder(rule, Fraction(1000, interval_ms))
    for index, level in enumerate(levels):
        finder.feed(index * interval_ms, level)
    return finder.cuts()


@pytest.mark.parametrize("interval_ms", [16, 33, 42])
def test_a_jump_in_the_picture_is_a_cut(interval_ms: int) -> None:
    detector = ContentDetector(Fraction(1000, interval_ms))
    levels = [0.5] * 100 + [60.0] + [0.5] * 100
    began = [
        index for index, level in enumerate(levels) if detector.feed(index * interval_ms, level)
    ]
    assert began == [100]
    assert detector.cuts_ms == [100 * interval_ms]


def test_a_difference_below_the_threshold_is_no_cut() -> None:
    assert found(CutRule.content, [26.9] * 100) == []


def test_flashes_are_not_a_cut_each() -> None:
    levels = [*CALM, 60.0, *CALM, *([60.0, 0.5] * 6), *CALM]
    assert len(found(CutRule.content, levels)) == 2


def test_flashes_before_a_frame_that_stands_long_end_with_it() -> None:
    detector = ContentDetector(FPS)
    levels = [*CALM, 60.0, *CALM, *([60.0, 0.5] * 12)]
    for index, level in enumerate(levels):
        detector.feed(index * 42, level)
    assert len(detector.cuts_ms) == 2
    detector.feed(len(levels) * 42 + 20_000, 0.5)
    assert len(detector.cuts_ms) == 3


def test_a_shot_is_at_least_fifteen_frames_long_at_any_rate() -> None:
    for interval_ms in (16, 33, 42, 200):
        levels = [*CALM, 60.0, *[0.5] * 14, 60.0, *CALM]
        assert len(found(CutRule.content, levels, interval_ms)) == 2
        del levels[60]
        closer = found(CutRule.content, levels, interval_ms)
        assert [cut.time_ms for cut in closer] == [48 * interval_ms]


def test_a_small_jump_that_stands_out_is_found_by_the_adaptive_detector_alone() -> None:
    levels = [*CALM, 20.0, *CALM]
    assert found(CutRule.content, levels) == []
    assert found(CutRule.adaptive, levels) == [Cut(48 * 42, (CutRule.adaptive,))]


def test_a_jump_among_its_likes_is_a_cut_for_the_content_detector_alone() -> None:
    levels = [*[14.0] * 48, 30.0, *[14.0] * 48]
    assert found(CutRule.content, levels) == [Cut(48 * 42, (CutRule.content,))]
    assert found(CutRule.adaptive, levels) == []


def test_both_detectors_tell_who_found_what() -> None:
    levels = [*CALM, 60.0, *CALM, 20.0, *CALM, *[14.0] * 48, 30.0, *[14.0] * 48]
    content, adaptive = CutRule.content, CutRule.adaptive
    assert [cut.found_by for cut in found(CutRule.both, levels)] == [
        (content, adaptive),
        (adaptive,),
        (content,),
    ]


def test_the_adaptive_detector_tells_of_a_cut_two_frames_later() -> None:
    detector = AdaptiveDetector(FPS)
    told = [
        index for index, level in enumerate([*CALM, 60, *CALM]) if detector.feed(index * 42, level)
    ]
    assert told == [50]
    assert detector.cuts_ms == [48 * 42]


def test_cuts_of_two_detectors_closer_than_a_shot_are_one() -> None:
    finder = CutFinder(CutRule.both, FPS)
    for index, level in enumerate([*CALM, 20.0, 0.5, 0.5, 0.5, 60.0, *CALM]):
        finder.feed(index * 42, level)
    assert finder.cuts() == [Cut(48 * 42, (CutRule.adaptive, CutRule.content))]


def test_scenes_follow_without_gaps() -> None:
    span = TimeRange(start_ms=850, end_ms=9_000)
    cuts = [Cut(time_ms, (CutRule.content,)) for time_ms in (0, 850, 2_000, 5_000, 9_000, 12_000)]
    scenes = scenes_between(cuts, span, MotionMeter(rotation=0), CutRule.content)
    assert [(s.span.start_ms, s.span.end_ms) for s in scenes.scenes] == [
        (850, 2_000),
        (2_000, 5_000),
        (5_000, 9_000),
    ]
    assert scenes.cuts_ms == (2_000, 5_000)
    assert [scene.found_by for scene in scenes.scenes] == [(), *[(CutRule.content,)] * 2]
    assert scenes.detector == "pyscenedetect content 27"
