"""The level series as a clip plays it: gathered through the time map, 100 ms of clip a row."""

from collections.abc import Iterable

import numpy as np

from cliply.domain.audio import HOP_MS
from cliply.domain.timeline import Placed, Timeline
from cliply.domain.timing import TimeRange
from cliply.media.envelopes import PER_MS
from cliply.media.loudness import Loudness, lufs_power

LEAST_CREST_DB, MOST_CREST_DB = 8.0, 12.0
"""Peaks of a music bed over its loudness: a file at -9 LUFS can not have more than 9."""


def silent(timeline: Timeline) -> Loudness:
    """Rows in which nothing is heard."""
    count = -(-timeline.duration_ms // HOP_MS)
    return Loudness(np.zeros(count), np.zeros(count))


def played(source: Loudness, timeline: Timeline) -> Loudness:
    """What the clip plays of its source: power is averaged over the part of the source
    that each row plays, peaks are the largest of the rows that it plays."""
    rows = silent(timeline)
    energy = np.concatenate([[0.0], np.cumsum(source.k_power)])
    for number, placed in enumerate(timeline.placed):
        first, edges, moments = _edges(placed, timeline)
        share = np.diff(edges) / HOP_MS * _faded(number, edges, timeline)
        heard = np.diff(np.interp(moments, np.arange(len(energy)), energy))
        mean = heard / np.maximum(np.diff(moments), 1e-9)
        inside = slice(first, first + len(share))
        rows.k_power[inside] += share * mean
        np.maximum(rows.peak[inside], _largest(source.peak, moments), out=rows.peak[inside])
    _fill_last(rows, timeline)
    return rows


def _edges(placed: Placed, timeline: Timeline) -> tuple[int, np.ndarray, np.ndarray]:
    """First row of a span, the edges of its rows in clip ms, and in rows of the source."""
    start = float(placed.at_frame * 1000 / timeline.frame_rate)
    end = start + float(placed.span.frames * 1000 / timeline.frame_rate)
    first, last = int(start // HOP_MS), int(-(-end // HOP_MS))
    edges = np.clip(np.arange(first, last + 1, dtype=float) * HOP_MS, start, end)
    origin = float(placed.span.start_frame * 1000 / timeline.frame_rate)
    moments = (origin + (edges - start) * float(placed.span.speed)) / HOP_MS
    room = -(-timeline.duration_ms // HOP_MS) - first + 1
    return first, edges[:room], moments[:room]


def _faded(number: int, edges: np.ndarray, timeline: Timeline) -> np.ndarray:
    """What transitions leave of a span's power in each row: they fade with equal power."""
    middle = (edges[:-1] + edges[1:]) / 2
    since, until = middle - edges[0], edges[-1] - middle
    around = zip((number - 1, number), (since, until), strict=True)
    left = np.ones(len(middle))
    for between, distance in around:
        shared = timeline.transitions[between] if 0 <= between < len(timeline.transitions) else None
        if shared:
            length_ms = float(shared.frames * 1000 / timeline.frame_rate)
            left *= np.sin(np.clip(distance / length_ms, 0, 1) * np.pi / 2) ** 2
    return left


def _largest(peak: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Largest peak of the rows whose middle lies between each two moments; 0 after the end.

    To take all rows that are touched would find a peak twice wherever the rows of clip and
    source lie across each other, and limiting that nobody hears.
    """
    first = np.ceil(moments[:-1] - 0.5 - 1e-6).astype(int)
    last = np.maximum(first + 1, np.ceil(moments[1:] - 0.5 - 1e-6).astype(int))
    padded = np.append(peak, 0.0)
    reach = range(int((last - first).max(initial=0)))
    touched = [padded[np.minimum(np.minimum(first + step, last - 1), len(peak))] for step in reach]
    return np.max(touched, axis=0) if touched else np.zeros(0)


def _fill_last(rows: Loudness, timeline: Timeline) -> None:
    """The last row is shorter: its power is the mean of what there is of it."""
    rest = timeline.duration_ms % HOP_MS
    if rest:
        rows.k_power[-1] *= HOP_MS / rest


def without(rows: Loudness, spans: Iterable[TimeRange]) -> Loudness:
    """The rows with these spans of the clip silenced."""
    heard = np.ones(len(rows.peak) * HOP_MS)
    for span in spans:
        heard[span.start_ms : span.end_ms] = 0
    share = heard.reshape(-1, HOP_MS).mean(axis=1)
    return Loudness(rows.k_power * share, np.where(share > 0, rows.peak, 0.0))


def bed(lufs: float, file_lufs: float, shape: np.ndarray, timeline: Timeline) -> Loudness:
    """A music bed brought from its file's loudness to `lufs`, times its envelope.

    Of the music only its integrated loudness is known, so it counts as steady.
    """
    count = len(silent(timeline).peak)
    by_ms = shape[::PER_MS][: count * HOP_MS].astype(np.float64)
    by_row = np.pad(by_ms, (0, count * HOP_MS - len(by_ms)), mode="edge").reshape(count, HOP_MS)
    crest_db = min(MOST_CREST_DB, max(LEAST_CREST_DB, -file_lufs))
    peak = 10 ** ((lufs + crest_db) / 20)
    return Loudness((by_row**2).mean(axis=1) * lufs_power(lufs), by_row.max(axis=1) * peak)


def together(one: Loudness, other: Loudness) -> Loudness:
    """Two uncorrelated sounds at once."""
    return Loudness(one.k_power + other.k_power, np.hypot(one.peak, other.peak))
