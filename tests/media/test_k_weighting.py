"""The K filter as matrix products is the filter of ITU-R BS.1770."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from cliply.media.audio_features import measure_audio
from cliply.media.ffmpeg import find_ffmpeg
from cliply.media.k_weighting import K_FILTER, KWeighting
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
