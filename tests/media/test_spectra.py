"""Magnitudes are those of each frame alone, however the sound arrives."""

import numpy as np
import pytest

from cliply.media.spectra import LongSpectra, Spectra
from tests.media.sounds import pink


def plain(sound: np.ndarray, window: int, step: int) -> np.ndarray:
    """Each frame's transform by itself, in double precision; silence lies before the first."""
    taper = np.hanning(window) * 2 / window
    padded = np.concatenate([np.zeros(window - step), sound.astype(np.float64)])
    starts = range(0, len(padded) - window + 1, step)
    return np.array([np.abs(np.fft.rfft(padded[at : at + window] * taper)) for at in starts])


METERS = [(Spectra, 512, 320, 257), (LongSpectra, 2048, 1600, 512)]


@pytest.mark.parametrize(("meter", "window", "step", "bins"), METERS, ids=["short", "long"])
@pytest.mark.parametrize("piece", [777, 100_000])
def test_frames_are_those_of_a_plain_transform(
    meter: type[Spectra | LongSpectra], window: int, step: int, bins: int, piece: int
) -> None:
    sound = pink(2.5)[0]
    spectra = meter()
    parts = [spectra.feed(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    wanted = plain(sound, window, step)[:, :bins]
    found = np.concatenate(parts)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-6 * wanted.max()


@pytest.mark.parametrize("meter", [Spectra, LongSpectra])
def test_a_frame_of_silence_beside_a_loud_one_stays_130_db_under_it(
    meter: type[Spectra | LongSpectra],
) -> None:
    sound = np.concatenate([pink(2.0)[0], np.zeros(96_000, np.float32)])
    found = meter().feed(sound)
    assert found[-20:].max() < 10 ** (-130 / 20) * found.max()


@pytest.mark.parametrize("meter", [Spectra, LongSpectra])
def test_frames_of_one_piece_stay_when_the_next_comes(
    meter: type[Spectra | LongSpectra],
) -> None:
    sound = pink(1.0)[0]
    spectra = meter()
    first = spectra.feed(sound[:20_000])
    kept = first.copy()
    spectra.feed(sound[20_000:])
    assert np.array_equal(first, kept)
