"""Measures everything that can be heard in a source in one pass over its sound."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from cliply.domain.audio import AudioFeatures, AudioState, SoundKind
from cliply.domain.media import SourceMedia
from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.timing import TimeRange
from cliply.errors import ErrorCode, MediaError
from cliply.media.audio import read_audio
from cliply.media.beat_grid import BeatMeter
from cliply.media.compiled_weighting import CompiledWeighting
from cliply.media.levels import FINE_MS, LEVEL_RATE, LevelMeter
from cliply.media.loudness import integrated_lufs
from cliply.media.mono import MonoMixer
from cliply.media.sound_events import HEARD_DBFS, find_peaks, find_silences, median_dbfs
from cliply.media.sound_kinds import Likelihoods, find_events, likelihoods
from cliply.media.sound_texture import ROW, TextureMeter
from cliply.media.spectra import Spectra
from cliply.media.voice import VoiceDetector

BLOCK_S = 2.0
"""Sound that levels are measured over at once: with all that is computed from it, it stays in
a core's cache."""

PIECE = 160 * ROW
"""Mono samples that voice and texture are measured over at once, 16 s: their calls cost more
than their work on less."""


@dataclass(frozen=True)
class AudioMeasured:
    """What was heard: events and totals, and the level series.

    The series has `LEVEL_COLUMNS` and then `LIKELIHOOD_COLUMNS`.
    """

    features: AudioFeatures
    levels: pl.DataFrame


def measure_audio(
    path: Path, source: SourceMedia, *, on_progress: OnProgress = unwatched
) -> AudioMeasured:
    """Levels, loudness, silences, peaks, speech, events and beats of the source's audio.

    One decode; memory is a few blocks and the series themselves (4 MB an hour), however
    long the source is. Loudness is that of the stereo mix. Raises MediaError when the file
    can not be read, and when it has nothing but sound and none of that decodes.
    """
    ear = _Ear()
    if source.audio is not None:
        blocks = read_audio(path, source, sample_rate=LEVEL_RATE, layout="stereo", block_s=BLOCK_S)
        for block in blocks:
            ear.hear(block)
            on_progress(min(1.0, ear.heard_ms / source.duration_ms))
        if ear.heard_ms == 0 and source.video is None:
            raise MediaError(
                ErrorCode.source_corrupt,
                f"None of the sound in {path.name} can be decoded; export the file again.",
            )
    measured = ear.measured(source)
    on_progress(1.0)
    return measured


class _Ear:
    """All meters that listen to the one pass."""

    def __init__(self) -> None:
        self._levels = LevelMeter(CompiledWeighting())
        self._mono = MonoMixer()
        self._voice: VoiceDetector | None = None
        self._spectra = Spectra()
        self._texture = TextureMeter()
        self._beats = BeatMeter()
        self._held: list[np.ndarray] = []
        self._samples = 0

    @property
    def heard_ms(self) -> int:
        return self._samples * 1000 // LEVEL_RATE

    def hear(self, block: np.ndarray) -> None:
        self._samples += block.shape[1]
        self._levels.feed(block)
        self._held.append(self._mono.feed(block))
        if sum(len(part) for part in self._held) >= PIECE:
            self._hear_piece(np.concatenate(self._held))

    def measured(self, source: SourceMedia) -> AudioMeasured:
        if self._samples:
            rest = np.concatenate([*self._held, self._mono.finish()])
            self._hear_piece(np.pad(rest, (0, -len(rest) % ROW)))
        levels = self._levels.table(self._beats.onsets())
        if source.audio is None:
            absent = AudioFeatures(state=AudioState.absent, duration_ms=0)
            return AudioMeasured(absent, _with_likelihoods(levels, {}))
        if float(np.max(levels["peak_dbfs"].to_numpy(), initial=-120.0)) <= HEARD_DBFS:
            return AudioMeasured(self._silent(levels), _with_likelihoods(levels, {}))
        return self._heard(levels)

    def _hear_piece(self, samples: np.ndarray) -> None:
        """Takes whole rows of mono sound; what is beyond them stays for the next piece."""
        whole = len(samples) // ROW * ROW
        self._held = [samples[whole:].copy()]
        if not whole:
            return
        self._voice = self._voice or VoiceDetector()
        self._voice.feed(samples[:whole])
        magnitudes = self._spectra.feed(samples[:whole])
        self._beats.feed(magnitudes)
        self._texture.feed(samples[:whole], magnitudes)

    def _heard(self, levels: pl.DataFrame) -> AudioMeasured:
        power, rms_dbfs = self._levels.fine_power, levels["rms_dbfs"].to_numpy()
        speech = self._within(self._voice.spans() if self._voice else ())
        kinds = likelihoods(self._texture.texture(), rms_dbfs, self._beats.pulse(), speech)
        events = find_events(kinds, self.heard_ms)
        music = [event.span for event in events if event.kind is SoundKind.music]
        middle = median_dbfs(rms_dbfs)
        features = AudioFeatures(
            state=AudioState.heard,
            duration_ms=self.heard_ms,
            integrated_lufs=round(integrated_lufs(levels["k_power"].to_numpy()), 2),
            sample_peak_dbfs=_peak_dbfs(levels),
            median_rms_dbfs=middle,
            silences=self._within(find_silences(power, speech)),
            speech=speech,
            peaks=find_peaks(power, middle),
            events=events,
            beats=self._beats.grid(music),
        )
        return AudioMeasured(features, _with_likelihoods(levels, kinds))

    def _silent(self, levels: pl.DataFrame) -> AudioFeatures:
        whole = (TimeRange(start_ms=0, end_ms=self.heard_ms),) if self.heard_ms else ()
        return AudioFeatures(
            state=AudioState.silent,
            duration_ms=self.heard_ms,
            sample_peak_dbfs=_peak_dbfs(levels),
            silences=whole,
        )

    def _within(self, spans: tuple[TimeRange, ...]) -> tuple[TimeRange, ...]:
        """The spans cut to what was heard; the last step of a series may reach past it."""
        return tuple(
            TimeRange(start_ms=span.start_ms, end_ms=min(span.end_ms, self.heard_ms))
            for span in spans
            if span.start_ms + FINE_MS <= self.heard_ms
        )


def _peak_dbfs(levels: pl.DataFrame) -> float:
    return round(float(np.max(levels["peak_dbfs"].to_numpy(), initial=-120.0)), 2)


def _with_likelihoods(levels: pl.DataFrame, kinds: Likelihoods) -> pl.DataFrame:
    """The level series with a column for each kind, 0 where nothing was looked for."""
    nothing = np.zeros(len(levels), np.float32)
    return levels.with_columns(
        pl.Series(kind.value, kinds.get(kind, nothing)) for kind in SoundKind
    )
