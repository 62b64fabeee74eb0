"""Magnitudes are those of each frame alone, however the sound arrives."""

import numpy as np
import pytest

from cliply.media.spectra import Spectra
from tests.media.sounds import pink


def plain(sound: np.ndarray, window: int, step: int) -> np.ndarray:
    """Each frame's transform by itself, in double precision; silence lies before the first."""
    taper = np.hanning(window) * 2 / window
    padded = np.concatenate([np.zeros(window - step), sound.astype(np.float64)])
    starts = range(0, len(padded) - window + 1, step)
    return np.array([np.abs(np.fft.rfft(padded[at : at + window] * taper)) for at in starts])


@pytest.mark.parametrize(("window", "step"), [(512, 320), (2048, 1600)])
@pytest.mark.parametrize("piece", [777, 100_000])
def test_frames_are_those_of_a_plain_transform(window: int, step: int, piece: int) -> None:
    sound = pink(1.5)[0]
    spectra = Spectra(window, step)
    parts = [spectra.feed(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    wanted = plain(sound, window, step)
    found = np.concatenate(parts)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-6 * wanted.max()


def test_frames_of_one_piece_stay_when_the_next_comes() -> None:
    sound = pink(1.0)[0]
    spectra = Spectra()
    first = spectra.feed(sound[:20_000])
    kept = first.copy()
    spectra.feed(sound[20_000:])
    assert np.array_equal(first, kept)
