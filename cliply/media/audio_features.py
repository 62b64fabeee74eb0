"""Measures everything that can be heard in a source in one pass over its sound."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from cliply.domain.audio import AudioFeatures, AudioState
from cliply.domain.media import SourceMedia
from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.timing import TimeRange
from cliply.errors import ErrorCode, MediaError
from cliply.media.audio import read_audio
from cliply.media.levels import FINE_MS, LEVEL_RATE, LevelMeter, OnsetMeter
from cliply.media.loudness import integrated_lufs
from cliply.media.sound_events import HEARD_DBFS, find_peaks, find_silences, median_dbfs
from cliply.media.voice import VOICE_RATE, VoiceDetector


@dataclass(frozen=True)
class AudioMeasured:
    """What was heard: events and totals, and the level series (`LEVEL_COLUMNS`)."""

    features: AudioFeatures
    levels: pl.DataFrame


def measure_audio(
    path: Path, source: SourceMedia, *, on_progress: OnProgress = unwatched
) -> AudioMeasured:
    """Levels, loudness, silences, peaks and speech of the source's audio stream.

    One decode; memory is a few blocks and the series themselves (0.7 MB an hour), however
    long the source is. Loudness is that of the stereo mix. Raises MediaError when the file
    can not be read, and when it has nothing but sound and none of that decodes.
    """
    ear = _Ear()
    if source.audio is not None:
        for block in read_audio(path, source, sample_rate=LEVEL_RATE, layout="stereo"):
            ear.hear(block)
            on_progress(min(1.0, ear.heard_ms / source.duration_ms))
        if ear.heard_ms == 0 and source.video is None:
            raise MediaError(
                ErrorCode.source_corrupt,
                f"None of the sound in {path.name} can be decoded; export the file again.",
            )
    on_progress(1.0)
    return ear.measured(source)


class _Ear:
    """All meters that listen to the one pass."""

    def __init__(self) -> None:
        self._levels = LevelMeter()
        self._onsets = OnsetMeter()
        self._voice: VoiceDetector | None = None
        self._to_mono = AudioResampler("fltp", "mono", VOICE_RATE)
        self._samples = 0

    @property
    def heard_ms(self) -> int:
        return self._samples * 1000 // LEVEL_RATE

    def hear(self, block: np.ndarray) -> None:
        self._samples += block.shape[1]
        self._levels.feed(block)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
        frame.sample_rate = LEVEL_RATE
        self._hear_mono(frame)

    def measured(self, source: SourceMedia) -> AudioMeasured:
        if self._samples:
            self._hear_mono(None)
        levels = self._levels.table(self._onsets.rows())
        if source.audio is None:
            absent = AudioFeatures(state=AudioState.absent, duration_ms=0)
            return AudioMeasured(absent, levels)
        return AudioMeasured(self._features(levels), levels)

    def _hear_mono(self, frame: AudioFrame | None) -> None:
        self._voice = self._voice or VoiceDetector()
        for part in self._to_mono.resample(frame):
            samples = part.to_ndarray()[0]
            self._onsets.feed(samples)
            self._voice.feed(samples)

    def _features(self, levels: pl.DataFrame) -> AudioFeatures:
        peak_dbfs = float(np.max(levels["peak_dbfs"].to_numpy(), initial=-120.0))
        if peak_dbfs <= HEARD_DBFS:
            return self._silent(round(peak_dbfs, 2))
        power = self._levels.fine_power
        middle = median_dbfs(levels["rms_dbfs"].to_numpy())
        speech = self._within(self._voice.spans() if self._voice else ())
        return AudioFeatures(
            state=AudioState.heard,
            duration_ms=self.heard_ms,
            integrated_lufs=round(integrated_lufs(levels["k_power"].to_numpy()), 2),
            sample_peak_dbfs=round(peak_dbfs, 2),
            median_rms_dbfs=middle,
            silences=self._within(find_silences(power, speech)),
            speech=speech,
            peaks=find_peaks(power, middle),
        )

    def _silent(self, peak_dbfs: float) -> AudioFeatures:
        whole = (TimeRange(start_ms=0, end_ms=self.heard_ms),) if self.heard_ms else ()
        return AudioFeatures(
            state=AudioState.silent,
            duration_ms=self.heard_ms,
            sample_peak_dbfs=peak_dbfs,
            silences=whole,
        )

    def _within(self, spans: tuple[TimeRange, ...]) -> tuple[TimeRange, ...]:
        """The spans cut to what was heard; the last step of a series may reach past it."""
        return tuple(
            TimeRange(start_ms=span.start_ms, end_ms=min(span.end_ms, self.heard_ms))
            for span in spans
            if span.start_ms + FINE_MS <= self.heard_ms
        )
