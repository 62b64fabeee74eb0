"""Writes sound that was computed here to a file that FFmpeg reads sample for sample."""

import struct

import numpy as np

from cliply.domain.timeline import SAMPLE_RATE

FLOAT = 3
"""WAVE_FORMAT_IEEE_FLOAT."""


def wav(samples: np.ndarray) -> bytes:
    """A WAV file of 32-bit float samples `[channels, n]` at 48 kHz."""
    channels, length = samples.shape
    data = np.ascontiguousarray(samples.T, dtype="<f4").tobytes()
    width = 4 * channels
    layout = struct.pack(
        "<HHIIHHH", FLOAT, channels, SAMPLE_RATE, SAMPLE_RATE * width, width, 32, 0
    )
    parts = (b"fmt ", layout), (b"fact", struct.pack("<I", length)), (b"data", data)
    body = b"".join(name + struct.pack("<I", len(part)) + part for name, part in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body
