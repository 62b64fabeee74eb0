"""Music whose bars are known: a quiet beginning, a pattern that comes again, and an end."""

import numpy as np

from tests.media.sounds import RATE

BEAT_S = 0.4
BAR_S = 4 * BEAT_S
INTRO_BARS, PATTERN_BARS = 2, 8
FADE_BARS, SILENT_S = 3, 1.0

ROOTS_HZ = (220.0, 174.61, 261.63, 196.0, 293.66, 164.81, 233.08, 277.18)
"""Of the bars of the pattern: A F C G D E B flat, C sharp."""


def kick() -> np.ndarray:
    """120 ms that begin at full level."""
    time = np.arange(RATE * 12 // 100) / RATE
    return (
        0.4 * np.sin(2 * np.pi * (55 * time + 1.3 * (1 - np.exp(-30 * time)))) * np.exp(-25 * time)
    )


def song(rounds: int = 3) -> np.ndarray:
    """float32 `[2, n]`: an intro of a drone, the pattern as often as told, a bar-wise fade-out.

    Each beat has a kick, each bar a chord; the pattern begins at `INTRO_BARS * BAR_S`.
    """
    intro = [_bar(110.0, kicks=False) for _ in range(INTRO_BARS)]
    pattern = [_bar(root) for root in ROOTS_HZ]
    end = np.concatenate(pattern[:FADE_BARS]) * np.linspace(1, 0, round(FADE_BARS * BAR_S * RATE))
    silence = np.zeros(round(SILENT_S * RATE))
    mono = np.concatenate([*intro, *(pattern * rounds), end, silence])
    return np.tile(mono, (2, 1)).astype(np.float32)


def _bar(root_hz: float, *, kicks: bool = True) -> np.ndarray:
    """A fifth over its root, softly begun and ended."""
    time = np.arange(round(BAR_S * RATE)) / RATE
    chord = sum(0.06 * np.sin(2 * np.pi * root_hz * step * time) for step in (1.0, 1.5, 2.0))
    bar = np.asarray(chord) * np.minimum(1, np.minimum(time, BAR_S - time) / 0.03)
    for beat in range(4 if kicks else 0):
        first = round(beat * BEAT_S * RATE)
        bar[first : first + len(kick())] += kick()
    return bar
