"""Cuts move to the beat, and no further than they may."""

from fractions import Fraction

import pytest

from cliply.domain.timeline import KeptSpan, Timeline, Transition, TransitionKind
from cliply.media.beat_cuts import REACH_MS, snap_to_beats
from tests.media.mixing import clip_of

BEATS_MS = tuple(round(beat * 60_000 / 124) for beat in range(1, 40))


def cuts_ms(timeline: Timeline) -> list[int]:
    return [timeline.clip_ms(placed.at_frame) for placed in timeline.placed[1:]]


def off_beat_ms(timeline: Timeline, beats_ms: tuple[int, ...] = BEATS_MS) -> list[int]:
    return [min(abs(cut - beat) for beat in beats_ms) for cut in cuts_ms(timeline)]


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(30_000, 1001), Fraction(24)])
def test_every_cut_falls_on_a_beat(rate: Fraction) -> None:
    timeline = clip_of((1, 3.3), (6, 9.1), (20, 21.7), (30, 34), rate=rate)
    snapped = snap_to_beats(timeline, BEATS_MS)
    assert max(off_beat_ms(snapped)) <= 500 / rate + 1
    assert max(off_beat_ms(timeline)) > 100
    for before, after in zip(timeline.spans, snapped.spans, strict=True):
        assert after.start_frame == before.start_frame
        assert abs(after.frames - before.frames) * 1000 / rate <= REACH_MS
    assert snapped.spans[-1] == timeline.spans[-1]


def test_without_beats_nothing_moves() -> None:
    timeline = clip_of((1, 3.3), (6, 9.1))
    assert snap_to_beats(timeline, ()) == timeline


def test_a_cut_far_from_every_beat_stays() -> None:
    timeline = clip_of((1, 3), (6, 9))
    assert snap_to_beats(timeline, (1_600, 2_300)) == timeline


def test_a_span_never_shows_what_the_next_one_shows() -> None:
    timeline = clip_of((1, 3), (3.05, 6))
    assert cuts_ms(snap_to_beats(timeline, (2_200,))) == [2_000]
    assert cuts_ms(snap_to_beats(timeline, (1_800, 2_150))) == [1_800]


def test_a_span_ends_with_its_source() -> None:
    timeline = clip_of((8, 10), (1, 3))
    assert cuts_ms(snap_to_beats(timeline, (2_200,), source_ms=10_000)) == [2_000]
    assert cuts_ms(snap_to_beats(timeline, (2_200,), source_ms=11_000)) == [2_200]


def test_no_span_becomes_shorter_than_300_ms() -> None:
    timeline = clip_of((1, 1.4), (6, 9))
    assert cuts_ms(snap_to_beats(timeline, (200,))) == [400]
    assert cuts_ms(snap_to_beats(timeline, (300,))) == [300]


def test_a_transition_has_its_middle_on_the_beat_and_an_intro_counts() -> None:
    timeline = Timeline(
        frame_rate=Fraction(30),
        spans=(KeptSpan(start_frame=0, frames=63), KeptSpan(start_frame=200, frames=60)),
        transitions=(Transition(kind=TransitionKind.crossfade, frames=10),),
        intro_frames=30,
    )
    snapped = snap_to_beats(timeline, (3_000,))
    assert snapped.placed[1].at_frame + 5 == 90
    assert snapped.transitions == timeline.transitions


def test_speed_is_reckoned_with() -> None:
    timeline = clip_of((0, 4.2), (6, 10), speed=2)
    snapped = snap_to_beats(timeline, (2_000,))
    assert cuts_ms(snapped) == [2_000]
    assert snapped.spans[0].speed == 2
