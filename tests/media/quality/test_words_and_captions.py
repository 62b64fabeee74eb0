"""Captions can be read where they stand, and no cut goes through a word."""

from fractions import Fraction

import pytest

from cliply.domain.framing import AspectRatio
from cliply.domain.quality import Finding
from cliply.domain.timeline import KeptSpan, Timeline, Transition, TransitionKind
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.media.quality.caption_checks import caption_safe_area, caption_speed
from cliply.media.quality.edge_repairs import mended_edges
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.word_edges import cut_words, word_cut
from cliply.media.typesetting import Box
from tests.media.quality.clips import RATE, Wanted, captions, cue, kept, spec_of, word

CUES = (cue(0, 1000, "Why do bees"), cue(1000, 2000, "never get lost?"))


def placed(*boxes: tuple[float, float, float, float]) -> Finding:
    wanted = Wanted(cues=CUES, captions=captions(), size=(1920, 1080))
    stand = [(cue.span, Box(*box)) for cue, box in zip(CUES, boxes, strict=False)]
    return caption_safe_area(spec_of(wanted), stand)


def test_captions_inside_the_safe_area_pass() -> None:
    finding = placed((200, 800, 1700, 910), (192, 108, 1728, 918))
    assert finding.passed
    assert finding.value == 0


@pytest.mark.parametrize(
    ("box", "outside"),
    [
        ((150, 800, 1700, 900), 42),
        ((200, 800, 1760, 900), 32),
        ((200, 100, 1700, 200), 8),
        ((200, 800, 1700, 950), 32),
        ((-20, 800, 1950, 900), 222),
    ],
)
def test_a_caption_off_the_frame_or_out_of_the_area_fails(
    box: tuple[int, ...], outside: int
) -> None:
    finding = placed((200, 800, 1700, 900), box)
    assert not finding.passed
    assert finding.value == outside
    assert "0:01.0" in finding.message


def test_captions_that_nobody_measured_are_not_known() -> None:
    wanted = Wanted(cues=CUES, captions=captions())
    finding = caption_safe_area(spec_of(wanted), None)
    assert finding.passed
    assert "not known" in finding.message
    assert caption_safe_area(spec_of(), []).passed


def read(*texts: tuple[str, int]) -> Finding:
    """Cues that follow each other, with their lengths in ms."""
    cues, at = [], 0
    for text, length in texts:
        cues.append(cue(at, at + length, text))
        at += length
    wanted = Wanted(cues=tuple(cues), captions=captions(), aspect=AspectRatio.portrait)
    return caption_speed(spec_of(wanted))


def test_captions_slow_enough_to_be_read_pass() -> None:
    finding = read(*[("Bees count landmarks", 1100)] * 5)
    assert finding.passed
    assert finding.value == pytest.approx(20 / 1.1, abs=0.1)


def test_three_seconds_of_captions_too_fast_fail() -> None:
    slow, fast = ("Bees count", 1000), ("They count nine landmarks", 1000)
    finding = read(slow, slow, fast, fast, fast, slow)
    assert not finding.passed
    assert finding.value == 25
    assert "They count nine landmarks" in finding.message
    assert "0:02.0" in finding.message


def test_one_quick_cue_is_read_in_the_rest() -> None:
    assert read(("Bees", 1200), ("They count nine landmarks", 900), ("on the way", 1200)).passed


def test_a_short_clip_is_taken_whole() -> None:
    assert not read(("They count nine landmarks", 1000)).passed


def test_without_captions_there_is_nothing_to_read() -> None:
    assert caption_speed(spec_of()).passed


def cut_at(timeline: Timeline, *words: Word) -> list[tuple[str, int, bool]]:
    return [(cut.word.text, cut.span, cut.is_start) for cut in cut_words(timeline, words)]


def test_a_word_cut_at_the_end_is_found() -> None:
    said = (word(500, 900, "the"), word(1900, 2200, "honey"))
    spec = spec_of(Wanted(timeline=kept((0, 60))))
    finding = word_cut(spec, Evidence(words=said))
    assert not finding.passed
    assert finding.value == 1
    assert "honey" in finding.message
    assert word_cut(spec, Evidence(words=said[:1])).passed


@pytest.mark.parametrize(
    ("start", "end", "is_cut"),
    [
        (1900, 2100, True),
        (1980, 2200, False),
        (1600, 2050, False),
        (1990, 2090, False),
        (1950, 2050, True),
        (2000, 2300, False),
        (1700, 2000, False),
    ],
)
def test_only_words_cut_for_a_good_part_count(start: int, end: int, is_cut: bool) -> None:
    assert bool(cut_at(kept((0, 60)), word(start, end))) is is_cut


def test_both_edges_of_every_span_count() -> None:
    timeline = kept((30, 30), (90, 30))
    said = tuple(word(at - 150, at + 150, str(at)) for at in (1000, 2000, 3000, 4000))
    assert cut_at(timeline, *said) == [
        ("1000", 0, True),
        ("2000", 0, False),
        ("3000", 1, True),
        ("4000", 1, False),
    ]


def test_spans_that_go_on_into_each_other_cut_nothing() -> None:
    assert cut_at(kept((30, 30), (60, 30)), word(1850, 2150)) == []
    assert len(cut_at(kept((60, 30), (30, 30)), word(1850, 2150))) == 2


def test_a_transition_takes_its_half_of_each_span() -> None:
    fade = Transition(kind=TransitionKind.crossfade, frames=12)
    spans = kept((0, 66), (120, 60)).spans
    timeline = Timeline(frame_rate=RATE, spans=spans, transitions=(fade,))
    assert cut_at(timeline, word(1700, 2000), word(2050, 2350, "gone")) == []
    assert cut_at(timeline, word(1850, 2150)) == [("honey", 0, False)]


def test_words_that_are_not_known_pass() -> None:
    assert word_cut(spec_of(), Evidence()).passed


def mended(timeline: Timeline, *words: Word, cuts: tuple[TimeRange, ...] = ()) -> Timeline:
    return mended_edges(timeline, words, 10_000, cuts)[0]


@pytest.mark.parametrize(
    ("start", "end", "frames"), [(1900, 2200, 57), (1800, 2100, 63), (1850, 2101, 64)]
)
def test_an_edge_moves_to_the_nearer_boundary_of_the_word(
    start: int, end: int, frames: int
) -> None:
    said = word(start, end)
    timeline, repairs = mended_edges(kept((0, 60)), (said,), 10_000)
    assert timeline.spans == (KeptSpan(start_frame=0, frames=frames),)
    assert not cut_at(timeline, said)
    assert len(repairs) == 1
    assert "0:02.0" in repairs[0]
    assert "honey" in repairs[0]
    assert ("earlier" in repairs[0]) is (frames < 60)


def test_a_start_moves_too_and_the_end_stays() -> None:
    assert mended(kept((60, 30)), word(1900, 2200)).spans == kept((57, 33)).spans
    assert mended(kept((60, 30)), word(1800, 2100)).spans == kept((63, 27)).spans


def test_what_is_clean_stays_as_it_is() -> None:
    timeline = kept((0, 60))
    assert mended_edges(timeline, (word(1500, 1990),), 10_000) == (timeline, ())


def test_a_long_word_is_left_alone() -> None:
    assert mended(kept((0, 60)), word(1500, 2500)) == kept((0, 60))


def test_an_edge_never_enters_its_neighbour() -> None:
    timeline = kept((0, 60), (62, 60))
    cut = word(1850, 2100)
    assert mended(timeline, cut).spans[0].frames == 55
    assert mended(timeline, cut).spans[1].start_frame in (62, 63)


def test_an_edge_never_leaves_the_source() -> None:
    timeline, _ = mended_edges(kept((0, 60)), (word(1800, 2100),), 2050)
    assert timeline.spans[0].frames == 54


def test_a_word_that_was_cut_on_purpose_stays_cut() -> None:
    cut = TimeRange(start_ms=2000, end_ms=2500)
    said = word(1920, 2080)
    assert mended(kept((0, 60)), word(1800, 2100)).spans[0].frames == 63
    assert mended(kept((0, 60)), said, cuts=(cut,)).spans[0].frames == 57
    assert mended(kept((75, 30)), word(2450, 2550), cuts=(cut,)).spans[0].start_frame == 77


def test_a_hook_that_plays_again_can_still_be_mended() -> None:
    timeline = kept((60, 30), (0, 120))
    assert mended(timeline, word(1900, 2200)).spans == kept((57, 33), (0, 120)).spans


def test_speed_is_kept() -> None:
    fast = Timeline(
        frame_rate=RATE, spans=(KeptSpan(start_frame=0, frames=40, speed=Fraction(3, 2)),)
    )
    longer = mended(fast, word(1800, 2100))
    assert longer.spans == (KeptSpan(start_frame=0, frames=42, speed=Fraction(3, 2)),)
    assert not cut_at(longer, word(1800, 2100))


def test_a_span_stays_long_enough_for_its_transition() -> None:
    fade = Transition(kind=TransitionKind.crossfade, frames=12)
    spans = kept((0, 90), (120, 25)).spans
    timeline = Timeline(frame_rate=RATE, spans=spans, transitions=(fade,))
    assert mended(timeline, word(4750, 4950)).spans[1].frames >= 24


def test_places_in_the_clip_follow_a_mended_edge() -> None:
    timeline = kept((0, 60), (90, 30))
    assert timeline.placed[1].at_frame == 60
    assert mended(timeline, word(1900, 2200)).placed[1].at_frame == 57
