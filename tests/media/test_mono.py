"""The mono that is listened to has its samples where the source has them."""

import numpy as np
import pytest

from cliply.media.mono import MONO_RATE, MonoMixer
from tests.media.sounds import RATE, pink, sine


def mixed(sound: np.ndarray, size: int) -> np.ndarray:
    mixer = MonoMixer()
    parts = [mixer.feed(sound[:, at : at + size]) for at in range(0, sound.shape[1], size)]
    return np.concatenate([*parts, mixer.finish()])


@pytest.mark.parametrize("hz", [100.0, 997.0, 5_000.0])
def test_a_tone_comes_out_as_it_would_have_been_sampled(hz: float) -> None:
    mono = mixed(sine(1.0, hz=hz), RATE)
    wanted = 0.5 * np.sin(2 * np.pi * hz * np.arange(MONO_RATE) / MONO_RATE)
    assert len(mono) == MONO_RATE
    assert np.abs(mono - wanted)[100:-100].max() < 0.002


def test_what_lies_above_the_new_rate_is_gone() -> None:
    assert np.abs(mixed(sine(0.5, hz=9_000), RATE)[100:-100]).max() < 0.001


@pytest.mark.parametrize("samples", [1, 2, 47, 4_799, 48_001])
def test_no_sample_is_lost(samples: int) -> None:
    sound = pink(1.5)[:, :samples]
    assert len(mixed(sound, 4_800)) == -(-samples // 3)


def test_the_blocks_do_not_matter() -> None:
    sound = pink(2.0)
    assert np.allclose(mixed(sound, 1_234), mixed(sound, RATE), atol=1e-6)


def test_opposite_channels_cancel() -> None:
    sound = sine(0.5)
    sound[1] *= -1
    assert np.abs(mixed(sound, RATE)).max() == 0
