"""A followed face is whole in the picture; others may be cut off."""

import pytest

from cliply.domain.effects import EffectsSpec, PlacedZoom, ZoomStyle
from cliply.domain.faces import Box, FaceSample, FaceTrack, FaceTrackList
from cliply.domain.framing import Framing, Layout, Pane, Region
from cliply.domain.quality import Finding
from cliply.domain.timing import TimeRange
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.faces_in_frame import face_cut_off, visible_share
from tests.media.quality.clips import Wanted, framing, kept, spec_of, window

NARROW = (80, 144)
"""0.3125 of the width."""


def track(x: float, *, number: int = 0, times: range = range(0, 3000, 250), width: float = 0.1):
    """A face whose centre stands at `x`."""
    box = Box(x - width / 2, 0.3, width, 0.3)
    samples = tuple(FaceSample(time_ms=ms, box=box, confidence=1.0) for ms in times)
    return FaceTrack(track_id=number, scene=0, samples=samples)


def evidence(*tracks: FaceTrack) -> Evidence:
    faces = FaceTrackList(tracks=tracks, detector="test", sample_interval_ms=250)
    return Evidence(faces=faces)


def looking(*at: tuple[int, float], followed: str = "face") -> Framing:
    return framing(Pane(path=window(at, size=NARROW, followed=followed)))


def judged(framed: Framing, *tracks: FaceTrack, **wanted: object) -> Finding:
    return face_cut_off(spec_of(Wanted(framing=framed, **wanted)), evidence(*tracks))


def test_a_face_in_the_middle_is_whole() -> None:
    finding = judged(looking((0, 0.5)), track(0.5))
    assert finding.passed
    assert finding.value == 0
    assert "12 samples" in finding.message


def test_a_face_beyond_the_edge_is_cut_off() -> None:
    finding = judged(looking((0, 0.5)), track(0.65))
    assert not finding.passed
    assert finding.value == 1
    assert finding.limit == 0.1


def test_the_share_of_samples_counts() -> None:
    late = judged(looking((0, 0.5), (1499, 0.5), (1500, 0.8)), track(0.5))
    assert late.value == 0.5
    assert "0:01.5" in late.message
    assert not late.passed


def test_a_face_that_is_not_followed_does_not_count() -> None:
    assert judged(looking((0, 0.5)), track(0.5), track(0.65, number=1)).passed


def test_a_face_that_takes_over_is_followed() -> None:
    first, second = track(0.3, times=range(0, 1500, 250)), track(0.7, times=range(1500, 3000, 250))
    follows = judged(looking((0, 0.3), (1499, 0.3), (1500, 0.7)), first, second)
    stays = judged(looking((0, 0.3)), first, second)
    assert follows.passed
    assert stays.value == 0.5


def test_a_window_that_goes_over_to_who_speaks_follows_both() -> None:
    path = window(((0, 0.3), (1500, 0.7)), size=NARROW)
    goes_over = framing(Pane(path=path.model_copy(update={"jumps_ms": (1500,)})))
    finding = judged(goes_over, track(0.3), track(0.7, number=1))
    assert finding.passed
    assert finding.value == 0


@pytest.mark.parametrize("followed", ["motion", "centre", "given", "screen"])
def test_windows_that_follow_something_else_are_free(followed: str) -> None:
    finding = judged(looking((0, 0.2), followed=followed), track(0.9))
    assert finding.passed
    assert finding.value is None


def test_only_what_is_kept_counts() -> None:
    moves = looking((0, 0.5), (1499, 0.5), (1500, 0.8))
    assert judged(moves, track(0.5), timeline=kept((0, 45))).passed
    assert judged(moves, track(0.5), timeline=kept((45, 45))).value == 1


def test_each_pane_follows_its_own_face() -> None:
    upper, lower = Region(0, 0, 1, 0.5), Region(0, 0.5, 1, 0.5)
    panes = [
        Pane(region=region, path=window(((0, x),), size=NARROW))
        for region, x in ((upper, 0.25), (lower, 0.75))
    ]
    both = framing(*panes, layout=Layout.split)
    assert judged(both, track(0.25), track(0.75, number=1)).value == 0
    assert judged(both, track(0.25), track(0.95, number=1)).value == 0.5


def test_a_zoom_that_stays_cuts_off_too() -> None:
    span = TimeRange(start_ms=0, end_ms=3000)
    spec = spec_of(Wanted(framing=looking((0, 0.5))))
    for style, passes in ((ZoomStyle.smooth_in, False), (ZoomStyle.pulse, True)):
        zoom = PlacedZoom(span=span, style=style, strength=1.8, centre=(0.5, 0.5))
        zoomed = spec.model_copy(update={"effects": EffectsSpec(zooms=(zoom,))})
        assert face_cut_off(spec, evidence(track(0.57))).passed
        assert face_cut_off(zoomed, evidence(track(0.57))).passed is passes


def test_without_tracks_nothing_is_known() -> None:
    finding = face_cut_off(spec_of(), Evidence())
    assert finding.passed
    assert "not known" in finding.message


def test_what_the_source_lacks_is_not_our_cut() -> None:
    assert visible_share(Box(-0.1, 0.2, 0.2, 0.2), (0.0, 0.0, 0.5, 1.0)) == pytest.approx(1)
    assert visible_share(Box(0.4, 0.2, 0.2, 0.2), (0.0, 0.0, 0.5, 1.0)) == pytest.approx(0.5)
    assert visible_share(Box(0.4, 0.2, 0.2, 0.2), (0.0, 0.3, 0.5, 1.0)) == pytest.approx(0.25)
    assert visible_share(Box(0.8, 0.2, 0.1, 0.2), (0.0, 0.0, 0.5, 1.0)) == 0
