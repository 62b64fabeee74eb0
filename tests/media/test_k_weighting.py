"""The K filter, as matrix products and compiled, is the filter of ITU-R BS.1770."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from cliply.media.audio_features import measure_audio
from cliply.media.compiled_weighting import CompiledWeighting
from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.k_weighting import K_FILTER, STEP, KWeighting, Weighting
from tests.media.sound_scenes import applause, drums, speech, stereo
from tests.media.sounds import RATE, heard_source, pink, still, write_sound


def ebur128_lufs(path: Path) -> float:
    """What FFmpeg's meter says."""
    command = [str(find_ffmpeg(None)), "-nostdin", "-i", str(path), "-map", "0:a:0"]
    command += ["-af", "aformat=channel_layouts=stereo,ebur128", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(said[said.rindex("Integrated loudness") :].split("I:")[1].split("LUFS")[0])


@pytest.mark.parametrize("size", [4_800, 24_000, 96_000])
def test_blocks_are_filtered_as_sample_by_sample(size: int) -> None:
    sound = np.concatenate([pink(1.3), still(0.5), 4 * pink(0.7, seed=2)], axis=1) + 0.1
    weighting = KWeighting()
    parts = [
        weighting.filtered(sound[:, start : start + size])
        for start in range(0, sound.shape[1], size)
    ]
    exact = signal.sosfilt(K_FILTER, sound.astype(np.float64))
    assert np.abs(np.concatenate(parts, axis=1) - exact).max() < 1e-5


def test_a_second_channel_goes_on_from_the_first() -> None:
    sound = pink(1.0)
    sound[1, : RATE // 2] = sound[0, : RATE // 2]
    weighting = KWeighting()
    weighting.filtered(sound[:1, : RATE // 2])
    rest = weighting.filtered(sound[:, RATE // 2 :])
    exact = signal.sosfilt(K_FILTER, sound.astype(np.float64))[:, RATE // 2 :]
    assert np.abs(rest - exact).max() < 1e-5


def energies(sound: np.ndarray) -> np.ndarray:
    """Sum of squares of each 10 ms, the last one as long as it is."""
    padded = np.pad(sound, ((0, 0), (0, -sound.shape[1] % STEP)))
    return np.asarray(np.square(padded.reshape(len(sound), -1, STEP)).sum(axis=2))


WEIGHTINGS = pytest.mark.parametrize("make", [KWeighting, CompiledWeighting])


@WEIGHTINGS
@pytest.mark.parametrize("size", [4_800, 24_000, 96_000])
def test_steps_have_the_energy_that_a_plain_filter_leaves(make: type[Weighting], size: int) -> None:
    parts = [pink(1.3), still(0.5), 4 * pink(0.7, seed=2) + 0.1, pink(0.2537, seed=3)]
    sound = np.concatenate(parts, axis=1).astype(np.float32)
    meter = make()
    starts = range(0, sound.shape[1], size)
    found = [meter.measured(sound[:, start : start + size]) for start in starts]
    wanted = energies(signal.sosfilt(K_FILTER, sound.astype(np.float64)))
    weighted = np.concatenate([steps.weighted for steps in found], axis=1)
    # A thousandth of a decibel, and 110 dB under full scale where nothing is left.
    assert np.allclose(weighted, wanted, rtol=2.3e-4, atol=STEP * 1e-11)
    plain = np.concatenate([steps.plain for steps in found], axis=1)
    assert np.allclose(plain, energies(sound.astype(np.float64)), rtol=1e-5)


@WEIGHTINGS
def test_the_peak_of_a_step_is_its_farthest_sample(make: type[Weighting]) -> None:
    sound = np.zeros((2, 3 * STEP + 7), np.float32)
    sound[0, STEP - 1], sound[1, STEP + 3], sound[1, -1] = 0.25, -0.75, -0.5
    peak = make().measured(sound).peak
    assert peak.tolist() == [[0.25, 0, 0, 0], [0, 0.75, 0, 0.5]]


@WEIGHTINGS
def test_steps_of_a_second_channel_go_on_from_the_first(make: type[Weighting]) -> None:
    sound = pink(1.0)
    sound[1, : RATE // 2] = sound[0, : RATE // 2]
    meter = make()
    meter.measured(sound[:1, : RATE // 2])
    rest = meter.measured(sound[:, RATE // 2 :]).weighted
    exact = signal.sosfilt(K_FILTER, sound.astype(np.float64))[:, RATE // 2 :]
    assert np.allclose(rest, energies(exact), rtol=2.3e-4)


@WEIGHTINGS
def test_a_sound_shorter_than_a_step_is_measured(make: type[Weighting]) -> None:
    sound = pink(0.004)
    steps = make().measured(sound)
    assert steps.plain.shape == (2, 1)
    exact = signal.sosfilt(K_FILTER, sound.astype(np.float64))
    assert np.allclose(steps.weighted[:, 0], np.square(exact).sum(axis=1), rtol=2.3e-4)


def test_silence_stays_silent() -> None:
    assert np.abs(KWeighting().filtered(still(3))).max() < 1e-10


@pytest.mark.parametrize(
    "sound",
    [
        stereo(drums(3, 5)),
        stereo(applause(1, 5)),
        stereo(speech(4, 8)),
        pink(5),
    ],
    ids=["drums", "applause", "speech", "two channels of noise"],
)
def test_composed_sound_is_as_loud_as_ffmpeg_says(tmp_path: Path, sound: np.ndarray) -> None:
    path = write_sound(tmp_path / "a.wav", [(0, sound)])
    ours = measure_audio(path, heard_source(path)).features.integrated_lufs
    # FFmpeg prints one decimal.
    assert ours == pytest.approx(ebur128_lufs(path), abs=0.05 + 0.05)


@pytest.mark.parametrize(
    "name", ["jfk.flac", "manifesto.mp4", "big_buck_bunny_0_30.webm", "chaplin.mp4"]
)
def test_real_sound_is_as_loud_as_ffmpeg_says(shared_media: Path, name: str) -> None:
    path = shared_media / name
    ours = measure_audio(path, heard_source(path)).features.integrated_lufs
    assert ours == pytest.approx(ebur128_lufs(path), abs=0.05 + 0.05)


def test_memory_that_is_given_is_used_and_holds_the_same() -> None:
    sound = pink(0.75)
    room = np.full((2, 38_400), np.nan, np.float32)
    weighted = KWeighting().filtered(sound, room)
    assert np.shares_memory(weighted, room)
    assert np.array_equal(weighted, KWeighting().filtered(sound))
