"""Loudness agrees with FFmpeg's meter, and a clip comes out at its target."""

import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import polars as pl
import pytest

from cliply.domain.audio import SILENT_LUFS
from cliply.domain.sound import AudioGain
from cliply.domain.timing import TimeRange
from cliply.media.audio import read_audio
from cliply.media.levels import LEVEL_RATE, LevelMeter
from cliply.media.loudness import (
    AAC_OPTIONS,
    MAX_GAIN_DB,
    corrected,
    gain_for,
    integrated_lufs,
    mastered,
)
from tests.media.mixing import ebur128
from tests.media.mixing import levels_of as levels_of_samples
from tests.media.sounds import RATE, heard_source, pink, sine, still, write_sound

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@cache
def levels_of(path: Path) -> pl.DataFrame:
    meter = LevelMeter()
    for block in read_audio(path, heard_source(path), sample_rate=LEVEL_RATE):
        meter.feed(block)
    return meter.table(np.zeros(0, np.float32))


def lufs(sound: np.ndarray) -> float:
    return integrated_lufs(levels_of_samples(sound)["k_power"].to_numpy())


def rendered(path: Path, span: TimeRange, gain: AudioGain, output: Path) -> Path:
    """The span through the published filters and AAC, as a clip gets it."""
    command = [FFMPEG, "-v", "error", "-y", "-ss", str(span.start_ms / 1000)]
    command += ["-t", str(span.duration_ms / 1000), "-i", str(path), "-map", "0:a:0"]
    stereo = "aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo"
    command += ["-af", f"{stereo},volume={gain.gain_db}dB,{mastered(gain)}"]
    command += ["-c:a", "aac", "-b:a", "128k", *AAC_OPTIONS, str(output)]
    subprocess.run(command, check=True)
    return output


def test_a_full_scale_sine_on_one_channel_is_minus_3_lufs() -> None:
    one_sided = sine(3, peak=1.0)
    one_sided[1] = 0
    assert lufs(one_sided) == pytest.approx(-3.01, abs=0.03)


def test_two_channels_are_3_lu_louder_than_one() -> None:
    one_sided = sine(3, peak=0.1)
    one_sided[1] = 0
    assert lufs(sine(3, peak=0.1)) - lufs(one_sided) == pytest.approx(3.01, abs=0.01)


def test_pauses_are_gated_out() -> None:
    speech = pink(4)
    gapped = np.concatenate([speech, still(6), speech], axis=1)
    assert lufs(gapped) == pytest.approx(lufs(speech), abs=0.4)


def test_nothing_has_the_loudness_of_silence() -> None:
    assert lufs(still(2)) == SILENT_LUFS
    assert integrated_lufs(np.zeros(0)) == SILENT_LUFS


@pytest.mark.parametrize(
    "name", ["jfk.flac", "manifesto.mp4", "chaplin.mp4", "big_buck_bunny_0_30.webm"]
)
def test_loudness_agrees_with_ffmpeg(shared_media: Path, name: str) -> None:
    path = shared_media / name
    ours = integrated_lufs(levels_of(path)["k_power"].to_numpy())
    assert ours == pytest.approx(ebur128(path)[0], abs=0.1)


@pytest.mark.parametrize(
    ("name", "start_ms", "end_ms"),
    [
        ("jfk.flac", 0, 11_000),
        ("manifesto.mp4", 20_000, 45_000),
        ("manifesto.mp4", 70_000, 75_000),
        ("nasa_13013.mp4", 0, 13_000),
        ("chaplin.mp4", 0, 9_600),
        ("stereo_diarization.wav", 0, 5_000),
        ("big_buck_bunny_0_30.webm", 0, 30_000),
        ("big_buck_bunny_0_30.webm", 2_000, 11_000),
        ("big_buck_bunny_0_30.webm", 22_000, 28_000),
    ],
)
def test_a_clip_comes_out_at_minus_14_lufs(
    shared_media: Path, tmp_path: Path, name: str, start_ms: int, end_ms: int
) -> None:
    path, span = shared_media / name, TimeRange(start_ms=start_ms, end_ms=end_ms)
    gain = gain_for(levels_of(path), span)
    loudness, true_peak = ebur128(rendered(path, span, gain, tmp_path / "clip.m4a"))
    assert loudness == pytest.approx(-14, abs=0.301)
    assert true_peak <= -1


def test_bangs_that_could_not_be_foreseen_are_corrected_once(
    shared_media: Path, tmp_path: Path
) -> None:
    path = shared_media / "big_buck_bunny_0_30.webm"
    span = TimeRange(start_ms=20_000, end_ms=25_000)
    gain = gain_for(levels_of(path), span)
    better = corrected(gain, *ebur128(rendered(path, span, gain, tmp_path / "clip.m4a")))
    assert better is not None
    loudness, true_peak = ebur128(rendered(path, span, better, tmp_path / "again.m4a"))
    assert loudness == pytest.approx(-14, abs=0.301)
    assert true_peak <= -1


def test_a_clip_at_its_level_is_not_corrected() -> None:
    assert corrected(AudioGain(gain_db=3), -14.3, -1.0) is None


def test_a_soft_clip_gets_what_it_lacks() -> None:
    better = corrected(AudioGain(gain_db=3), -15, -3)
    assert better == AudioGain(gain_db=4)


def test_a_limited_clip_gets_more_than_it_lacks() -> None:
    better = corrected(AudioGain(gain_db=3, ceiling_dbtp=-2.8), -15, -3)
    assert better is not None
    assert 4.3 < better.gain_db < 4.7


def test_a_peak_lowers_the_ceiling_alone() -> None:
    better = corrected(AudioGain(gain_db=3), -14, -0.5)
    assert better == AudioGain(gain_db=3, ceiling_dbtp=-2.8)


def test_what_was_not_levelled_is_not_turned_up() -> None:
    assert corrected(AudioGain(gain_db=0, is_levelled=False), -40, -20) is None


def test_applause_over_soft_speech_stays_under_the_true_peak(tmp_path: Path) -> None:
    sound = pink(12, rms=0.02)
    sound[:, 4 * RATE : 6 * RATE] = pink(2, rms=0.14, seed=5)
    path = write_sound(tmp_path / "a.wav", [(0, sound)])
    span = TimeRange(start_ms=0, end_ms=12_000)
    gain = gain_for(levels_of(path), span)
    assert gain.ceiling_dbtp < -2
    assert ebur128(rendered(path, span, gain, tmp_path / "clip.m4a"))[1] <= -1


def test_a_click_in_silence_is_left_alone(shared_media: Path) -> None:
    levels = levels_of(shared_media / "man-on-green-screen.mp4")
    gain = gain_for(levels, TimeRange(start_ms=0, end_ms=24_000))
    assert (gain.gain_db, gain.is_levelled) == (0, False)


def test_silence_is_left_alone() -> None:
    assert gain_for(levels_of_samples(still(8)), TimeRange(start_ms=0, end_ms=8_000)).gain_db == 0


def test_a_span_after_the_end_of_the_sound_is_left_alone() -> None:
    assert (
        gain_for(levels_of_samples(pink(3)), TimeRange(start_ms=9_000, end_ms=12_000)).gain_db == 0
    )


def test_hiss_is_not_blown_up() -> None:
    gain = gain_for(levels_of_samples(pink(8, rms=0.001)), TimeRange(start_ms=0, end_ms=8_000))
    assert gain.gain_db == MAX_GAIN_DB


def test_loud_sound_is_turned_down() -> None:
    sound = sine(5, peak=0.9)
    gain = gain_for(levels_of_samples(sound), TimeRange(start_ms=0, end_ms=5_000))
    assert gain.gain_db == pytest.approx(-14 - lufs(sound), abs=0.02)


def test_only_the_span_decides() -> None:
    sound = np.concatenate([pink(5, rms=0.02), pink(5, rms=0.2)], axis=1)
    quiet = gain_for(levels_of_samples(sound), TimeRange(start_ms=0, end_ms=5_000))
    loud = gain_for(levels_of_samples(sound), TimeRange(start_ms=5_000, end_ms=10_000))
    assert quiet.gain_db - loud.gain_db == pytest.approx(20, abs=1.5)


def test_the_limiter_neither_shifts_nor_shortens_the_sound(tmp_path: Path) -> None:
    sound = still(2)
    sound[:, RATE : RATE + 48] = 0.5
    path = write_sound(tmp_path / "click.wav", [(0, sound)])
    command = [FFMPEG, "-v", "error", "-i", str(path), "-af", mastered(AudioGain(gain_db=0))]
    command += ["-f", "f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    heard = np.frombuffer(raw, np.float32).reshape(-1, 2)
    assert len(heard) == pytest.approx(2 * RATE, abs=1)
    assert np.argmax(np.abs(heard[:, 0]) > 0.2) == pytest.approx(RATE, abs=2)
