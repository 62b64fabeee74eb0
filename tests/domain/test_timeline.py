from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cliply.domain.timeline import KeptSpan, Timeline, Transition, TransitionKind, straight
from cliply.domain.timing import TimeRange

NTSC = Fraction(30_000, 1001)
FADE = Transition(kind=TransitionKind.crossfade, frames=10)


def span_ms(start: int, end: int) -> TimeRange:
    return TimeRange(start_ms=start, end_ms=end)


def kept(start: int, frames: int, speed: str = "1") -> KeptSpan:
    return KeptSpan(start_frame=start, frames=frames, speed=Fraction(speed))


def timeline(*spans: KeptSpan, rate: Fraction = Fraction(30), **more) -> Timeline:
    return Timeline(frame_rate=rate, spans=spans, **more)


def test_spans_follow_each_other_without_a_gap():
    clip = timeline(kept(300, 60), kept(0, 30), kept(900, 45))
    assert [place.at_frame for place in clip.placed] == [0, 60, 90]
    assert clip.frames == 135
    assert clip.duration_ms == 4500


def test_a_transition_pulls_the_next_span_forward():
    clip = timeline(kept(0, 60), kept(90, 60), transitions=(FADE,))
    assert [place.at_frame for place in clip.placed] == [0, 50]
    assert clip.frames == 110


def test_an_intro_pushes_everything_back():
    clip = timeline(kept(0, 30), intro_frames=15, outro_frames=20)
    assert clip.placed[0].at_frame == 15
    assert clip.body_end_frame == 45
    assert clip.frames == 65
    assert clip.in_clip(span_ms(0, 1000)) == (span_ms(500, 1500),)


def test_what_was_cut_out_is_nowhere_in_the_clip():
    clip = timeline(kept(0, 30), kept(60, 30))
    assert clip.in_clip(span_ms(1000, 2000)) == ()
    assert clip.moment_in_clip(1500) is None
    assert clip.in_clip(span_ms(500, 2500)) == (span_ms(500, 1000), span_ms(1000, 1500))


def test_a_hook_is_in_the_clip_twice():
    clip = timeline(kept(60, 30), kept(0, 120))
    assert clip.in_clip(span_ms(2000, 2500)) == (span_ms(0, 500), span_ms(3000, 3500))
    assert clip.moment_in_clip(2100) == 100


def test_twice_the_speed_halves_times():
    clip = timeline(kept(0, 60, "2"))
    assert clip.source_spans == (span_ms(0, 4000),)
    assert clip.in_clip(span_ms(1000, 3000)) == (span_ms(500, 1500),)


def test_the_hull_goes_from_the_first_to_the_last_moment_shown():
    assert timeline(kept(300, 60), kept(0, 30)).hull == span_ms(0, 12_000)


@pytest.mark.parametrize("rate", [Fraction(30), NTSC, Fraction(24)])
def test_sound_and_picture_stay_together_over_an_hour_of_cuts(rate):
    clip = timeline(*(kept(200 * n, 97) for n in range(1100)), rate=rate)
    for span, at_frame in clip.placed:
        picture_s = Fraction(at_frame) / rate
        sound_s = Fraction(clip.samples_at(at_frame), 48_000)
        assert abs(picture_s - sound_s) <= Fraction(1, 96_000)
        assert span.frames == 97


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(5, 300)), min_size=1, max_size=20),
    st.sampled_from([Fraction(30), NTSC, Fraction(25)]),
    st.sampled_from(["1", "1.25", "0.5", "2"]),
)
def test_all_that_is_kept_is_in_the_clip_for_as_long_as_it_plays(spans, rate, speed):
    clip = timeline(*(kept(start, frames, speed) for start, frames in spans), rate=rate)
    for (span, at_frame), source in zip(clip.placed, clip.source_spans, strict=True):
        places = clip.in_clip(source)
        starts = [abs(place.start_ms - clip.clip_ms(at_frame)) for place in places]
        assert min(starts) <= 2
        longest = max(place.duration_ms for place in places)
        assert longest >= span.frames * 1000 / rate - 3
    assert clip.frames == sum(frames for _, frames in spans)


def test_a_straight_timeline_lies_on_the_grid():
    clip = straight(span_ms(1010, 3024), Fraction(30))
    assert clip.spans == (kept(30, 61),)


@pytest.mark.parametrize(
    ("spans", "more"),
    [
        ((), {}),
        ((kept(0, 30), kept(60, 30)), {"transitions": (FADE, FADE)}),
        ((kept(0, 15), kept(60, 30)), {"transitions": (FADE,)}),
    ],
    ids=["nothing kept", "too many transitions", "transition longer than half its span"],
)
def test_a_timeline_that_can_not_play_is_refused(spans, more):
    with pytest.raises(ValidationError):
        timeline(*spans, **more)
