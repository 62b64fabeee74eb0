from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cliply.search.chunks import LONGEST_MS, make_chunks
from tests.search.talking import talk

SENTENCE = "one two three four five six seven."


def test_a_transcript_without_words_has_no_chunks() -> None:
    assert make_chunks(talk()) == ()


def test_chunks_are_four_sentences_and_share_the_last_one() -> None:
    numbered = [f"s{number} two three four five six seven." for number in range(10)]

    texts = [chunk.text for chunk in make_chunks(talk(*numbered))]

    assert [
        [word for word in text.split() if word[0] == "s" and word[1:].isdigit()] for text in texts
    ] == [
        ["s0", "s1", "s2", "s3"],
        ["s3", "s4", "s5", "s6"],
        ["s6", "s7", "s8", "s9"],
    ]


def test_short_cries_are_taken_together_beyond_four() -> None:
    (chunk,) = make_chunks(talk(*["Yes!", "No!"] * 6))

    assert chunk.text.count("Yes!") == 6


def test_an_utterance_that_fits_is_never_divided() -> None:
    long = " ".join(f"w{number}" for number in range(70)) + "."  # 28 s

    texts = [chunk.text for chunk in make_chunks(talk(SENTENCE, long, SENTENCE))]

    assert texts == [SENTENCE, long, SENTENCE]


def test_an_utterance_that_is_longer_than_a_chunk_is_divided_between_words() -> None:
    endless = [f"w{number}" for number in range(200)]  # 80 s

    chunks = make_chunks(talk(" ".join(endless)))

    assert len(chunks) == 4
    assert " ".join(chunk.text for chunk in chunks).split() == endless


def test_a_long_silence_is_not_inside_a_chunk() -> None:
    chunks = make_chunks(talk(SENTENCE, SENTENCE, gap_ms=9_000))

    assert [chunk.text for chunk in chunks] == [SENTENCE, SENTENCE]


def test_languages_without_spaces_get_none() -> None:
    (chunk,) = make_chunks(
        talk("東 京 に 行き ました 。", "GPT と 話す hello world", language="ja")
    )

    assert chunk.text == "東京に行きました。 GPT と話す hello world"


@given(
    st.lists(st.integers(1, 120), min_size=1, max_size=25),
    st.sampled_from([0, 300, 5_000, 9_000]),
)
def test_every_word_is_in_a_chunk_of_bounded_length_in_order(
    lengths: list[int], gap_ms: int
) -> None:
    numbers = iter(range(10_000))
    said = talk(
        *(" ".join(f"w{next(numbers)}" for _ in range(length)) for length in lengths),
        gap_ms=gap_ms,
    )

    chunks = make_chunks(said)

    assert {word for chunk in chunks for word in chunk.text.split()} == {w.text for w in said.words}
    assert all(chunk.span.duration_ms <= LONGEST_MS for chunk in chunks)
    for before, after in pairwise(chunks):
        assert before.span.start_ms < after.span.start_ms
        assert before.span.end_ms < after.span.end_ms
