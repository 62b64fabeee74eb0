from fractions import Fraction

from cliply.domain.timeline import KeptSpan, Timeline, Transition, TransitionKind
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.media.retiming import breaks_ms, words_in_clip

RATE = Fraction(30)


def word(text: str, start: int, end: int) -> Word:
    return Word(text=text, span=TimeRange(start_ms=start, end_ms=end))


WORDS = (word("one", 0, 500), word("two", 1000, 1500), word("three", 2000, 2500))


def clip(*spans: tuple[int, int], **more) -> Timeline:
    kept = tuple(KeptSpan(start_frame=start, frames=frames) for start, frames in spans)
    return Timeline(frame_rate=RATE, spans=kept, **more)


def heard(timeline: Timeline) -> list[tuple[str, int, int]]:
    return [(w.text, w.span.start_ms, w.span.end_ms) for w in words_in_clip(WORDS, timeline)]


def test_words_move_with_their_span_and_cut_ones_are_gone():
    assert heard(clip((0, 30), (60, 30))) == [("one", 0, 500), ("three", 1000, 1500)]


def test_a_word_cut_in_half_is_heard_where_half_of_it_is():
    assert heard(clip((0, 9))) == [("one", 0, 300)]
    assert heard(clip((0, 7))) == []


def test_a_word_that_plays_twice_is_said_twice():
    assert [text for text, _, _ in heard(clip((60, 30), (0, 90)))] == [
        "three", "one", "two", "three",
    ]  # fmt: skip


def test_words_of_two_spans_that_fade_over_do_not_overlap():
    fade = Transition(kind=TransitionKind.crossfade, frames=10)
    said = heard(clip((0, 45), (60, 30), transitions=(fade,)))
    ends = [end for _, _, end in said]
    starts = [start for _, start, _ in said]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert starts[2] >= 1167


def test_speed_moves_words_closer():
    fast = Timeline(frame_rate=RATE, spans=(KeptSpan(start_frame=0, frames=45, speed=Fraction(2)),))
    assert heard(fast) == [("one", 0, 250), ("two", 500, 750), ("three", 1000, 1250)]


def test_only_a_jump_breaks_a_cue():
    assert breaks_ms(clip((0, 30), (45, 30))) == ()
    assert breaks_ms(clip((60, 30), (0, 30))) == (1000,)
    assert breaks_ms(clip((0, 30), (300, 30))) == (1000,)
