"""The crop path against exponential smoothing, on noisy tracks whose truth is known."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from benchmarks.timing import Row
from cliply.domain.framing import AspectRatio
from cliply.domain.media import VideoStream
from cliply.domain.timing import TimeRange
from cliply.media.crop_path import Target, centre_at, crop_path
from cliply.media.windows import largest_window

SECONDS = 60
FRAME_RATE = 30
SAMPLE_RATE = 2
TRACKS_EACH = 12

ALPHA = 0.15
"""Of the exponential mean, per frame."""

JITTER = 0.015
"""Standard deviation of a found centre, in picture widths: an eighth of a face."""

JUMPS = 0.08
"""Part of the samples that lie anywhere in the picture."""

DROP_OUTS = 0.08
"""Part of the samples that a drop-out begins at, of up to `LONGEST_GAP` samples."""

LONGEST_GAP = 5

POINTS = 4.0
"""By how many points of intersection over union ours is to be nearer to the truth."""

VIDEO = VideoStream(
    index=0,
    codec="h264",
    width=1920,
    height=1080,
    coded_width=1920,
    coded_height=1080,
    frame_rate=Fraction(FRAME_RATE),
    pixel_format="yuv420p",
    duration_ms=SECONDS * 1000,
)
WINDOW = largest_window(VIDEO, AspectRatio.portrait.size_px)
FRAMES = np.arange(SECONDS * FRAME_RATE) / FRAME_RATE

Series = np.ndarray
"""One number per frame or sample."""


@dataclass(frozen=True)
class Quality:
    """How a path looks."""

    motion: float
    """Way of the window in picture widths per minute."""
    reversals: float
    """Changes of direction per minute."""
    overlap: float
    """Mean intersection over union with the window round the true centre, in percent."""


def measure() -> list[Row]:
    """Ours and the exponential mean over the same tracks of all kinds of subjects."""
    made, usual = measured()
    tracks, against = TRACKS_EACH * len(SUBJECTS), f"EMA {ALPHA} per frame"
    name = "crop path on noisy tracks"
    return [
        Row(f"{name}, motion", made.motion, usual.motion, "w", against, tracks, 0.5),
        Row(f"{name}, reversals", made.reversals, usual.reversals, "", against, tracks, 0.5),
        Row(
            f"{name}, IoU of EMA + {POINTS:g} points",
            usual.overlap + POINTS,
            made.overlap,
            "%",
            "our IoU",
            tracks,
            1.0,
        ),
    ]


def measured(
    subjects: tuple[str, ...] = (), tracks_each: int = TRACKS_EACH
) -> tuple[Quality, Quality]:
    """Mean quality of our paths and of the exponential mean's."""
    pairs = [
        _on_one_track(SUBJECTS[name], seed)
        for name in subjects or tuple(SUBJECTS)
        for seed in range(tracks_each)
    ]
    ours, ema = zip(*pairs, strict=True)
    return _mean(ours), _mean(ema)


def _on_one_track(
    subject: Callable[[np.random.Generator], Series], seed: int
) -> tuple[Quality, Quality]:
    random = np.random.default_rng(seed)
    truth = subject(random)
    times_ms, found = _noisy(truth, random)
    return (
        _quality(_ours(times_ms, found), truth),
        _quality(_exponential(times_ms, found), truth),
    )


def _noisy(truth: Series, random: np.random.Generator) -> tuple[list[int], list[float]]:
    """What a detector makes of the truth: times in ms and centres of its samples."""
    step = FRAME_RATE // SAMPLE_RATE
    centres = truth[::step] + random.normal(0, JITTER, truth[::step].size)
    wrong = random.random(centres.size) < JUMPS
    centres[wrong] = random.random(int(wrong.sum()))
    missing = np.zeros(centres.size, bool)
    for start in np.flatnonzero(random.random(centres.size) < DROP_OUTS):
        missing[start : start + random.integers(1, LONGEST_GAP + 1)] = True
    missing[0] = False
    kept = np.flatnonzero(~missing)
    return [int(n) * 1000 // SAMPLE_RATE for n in kept], [float(centres[n]) for n in kept]


def _ours(times_ms: list[int], found: list[float]) -> Series:
    target = Target("face", tuple(times_ms), tuple(found), (0.5,) * len(found))
    path = crop_path(WINDOW, [(TimeRange(start_ms=0, end_ms=SECONDS * 1000), target)])
    return np.array([centre_at(path, time_s * 1000)[0] for time_s in FRAMES])


def _exponential(times_ms: list[int], found: list[float]) -> Series:
    between = np.interp(FRAMES * 1000, times_ms, found)
    path = np.empty_like(between)
    path[0] = between[0]
    for n in range(1, path.size):
        path[n] = path[n - 1] + ALPHA * (between[n] - path[n - 1])
    return _inside(path)


def _quality(path: Series, truth: Series) -> Quality:
    apart = np.abs(path - _inside(truth))
    shared = np.maximum(0.0, WINDOW.width - apart)
    minutes = SECONDS / 60
    return Quality(
        motion=float(np.abs(np.diff(path)).sum()) / minutes,
        reversals=_reversals(path) / minutes,
        overlap=float((shared / (2 * WINDOW.width - shared)).mean()) * 100,
    )


def _reversals(path: Series) -> int:
    """Changes of direction between moves of at least a pixel of the output's 3414."""
    steps = np.diff(np.round(path * 3414))
    moves = np.sign(steps[steps != 0])
    return sum(1 for before, after in pairwise(moves) if before != after)


def _inside(centre: Series) -> Series:
    return np.asarray(np.clip(centre, WINDOW.width / 2, 1 - WINDOW.width / 2))


def _mean(qualities: tuple[Quality, ...]) -> Quality:
    rows = np.array([(one.motion, one.reversals, one.overlap) for one in qualities])
    return Quality(*(float(value) for value in rows.mean(axis=0)))


def _seated(random: np.random.Generator) -> Series:
    """Sways by 2 % of the picture."""
    phases = random.random(2) * 2 * np.pi
    sway = np.sin(FRAMES / 1.7 + phases[0]) + np.sin(FRAMES / 3.1 + phases[1])
    return np.asarray(random.uniform(0.3, 0.7) + 0.01 * sway)


def _standing(random: np.random.Generator) -> Series:
    """Takes a few steps aside every 5 to 15 s."""
    return _between_places(random, pause_s=(5, 15), speed=0.12)


def _pacing(random: np.random.Generator) -> Series:
    """Walks to another place every 2 to 6 s."""
    return _between_places(random, pause_s=(2, 6), speed=0.2)


def _walking(random: np.random.Generator) -> Series:
    """Walks to and fro without a pause."""
    period_s = random.uniform(14, 24)
    phase = FRAMES / period_s + random.random()
    return np.asarray(0.2 + 1.2 * np.abs(phase % 1 - 0.5))


def _between_places(
    random: np.random.Generator, pause_s: tuple[float, float], speed: float
) -> Series:
    path = np.empty(FRAMES.size)
    place = goal = random.uniform(0.25, 0.75)
    leaves_s = random.uniform(*pause_s)
    for n, time_s in enumerate(FRAMES):
        if time_s >= leaves_s:
            goal, leaves_s = random.uniform(0.2, 0.8), time_s + random.uniform(*pause_s)
        place += float(np.clip(goal - place, -speed / FRAME_RATE, speed / FRAME_RATE))
        path[n] = place
    return path


SUBJECTS = {"seated": _seated, "standing": _standing, "pacing": _pacing, "walking": _walking}
