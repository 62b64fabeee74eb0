"""The track of everything that is put into a clip's sound: bleeps and sound effects."""

from collections.abc import Iterable

import numpy as np

from cliply.domain.sound import CensoredSpan, CensorMode, PlacedSound
from cliply.media.envelopes import PER_MS
from cliply.media.sound_effects import bleep, sound_effect

REFERENCE_LUFS = -14.0
"""Target of a clip in which effects have the level that they were given."""

BLEEP_BELOW_LU = 2.0
"""A bleep this much under the target is as loud as the voice and hurts nobody.

A tone of 1 kHz in both channels has as many LUFS as its peak has dBFS.
"""

CUT_OFF_MS = 5
"""Fade of an effect that the clip's end cuts off."""


def insert_track(
    censored: Iterable[CensoredSpan],
    sounds: Iterable[PlacedSound],
    target_lufs: float,
    samples: int,
) -> np.ndarray:
    """float32 `[2, samples]` at the level of the finished clip, before its limiter."""
    track = np.zeros((2, samples), np.float32)
    tone = 10 ** ((target_lufs - BLEEP_BELOW_LU) / 20)
    for one in censored:
        if one.mode is CensorMode.bleep:
            length = one.span.duration_ms * PER_MS
            _add(track, one.span.start_ms, bleep(length, tone))
    for sound in sounds:
        gain = 10 ** ((sound.gain_db + target_lufs - REFERENCE_LUFS) / 20)
        _add(track, sound.time_ms, sound_effect(sound.effect) * np.float32(gain))
    return track


def _add(track: np.ndarray, time_ms: int, samples: np.ndarray) -> None:
    """Mix in what lies inside the clip; what it cuts off is faded."""
    first = time_ms * PER_MS
    room = max(0, track.shape[1] - first)
    heard = samples[:, :room].copy()
    if heard.shape[1] < samples.shape[1]:
        count = min(CUT_OFF_MS * PER_MS, heard.shape[1])
        heard[:, heard.shape[1] - count :] *= np.linspace(1, 0, count, dtype=np.float32)
    track[:, first : first + heard.shape[1]] += heard
