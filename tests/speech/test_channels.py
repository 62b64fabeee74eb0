from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.media import AudioStream, SourceMedia
from cliply.domain.transcript import Transcript, TranscriptQuality, Word
from cliply.media.probe import probe
from cliply.speech.channels import LOOK_MS, with_channel_speakers
from cliply.speech.segments import SAMPLE_RATE
from cliply.speech.synthesis import SPEECH_RATE, synthesize
from tests.speech.sources import source_of, span, word

LINES = (
    "Why do bees never get lost",
    "Nobody knows that for sure",
    "They count nine landmarks on the way",
    "And what if one of them is gone",
    "Then they fly home and begin again",
)
VOICES = ("en-us+m3", "en-gb-x-rp+f3")


def transcript_of(words: list[Word]) -> Transcript:
    return Transcript(language="en", words=tuple(words), engine="x", quality=TranscriptQuality.high)


@pytest.fixture(scope="module")
def talk() -> tuple[np.ndarray, list[Word], list[int]]:
    """Two voices that take turns, `[2, samples]`, their words, and who says each."""
    sides, words, owners, at_ms = [[], []], [], [], 0
    for turn, line in enumerate(LINES):
        said = synthesize(line, VOICES[turn % 2])
        sound = _resampled(said.samples / 32_768)
        sides[turn % 2].append(sound)
        sides[1 - turn % 2].append(np.zeros_like(sound))
        words += [
            word(one.text, one.span.start_ms + at_ms, one.span.end_ms + at_ms) for one in said.words
        ]
        owners += [turn % 2] * len(said.words)
        at_ms += len(sound) * 1000 // SAMPLE_RATE
    return np.stack([np.concatenate(side) for side in sides]), words, owners


def _resampled(sound: np.ndarray) -> np.ndarray:
    length = len(sound) * SAMPLE_RATE // SPEECH_RATE // 16 * 16
    return np.interp(np.arange(length) * SPEECH_RATE / SAMPLE_RATE, np.arange(len(sound)), sound)


def heard(sound: np.ndarray, words: list[Word], channels: int = 2) -> Transcript:
    audio = AudioStream(index=0, codec="flac", sample_rate=SAMPLE_RATE, channels=channels)
    source = source_of(sound.shape[1] // 16).model_copy(update={"audio": audio})

    def read(_path: Path, _source: SourceMedia):
        for start in range(0, sound.shape[1], SAMPLE_RATE * 5):
            yield sound[:, start : start + SAMPLE_RATE * 5].astype(np.float32)

    return with_channel_speakers(transcript_of(words), Path("talk.mkv"), source, read)


def mixed(sound: np.ndarray, crosstalk_db: float, noise: float = 0.001) -> np.ndarray:
    """Each microphone hears the other voice as well, and its own noise."""
    leak = 10 ** (-crosstalk_db / 20)
    random = np.random.default_rng(1)
    return sound + leak * sound[::-1] + random.normal(0, noise, sound.shape)


@pytest.mark.parametrize("crosstalk_db", [60, 20, 10])
def test_every_word_has_the_speaker_into_whose_microphone_it_is_said(
    talk: tuple[np.ndarray, list[Word], list[int]], crosstalk_db: float
) -> None:
    sound, words, owners = talk
    transcript = heard(mixed(sound, crosstalk_db), words)
    assert [w.speaker for w in transcript.words] == [f"S{owner + 1}" for owner in owners]
    assert transcript.speaker_count == 2
    assert len(transcript.turns) == len(LINES)


@pytest.mark.parametrize(
    "sides",
    [
        lambda sound: mixed(sound, 3),
        lambda sound: np.stack([sound.sum(axis=0)] * 2),
        lambda sound: np.stack([sound.sum(axis=0), -sound.sum(axis=0)]),
        lambda sound: np.stack([sound.sum(axis=0), 0 * sound[0]]),
        lambda sound: np.stack([sound.sum(axis=0), 0.3 * sound.sum(axis=0)]),
        lambda sound: 0 * sound,
    ],
    ids=["close", "mono twice", "phase", "one microphone", "unbalanced", "silence"],
)
def test_channels_that_are_not_two_peoples_name_nobody(
    talk: tuple[np.ndarray, list[Word], list[int]], sides: object
) -> None:
    sound, words, _ = talk
    transcript = heard(sides(sound), words)
    assert {w.speaker for w in transcript.words} == {None}
    assert transcript.speaker_count is None


def test_music_on_one_side_under_a_voice_in_the_middle_names_nobody(
    talk: tuple[np.ndarray, list[Word], list[int]],
) -> None:
    sound, words, _ = talk
    voice = np.stack([sound.sum(axis=0)] * 2)
    music = 0.05 * np.sin(2 * np.pi * 220 * np.arange(sound.shape[1]) / SAMPLE_RATE)
    music[: len(music) // 2] = 0
    transcript = heard(voice + np.stack([music, 0 * music]), words)
    assert {w.speaker for w in transcript.words} == {None}


def test_names_that_are_known_already_stay(
    talk: tuple[np.ndarray, list[Word], list[int]],
) -> None:
    sound, words, _ = talk
    named = [replace(words[0], speaker="Ada"), *words[1:]]
    assert [w.speaker for w in heard(sound, named).words][:2] == ["Ada", None]


@pytest.mark.parametrize("channels", [1, 6])
def test_only_two_channels_are_compared(
    talk: tuple[np.ndarray, list[Word], list[int]], channels: int
) -> None:
    sound, words, _ = talk
    assert {w.speaker for w in heard(sound, words, channels).words} == {None}


def test_long_sound_with_like_channels_is_not_read_to_its_end() -> None:
    read_s: list[int] = []

    def read(_path: Path, _source: SourceMedia):
        for at in range(0, 2 * LOOK_MS // 1000, 5):
            read_s.append(at)
            yield np.full((2, SAMPLE_RATE * 5), 0.1, np.float32)

    words = [word("so", start, start + 400) for start in range(0, 2 * LOOK_MS, 1000)]
    audio = AudioStream(index=0, codec="flac", sample_rate=SAMPLE_RATE, channels=2)
    source = source_of(2 * LOOK_MS).model_copy(update={"audio": audio})
    with_channel_speakers(transcript_of(words), Path("a.mkv"), source, read)
    assert read_s[-1] < LOOK_MS // 1000 + 5


def test_a_real_recording_has_two_speakers_and_two_turns(shared_media: Path) -> None:
    """Both talk in its first half; the words there are those of the one who is louder."""
    path = shared_media / "stereo_diarization.wav"
    right = [
        *(("The", 360, 470), ("horizon", 470, 820), ("seems", 980, 1330)),
        *(("extremely", 1330, 1970), ("distant.", 1970, 2280)),
    ]
    left = [
        *(("had", 2620, 2850), ("vanished", 2850, 3260), ("behind", 3260, 3590)),
        *(("the", 3590, 3650), ("curtain", 3650, 4030), ("on", 4030, 4160)),
        *(("the", 4160, 4220), ("left.", 4220, 4670)),
    ]
    words = [word(*one) for one in (*right, *left)]
    transcript = with_channel_speakers(transcript_of(words), path, probe(path))
    assert [(t.speaker, t.first, t.last) for t in transcript.turns] == [("S1", 0, 4), ("S2", 5, 12)]


def test_words_after_the_end_of_the_sound_do_no_harm(
    talk: tuple[np.ndarray, list[Word], list[int]],
) -> None:
    sound, words, _ = talk
    late = sound.shape[1] // 16 + 5000
    transcript = heard(sound, [*words, Word(text="late", span=span(late, late + 300))])
    assert transcript.words[-1].speaker is None
    assert transcript.speaker_count == 2
