"""Sound files whose every sample's time is known, and sources that describe them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from cliply.domain.media import AudioStream, SourceMedia

RATE = 48_000


def write_sound(
    path: Path,
    parts: list[tuple[float, np.ndarray]],
    *,
    codec: str = "pcm_s16le",
    layout: str = "stereo",
    rate: int = RATE,
) -> Path:
    """Write float32 `[channels, n]` pieces at the given times (seconds), gaps left as gaps."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate)
        for time_s, samples in parts:
            first = round(time_s * rate)
            for start in range(0, samples.shape[1], 1024):
                block = np.ascontiguousarray(samples[:, start : start + 1024], np.float32)
                frame = av.AudioFrame.from_ndarray(block, "fltp", layout)
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                frame.pts = first + start
                for converted in resampler.resample(frame):
                    container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return path


def heard_source(path: Path) -> SourceMedia:
    """The file's first audio stream, as `probe` would describe it."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return SourceMedia(
            container=container.format.name,
            duration_ms=max(1, round((container.duration or 0) / 1000)),
            size_bytes=path.stat().st_size,
            bitrate_bps=container.bit_rate or 0,
            audio=AudioStream(
                index=stream.index,
                codec=stream.codec_context.name,
                sample_rate=stream.rate,
                channels=stream.channels,
            ),
        )


def sine(duration_s: float, *, hz: float = 997.0, peak: float = 0.5, channels: int = 2):
    """float32 `[channels, n]` at 48 kHz."""
    wave = peak * np.sin(2 * np.pi * hz * np.arange(round(duration_s * RATE)) / RATE)
    return np.tile(wave, (channels, 1)).astype(np.float32)


def pink(duration_s: float, *, rms: float = 0.05, seed: int = 1) -> np.ndarray:
    """Noise with as much power in each octave, float32 `[2, n]` at 48 kHz."""
    count = round(duration_s * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((2, count)))
    shaped = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(spectrum.shape[1]))), count)
    return (shaped * rms / np.sqrt(np.mean(shaped**2))).astype(np.float32)


def still(duration_s: float) -> np.ndarray:
    return np.zeros((2, round(duration_s * RATE)), np.float32)
