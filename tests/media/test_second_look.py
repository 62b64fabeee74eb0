"""A fast pass knows what it can not know, and looks again there."""

from fractions import Fraction
from pathlib import Path

import pytest

from cliply.domain.frames import ScanMode, ScanSettings
from cliply.domain.scenes import CutRule
from cliply.domain.timing import TimeRange
from cliply.media.decoding import PictureReader
from cliply.media.motion import MotionMeter
from cliply.media.probe import probe
from cliply.media.scan import scan
from cliply.media.second_look import FewFrames, doubtful_spans, exact_levels
from cliply.media.small_frames import Shrinker
from cliply.media.source import open_source
from tests.media.mixed import painter
from tests.media.synthesis import Layout, Shot, compose, gradient, solid

FAST = ScanSettings(mode=ScanMode.fast)
OPTIONS = {"preset": "veryfast", "bf": "3", "g": "60"}
LAYOUT = Layout(size=(320, 180), video_options=OPTIONS)


def spans(
    series: list[tuple[int, float]], rule: CutRule = CutRule.content, dark: int | None = None
) -> list[tuple[int, int]]:
    times, levels = zip(*series, strict=True)
    few = FewFrames(times, levels, [time_ms == dark for time_ms in times])
    return [(span.start_ms, span.end_ms) for span in doubtful_spans(few, 33.3, rule)]


def test_a_difference_between_neighbours_is_exact_and_one_across_a_gap_is_doubtful() -> None:
    assert spans([(0, 0.0), (33, 40.0), (67, 1.0)]) == []
    assert spans([(0, 0.0), (67, 40.0), (133, 16.0), (200, 3.0)]) == [(0, 133)]


def test_what_lies_between_dark_pictures_is_doubtful() -> None:
    assert spans([(0, 0.0), (67, 1.0), (133, 1.0)], dark=133) == [(67, 133)]


def test_the_adaptive_detector_needs_the_neighbours_of_a_jump() -> None:
    series = [(33 * index, 20.0 if index == 10 else 1.0) for index in range(20)]
    assert spans(series) == []
    assert spans(series, CutRule.adaptive) == [(33 * 7, 33 * 12)]


def levels_of(path: Path) -> list[tuple[int, float]]:
    source = probe(path)
    meter, shrinker = MotionMeter(0), Shrinker()
    with open_source(path) as container:
        for time_ms, frame in PictureReader(container, source.video):
            meter.feed(time_ms, shrinker.shrink(frame))
    return list(meter.series)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_second_look_gives_the_differences_of_the_full_decode(
    tmp_path: Path, suffix: str
) -> None:
    path = compose(tmp_path / f"film{suffix}", [Shot(8, painter("whip", 6))], (), LAYOUT)
    every = levels_of(path)
    keyframes = [every[0][0], every[60][0], every[120][0], every[180][0]]
    wanted = [(5, 7), (20, 22), (70, 90), (200, 239)]
    asked = [TimeRange(start_ms=every[a][0], end_ms=every[b][0]) for a, b in wanted]
    video = probe(path).video
    for (a, b), (_, levels) in zip(
        wanted, exact_levels(path, video, keyframes, asked), strict=True
    ):
        assert [t for t, _ in levels] == [t for t, _ in every[a + 1 : b + 1]]
        assert [v for _, v in levels] == pytest.approx([v for _, v in every[a + 1 : b + 1]])


def test_fast_motion_is_no_cut_though_frames_are_left_out(tmp_path: Path) -> None:
    shots = [Shot(2.5, gradient(220, 60, 40, speed=2.4)), Shot(3, solid(20, 200, 60))]
    path = compose(tmp_path / "film.mp4", shots, (), LAYOUT)
    source = probe(path)
    with open_source(path) as container:
        kept = list(PictureReader(container, source.video, only_references=True))
    assert len(kept) < 130, "nothing was left out, so nothing is shown"
    assert scan(path, source, detector=None, settings=FAST).scenes.cuts_ms == (2_500,)


def test_frames_left_out_are_no_gap(tmp_path: Path) -> None:
    layout = Layout(fps=Fraction(30), size=(320, 180), video_options=OPTIONS)
    path = compose(tmp_path / "film.mp4", [Shot(6, painter("still", 1))], (), layout)
    assert scan(path, probe(path), detector=None, settings=FAST).warnings == ()
