"""How late the sound of a clip is, by comparing it with that of its source."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import TimeRange
from cliply.media.seeking import INDEXED
from cliply.media.source import SourceClock, open_stream

RATE = 8_000
"""Hz; enough for speech, and one sample is an eighth of a millisecond."""

STRETCH_MS = 2_000
"""Length of the sound that is compared."""

SEARCH_MS = 250
"""How early or late the sound is looked for."""

LEAD_MS = 200
"""Decoded before what is wanted; decoders need a few frames to settle."""

SURE = 0.5
"""Correlation below which music, noise removal or effects have changed too much."""

UNIQUE = 0.85
"""The second best place must be worse than this part of the best: a steady tone fits
everywhere."""

PEAK_MS = 1.5
"""Half width of a peak of the correlation."""

Samples = NDArray[np.float64]


def sound_lag_ms(video: Path, spec: RenderSpec, source: Path) -> float | None:
    """Milliseconds by which the clip's sound comes late, negative when it is early.

    Compares two seconds from the middle of the longest kept spans, the first of three that
    is unmistakable. None when none is: silence, steady tones, speech under louder music,
    changed speed, or a container in which a time can not be found exactly.
    """
    audio = spec.source.audio
    if audio is None or not spec.audio.has_source or not spec.source.container.startswith(INDEXED):
        return None
    try:
        with av.open(str(video)) as clip, open_stream(source, audio.index) as film:
            for in_clip, in_source in _stretches(spec):
                lag = _lag(
                    _heard(clip, clip.streams.audio[0].index, in_clip),
                    _heard(film, audio.index, _wider(in_source)),
                )
                if lag is not None:
                    return min(SEARCH_MS, in_source.start_ms) - lag
    except av.FFmpegError:
        return None
    return None


def _stretches(spec: RenderSpec) -> Iterator[tuple[TimeRange, TimeRange]]:
    """Middles of the longest spans at usual speed, in clip time and in source time."""
    timeline = spec.timeline
    usual = [placed for placed in timeline.placed if placed.span.speed == 1]
    for kept, at_frame in sorted(usual, key=lambda placed: -placed.span.frames)[:3]:
        length = Fraction(kept.frames * 1000) / timeline.frame_rate
        inset = max(Fraction(0), (length - STRETCH_MS) / 2)
        starts = (
            round(Fraction(frame * 1000) / timeline.frame_rate + inset)
            for frame in (at_frame, kept.start_frame)
        )
        in_clip, in_source = (
            TimeRange(start_ms=start, end_ms=start + max(1, round(length - 2 * inset)))
            for start in starts
        )
        if not any(censored.span.overlaps(in_clip) for censored in spec.audio.censored):
            yield in_clip, in_source


def _wider(span: TimeRange) -> TimeRange:
    return TimeRange(start_ms=max(0, span.start_ms - SEARCH_MS), end_ms=span.end_ms + SEARCH_MS)


def _heard(container: InputContainer, index: int, span: TimeRange) -> Samples:
    """A span of an audio stream as mono samples, silent where there are none."""
    heard = np.zeros(round(span.duration_ms * RATE / 1000))
    at = 0
    for first_ms, block in _mono(container, index, span):
        at = at or round((first_ms - span.start_ms) * RATE / 1000)
        skipped = max(0, -at)
        end = min(len(heard), at + len(block))
        if end > at + skipped:
            heard[at + skipped : end] = block[skipped : end - at]
        at += len(block)
    return heard


def _mono(
    container: InputContainer, index: int, span: TimeRange
) -> Iterator[tuple[float, Samples]]:
    """Blocks that follow each other, with the time of the first of them."""
    stream = container.streams[index]
    assert isinstance(stream, AudioStream), f"stream {index} is not audio"
    resampler, clock = AudioResampler("flt", "mono", RATE), SourceClock(container)
    assert stream.time_base is not None
    wanted_s = Fraction(max(0, span.start_ms - LEAD_MS), 1000)
    start_s = Fraction(container.start_time or 0, av.time_base)
    # By its own table: the other streams of a long file have none.
    container.seek(int((wanted_s + start_s) / stream.time_base), stream=stream, backward=True)
    first_ms: int | None = None
    for frame in container.decode(stream):
        if frame.pts is None or frame.time_base is None:
            continue
        time_ms = clock.time_ms(frame.pts, frame.time_base)
        if time_ms >= span.end_ms:
            break
        first_ms = time_ms if first_ms is None else first_ms
        yield from ((first_ms, block) for block in _resampled(resampler, frame))
    yield from ((first_ms or 0, block) for block in _resampled(resampler, None))


def _resampled(resampler: AudioResampler, frame: AudioFrame | None) -> Iterator[Samples]:
    if frame is not None:
        frame.pts = None
    for part in resampler.resample(frame):
        yield part.to_ndarray()[0].astype(np.float64)


def _lag(clip: Samples, source: Samples) -> float | None:
    """Milliseconds into the source's sound at which that of the clip lies; None if unsure."""
    clip, source = (np.diff(samples, prepend=0.0) for samples in (clip, source))
    fits = _correlation(clip, source)
    best = int(np.argmax(fits))
    if fits[best] < SURE:
        return None
    width = round(PEAK_MS * RATE / 1000)
    others = np.delete(fits, slice(max(0, best - width), best + width + 1))
    if others.max(initial=0.0) > UNIQUE * fits[best]:
        return None
    return 1000 * best / RATE


def _correlation(clip: Samples, source: Samples) -> Samples:
    """Normalised cross-correlation at every place where the clip fits into the source."""
    size = len(source)
    spectrum = np.fft.rfft(source) * np.conj(np.fft.rfft(clip, size))
    raw = np.fft.irfft(spectrum, size)[: size - len(clip) + 1]
    total = np.concatenate([[0.0], np.cumsum(source**2)])
    energy = np.sum(clip**2) * (total[len(clip) :] - total[: size - len(clip) + 1])
    return np.asarray(raw / np.sqrt(np.maximum(energy, 1e-12)))
