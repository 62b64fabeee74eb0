"""The synthesised sounds: level, ends and character."""

import numpy as np
import pytest

from cliply.domain.sound import SoundEffect
from cliply.media.sound_effects import bleep, sound_effect

RATE = 48_000


def brightness_hz(samples: np.ndarray) -> float:
    """Centre of the spectrum."""
    power = np.abs(np.fft.rfft(samples.mean(axis=0))) ** 2
    return float((np.fft.rfftfreq(samples.shape[1], 1 / RATE) * power).sum() / power.sum())


@pytest.mark.parametrize("effect", list(SoundEffect))
def test_an_effect_peaks_at_minus_3_dbfs_and_ends_in_silence(effect: SoundEffect) -> None:
    samples = sound_effect(effect)
    assert samples.dtype == np.float32
    assert samples.shape[0] == 2
    assert RATE // 20 < samples.shape[1] <= 4 * RATE
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(-3, abs=0.01)
    assert np.abs(samples[:, [0, -1]]).max() < 0.01
    assert np.array_equal(samples, sound_effect(effect))


@pytest.mark.parametrize(
    "effect", [SoundEffect.pop, SoundEffect.ding, SoundEffect.boom, SoundEffect.click]
)
def test_a_stroke_begins_at_once(effect: SoundEffect) -> None:
    loud = np.abs(sound_effect(effect)).max(axis=0) > 0.1
    assert np.argmax(loud) < 2 * RATE // 1000


def test_each_effect_has_its_own_place_in_the_spectrum() -> None:
    bright = {effect: brightness_hz(sound_effect(effect)) for effect in SoundEffect}
    assert bright[SoundEffect.boom] < 200 < bright[SoundEffect.pop] < 1_000
    assert 1_000 < bright[SoundEffect.ding] < 3_000 < bright[SoundEffect.click]


def test_a_whoosh_goes_from_left_to_right() -> None:
    left, right = sound_effect(SoundEffect.whoosh)
    third = len(left) // 3
    assert left[:third].std() > 1.5 * right[:third].std()
    assert right[-third:].std() > 1.5 * left[-third:].std()


def test_a_riser_climbs() -> None:
    samples = sound_effect(SoundEffect.riser)
    half = samples.shape[1] // 2
    assert brightness_hz(samples[:, half:]) > 1.5 * brightness_hz(samples[:, :half])
    assert samples[:, half:].std() > 3 * samples[:, :half].std()


def test_a_bleep_is_1_khz_at_its_level_from_edge_to_edge() -> None:
    samples = bleep(RATE, 0.2)
    assert brightness_hz(samples) == pytest.approx(1000, abs=2)
    assert np.abs(samples).max() == pytest.approx(0.2, rel=0.01)
    assert np.abs(samples[:, :96]).max() > 0.19
    assert np.abs(samples[:, 0]).max() == 0
    assert bleep(3, 0.2).shape == (2, 3)
