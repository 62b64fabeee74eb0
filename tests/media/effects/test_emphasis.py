from itertools import pairwise

import pytest

from cliply.domain.transcript import Word
from cliply.media.effects.emphasis import emphasised
from tests.media.effects.drawn import at, clip


def said(text: str, start_ms: int = 0, word_ms: int = 300) -> list[Word]:
    spans = [at(start_ms + n * word_ms, start_ms + (n + 1) * word_ms) for n in range(99)]
    return [Word(text=word, span=span) for word, span in zip(text.split(), spans, strict=False)]


@pytest.mark.parametrize(
    "text", ["Look at this!", "This is the best one.", "It took 40 days.", "Why is that?", "なぜ？"]
)
def test_calls_superlatives_numbers_and_questions_are_emphasis(text: str):
    assert [moment.span.start_ms for moment in emphasised(said(text), clip((0, 300)))] == [0]


def test_plain_sentences_are_not():
    assert emphasised(said("So we went home. It was a blessing."), clip((0, 300))) == ()


def test_a_moment_is_a_sentence_and_its_peak_the_strongest_word():
    words = said("So we went home. It was the best day!")
    (moment,) = emphasised(words, clip((0, 300)))
    assert (moment.span, moment.peak) == (at(1200, 2700), at(2400, 2700))


def test_moments_are_six_seconds_apart_and_the_strongest_are_taken():
    words = [word for n in range(10) for word in said("Never again!", n * 2000)]
    words += said("The best 1000 days ever!", 3000)
    words.sort(key=lambda word: word.span.start_ms)
    starts = [moment.span.start_ms for moment in emphasised(words, clip((0, 900)))]
    assert 3000 in starts
    assert all(after - before >= 6000 for before, after in pairwise(starts))


def test_a_pause_and_a_jump_of_the_clip_end_a_sentence():
    words = said("we never", 0) + said("went there", 2000) + said("at all", 20_000)
    moments = emphasised(words, clip((0, 90), (600, 30)))
    assert [moment.span.start_ms for moment in moments] == [0]
    assert moments[0].span.end_ms == 1200  # not up to what was said after the pause


def test_a_moment_ends_with_the_clip():
    (moment,) = emphasised(said("Never!", 1800), clip((0, 60)))
    assert moment.span == at(1800, 2000)
