"""What repeats is compared with itself as the plain sums over each span say."""

import numpy as np

from cliply.media.repetition import RepetitionMeter

SPAN, LAGS, FRAMES, BANDS = 80, 25, 5, 24


def correlation(level: np.ndarray, start: int, lag: int) -> float:
    """Pearson's over time, summed over the bands, of a span and one that begins later."""
    now, later = level[start : start + SPAN], level[start + lag : start + lag + SPAN]
    now, later = now - now.mean(axis=0), later - later.mean(axis=0)
    energy = max(1e-9, float((now**2).sum() * (later**2).sum()))
    return float((now * later).sum()) / energy**0.5


def repetition(level: np.ndarray, start: int) -> float:
    shape = level - level.mean(axis=1, keepdims=True)
    whole = [correlation(level, start, lag) for lag in range(LAGS)]
    best = 0.0
    for lag in range(7, 13):
        if whole[lag] >= max(whole[lag - 1], whole[lag + 1]):
            rise = min(whole[lag], whole[2 * lag] + 0.05) - max(0.0, whole[lag // 2])
            best = max(best, min(rise, whole[lag], correlation(shape, start, lag)))
    return min(1.0, best)


def syllables(frames: int) -> np.ndarray:
    """Power of bands that rise one after another every 180 ms, more or less alike."""
    random = np.random.default_rng(3)
    swell = 1.2 + np.sin(2 * np.pi * np.arange(frames)[:, None] / 9 + np.linspace(0, 2, BANDS))
    return (swell**4 * random.uniform(0.2, 1.0, (frames, BANDS)) ** 3).astype(np.float32)


def heard(power: np.ndarray, piece: int) -> tuple[np.ndarray, np.ndarray]:
    meter = RepetitionMeter()
    for start in range(0, len(power), piece):
        meter.feed(power[start : start + piece])
    return meter.rows()


def test_repetition_and_ripple_are_those_of_the_plain_sums() -> None:
    power = syllables(300)
    ripple, found = heard(power, 300)
    level = power.astype(np.float64) ** 0.2
    # The span of row n ends with its later copies, and is moved to its middle, 10 rows before.
    rows = np.arange(20, 60)
    starts = (rows + 1) * FRAMES - SPAN - LAGS + 1
    wanted = [repetition(level, start) for start in starts]
    loudness = level.mean(axis=1)
    spread = [
        loudness[start : start + SPAN].std() / loudness[start : start + SPAN].mean()
        for start in starts
    ]
    assert max(wanted) > 0.2
    assert np.abs(found[rows - 10] - wanted).max() < 1e-5
    assert np.abs(ripple[rows - 10] - spread).max() < 1e-5


def test_the_pieces_do_not_matter() -> None:
    power = syllables(400)
    for ours, theirs in zip(heard(power, 400), heard(power, 35), strict=True):
        assert np.abs(ours - theirs).max() < 1e-5
