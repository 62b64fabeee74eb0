from fractions import Fraction

import numpy as np
import pytest

from benchmarks.crop_path import SUBJECTS, measured
from cliply.domain.faces import Box
from cliply.domain.framing import AspectRatio, CropPath, CropPoint, FramedSpan, Layout, Pane
from cliply.domain.timing import TimeRange
from cliply.media.crop_path import Target, centre_at, crop_path, head_room, window_at
from cliply.media.live_path import LivePath, live_crop_path
from cliply.media.runs import Piece, Run
from cliply.media.window_moves import moves_of
from cliply.media.windows import face_window, largest_window
from tests.media.sights import source_of

VIDEO = source_of().video
WINDOW = largest_window(VIDEO, AspectRatio.portrait.size_px)


def filmed(times_ms, x, end_ms=10_000) -> CropPath:
    target = Target("face", tuple(times_ms), tuple(x), (0.5,) * len(x))
    return crop_path(WINDOW, [(TimeRange(start_ms=0, end_ms=end_ms), target)])


def test_on_noisy_tracks_it_moves_and_turns_half_as_much_as_a_mean_and_is_nearer():
    ours, mean = measured(tracks_each=3)
    assert ours.motion <= 0.5 * mean.motion
    assert ours.reversals <= 0.5 * mean.reversals
    assert ours.overlap >= mean.overlap + 4


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_kind_of_subject_is_worse_framed_than_by_a_mean(subject):
    ours, mean = measured((subject,), tracks_each=3)
    assert ours.overlap > mean.overlap
    assert ours.reversals < mean.reversals


def test_a_false_detection_before_a_drop_out_pulls_the_window_nowhere():
    times = [t for t in range(0, 10_000, 500) if not 5000 < t < 7500]
    path = filmed(times, [0.9 if t == 5000 else 0.4 for t in times])
    assert {point.x for point in path.points} == {0.4}


def test_a_walk_is_filmed_from_the_middle_without_lag():
    times = range(0, 10_001, 500)
    path = filmed(times, [0.2 + 0.06 * t / 1000 for t in times])
    for time_ms in range(2000, 8000, 500):
        assert centre_at(path, time_ms)[0] == pytest.approx(0.2 + 0.06 * time_ms / 1000, abs=0.01)


def test_the_centre_moves_between_points_and_holds_before_a_jump():
    points = ((0, 0.2), (1000, 0.4), (1500, 0.8))
    path = CropPath(
        width_px=2,
        height_px=2,
        points=tuple(CropPoint(time_ms=t, x=x, y=0.5) for t, x in points),
        jumps_ms=(1500,),
    )
    found = [round(centre_at(path, t)[0], 3) for t in (0, 500, 1000, 1499, 1500, 9000)]
    assert found == [0.2, 0.3, 0.4, 0.4, 0.8, 0.8]


def test_a_window_is_told_as_parts_of_the_picture():
    path = filmed((0,), (0.5,))
    span = TimeRange(start_ms=0, end_ms=9)
    framed = FramedSpan(span=span, layout=Layout.single, panes=(Pane(path=path),), reason="")
    found = window_at(framed, 0, 3, VIDEO)
    assert found == pytest.approx((0.5 - 304 / 1920, 0, 0.5 + 304 / 1920, 1))
    whole = FramedSpan(span=span, layout=Layout.fit, reason="")
    assert window_at(whole, 0, 3, VIDEO) == (0, 0, 1, 1)


def test_live_the_window_goes_a_seventh_of_the_way_with_each_sample():
    path = LivePath(WINDOW)
    found = [path.feed(t * 500, (x, 0.5)).x for t, x in enumerate((0.4, 0.6, 0.6))]
    assert found == [0.4, 0.43, 0.4555]


def test_live_the_window_jumps_at_a_cut_and_stays_inside_the_picture():
    path = LivePath(WINDOW)
    path.feed(0, (0.4, 0.5))
    path.cut()
    assert path.feed(500, (0.7, 0.5)).x == 0.7
    path.cut()
    assert path.feed(1000, (0.99, 0.2)) == CropPoint(
        time_ms=1000, x=round(1 - WINDOW.width / 2, 4), y=0.5
    )


def test_live_a_replayed_window_jumps_with_the_cut_and_not_with_the_next_sample():
    samples = [(0, (0.4, 0.5)), (500, (0.4, 0.5)), (1000, (0.7, 0.5)), (1500, (0.7, 0.5))]
    path = live_crop_path(WINDOW, samples, cuts_ms=(800,))
    assert [centre_at(path, t)[0] for t in (0, 799, 800, 1200)] == [0.4, 0.4, 0.7, 0.7]
    assert path.jumps_ms == (800,)


def test_moves_stay_inside_what_is_reached_and_end_where_the_path_does():
    times = range(0, 10_001, 500)
    path = filmed(times, [0.5 + 0.4 * np.sin(t / 1500) for t in times])
    span = TimeRange(start_ms=0, end_ms=10_000)
    framed = FramedSpan(span=span, layout=Layout.single, panes=(Pane(path=path),), reason="")
    run = Run((Piece(0, framed, Fraction(0), 300, Fraction(1), Fraction(30)),))
    moves = moves_of(path, run, VIDEO, (1080, 1920))
    left, top, width, height = moves.reach
    assert 0 <= left < left + width <= 1920
    assert (top, height) == (0, 1080)
    assert not any(x % 2 or y % 2 for _, (x, y) in moves.corners)
    assert all(0 <= x <= moves.scaled[0] - 1080 and y == 0 for _, (x, y) in moves.corners)
    assert min(x for _, (x, _) in moves.corners) <= 4
    assert max(x for _, (x, _) in moves.corners) >= moves.scaled[0] - 1084


@pytest.mark.parametrize("other_x", [0.1, 0.45, 0.75, 0.9])
def test_a_pane_ends_before_the_neighbours_face(other_x):
    face, other = Box(0.25, 0.3, 0.08, 0.16), Box(other_x - 0.04, 0.3, 0.08, 0.16)
    window = face_window(VIDEO, (1080, 960), face, (other,), (9.0, 9.0))
    centre = min(max(face.centre[0], window.width / 2), 1 - window.width / 2)
    edges = centre - window.width / 2, centre + window.width / 2
    assert not edges[0] - 1e-3 <= other_x <= edges[1] + 1e-3


def test_a_face_that_fills_its_window_moves_down_for_its_hair():
    assert head_room(0.2) == pytest.approx(0.4)
    assert head_room(0.5) == pytest.approx(0.495)
    for face in (0.3, 0.45, 0.6):
        assert head_room(face) + 0.6 * face <= 0.981
        assert head_room(face) - 0.95 * face >= 0.0


def test_a_head_larger_than_its_window_loses_hair_rather_than_chin():
    assert head_room(0.9) == pytest.approx(0.44)


@pytest.mark.parametrize("x", [0.25, 0.75])
def test_a_face_beside_another_is_in_the_middle_of_its_pane(x):
    """Beside the picture's edge a wider window would show its face at the side."""
    face, other = (Box(at - 0.05, 0.3, 0.1, 0.2) for at in (x, 1 - x))
    window = face_window(VIDEO, (1080, 960), face, (other,), (9.0, 9.0))
    assert window.width == pytest.approx(0.5, abs=0.01)


def test_a_face_at_the_edge_of_the_picture_keeps_some_room():
    face, other = Box(0.02, 0.3, 0.1, 0.2), Box(0.7, 0.3, 0.1, 0.2)
    window = face_window(VIDEO, (1080, 960), face, (other,), (9.0, 9.0))
    assert window.width == pytest.approx(0.35, abs=0.01)
