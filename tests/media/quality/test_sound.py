"""Length, offset, loudness and peaks of finished clips."""

from pathlib import Path

import numpy as np
import pytest

from cliply.domain.quality import Finding
from cliply.domain.rendering import Measured
from cliply.domain.sound import AudioGain, AudioSpec, CensoredSpan, CensorMode
from cliply.domain.timing import TimeRange
from cliply.media import ffmpeg
from cliply.media.measure import measure
from cliply.media.quality.evidence import Evidence
from cliply.media.quality.offsets import av_offset, duration
from cliply.media.quality.sound import loudness, true_peak
from cliply.media.quality.sound_lag import sound_lag_ms
from tests.media.quality.clips import (
    Wanted,
    babble,
    black,
    delayed,
    kept,
    spec_of,
    write_clip,
)
from tests.media.synthesis import Sound, silence, tone


@pytest.fixture(scope="module")
def binary() -> Path:
    return ffmpeg.find_ffmpeg(None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sound")


@pytest.fixture(scope="module")
def good(folder: Path) -> Path:
    return write_clip(folder / "good.mp4", black, preset="ultrafast")


def heard(folder: Path, name: str, sound: Sound, **how: object) -> Path:
    return write_clip(folder / f"{name}.mp4", black, sound, preset="ultrafast", **how)


def remuxed(binary: Path, video: Path, name: str, *options: str) -> Path:
    path = video.with_name(f"{name}.mp4")
    arguments = [*options[:2], "-i", str(video), "-c", "copy", *options[2:], "-y", str(path)]
    ffmpeg.run(binary, arguments, duration_ms=3000, timeout_s=30)
    return path


def test_a_clip_as_long_as_planned_passes(good: Path, binary: Path) -> None:
    finding = duration(spec_of(), measure(good, binary))
    assert finding.passed
    assert finding.value == 0


def test_a_frame_too_few_fails(good: Path, binary: Path) -> None:
    finding = duration(spec_of(Wanted(timeline=kept((0, 91)))), measure(good, binary))
    assert not finding.passed
    assert finding.value == pytest.approx(33.3, abs=1)
    assert "90 frames instead of 91" in finding.message


def test_sound_that_ends_early_fails(folder: Path, binary: Path) -> None:
    video = heard(folder, "brief", babble(2.9))
    finding = duration(spec_of(), measure(video, binary))
    assert not finding.passed
    assert finding.value == 100
    assert "sound of 2900 ms" in finding.message


def offset(video: Path, source: Path | None = None) -> Finding:
    return av_offset(video, spec_of(), Evidence(source=source))


def test_sound_that_keeps_to_the_picture_passes(good: Path) -> None:
    assert offset(good, good).value == 0
    assert offset(good, good).passed
    assert "by ear" in offset(good, good).message
    assert "by ear" not in offset(good).message


def test_a_stream_that_starts_80_ms_late_fails(folder: Path) -> None:
    late = offset(heard(folder, "late", babble(), audio_start_s=0.08))
    assert not late.passed
    assert late.value == pytest.approx(80, abs=1)
    assert "80" in late.message or "79" in late.message


def test_the_delay_of_the_encoder_must_be_taken_off(good: Path, binary: Path) -> None:
    bare = remuxed(binary, good, "bare", "-v", "error", "-use_editlist", "0")
    finding = offset(bare)
    assert not finding.passed
    assert finding.value == pytest.approx(21.3, abs=0.1)


@pytest.mark.parametrize("delay_ms", [80, 25])
def test_sound_that_lies_late_inside_its_stream_is_heard(
    folder: Path, good: Path, delay_ms: int
) -> None:
    finding = offset(heard(folder, f"inside{delay_ms}", delayed(babble(), delay_ms)), good)
    assert not finding.passed
    assert finding.value == pytest.approx(delay_ms, abs=0.5)
    assert "late" in finding.message


def test_early_sound_is_negative(folder: Path, good: Path) -> None:
    source = heard(folder, "source", delayed(babble(), 60))
    assert offset(good, source).value == pytest.approx(-60, abs=0.5)


def test_the_sound_is_compared_with_the_place_it_comes_from(folder: Path) -> None:
    samples = babble().samples
    source = heard(folder, "whole", Sound(samples))
    cut = np.concatenate([samples[:, 96_000:144_000], samples[:, :48_000]], axis=1)
    clip = heard(folder, "cut", Sound(0.3 * cut), length_s=2)
    spec = spec_of(Wanted(timeline=kept((60, 30), (0, 30))))
    assert sound_lag_ms(clip, spec, source) == pytest.approx(0, abs=0.5)
    assert sound_lag_ms(clip, spec_of(Wanted(timeline=kept((0, 30), (60, 30)))), source) is None


@pytest.mark.parametrize("sound", [silence(3.0, channels=2), tone(3.0, channels=2)])
def test_silence_and_steady_tones_tell_nothing(folder: Path, sound: Sound) -> None:
    video = heard(folder, f"dull{sound.samples.max():.1f}", sound)
    assert sound_lag_ms(video, spec_of(), video) is None
    assert offset(video, video).passed


def test_what_was_changed_on_purpose_is_not_compared(good: Path) -> None:
    bleep = CensoredSpan(span=TimeRange(start_ms=1000, end_ms=1200), mode=CensorMode.bleep)
    censored = spec_of().model_copy(update={"audio": AudioSpec(censored=(bleep,))})
    muted = spec_of().model_copy(update={"audio": AudioSpec(has_source=False)})
    assert sound_lag_ms(good, spec_of(), good) == 0
    assert sound_lag_ms(good, censored, good) is None
    assert sound_lag_ms(good, muted, good) is None


def gain(gain_db: float = 3.0, target: float = -14.0) -> Wanted:
    return Wanted(gain=AudioGain(gain_db=gain_db, target_lufs=target))


def level(lufs: float | None, peak: float | None = -2.0) -> Measured:
    return Measured(
        duration_ms=3000,
        video_duration_ms=3000,
        audio_duration_ms=3000,
        width=256,
        height=144,
        frames=90,
        size_bytes=1,
        integrated_lufs=lufs,
        true_peak_dbtp=peak,
    )


def test_a_clip_at_its_target_passes_and_a_clipped_one_fails(
    folder: Path, good: Path, binary: Path
) -> None:
    fine = measure(good, binary)
    assert loudness(spec_of(), fine).passed
    assert true_peak(fine).passed
    clipped = Sound((babble().samples * 20).clip(-1, 1))
    loud = measure(heard(folder, "clipped", clipped), binary)
    assert not loudness(spec_of(), loud).passed
    assert not true_peak(loud).passed
    assert true_peak(loud).value > 0


@pytest.mark.parametrize(
    ("lufs", "target", "passes"),
    [
        (-13.7, -14, True),
        (-14.3, -14, True),
        (-13.6, -14, False),
        (-14.4, -14, False),
        (-16.2, -16, True),
        (-14.0, -16, False),
    ],
)
def test_three_tenths_around_the_target_are_fine(lufs: float, target: float, passes: bool) -> None:
    finding = loudness(spec_of(gain(target=target)), level(lufs))
    assert finding.passed is passes
    assert finding.limit == 0.3
    assert finding.value == pytest.approx(abs(lufs - target), abs=0.01)


@pytest.mark.parametrize(
    ("wanted", "lufs", "why"),
    [
        (gain(), None, "silent"),
        (Wanted(gain=None), -20.0, "not levelled"),
        (gain(24.0), -19.0, "24 dB"),
        (Wanted(gain=AudioGain(gain_db=0.0, is_levelled=False)), -40.0, "too little sound"),
    ],
)
def test_what_can_not_be_levelled_passes_and_says_why(
    wanted: Wanted, lufs: float | None, why: str
) -> None:
    finding = loudness(spec_of(wanted), level(lufs))
    assert finding.passed
    assert finding.value is None
    assert why in finding.message


@pytest.mark.parametrize(("peak", "passes"), [(-1.0, True), (-0.9, False), (None, True)])
def test_a_true_peak_above_minus_one_fails(peak: float | None, passes: bool) -> None:
    assert true_peak(level(-14.0, peak)).passed is passes
