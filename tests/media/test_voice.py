"""Voice is found where it is, however the sound arrives."""

from pathlib import Path

import numpy as np

from cliply.domain.timing import TimeRange
from cliply.media.audio import read_audio
from cliply.media.voice import VOICE_RATE, VoiceDetector, speech_spans
from tests.media.sounds import heard_source


def voice_in(sound: np.ndarray, piece: int) -> tuple[TimeRange, ...]:
    detector = VoiceDetector()
    for start in range(0, len(sound), piece):
        detector.feed(sound[start : start + piece])
    return detector.spans()


def mono(path: Path) -> np.ndarray:
    blocks = read_audio(path, heard_source(path), sample_rate=VOICE_RATE, layout="mono")
    return np.concatenate(list(blocks), axis=1)[0]


def test_speech_is_found_between_pauses(shared_media: Path) -> None:
    spans = voice_in(mono(shared_media / "jfk.flac"), 160_000)
    assert len(spans) == 4
    assert abs(spans[0].start_ms - 300) < 150
    assert not any(span.overlaps(TimeRange(start_ms=4500, end_ms=5300)) for span in spans)


def test_the_result_does_not_depend_on_the_pieces(shared_media: Path) -> None:
    sound = mono(shared_media / "jfk.flac")
    assert voice_in(sound, 1_000) == voice_in(sound, 77_777) == voice_in(sound, len(sound))


def test_noise_is_no_voice() -> None:
    noise = np.random.default_rng(1).standard_normal(VOICE_RATE * 3).astype(np.float32) * 0.1
    assert voice_in(noise, VOICE_RATE) == ()


def test_no_sound_has_no_voice() -> None:
    assert VoiceDetector().spans() == ()


def test_short_pauses_are_closed_and_short_blips_dropped() -> None:
    probabilities = np.concatenate(
        [np.ones(20), np.zeros(5), np.ones(20), np.zeros(30), np.ones(3), np.zeros(30)]
    )
    assert [(span.start_ms, span.end_ms) for span in speech_spans(probabilities)] == [(0, 1500)]


def test_a_stretch_that_is_never_certain_is_no_voice() -> None:
    assert speech_spans(np.full(50, 0.4)) == ()
