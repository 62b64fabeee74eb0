import pytest

from cliply.domain.transcript import Utterance, Word
from cliply.speech.utterances import MAX_UTTERANCE_MS, group_utterances
from tests.speech.sources import word, words_in_a_row


def texts(words: list[Word], utterances: tuple[Utterance, ...]) -> list[str]:
    return [" ".join(w.text for w in words[u.first : u.last + 1]) for u in utterances]


def test_no_words_make_no_utterances() -> None:
    assert group_utterances([]) == ()


def test_sentences_end_at_their_punctuation() -> None:
    words = words_in_a_row("Stop. Why? Go on! Now he said “No.” Then it ended")
    found = group_utterances(words)
    assert texts(words, found) == [
        "Stop.",
        "Why?",
        "Go on!",
        "Now he said “No.”",
        "Then it ended",
    ]
    assert [u.is_sentence for u in found] == [True, True, True, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "We met Mr. Smith and Dr. Jones there.",
        "The U.S. Army paid 3.5 million.",
        "It works, e.g. here.",
        "Wait... and see.",
        "Write J. R. R. Tolkien a letter.",
        "Ask Acme Inc. about it.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    words = words_in_a_row(text)
    assert texts(words, group_utterances(words)) == [text]


def test_an_abbreviation_before_a_pause_ends_the_sentence() -> None:
    words = [word("In", 0, 200), word("the", 200, 400), word("U.S.", 400, 800)]
    words += [word("Then", 1400, 1600), word("home.", 1600, 1900)]
    assert texts(words, group_utterances(words)) == ["In the U.S.", "Then home."]


def test_sentences_of_other_scripts_end_at_their_own_marks() -> None:
    words = words_in_a_row("今日は。 本当？ はい！")
    assert len(group_utterances(words)) == 3


def test_words_without_punctuation_are_grouped_by_pauses() -> None:
    words = [word("one", 0, 300), word("two", 350, 600), word("three", 1150, 1500)]
    found = group_utterances(words)
    assert texts(words, found) == ["one two", "three"]
    assert not any(u.is_sentence for u in found)


def test_a_speaker_who_pauses_after_every_word_is_not_cut_into_words() -> None:
    words = words_in_a_row("one two three four five", each_ms=300, gap_ms=600)
    assert texts(words, group_utterances(words)) == ["one two three four five"]


def test_a_short_pause_inside_a_written_sentence_does_not_cut_it() -> None:
    words = [word("I", 0, 200), word("think", 200, 500), word("so.", 1400, 1700)]
    assert texts(words, group_utterances(words)) == ["I think so."]


def test_endless_speech_is_cut_at_its_longest_gaps() -> None:
    words = words_in_a_row(" ".join(["word"] * 200), gap_ms=50)
    shifted = [
        word(w.text, w.span.start_ms + 300 * (i >= 70), w.span.end_ms + 300 * (i >= 70))
        for i, w in enumerate(words)
    ]
    found = group_utterances(shifted)
    assert all(
        shifted[u.last].span.end_ms - shifted[u.first].span.start_ms <= MAX_UTTERANCE_MS
        for u in found
    )
    assert 69 in {u.last for u in found}


def test_utterances_cover_every_word_once_and_in_order() -> None:
    words = words_in_a_row("One two. Three four " * 60)
    covered = [i for u in group_utterances(words) for i in range(u.first, u.last + 1)]
    assert covered == list(range(len(words)))
