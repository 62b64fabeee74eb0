"""Beats are found where the kick is, whatever goes on between."""

from pathlib import Path

import numpy as np
import pytest

from cliply.errors import ErrorCode, InvalidInput
from cliply.media.beats import beats
from tests.media.sounds import RATE, still, write_sound
from tests.media.synthesis import compose, tone


def drum_loop(
    bpm: float, duration_s: float, *, first_s: float = 0.2, hats: float = 0.5, snare: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A kick on every beat and hats between; the sound, and the times of the kicks in ms."""
    random = np.random.default_rng(4)
    sound = np.zeros(round(duration_s * RATE))
    kicks_s = np.arange(first_s, duration_s - 0.4, 60 / bpm)
    time = np.arange(RATE * 15 // 100) / RATE
    kick = np.sin(2 * np.pi * (50 * time + 1.3 * (1 - np.exp(-30 * time)))) * np.exp(-18 * time)
    for number, at in enumerate(kicks_s):
        _add(sound, at, kick)
        _add(sound, at + 30 / bpm, hats * _hat(random))
        if snare and number % 2:
            _add(sound, at, snare * random.standard_normal(4800) * np.exp(-np.arange(4800) / 1200))
    return np.tile(0.4 * sound, (2, 1)).astype(np.float32), kicks_s * 1000


def _hat(random: np.random.Generator) -> np.ndarray:
    return np.diff(random.standard_normal(2401)) * np.exp(-np.arange(2400) / 500)


def _add(sound: np.ndarray, at_s: float, part: np.ndarray) -> None:
    first = round(at_s * RATE)
    sound[first : first + len(part)] += part[: max(0, len(sound) - first)]


@pytest.mark.parametrize(
    ("bpm", "settings"),
    [
        (124, {}),
        (124, {"hats": 1.0, "first_s": 1.37}),
        (90, {"snare": 0.5}),
        (70, {"hats": 0.8}),
    ],
)
def test_every_beat_lies_on_a_kick(tmp_path: Path, bpm: float, settings: dict[str, float]) -> None:
    sound, kicks_ms = drum_loop(bpm, 24, **settings)
    found = np.array(beats(write_sound(tmp_path / "loop.wav", [(0, sound)])))
    assert len(found) == pytest.approx(len(kicks_ms), abs=1)
    assert np.abs(found[:, None] - kicks_ms[None]).min(axis=1).max() < 20


def test_a_packed_file_has_the_same_beats(tmp_path: Path) -> None:
    sound, kicks_ms = drum_loop(124, 12)
    path = write_sound(tmp_path / "loop.m4a", [(0, sound)], codec="aac", rate=RATE)
    found = np.array(beats(path))
    assert len(found) >= len(kicks_ms) - 1
    assert np.abs(found[:, None] - kicks_ms[None]).min(axis=1).max() < 30


def test_silence_and_short_sounds_have_no_beats(tmp_path: Path) -> None:
    assert beats(write_sound(tmp_path / "still.wav", [(0, still(6))])) == ()
    assert beats(write_sound(tmp_path / "short.wav", [(0, drum_loop(124, 2)[0])])) == ()


@pytest.mark.parametrize("duration_s", [0.05, 0.2, 1.0])
def test_a_sound_shorter_than_a_beat_has_none(tmp_path: Path, duration_s: float) -> None:
    path = compose(tmp_path / "pop.wav", sounds=tone(duration_s))
    assert beats(path) == ()


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_text("la la la")
    with pytest.raises(InvalidInput, match=r"song\.mp3") as raised:
        beats(tmp_path / "song.mp3")
    assert raised.value.code is ErrorCode.attachment_not_audio
