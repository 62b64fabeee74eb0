"""Writes a source's sound as small as it gets without loss, for a service that listens."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.error import FFmpegError

from cliply.domain.media import SourceMedia
from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import ErrorCode, Unavailable
from cliply.media.audio import read_audio

SAMPLE_RATE = 16_000
"""What speech recognition is trained on; more is thrown away by the listener."""

BLOCK_S = 1.0
FULL_SCALE = 32_767


def write_flac(
    path: Path, source: SourceMedia, target: Path, *, on_progress: OnProgress = unwatched
) -> Path:
    """The sound from source time 0 on as mono FLAC of 16 kHz, 16 bit: sample n at n / 16,000 s.

    An hour of speech is 57 MB and 2 s of CPU; Opus at 32 kbit/s would be 14 MB and 55 s.
    Raises MediaError when the sound can not be read, Unavailable when there is no room for it.
    """
    try:
        with av.open(target, "w", format="flac") as container:
            stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
            written = 0
            for block in read_audio(
                path, source, sample_rate=SAMPLE_RATE, layout="mono", block_s=BLOCK_S
            ):
                container.mux(stream.encode(_frame(block, written)))
                written += block.shape[1]
                on_progress(min(1.0, written * 1000 / SAMPLE_RATE / source.duration_ms))
            container.mux(stream.encode(None))
    except (FFmpegError, OSError) as error:
        raise _unwritten(path, target, error) from error
    return target


def _frame(block: np.ndarray, at: int) -> AudioFrame:
    pcm = (np.clip(block, -1, 1) * FULL_SCALE).round().astype(np.int16)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(pcm), "s16", "mono")
    frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), at
    return frame


def _unwritten(path: Path, target: Path, error: FFmpegError | OSError) -> Unavailable:
    """Sound that can not be read is a MediaError already; what is left is the target's disk."""
    return Unavailable(
        ErrorCode.disk_full,
        f"The sound of {path.name} could not be written into {target.parent} "
        f"({error.strerror or type(error).__name__}); free some space and try again.",
    )
