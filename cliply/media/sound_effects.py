"""The library of sound effects, synthesised: 48 kHz stereo, the same samples every time."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import signal

from cliply.domain.sound import SoundEffect
from cliply.domain.timeline import SAMPLE_RATE

PEAK = 10 ** (-3 / 20)
"""-3 dBFS, which every effect reaches."""

BLEEP_HZ = 1000
BLEEP_EDGE_S = 0.001

A_TO_B = tuple[float, float]


def sound_effect(effect: SoundEffect) -> np.ndarray:
    """float32 `[2, n]`, its loudest sample at -3 dBFS, silent at both ends."""
    samples = EFFECTS[effect]()
    loudest = np.abs(samples).max()
    return np.asarray(samples * (PEAK / loudest), np.float32)


def bleep(samples: int, peak: float) -> np.ndarray:
    """A censor's tone of 1 kHz, float32 `[2, n]`, with edges of 1 ms inside."""
    tone = peak * np.sin(2 * np.pi * BLEEP_HZ * np.arange(samples) / SAMPLE_RATE)
    edge = min(samples // 2, round(BLEEP_EDGE_S * SAMPLE_RATE))
    ramp = (1 - np.cos(np.pi * np.arange(edge) / max(1, edge))) / 2
    tone[:edge] *= ramp
    tone[samples - edge :] *= ramp[::-1]
    return np.tile(tone, (2, 1)).astype(np.float32)


def _whoosh() -> np.ndarray:
    """Air rushing by from left to right: noise in a band that rises and falls."""
    time = _time(0.7)
    centre = 300 * 12 ** np.sin(np.pi * time / time[-1])
    rush = _moving_band(_noise(len(time), 11), centre, 0.7) * np.sin(np.pi * time / time[-1]) ** 2
    return _panned(rush, np.linspace(-0.8, 0.8, len(time)))


def _pop() -> np.ndarray:
    """A bubble: a tone that rises fast and is gone."""
    time = _time(0.12)
    body = _swept(time, (320, 1100)) * np.exp(-time / 0.022) * _attack(time, 0.001)
    return _centred(_released(body, 0.02))


def _ding() -> np.ndarray:
    """A small bell: partials of a bar, the high ones gone first."""
    time = _time(1.4)
    partials = ((1318.5, 1.0, 0.42), (3634.0, 0.45, 0.16), (7120.0, 0.2, 0.07))
    bell = sum(size * _tone(time, hz) * np.exp(-time / fall) for hz, size, fall in partials)
    return _centred(_released(np.asarray(bell) * _attack(time, 0.001), 0.2))


def _boom() -> np.ndarray:
    """A cinematic hit: a falling bass with a burst of dull noise at its start.

    It is driven hard, so that small loudspeakers play its overtones.
    """
    time = _time(1.6)
    bass = np.tanh(3 * _swept(time, (95, 34), settles_s=0.18) * np.exp(-time / 0.45))
    thud = _band(_noise(len(time), 12), (60, 700)) * np.exp(-time / 0.06)
    return _centred(_released((bass + 0.5 * thud) * _attack(time, 0.002), 0.3))


def _click() -> np.ndarray:
    """A mouse button: pressed and let go."""
    time = _time(0.09)
    grit = _band(_noise(len(time), 13), (1800, 9000))
    press = np.exp(-time / 0.002)
    release = 0.6 * np.exp(-np.maximum(0, time - 0.055) / 0.0015) * (time >= 0.055)
    return _centred(_released(grit * (press + release) * _attack(time, 0.0002), 0.01))


def _riser() -> np.ndarray:
    """Tension: a chord and air that climb and stop."""
    time = _time(2.0)
    climb = (time / time[-1]) ** 2
    tones = (
        _swept(time, (110, 880)) + 0.6 * _swept(time, (165, 1320)) + 0.4 * _swept(time, (220, 1760))
    )
    air = _moving_band(_noise(len(time), 14), 400 * 16 ** (time / time[-1]), 0.6)
    return _centred(_released(climb * (0.5 * tones / 2 + air), 0.015))


def _applause() -> np.ndarray:
    """A hall: hundreds of claps, each of a person in another place."""
    random = np.random.default_rng(15)
    length = round(3.0 * SAMPLE_RATE)
    hall = np.zeros((2, length))
    clap = _time(0.05)
    for start in np.sort(random.uniform(0, 2.9, 520)):
        first = round(start * SAMPLE_RATE)
        decay = np.exp(-clap / random.uniform(0.004, 0.009))
        burst = random.standard_normal(len(clap)) * decay * random.uniform(0.3, 1.0)
        left = random.uniform(0.3, 1.0)
        part = min(len(clap), length - first)
        hall[:, first : first + part] += np.outer([left, 1.3 - left], burst[:part])
    time = _time(3.0)
    swell = np.minimum(1, time / 0.35) * np.exp(-np.maximum(0, time - 1.2) / 0.6)
    return _released(_band(hall, (700, 6000)) * swell, 0.3)


def _cash() -> np.ndarray:
    """A till: the drawer's rattle, then its two bells."""
    time = _time(1.1)
    rattle = _band(_noise(len(time), 16), (2500, 10_000))
    strokes = sum(_struck(time, at, 0.006) for at in (0.0, 0.045, 0.085))
    bells = sum(
        _tone(time, hz) * _struck(time, 0.13, fall) * size
        for hz, fall, size in ((2093.0, 0.25, 0.8), (2793.8, 0.3, 1.0), (5920.0, 0.1, 0.3))
    )
    return _centred(_released(0.5 * rattle * strokes + bells, 0.2))


EFFECTS: Mapping[SoundEffect, Callable[[], np.ndarray]] = {
    SoundEffect.whoosh: _whoosh,
    SoundEffect.pop: _pop,
    SoundEffect.ding: _ding,
    SoundEffect.boom: _boom,
    SoundEffect.click: _click,
    SoundEffect.riser: _riser,
    SoundEffect.applause: _applause,
    SoundEffect.cash: _cash,
}


def _time(duration_s: float) -> np.ndarray:
    return np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE


def _noise(length: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(length)


def _tone(time: np.ndarray, hz: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * time)


def _swept(time: np.ndarray, between_hz: A_TO_B, settles_s: float | None = None) -> np.ndarray:
    """A tone from one pitch to another: evenly in octaves, or settling exponentially."""
    first, last = between_hz
    if settles_s is None:
        pitch = first * (last / first) ** (time / time[-1])
    else:
        pitch = last + (first - last) * np.exp(-time / settles_s)
    return np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)


def _struck(time: np.ndarray, at_s: float, falls_s: float) -> np.ndarray:
    """Nothing, then a stroke that dies away."""
    since = np.maximum(0, time - at_s)
    return np.minimum(1, since / 0.001) * np.exp(-since / falls_s)


def _attack(time: np.ndarray, rise_s: float) -> np.ndarray:
    return np.minimum(1, time / rise_s)


def _released(samples: np.ndarray, fall_s: float) -> np.ndarray:
    """Faded out at its end."""
    count = round(fall_s * SAMPLE_RATE)
    fade = np.ones(samples.shape[-1])
    fade[-count:] = np.cos(np.linspace(0, np.pi / 2, count)) ** 2
    return samples * fade


def _band(samples: np.ndarray, between_hz: A_TO_B) -> np.ndarray:
    sections = signal.butter(2, between_hz, "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(signal.sosfilt(sections, samples))


def _moving_band(noise: np.ndarray, centre_hz: np.ndarray, octaves: float) -> np.ndarray:
    """Noise in a bell-shaped band whose centre moves."""
    size, step = 1024, 256
    hz, at, spectra = signal.stft(noise, SAMPLE_RATE, nperseg=size, noverlap=size - step)
    centre = np.interp(at, np.arange(len(noise)) / SAMPLE_RATE, centre_hz)
    away = np.log2(np.maximum(hz, 20)[:, None] / centre[None, :]) / octaves
    _, shaped = signal.istft(
        spectra * np.exp(-(away**2)), SAMPLE_RATE, nperseg=size, noverlap=size - step
    )
    return np.asarray(shaped[: len(noise)])


def _centred(samples: np.ndarray) -> np.ndarray:
    return np.tile(samples, (2, 1))


def _panned(samples: np.ndarray, place: np.ndarray) -> np.ndarray:
    """`place` is -1 on the left and 1 on the right, at the same power everywhere."""
    angle = (place + 1) * np.pi / 4
    return np.stack([samples * np.cos(angle), samples * np.sin(angle)])
