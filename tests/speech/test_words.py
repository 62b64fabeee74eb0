from hypothesis import given
from hypothesis import strategies as st

from cliply.domain.transcript import TranscriptQuality
from cliply.speech.words import RawWord, lay_out, primary_language, transcript_of


def times(raw: list[RawWord], duration_ms: int) -> list[tuple[str, int, int]]:
    return [(w.text, w.span.start_ms, w.span.end_ms) for w in lay_out(raw, duration_ms)]


def test_a_word_that_runs_into_the_next_ends_where_that_begins() -> None:
    raw = [RawWord("b", 300, 600), RawWord("a", 0, 400)]
    assert times(raw, 1000) == [("a", 0, 300), ("b", 300, 600)]


def test_a_word_without_length_gets_the_shortest() -> None:
    raw = [RawWord("a", 100, 100), RawWord("b", 100, 400)]
    assert times(raw, 1000) == [("a", 100, 120), ("b", 120, 400)]


def test_words_after_the_source_are_left_out_and_the_last_is_trimmed() -> None:
    raw = [RawWord("in", 800, 1200), RawWord("out", 1200, 1300)]
    assert times(raw, 1000) == [("in", 800, 1000)]


def test_a_word_before_the_source_begins_at_zero() -> None:
    assert times([RawWord("a", -50, 200)], 1000) == [("a", 0, 200)]


def test_words_of_blanks_are_left_out() -> None:
    assert times([RawWord("  ", 0, 100), RawWord(" a ", 100, 200)], 1000) == [("a", 100, 200)]


@given(
    st.lists(
        st.builds(
            RawWord, st.sampled_from(["a", " ", "b."]), st.integers(-500, 5000), st.integers()
        )
    ),
    st.integers(1, 4000),
)
def test_any_words_become_a_sound_transcript(raw: list[RawWord], duration_ms: int) -> None:
    transcript = transcript_of(raw, duration_ms, engine="any", quality=TranscriptQuality.low)
    ends = [0, *(w.span.end_ms for w in transcript.words)]
    assert all(w.span.start_ms >= end for w, end in zip(transcript.words, ends, strict=False))
    assert ends[-1] <= duration_ms
    covered = [i for u in transcript.utterances for i in range(u.first, u.last + 1)]
    assert covered == list(range(len(transcript.words)))


def test_the_primary_language_is_the_first_part_of_a_tag() -> None:
    assert [primary_language(tag) for tag in ("en-US", "pt_BR", "und", "", None)] == [
        "en",
        "pt",
        None,
        None,
        None,
    ]
