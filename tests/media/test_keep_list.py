from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliply.domain.editing import CutSettings, SilenceRemoval, TransitionSettings
from cliply.domain.timeline import TransitionKind
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.keep_list import Heard, plan_timeline

RATE = Fraction(30)
SOURCE_MS = 60_000


def span(start: int, end: int) -> TimeRange:
    return TimeRange(start_ms=start, end_ms=end)


MOMENT = span(10_000, 20_000)


def planned(cut: CutSettings, heard: Heard | None = None, moment: TimeRange = MOMENT):
    return plan_timeline(cut, moment, heard or Heard(), frame_rate=RATE, source_ms=SOURCE_MS)


def kept_ms(cut: CutSettings, heard: Heard | None = None):
    return [(s.start_ms, s.end_ms) for s in planned(cut, heard).source_spans]


def test_without_wishes_the_moment_is_the_clip():
    assert kept_ms(CutSettings()) == [(10_000, 20_000)]


def test_a_keep_list_plays_in_its_own_order():
    cut = CutSettings(keep=(span(30_000, 32_000), span(5_000, 6_000)))
    assert kept_ms(cut) == [(30_000, 32_000), (5_000, 6_000)]


def test_a_cut_word_is_gone():
    assert kept_ms(CutSettings(cut=(span(12_000, 12_500),))) == [(10_000, 12_000), (12_500, 20_000)]


def test_the_hook_plays_first_and_again_in_its_place():
    assert kept_ms(CutSettings(hook=span(15_000, 17_000))) == [(15_000, 17_000), (10_000, 20_000)]


def test_long_silences_shrink_and_short_ones_stay():
    heard = Heard(silences=(span(12_000, 13_000), span(15_000, 15_500)))
    cut = CutSettings(remove_silences=SilenceRemoval(longer_than_ms=700, leave_ms=200))
    assert kept_ms(cut, heard) == [(10_000, 12_100), (12_900, 20_000)]


def test_fillers_go_only_when_asked():
    heard = Heard(fillers=(span(12_000, 12_400),))
    assert kept_ms(CutSettings(), heard) == [(10_000, 20_000)]
    assert kept_ms(CutSettings(remove_fillers=True), heard) == [(10_000, 12_000), (12_400, 20_000)]


def test_a_breath_between_two_cuts_goes_with_them_and_a_word_does_not():
    cut = CutSettings(cut=(span(12_000, 12_500), span(12_600, 13_000)))
    assert kept_ms(cut) == [(10_000, 12_000), (13_000, 20_000)]
    heard = Heard(words=(Word(text="I", span=span(12_510, 12_590)),))
    assert kept_ms(cut, heard) == [(10_000, 12_000), (12_500, 12_600), (13_000, 20_000)]


def test_speed_shortens_the_clip_and_not_the_source():
    timeline = planned(CutSettings(speed=1.25))
    assert timeline.duration_ms == 8_000
    assert timeline.source_spans == (MOMENT,)


def test_a_transition_reaches_into_what_was_cut_out():
    cut = CutSettings(
        cut=(span(14_000, 15_000),),
        transition=TransitionSettings(kind=TransitionKind.wipe, duration_ms=400),
    )
    timeline = planned(cut)
    assert [one.frames for one in timeline.transitions if one] == [12]
    assert kept_ms(cut) == [(10_000, 14_200), (14_800, 20_000)]
    assert timeline.frames == 270
    assert timeline.moment_in_clip(13_990) is not None


def test_a_transition_is_never_longer_than_half_of_its_spans():
    cut = CutSettings(
        keep=(span(0, 400), span(30_000, 34_000)),
        transition=TransitionSettings(kind=TransitionKind.zoom, duration_ms=2_000),
    )
    timeline = planned(cut)
    for one, (before, after) in zip(timeline.transitions, pairwise(timeline.spans), strict=True):
        assert one is None or 2 * one.frames <= min(before.frames, after.frames)


@pytest.mark.parametrize(
    ("cut", "field"),
    [
        (CutSettings(keep=(span(0, 2000), span(1000, 3000))), "base_cut.keep.1"),
        (CutSettings(keep=(span(0, 2000), span(59_000, 63_000))), "base_cut.keep.1"),
        (CutSettings(cut=(span(0, 60_000),)), "base_cut"),
        (CutSettings(hook=span(70_000, 71_000)), "base_cut.hook"),
    ],
    ids=["overlapping", "outside the source", "nothing left", "hook outside"],
)
def test_a_keep_list_that_can_not_be_is_refused_by_its_field(cut, field):
    with pytest.raises(InvalidInput, match=rf"^{field} ") as refused:
        planned(cut)
    assert refused.value.code is ErrorCode.edit_invalid


@given(st.lists(st.tuples(st.integers(9_000, 21_000), st.integers(1, 3_000)), max_size=12))
def test_cuts_leave_spans_in_order_and_nothing_of_what_was_cut(cuts):
    gone = tuple(span(start, start + length) for start, length in cuts)
    try:
        spans = planned(CutSettings(cut=gone)).source_spans
    except InvalidInput:
        return
    frame_ms = 1000 / RATE
    for before, after in pairwise(spans):
        assert before.end_ms <= after.start_ms
    for cut in gone:
        assert sum(cut.overlap_ms(kept) for kept in spans) <= 2 * frame_ms * len(spans)
