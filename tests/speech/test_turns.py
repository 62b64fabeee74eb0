import time

import pytest

from cliply.domain.transcript import SpeakerTurn, Transcript, TranscriptQuality
from cliply.speech.turns import VoiceStretch, assign_speakers, number_speakers
from cliply.speech.words import RawWord, transcript_of
from tests.speech.sources import span


def words_at(*times_ms: tuple[int, int]) -> list[RawWord]:
    return [RawWord(f"w{index}", *times) for index, times in enumerate(times_ms)]


def every(step_ms: int, count: int) -> list[RawWord]:
    return words_at(*((i * step_ms, (i + 1) * step_ms - 50) for i in range(count)))


def said_by(words: list[RawWord], *turns: tuple[str, int, int]) -> list[str | None]:
    stretches = [VoiceStretch(who, span(start, end)) for who, start, end in turns]
    return [word.speaker for word in assign_speakers(words, stretches)]


def test_a_word_belongs_to_the_speaker_who_covers_most_of_it() -> None:
    words = words_at((0, 1000), (1000, 2000))
    assert said_by(words, ("A", 0, 1400), ("B", 1400, 3000)) == ["A", "B"]


def test_where_two_speak_at_once_the_longer_share_counts() -> None:
    words = words_at((0, 1000), (1000, 1600))
    assert said_by(words, ("A", 0, 1200), ("B", 900, 1700)) == ["A", "B"]


def test_a_word_just_outside_goes_to_the_nearest_and_one_far_away_to_nobody() -> None:
    words = words_at((0, 300), (1000, 1300), (5000, 5300))
    turns = (("A", 0, 800), ("B", 1500, 2000))
    assert said_by(words, *turns) == ["A", "A", None]


def test_a_syllable_of_another_in_running_speech_is_not_believed() -> None:
    turns = (("A", 0, 900), ("B", 900, 1200), ("A", 1200, 3000))
    assert said_by(every(300, 8), *turns) == ["A"] * 8


def test_a_short_answer_between_pauses_is_believed() -> None:
    words = words_at((0, 400), (800, 1100), (1500, 1900))
    assert said_by(words, ("A", 0, 450), ("B", 790, 1110), ("A", 1490, 2000)) == ["A", "B", "A"]


def test_the_last_and_the_first_words_are_no_islands() -> None:
    turns = (("B", 0, 300), ("A", 300, 900), ("B", 900, 1200))
    assert said_by(every(300, 4), *turns) == ["B", "A", "A", "B"]


def test_without_stretches_nobody_speaks() -> None:
    assert said_by(every(300, 2)) == [None, None]
    assert assign_speakers([], [VoiceStretch("A", span(0, 10))]) == []


def test_four_hours_with_thousands_of_turns_take_no_time() -> None:
    words = every(360, 40_000)
    turns = [("AB"[i % 2], i * 3600, (i + 1) * 3600) for i in range(4000)]
    begun = time.process_time()
    speakers = said_by(words, *turns)
    assert time.process_time() - begun < 3
    assert speakers[:20] == ["A"] * 10 + ["B"] * 10


def test_speakers_are_numbered_as_they_first_speak() -> None:
    words = [word._replace(speaker=who) for word, who in zip(every(300, 4), "YXY?", strict=True)]
    words[3] = words[3]._replace(speaker=None)
    assert [word.speaker for word in number_speakers(words)] == ["S1", "S2", "S1", None]


@pytest.mark.parametrize(
    ("speakers", "turns"),
    [
        ([], []),
        ([None, None], []),
        (["A", "A", "B"], [("A", 0, 1), ("B", 2, 2)]),
        (["A", None, "A", "B"], [("A", 0, 2), ("B", 3, 3)]),
        ([None, "A", None, "B"], [("A", 1, 1), ("B", 3, 3)]),
    ],
)
def test_a_turn_ends_only_where_the_speaker_changes(
    speakers: list[str | None], turns: list[tuple[str, int, int]]
) -> None:
    words = [
        word._replace(speaker=who)
        for word, who in zip(every(300, len(speakers)), speakers, strict=True)
    ]
    transcript: Transcript = transcript_of(
        words, 10_000, engine="x", quality=TranscriptQuality.high
    )
    assert list(transcript.turns) == [
        SpeakerTurn(speaker=who, first=first, last=last) for who, first, last in turns
    ]
