"""Measures a finished clip: its streams, and its loudness as FFmpeg's ebur128 hears it."""

import re
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.rendering import Measured
from cliply.media import ffmpeg as tool

INTEGRATED = re.compile(r"I:\s+(-?[\d.]+|-inf|nan) LUFS")
TRUE_PEAK = re.compile(r"Peak:\s+(-?[\d.]+|-inf|nan) dBFS")

SILENT_BELOW = -69.9
"""ebur128 reports its absolute gate, -70 LUFS, for silence."""


def measure(video: Path, ffmpeg: Path, on_progress: OnProgress = unwatched) -> Measured:
    """Streams and loudness of a clip; loudness is None when it is silent."""
    with av.open(str(video)) as container:
        streams = _streams(container)
    lufs, peak = _loudness(video, ffmpeg, streams.duration_ms, on_progress)
    return streams.model_copy(
        update={
            "size_bytes": video.stat().st_size,
            "integrated_lufs": lufs,
            "true_peak_dbtp": peak,
        }
    )


def _streams(container: InputContainer) -> Measured:
    picture, sound = container.streams.video[0], container.streams.audio[0]
    return Measured(
        duration_ms=round((container.duration or 0) / 1000),
        video_duration_ms=_milliseconds(picture.duration, picture.time_base),
        audio_duration_ms=_milliseconds(sound.duration, sound.time_base),
        width=picture.width,
        height=picture.height,
        frames=picture.frames,
        size_bytes=container.size,
    )


def _milliseconds(duration: int | None, time_base: Fraction | None) -> int:
    return round((duration or 0) * (time_base or Fraction(0)) * 1000)


def _loudness(
    video: Path, ffmpeg: Path, duration_ms: int, on_progress: OnProgress
) -> tuple[float | None, float | None]:
    log = tool.run(
        ffmpeg,
        [
            "-i", f"file:{video.absolute()}", "-map", "0:a", "-threads", "1",
            "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-",
        ],
        duration_ms=duration_ms,
        timeout_s=300,
        on_progress=on_progress,
    )  # fmt: skip
    lufs, peak = _last(INTEGRATED, log), _last(TRUE_PEAK, log)
    if lufs is None or lufs < SILENT_BELOW:
        return None, None
    return lufs, peak


def _last(pattern: re.Pattern[str], log: str) -> float | None:
    found = pattern.findall(log)
    return float(found[-1]) if found and "n" not in found[-1] else None
