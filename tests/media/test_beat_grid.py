"""The beats of a source's music lie on its kicks, at its tempo."""

from pathlib import Path

import numpy as np
import pytest

from cliply.domain.audio import BeatGrid
from cliply.media.audio_features import measure_audio
from cliply.media.beat_grid import BeatMeter, pulse_heights
from cliply.media.mono import MonoMixer
from cliply.media.spectra import Spectra
from tests.media.sound_scenes import speech, stereo
from tests.media.sounds import RATE, heard_source, write_sound
from tests.media.test_beats import drum_loop


def grid_of(tmp_path: Path, sound: np.ndarray) -> BeatGrid | None:
    path = write_sound(tmp_path / "a.wav", [(0, sound)])
    return measure_audio(path, heard_source(path)).features.beats


@pytest.mark.parametrize("bpm", [90, 124, 140])
def test_beats_lie_on_the_kicks_although_hats_are_as_loud(tmp_path: Path, bpm: float) -> None:
    sound, kicks_ms = drum_loop(bpm, 16, hats=1.0, first_s=0.37)
    grid = grid_of(tmp_path, sound)
    assert grid is not None
    assert grid.tempo_bpm == pytest.approx(bpm, rel=0.01)
    away = np.abs(np.array(grid.beats_ms)[:, None] - kicks_ms[None]).min(axis=1)
    assert away.max() <= 25
    assert np.median(away) <= 10
    assert len(grid.beats_ms) >= len(kicks_ms) - 2


def test_only_the_music_of_a_talk_has_beats(tmp_path: Path) -> None:
    drums, kicks_ms = drum_loop(124, 12)
    talk = stereo(0.5 * speech(502, 12.0))
    grid = grid_of(tmp_path, np.concatenate([talk, drums, talk[:, : 6 * RATE]], axis=1))
    assert grid is not None
    beats_ms = np.array(grid.beats_ms)
    inside = beats_ms[(beats_ms > 12_000) & (beats_ms < 23_500)]
    assert len(inside) >= len(kicks_ms) - 4
    assert np.abs(inside[:, None] - (12_000 + kicks_ms)[None]).min(axis=1).max() <= 25
    assert len(beats_ms) - len(inside) <= 4


def test_speech_has_no_beats(tmp_path: Path) -> None:
    assert grid_of(tmp_path, stereo(speech(503, 12.0))) is None


def test_the_pulse_is_high_in_drums_and_low_in_speech() -> None:
    drums, talk = drum_loop(100, 12)[0], stereo(speech(504, 12.0))
    pulses = []
    for sound in (drums, talk):
        mixer, meter = MonoMixer(), BeatMeter()
        mono = np.concatenate([mixer.feed(sound), mixer.finish()])
        meter.feed(Spectra().feed(mono))
        pulses.append(meter.pulse())
    assert np.median(pulses[0]) > 0.9
    assert pulses[1].max() < 0.1


def test_the_pulse_of_every_second_is_that_of_its_span_alone() -> None:
    random = np.random.default_rng(5)
    flux = random.exponential(0.3, (700, 2)).astype(np.float32)
    flux[::27] += 1.0
    found = pulse_heights(flux)
    assert len(found) == (700 - 400) // 50 + 1
    for second, heights in enumerate(found):
        span = flux[second * 50 : second * 50 + 400]
        assert heights == pytest.approx([plain_pulse(band) for band in span.T], abs=1e-6)


def plain_pulse(band: np.ndarray) -> float:
    """The best lag's lowest of three peaks, each the highest of its neighbours, by plain sums."""
    stands = np.maximum(band - np.convolve(band, np.ones(25) / 25, "same"), 0)
    stands = stands - stands.mean()
    alike = np.correlate(stands, stands, "full")[399:] / (stands @ stands + 1e-9)
    alike *= 400 / (400 - np.arange(400))
    heights = [
        min(alike[n * lag - 1 : n * lag + 2].max() for n in (1, 2, 3)) for lag in range(15, 51)
    ]
    return float(np.clip(max(heights), 0, 1))
