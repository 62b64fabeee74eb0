"""How much each 100 ms sounds like laughter, applause, a shout or music.

Each likelihood is a product of ramps: 0 where a quality rules the kind out, 1 where it
speaks fully for it. The ends of the ramps lie between what was measured on composed sounds
of each kind and on real speech and film music; `docs/sound-events.md` has the figures and
how often the result is wrong. Where two kinds of mistake compete, a missed event is
preferred to one that is not there.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import ndimage

from cliply.domain.audio import HOP_MS, SoundEvent, SoundKind
from cliply.domain.timing import TimeRange
from cliply.media.levels import decibels
from cliply.media.sound_events import HEARD_DBFS
from cliply.media.sound_texture import Texture

CERTAIN, POSSIBLE = 0.5, 0.25
"""An event begins where the likelihood reaches the one and lasts while it is above the other."""

LEAST_MS = {
    SoundKind.laughter: 800,
    SoundKind.applause: 1_000,
    SoundKind.shout: 400,
    SoundKind.music: 4_000,
}
"""Shorter events are left out."""

GAP_MS = {
    SoundKind.laughter: 700,
    SoundKind.applause: 500,
    SoundKind.shout: 500,
    SoundKind.music: 3_000,
}
"""Events that are no further apart are one."""

BELOW_SOURCE_DB = 20.0
"""What lies further under the median of the source is background, whatever it sounds like."""

SHOUT_AROUND_MS = 8_000
"""A shout is loud against the speech before and after it, each so long: who speaks louder all the
time, or is nearer to the microphone, does not shout."""

LEAST_SPEECH_MS = 5_000
"""Less speech does not tell how somebody usually speaks."""

Likelihoods = Mapping[SoundKind, np.ndarray]


def likelihoods(
    texture: Texture, rms_dbfs: np.ndarray, pulse: np.ndarray, speech: Sequence[TimeRange]
) -> dict[SoundKind, np.ndarray]:
    """For each kind a float32 array, 0…1 for each row of the level series.

    `pulse` is how steady the beat is, 0…1; `speech` the stretches with voice.
    """
    texture = Texture(*(_fitted(series, len(rms_dbfs)) for series in texture))
    heard = rms_dbfs[rms_dbfs > HEARD_DBFS]
    least = max(HEARD_DBFS, float(np.median(heard)) - BELOW_SOURCE_DB) if len(heard) else 0.0
    audible = (decibels(_mean(10 ** (rms_dbfs / 10), 1_000)) > least).astype(np.float32)
    music = _music(texture, _fitted(pulse, len(rms_dbfs)))
    found = {
        SoundKind.laughter: _laughter(texture, rms_dbfs) * (1 - music) * audible,
        SoundKind.applause: _applause(texture) * (1 - music) * audible,
        SoundKind.shout: _shout(texture, rms_dbfs, _covered(speech, len(rms_dbfs))),
        SoundKind.music: music * audible,
    }
    return {kind: series.astype(np.float32) for kind, series in found.items()}


def find_events(found: Likelihoods, end_ms: int) -> tuple[SoundEvent, ...]:
    """Stretches of each kind that are certain somewhere, in order of their start.

    None reaches past `end_ms`, where the sound ends.
    """
    events = [
        event
        for kind, series in found.items()
        for first, last in _joined(_runs(series), GAP_MS[kind] // HOP_MS)
        if (last - first) * HOP_MS >= LEAST_MS[kind]
        for event in [_event(kind, series, first, last, end_ms)]
    ]
    return tuple(sorted(events, key=lambda event: (event.span.start_ms, event.kind)))


def _laughter(texture: Texture, rms_dbfs: np.ndarray) -> np.ndarray:
    """The same voiced syllable again and again, with breath between."""
    power = 10 ** (rms_dbfs / 10)
    voiced = _mean(texture.harmonicity * power, 1_600) / np.maximum(_mean(power, 1_600), 1e-12)
    return np.asarray(
        _ramp(texture.repetition, 0.24, 0.44)
        * _ramp(voiced, 0.45, 0.65)
        * _between(texture.ripple, (0.2, 0.35), (1.0, 1.4))
    )


def _applause(texture: Texture) -> np.ndarray:
    """Bright noise made of grains, too many to be told apart, and never still."""
    return np.asarray(
        _between(_mean(texture.graininess, 1_000), (0.32, 0.38), (0.85, 1.2))
        * _ramp(_mean(texture.flatness, 1_000), 0.2, 0.35)
        * (1 - _ramp(_mean(texture.harmonicity, 1_000), 0.25, 0.4))
        * _ramp(_mean(texture.brightness_db, 1_000), 1.0, 5.0)
        * _between(texture.ripple, (0.025, 0.04), (0.25, 0.38))
    )


def _shout(texture: Texture, rms_dbfs: np.ndarray, speech: np.ndarray) -> np.ndarray:
    """Voice that is louder, higher and brighter than the same source's speech."""
    spoken = speech & (rms_dbfs > HEARD_DBFS) & (texture.harmonicity > 0.5)
    if spoken.sum() < LEAST_SPEECH_MS / HOP_MS:
        return np.zeros(len(rms_dbfs))
    usual_hz = float(np.median(texture.pitch_hz[spoken]))
    usual_db = float(np.median(texture.brightness_db[spoken]))
    higher = np.log2(np.maximum(texture.pitch_hz, 60) / usual_hz)
    return np.asarray(
        _ramp(_mean(_risen(rms_dbfs, spoken), 400), 4.0, 8.0)
        * _ramp(_median(higher, 500), 0.2, 0.45)
        * _ramp(_mean(texture.brightness_db, 500) - usual_db, 1.0, 4.0)
        * _ramp(_mean(texture.harmonicity, 500), 0.4, 0.55)
        * _mean(speech.astype(np.float64), 500)
    )


def _risen(rms_dbfs: np.ndarray, spoken: np.ndarray) -> np.ndarray:
    """How far the level lies above the speech of the source, and of both sides of a moment."""
    loud = float(np.percentile(rms_dbfs[spoken], 60))
    side = SHOUT_AROUND_MS // HOP_MS
    count = _sums(spoken.astype(np.float64), side)
    level = _sums(np.where(spoken, rms_dbfs, 0.0), side)
    near = np.where(count >= side / 8, level / np.maximum(count, 1), -np.inf)
    rows = np.arange(len(rms_dbfs))
    sides = np.maximum(near[rows], near[np.minimum(rows + side, len(near) - 1)])
    return np.asarray(rms_dbfs - np.maximum(loud, sides))


def _sums(series: np.ndarray, length: int) -> np.ndarray:
    """Sums of the `length` values before each row and, so much further on, after it."""
    total = np.concatenate([np.zeros(length + 1), np.cumsum(np.pad(series, (0, length)))])
    return np.asarray(total[length:] - total[:-length])


def _music(texture: Texture, pulse: np.ndarray) -> np.ndarray:
    """Held notes that change, or a steady beat of what is no voice."""
    tones = _ramp(_median(texture.lines, 2_000), 0.26, 0.36)
    tones *= _ramp(_median(texture.line_change, 3_000), 0.06, 0.16)
    return np.asarray(np.maximum(tones, pulse))


def _ramp(series: np.ndarray, none: float, full: float) -> np.ndarray:
    return np.clip((series - none) / (full - none), 0, 1)


def _between(
    series: np.ndarray, rising: tuple[float, float], falling: tuple[float, float]
) -> np.ndarray:
    return np.asarray(_ramp(series, *rising) * (1 - _ramp(series, *falling)))


def _mean(series: np.ndarray, length_ms: int) -> np.ndarray:
    return np.asarray(ndimage.uniform_filter1d(series.astype(np.float64), length_ms // HOP_MS))


def _median(series: np.ndarray, length_ms: int) -> np.ndarray:
    return np.asarray(ndimage.median_filter(series, length_ms // HOP_MS, mode="nearest"))


def _fitted(series: np.ndarray, rows: int) -> np.ndarray:
    """The series with so many rows: its last row may have no level any more."""
    return np.pad(series[:rows], (0, max(0, rows - len(series))))


def _covered(spans: Sequence[TimeRange], rows: int) -> np.ndarray:
    covered = np.zeros(rows, bool)
    for span in spans:
        covered[span.start_ms // HOP_MS : -(-span.end_ms // HOP_MS)] = True
    return covered


def _runs(series: np.ndarray) -> list[tuple[int, int]]:
    """Half-open runs above `POSSIBLE` that are somewhere `CERTAIN`."""
    inside = np.concatenate([[False], series >= POSSIBLE, [False]])
    edges = np.flatnonzero(np.diff(inside.astype(np.int8))).tolist()
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(first, last) for first, last in pairs if series[first:last].max() >= CERTAIN]


def _joined(runs: Sequence[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] <= gap:
            first = joined.pop()[0]
        joined.append((first, last))
    return joined


def _event(kind: SoundKind, series: np.ndarray, first: int, last: int, end_ms: int) -> SoundEvent:
    """An event is as likely as its middle row of those that are possible."""
    rows = series[first:last]
    return SoundEvent(
        kind=kind,
        span=TimeRange(start_ms=first * HOP_MS, end_ms=min(end_ms, last * HOP_MS)),
        likelihood=round(float(np.median(rows[rows >= POSSIBLE])), 2),
    )
