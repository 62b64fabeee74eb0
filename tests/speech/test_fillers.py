"""Filler words are told from words, language by language."""

import pytest

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Word
from cliply.speech.fillers import find_fillers


def fillers(language: str, text: str) -> list[int]:
    words = tuple(
        Word(text=word, span=TimeRange(start_ms=100 * place, end_ms=100 * place + 90))
        for place, word in enumerate(text.split())
    )
    transcript = Transcript(
        language=language, words=words, engine="sidecar", quality=TranscriptQuality.given
    )
    return [span.start_ms // 100 for span in find_fillers(transcript)]


@pytest.mark.parametrize(
    ("language", "text", "places"),
    [
        ("en", "So, um, this is, uhhh, Hmm... it", [1, 4, 5]),
        ("en-US", "an umbrella for her", []),
        ("de", "Er kam um, ähm, zehn", [3]),
        ("de-CH", "um uns", []),
        ("pt", "um dois uhm", [2]),
        ("und", "er um erm", [2]),
        ("en", "", []),
    ],
)
def test_fillers_are_told_from_words(language: str, text: str, places: list[int]) -> None:
    assert fillers(language, text) == places
