"""Sounds of known kind, composed: laughter, applause, shouts, music, speech, noises.

All are float32 `[n]` at 48 kHz with a peak of about 0.5; a seed makes one of many.
"""

from collections.abc import Callable

import numpy as np
from scipy import signal

from cliply.speech.synthesis import SPEECH_RATE, synthesize
from tests.media.sounds import RATE

Scene = np.ndarray
Maker = Callable[[int, float], Scene]
"""(seed, seconds) -> sound."""

VOWELS = ((730, 1090, 2440), (570, 840, 2410), (660, 1720, 2410), (530, 1840, 2480))
"""Formants in Hz of a, o, æ and ɛ (Peterson and Barney, 1952)."""

SENTENCES = (
    "The secret of a good story is that it keeps one thing back until the very end.",
    "We measured the river twice a day, and every time it had moved a little to the south.",
    "You can take the early train, or you can wait and see whether the weather gets better.",
    "Nobody had told me that the shop would close at noon, so I stood there with my list.",
    "Count them: one, two, three, four, five, six, seven, eight, nine, ten, and so on.",
)
VOICES = ("en-us", "en-gb-x-rp+f3", "en-gb-scotland+m3", "de+f2", "en-us+f4", "fr+m2", "es+f1")


def laughter(seed: int, duration_s: float) -> Scene:
    """One person: bouts of 5 to 11 breathy syllables, 4 to 6 a second, pitch falling."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(duration_s * RATE))
    pitch, rate = random.uniform(170, 420), random.uniform(4.0, 6.2)
    formants = VOWELS[random.integers(len(VOWELS))]
    at = 0.0
    while at < duration_s - 0.3:
        for number in range(random.integers(5, 12)):
            lower = 0.97**number * random.uniform(0.97, 1.03)
            part = _ha(random, pitch * lower, 1 / rate, formants)
            _add(sound, at, part * 0.95**number * random.uniform(0.8, 1.1))
            at += random.uniform(0.93, 1.07) / rate
        at += random.uniform(0.15, 0.5)
    return _levelled(sound)


def crowd_laughter(seed: int, duration_s: float, people: int = 25) -> Scene:
    """Many at once, each laughing on and off."""
    random = np.random.default_rng(seed)
    voices = [laughter(seed * 1000 + one, duration_s) for one in range(people)]
    mixed = np.sum([voice * random.uniform(0.3, 1.0) for voice in voices], axis=0)
    return _levelled(_in_a_room(random, mixed))


def applause(seed: int, duration_s: float, people: int | None = None) -> Scene:
    """10 to 120 people clap, each at a pace and with hands of their own, in a room."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(duration_s * RATE))
    for _ in range(people or random.integers(10, 120)):
        pace, loud = random.uniform(2.5, 4.8), random.uniform(0.2, 1.0)
        clap = _clap(random)
        at = random.uniform(0, 1 / pace)
        while at < duration_s:
            _add(sound, at, clap * loud * random.uniform(0.7, 1.2))
            at += random.normal(1, 0.06) / pace
    return _levelled(_in_a_room(random, sound))


def speech(seed: int, duration_s: float) -> Scene:
    """Sentences in one of several voices and paces."""
    random = np.random.default_rng(seed)
    voice, rate = VOICES[seed % len(VOICES)], int(random.integers(140, 200))
    return _levelled(_said(random, voice, rate, int(random.integers(30, 65)), duration_s))


def shouting(seed: int, duration_s: float) -> Scene:
    """The same voices as `speech`, raised: higher, brighter; meant to be 10 dB louder."""
    random = np.random.default_rng(seed)
    voice, rate = VOICES[seed % len(VOICES)], int(random.integers(130, 170))
    said = _said(random, voice, rate, int(random.integers(92, 99)), duration_s)
    low = signal.sosfilt(signal.butter(1, 1_000, fs=RATE, output="sos"), said)
    return _levelled(said - 0.6 * low)


def talk_with_shout(seed: int, duration_s: float) -> tuple[Scene, tuple[float, float]]:
    """Speech in which 2 s are shouted by the same voice, 12 dB louder; from when to when."""
    talk = speech(seed, duration_s) * 0.25
    at = round(duration_s * 0.5)
    raised = shouting(seed, 2.0)
    talk[at * RATE : at * RATE + len(raised)] = raised
    return talk, (at, at + 2.0)


def music(seed: int, duration_s: float) -> Scene:
    """Chords, bass, a melody and drums, of which each seed has others."""
    random = np.random.default_rng(seed)
    beat_s = 60 / random.uniform(75, 150)
    root = random.uniform(110, 220)
    time = np.arange(round(duration_s * RATE)) / RATE
    sound = np.zeros(len(time))
    style = seed % 4
    for at in np.arange(0, duration_s, beat_s * 4):
        third = 2 ** (random.choice([3, 4]) / 12)
        note = root * 2 ** (random.choice([0, 5, 7, -3]) / 12)
        for ratio in (1, third, 1.498):
            _add(sound, at, 0.3 * _note(note * ratio, beat_s * 4, decay=0.3 if style else 0.05))
        if style != 3:
            _add(sound, at, 0.5 * _note(note / 2, beat_s * 2, decay=1.5))
        for step in range(8 if style in (1, 3) else 0):
            pitch = note * 2 * 2 ** (random.choice([0, 2, 4, 7, 9]) / 12)
            _add(sound, at + step * beat_s / 2, 0.25 * _note(pitch, beat_s / 2, decay=4))
    if style in (1, 2):
        sound += drums(seed, duration_s, 60 / beat_s)
    return _levelled(sound)


def drums(seed: int, duration_s: float, bpm: float | None = None) -> Scene:
    """Kick, snare and off-beat hats."""
    random = np.random.default_rng(seed)
    beat_s = 60 / (bpm or random.uniform(80, 150))
    sound = np.zeros(round(duration_s * RATE))
    time = np.arange(RATE * 15 // 100) / RATE
    kick = np.sin(2 * np.pi * (50 * time + 1.3 * (1 - np.exp(-30 * time)))) * np.exp(-18 * time)
    for number, at in enumerate(np.arange(0.05, duration_s, beat_s)):
        _add(sound, at, kick)
        _add(sound, at + beat_s / 2, 0.3 * _burst(random, 0.05, 0.01, high=True))
        if number % 2:
            _add(sound, at, 0.5 * _burst(random, 0.15, 0.04))
    return _levelled(sound)


def singing(seed: int, duration_s: float) -> Scene:
    """A voice that holds notes for about half a second, with vibrato, over chords."""
    random = np.random.default_rng(seed)
    sound = 0.5 * music(seed - seed % 4, duration_s)
    for at in np.arange(0, duration_s, 0.5):
        pitch = 220 * 2 ** (random.choice([0, 2, 4, 5, 7, 9, 12]) / 12)
        part = _voiced(random, pitch, 0.48, VOWELS[random.integers(4)], vibrato=0.012)
        _add(sound, at, 0.5 * part * np.hanning(len(part)) ** 0.3)
    return _levelled(sound)


def babble(seed: int, duration_s: float) -> Scene:
    """Eight people talk at once."""
    voices = [speech(seed * 31 + one, duration_s) for one in range(8)]
    return _levelled(np.sum(voices, axis=0))


def white(seed: int, duration_s: float) -> Scene:
    return _levelled(np.random.default_rng(seed).standard_normal(round(duration_s * RATE)))


def coloured(seed: int, duration_s: float, slope: float | None = None) -> Scene:
    """Pink to brown noise, its level slowly changing: wind, traffic, fans."""
    random = np.random.default_rng(seed)
    count = round(duration_s * RATE)
    spectrum = np.fft.rfft(random.standard_normal(count))
    hertz = np.maximum(30, np.fft.rfftfreq(count, 1 / RATE))
    sound = np.fft.irfft(spectrum * hertz ** -(slope or random.uniform(0.5, 1.1)), count)
    return _levelled(sound * _wandering(random, count))


def rain(seed: int, duration_s: float) -> Scene:
    """Noise with drops in it."""
    random = np.random.default_rng(seed)
    sound = 0.4 * white(seed, duration_s) / 3
    for at in random.uniform(0, duration_s, int(60 * duration_s)):
        _add(sound, at, random.uniform(0.02, 0.3) * _burst(random, 0.01, 0.002, high=True))
    return _levelled(sound)


def hum(seed: int, duration_s: float) -> Scene:
    """Mains hum with its overtones."""
    time = np.arange(round(duration_s * RATE)) / RATE
    parts = [np.sin(2 * np.pi * 50 * (seed % 2 + 1) * k * time) / k for k in range(1, 12)]
    return _levelled(np.sum(parts, axis=0))


def typing(seed: int, duration_s: float) -> Scene:
    """Keys struck about six times a second."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(duration_s * RATE))
    at = 0.0
    while at < duration_s:
        _add(sound, at, random.uniform(0.4, 1) * _burst(random, 0.03, 0.004))
        at += random.exponential(0.12) + 0.05
    return _levelled(sound)


def engine(seed: int, duration_s: float) -> Scene:
    """A motor whose speed drifts."""
    random = np.random.default_rng(seed)
    count = round(duration_s * RATE)
    phase = np.cumsum(2 * np.pi * 40 * _wandering(random, count) / RATE)
    return _levelled(np.sum([np.sin(k * phase) / k for k in range(1, 20)], axis=0))


def mixed(loud: Scene, quiet: Scene, below_db: float) -> Scene:
    """Both at once, the second so much quieter in power."""
    count = min(len(loud), len(quiet))
    ratio = np.sqrt(np.mean(loud**2) / np.mean(quiet**2)) * 10 ** (-below_db / 20)
    return (loud[:count] + ratio * quiet[:count]).astype(np.float32)


def stereo(sound: Scene) -> np.ndarray:
    """The sound on both channels, float32 `[2, n]`."""
    return np.tile(sound.astype(np.float32), (2, 1))


def _said(
    random: np.random.Generator, voice: str, rate_wpm: int, pitch: int, duration_s: float
) -> np.ndarray:
    count = round(duration_s * RATE)
    parts, length = [], 0
    while length < count:
        text = SENTENCES[random.integers(len(SENTENCES))]
        spoken = synthesize(text, voice, rate_wpm, pitch=pitch).samples / 32_768
        part = signal.resample_poly(spoken, RATE, SPEECH_RATE)
        parts += [part, np.zeros(round(random.uniform(0.1, 0.6) * RATE))]
        length += sum(len(one) for one in parts[-2:])
    return np.concatenate(parts)[:count]


def _ha(
    random: np.random.Generator, pitch: float, length_s: float, formants: tuple[int, int, int]
) -> np.ndarray:
    breath = random.standard_normal(round(0.45 * length_s * RATE))
    breath *= np.hanning(len(breath)) * 0.15
    voiced = _voiced(random, pitch, 0.5 * length_s, formants)
    voiced *= np.hanning(len(voiced)) ** 0.6
    part = np.concatenate([_shaped(breath, formants), voiced])
    return np.asarray(part)


def _voiced(
    random: np.random.Generator,
    pitch: float,
    length_s: float,
    formants: tuple[int, int, int],
    vibrato: float = 0.0,
) -> np.ndarray:
    """A vowel: a saw with a little breath in it, through its formants."""
    time = np.arange(round(length_s * RATE)) / RATE
    wave = 1 + vibrato * np.sin(2 * np.pi * 5.5 * time)
    phase = np.cumsum(pitch * wave / RATE)
    source = 2 * (phase % 1) - 1 + 0.15 * random.standard_normal(len(time))
    return _shaped(source, formants)


def _shaped(source: np.ndarray, formants: tuple[int, int, int]) -> np.ndarray:
    shaped = np.zeros(len(source))
    for formant, width, loud in zip(formants, (90, 110, 170), (1, 0.6, 0.3), strict=True):
        radius = np.exp(-np.pi * width / RATE)
        poles = [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2]
        shaped += loud * signal.lfilter([1 - radius], poles, source)
    return shaped


def _clap(random: np.random.Generator) -> np.ndarray:
    burst = _burst(random, 0.06, random.uniform(0.003, 0.012))
    centre = random.uniform(800, 2_400)
    band = signal.butter(
        1, (centre / 1.6, min(20_000, centre * 2.5)), "band", fs=RATE, output="sos"
    )
    return np.asarray(signal.sosfilt(band, burst))


def _burst(
    random: np.random.Generator, length_s: float, decay_s: float, *, high: bool = False
) -> np.ndarray:
    count = round(length_s * RATE)
    noise = random.standard_normal(count + 1)
    shaped = np.diff(noise) if high else noise[1:]
    return np.asarray(shaped * np.exp(-np.arange(count) / (decay_s * RATE)))


def _note(pitch: float, length_s: float, *, decay: float) -> np.ndarray:
    time = np.arange(round(length_s * RATE)) / RATE
    wave = np.sum([np.sin(2 * np.pi * pitch * k * time) / k**1.5 for k in range(1, 7)], axis=0)
    fade = np.minimum(1, np.minimum(time, length_s - time) / 0.01)
    return np.asarray(wave * np.exp(-decay * time) * fade)


def _in_a_room(random: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """With the reverberation of a hall, 0.4 to 1.0 s long."""
    length_s = random.uniform(0.4, 1.0)
    tail = random.standard_normal(round(length_s * RATE))
    tail *= 10 ** (-3 * np.arange(len(tail)) / len(tail)) * 0.02
    tail[0] = 1.0
    return np.asarray(signal.fftconvolve(sound, tail)[: len(sound)])


def _wandering(random: np.random.Generator, count: int) -> np.ndarray:
    """A factor round 1 that changes by about an eighth every second."""
    steps = np.exp(0.125 * np.cumsum(random.standard_normal(count // RATE + 2)))
    return np.interp(np.arange(count) / RATE, np.arange(len(steps)), steps)


def _add(sound: np.ndarray, at_s: float, part: np.ndarray) -> None:
    first = round(at_s * RATE)
    sound[first : first + len(part)] += part[: max(0, len(sound) - first)]


def _levelled(sound: np.ndarray) -> Scene:
    return np.asarray(sound * (0.5 / max(1e-9, np.abs(sound).max())), np.float32)
