import pytest

from cliply.selection.sentiment import measure_mood
from tests.selection.talks import PLAIN, talk, wordless

BRIGHT = "It was a wonderful and happy day."
DARK = "Then came a horrible and sad disaster."


def test_each_utterance_has_its_mood_and_the_turn_is_where_it_turns() -> None:
    transcript = talk(PLAIN, PLAIN, BRIGHT, BRIGHT, DARK, DARK, PLAIN)

    series = measure_mood(transcript)

    assert [mood.span for mood in series.moods] == [
        transcript.span_of(utterance) for utterance in transcript.utterances
    ]
    scores = [mood.score for mood in series.moods]
    assert min(scores[2:4]) > 0.5
    assert max(scores[4:6]) < -0.5
    turns = [mood.change for mood in series.moods]
    assert turns.index(max(turns)) == 4
    assert turns[4] > 0.5
    assert turns[0] == 0


def test_a_talk_without_any_mood_word_is_neutral() -> None:
    series = measure_mood(talk(PLAIN, PLAIN))

    assert series.is_neutral
    assert len(series.moods) == 2


@pytest.mark.parametrize("language", ["de", "fr", "ja", "pt-BR"])
def test_another_language_is_not_judged(language: str) -> None:
    series = measure_mood(talk(BRIGHT, DARK, language=language))

    assert series.moods == ()
    assert series.lexicon is None


@pytest.mark.parametrize("language", ["en", "en-GB", "und"])
def test_english_and_the_unknown_are_judged(language: str) -> None:
    assert measure_mood(talk(BRIGHT, DARK, language=language)).lexicon == "vaderSentiment"


def test_nothing_said_has_no_mood() -> None:
    assert measure_mood(wordless()).is_neutral
