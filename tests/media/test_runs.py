"""Shots inside a kept span: each frame of the clip is looked at as its own shot wants it."""

from fractions import Fraction
from itertools import accumulate, cycle, takewhile
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.editing import CutSettings, Edit
from cliply.domain.framing import (
    CropPath,
    CropPoint,
    FramedSpan,
    Framing,
    LayoutChoice,
    Pane,
    ReframeSettings,
)
from cliply.domain.framing import Layout as Look
from cliply.domain.timeline import KeptSpan, Timeline
from cliply.media.runs import plan_pieces, plan_runs
from tests.media.specs_of import (
    NTSC,
    UPRIGHT_PX,
    colour_changes,
    cut_of,
    encoded,
    halves,
    material_of,
    pictures,
    span,
    spec_of,
)
from tests.media.synthesis import Layout, Shot, compose, silence

RED, BLUE, GREEN, YELLOW = (200, 0, 0), (0, 0, 200), (0, 200, 0), (200, 200, 0)
SIZE = (160, 90)


def two_shots(path: Path, rate: Fraction, cut_frame: int, times_s: list[float] | None = None):
    """Red beside blue, then green beside yellow, and the moment of the cut in ms.

    Who looks left before the cut and right after it sees red, then yellow.
    """
    times = times_s or [float(n / rate) for n in range(round(2 * rate))]
    cut_s = times[cut_frame]
    options = {"preset": "ultrafast", "g": "250", "sc_threshold": "0"}
    layout = Layout(fps=rate, size=SIZE, frame_times_s=times, video_options=options)
    shots = [Shot(cut_s, halves(RED, BLUE)), Shot(2 - cut_s, halves(GREEN, YELLOW))]
    return compose(path, shots, silence(2.0), layout), cut_s


def looking(path: Path, cut_s: float, **changes: object):
    """The material of two shots with something on the left, then on the right."""
    cut_ms = round(cut_s * 1000)
    looks = [(0, 0.2), (cut_ms - 1, 0.2), (cut_ms, 0.8), (9_000, 0.8)]
    return material_of(path, cuts_ms=[cut_ms], looks=looks, listens=False, **changes)


def single(**changes: object) -> Edit:
    """A window in the clip's shape; by itself such a small source would be shown whole."""
    return Edit.model_validate({"reframe": {"layout": "single"}} | changes)


UNEVEN = [
    round(time_s, 3)
    for time_s in takewhile(lambda t: t < 2, accumulate(cycle([0.04, 0.02, 0.11, 0.05]), initial=0))
]


@pytest.mark.parametrize(
    ("rate", "cut_frame", "times"),
    [
        *((Fraction(24), frame, None) for frame in (21, 22, 26)),
        *((Fraction(25), frame, None) for frame in (22, 23)),
        (Fraction(30), 27, None),
        *((Fraction(50), frame, None) for frame in (44, 46)),
        *((Fraction(60), frame, None) for frame in (53, 54)),
        (NTSC, 27, None),
        *((Fraction(25), frame, UNEVEN) for frame in (17, 18)),
    ],
)
def test_no_frame_of_a_shot_is_cut_out_as_the_other_shot_wants_it(tmp_path, rate, cut_frame, times):
    """Cuts on the clip's frames, beside them, and half-way between, where milliseconds tell."""
    source, cut_s = two_shots(tmp_path / "two.mp4", rate, cut_frame, times)
    spec = spec_of(looking(source, cut_s), single(), span(100, 1_800), size_px=UPRIGHT_PX)
    found = colour_changes(pictures(encoded(spec, source, tmp_path)))
    assert [name for name, _ in found] == ["red", "yellow"]
    first = spec.timeline.spans[0].start_frame / spec.timeline.frame_rate
    where = (Fraction(cut_s) - first) * spec.timeline.frame_rate
    assert abs(found[1][1] - where) <= Fraction(52, 100)


@pytest.mark.parametrize("speed", [0.75, 1.3, 2.0])
def test_a_cut_at_another_speed_is_clean_too(tmp_path, speed):
    source, cut_s = two_shots(tmp_path / "two.mp4", Fraction(25), 23)
    material, cut = looking(source, cut_s), CutSettings(speed=speed)
    for start_ms in (100, 160, 270):
        moment = span(start_ms, 1_800)
        spec = spec_of(material, single(base_cut=cut), moment, size_px=UPRIGHT_PX)
        found = colour_changes(pictures(encoded(spec, source, tmp_path)))
        assert [name for name, _ in found] == ["red", "yellow"]
        first = spec.timeline.spans[0].start_frame / 30
        assert found[1][1] == pytest.approx((cut_s - first) / speed * 30, abs=0.52)


def test_a_span_that_begins_with_the_cut_shows_nothing_of_the_shot_before(tmp_path):
    source, cut_s = two_shots(tmp_path / "two.mp4", Fraction(30), 30)
    cut = cut_of((1_000, 1_500), (500, 1_000))
    spec = spec_of(looking(source, cut_s), single(base_cut=cut), size_px=UPRIGHT_PX)
    assert colour_changes(pictures(encoded(spec, source, tmp_path))) == [("yellow", 0), ("red", 15)]


def test_the_layout_changes_with_the_very_frame(tmp_path):
    """Whole over its blur before, a window on the right after."""
    source, _ = two_shots(tmp_path / "two.mp4", Fraction(30), 59)
    choices = (
        LayoutChoice(span=span(0, 1_100), layout=Look.fit),
        LayoutChoice(span=span(1_100, 2_000), layout=Look.single),
    )
    edit = Edit(reframe=ReframeSettings(layouts=choices))
    material = material_of(source, looks=[(0, 0.2), (1_500, 0.2)], listens=False)
    spec = spec_of(material, edit, span(200, 1_900), size_px=UPRIGHT_PX)
    shown = pictures(encoded(spec, source, tmp_path)).astype(int)
    blue_on_the_right = shown[:, 96, 100, 2] > 100
    assert list(np.flatnonzero(np.diff(blue_on_the_right))) == [26]


def framed(*edges_ms: int, jumps_ms: tuple[int, ...] = ()) -> Framing:
    points = (CropPoint(time_ms=0, x=0.5, y=0.5),)
    pane = Pane(path=CropPath(width_px=90, height_px=90, points=points, jumps_ms=jumps_ms))
    return Framing(
        spans=tuple(
            FramedSpan(span=span(a, b), layout=Look.single, panes=(pane,), reason=str(a))
            for a, b in zip((0, *edges_ms), (*edges_ms, 60_000), strict=True)
        )
    )


def kept(*rows: tuple[int, int], speed: Fraction = Fraction(1)) -> Timeline:
    spans = tuple(KeptSpan(start_frame=a, frames=n, speed=speed) for a, n in rows)
    return Timeline(frame_rate=Fraction(30), spans=spans)


def test_pieces_are_parted_at_cuts_and_every_frame_is_in_one():
    timeline, framing = kept((30, 60), (120, 45)), framed(2_010, jumps_ms=(1_500, 4_200))
    pieces = plan_pieces(timeline, framing)
    assert [(piece.span, piece.frames) for piece in pieces] == [
        (0, 15), (0, 15), (0, 30), (1, 6), (1, 39),
    ]  # fmt: skip
    assert [piece.framed.reason for piece in pieces] == ["0", "0", "2010", "2010", "2010"]
    assert [piece.opens_ms for piece in pieces] == [None, 1_500, 2_010, None, 4_200]
    assert [piece.closes_ms for piece in pieces] == [1_500, 2_010, None, 4_200, None]


def test_a_run_is_all_that_one_layout_shows_in_a_row():
    timeline, framing = kept((30, 60), (0, 20), (70, 45)), framed(1_500)
    runs = plan_runs(plan_pieces(timeline, framing))
    assert [(run.framed.reason, run.frames) for run in runs] == [
        ("0", 15), ("1500", 45), ("0", 20), ("1500", 45),
    ]  # fmt: skip
    assert sum(run.frames for run in runs) == timeline.frames


def test_a_runs_clock_is_the_sources_and_never_that_of_another_shot():
    timeline, framing = kept((30, 60), speed=Fraction(2)), framed(jumps_ms=(2_010,))
    (run,) = plan_runs(plan_pieces(timeline, framing))
    assert [run.source_ms(n) for n in (0, 1, 14)] == [1_000, 1_067, 1_933]
    assert [run.source_ms(n) for n in (15, 16, 59)] == [2_010, 2_067, 4_933]
    assert run.source_span == span(1_000, 4_934)
