"""Talks of 20 to 60 minutes with five planted moments among decoys, as values of analysis."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np
import polars as pl

from cliply.domain.audio import HOP_MS, AudioFeatures, AudioState, SoundEvent, SoundKind
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Utterance, Word
from cliply.media.sound_events import find_peaks, median_dbfs
from tests.selection.planted_words import BRIGHT, DARK, HOOKS, SUBJECTS, dull, listed, some

SPEECH_DBFS, ROOM_DBFS = -24.0, -58.0
APART_MS = 100_000
"""Least distance of two planted moments, and of the first and last one from the ends."""


class MomentKind(StrEnum):
    """What makes a planted moment worth cutting; nothing else does."""

    laughter = "laughter"
    shout = "shout"
    keyword = "keyword"
    swing = "swing"
    burst = "burst"


@dataclass(frozen=True)
class Planted:
    """A moment that a selection should find."""

    kind: MomentKind
    span: TimeRange


@dataclass(frozen=True)
class PlantedTalk:
    """A talk as analysis knows it, and the truth about it."""

    transcript: Transcript
    features: AudioFeatures
    levels: pl.DataFrame
    scenes: SceneList
    duration_ms: int
    moments: tuple[Planted, ...]
    shifts_ms: tuple[int, ...]
    """Where the subject of the talk changes."""


def plant(seed: int, minutes: int | None = None) -> PlantedTalk:
    """The talk of a seed: one moment of each kind, a decoy about every 50 seconds."""
    rng = np.random.default_rng(seed)
    stage = _Stage(rng)
    length_ms = (minutes or int(rng.integers(20, 61))) * 60_000
    wanted = _moment_times(rng, length_ms)
    next_decoy = 20_000.0
    while stage.now < length_ms:
        if wanted and stage.now >= wanted[0][0]:
            stage.perform(wanted.pop(0)[1])
        elif stage.now >= next_decoy:
            stage.mislead()
            next_decoy = stage.now + float(rng.uniform(25_000, 75_000))
        else:
            stage.ramble()
    return stage.recorded()


def _moment_times(rng: np.random.Generator, length_ms: int) -> list[tuple[int, MomentKind]]:
    kinds = [list(MomentKind)[i] for i in rng.permutation(len(MomentKind))]
    slack = length_ms - APART_MS * (len(kinds) + 1)
    offsets = np.sort(rng.uniform(0, slack, len(kinds)))
    return [
        (int(offset) + APART_MS * (place + 1), kind)
        for place, (offset, kind) in enumerate(zip(offsets, kinds, strict=True))
    ]


@dataclass
class _Stage:
    """Where the talk goes on, sentence by sentence."""

    rng: np.random.Generator
    now: int = 400
    words: list[Word] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    raised: list[tuple[int, int, float]] = field(default_factory=list)
    """Stretches with their level in dBFS."""
    events: list[SoundEvent] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    moments: list[Planted] = field(default_factory=list)
    shifts: list[int] = field(default_factory=list)
    subject: int = 0
    section_ends: int = 0

    def say(self, sentence: str, gain_db: float = 0.0) -> TimeRange:
        """One sentence and the pause after it; gives the time of its words."""
        first, start = len(self.words), self.now
        pace = self.rng.uniform(0.85, 1.2)
        for text in sentence.split():
            length = int((90 + 45 * len(text)) * pace)
            self.words.append(
                Word(text=text, span=TimeRange(start_ms=self.now, end_ms=self.now + length))
            )
            self.now += length + int(self.rng.integers(10, 90))
        self.utterances.append(Utterance(first=first, last=len(self.words) - 1, is_sentence=True))
        end = self.words[-1].span.end_ms
        self.raised.append((start, end, SPEECH_DBFS + gain_db))
        self.now = end + int(self.rng.lognormal(5.9, 0.5)) + 60
        return TimeRange(start_ms=start, end_ms=end)

    def ramble(self, count: int = 1) -> None:
        """Ordinary sentences; the subject changes every few minutes, the shot now and then."""
        for _ in range(count):
            if self.now > self.section_ends:
                self._change_subject()
                self.section_ends = self.now + int(self.rng.uniform(180_000, 420_000))
            if self.rng.random() < 0.22:
                self.cuts.append(self.now - int(self.rng.integers(0, 60)))
            self.say(dull(self.rng, self.subject))

    def _change_subject(self) -> None:
        """Another one, after a breath."""
        others = [subject for subject in range(len(SUBJECTS)) if subject != self.subject]
        self.subject = others[int(self.rng.integers(len(others)))]
        if self.words:
            self.now += int(self.rng.uniform(400, 1_500))
            self.shifts.append(self.now)

    def perform(self, kind: MomentKind) -> None:
        """A moment worth cutting; its span goes from its first word to its last sound."""
        start = self.now
        performances: dict[MomentKind, Callable[[], None]] = {
            MomentKind.laughter: self._laughter,
            MomentKind.shout: self._shout,
            MomentKind.keyword: self._keyword,
            MomentKind.swing: self._swing,
            MomentKind.burst: self._burst,
        }
        performances[kind]()
        end = max(self.words[-1].span.end_ms, self.raised[-1][1])
        self.moments.append(Planted(kind, TimeRange(start_ms=start, end_ms=end)))

    def mislead(self) -> None:
        """Something that stands out and is worth nothing."""
        decoys = (
            self._noise,
            self._reading,
            self._coughs,
            self._music,
            self._false_alarm,
            self._two_cuts,
            self._complaint,
        )
        decoys[int(self.rng.integers(len(decoys)))]()

    def _laughter(self) -> None:
        self.ramble(int(self.rng.integers(2, 5)))
        self._react(SoundKind.laughter, self.rng.uniform(1_600, 4_000))
        if self.rng.random() < 0.5:
            self.ramble()
            self._react(SoundKind.laughter, self.rng.uniform(1_200, 2_500))

    def _shout(self) -> None:
        self.ramble(int(self.rng.integers(1, 3)))
        for _ in range(int(self.rng.integers(1, 3))):
            loud = self.say(dull(self.rng, self.subject), gain_db=float(self.rng.uniform(8, 13)))
            if self.rng.random() < 0.8:
                self._event(SoundKind.shout, loud, self.rng.uniform(0.5, 0.95))
        self.ramble()

    def _keyword(self) -> None:
        for sentence in some(self.rng, HOOKS, int(self.rng.integers(3, 6))):
            self.say(sentence)

    def _swing(self) -> None:
        sides = [some(self.rng, BRIGHT, 2), some(self.rng, DARK, 2)]
        for sentence in [text for i in self.rng.permutation(2) for text in sides[i]]:
            self.say(sentence)

    def _burst(self) -> None:
        start = self.now
        self.ramble(int(self.rng.integers(4, 6)))
        count = int(self.rng.integers(8, 15))
        self.cuts += [int(time) for time in self.rng.uniform(start, self.now, count)]

    def _noise(self) -> None:
        """A door, a lorry: louder than any shout, and nobody speaks."""
        start = self.now + 300
        end = start + int(self.rng.uniform(1_500, 5_000))
        self.raised.append((start, end, SPEECH_DBFS + float(self.rng.uniform(8, 16))))
        self.now = end + 500

    def _reading(self) -> None:
        for _ in range(int(self.rng.integers(3, 6))):
            self.say(listed(self.rng, self.subject))

    def _coughs(self) -> None:
        for _ in range(int(self.rng.integers(1, 4))):
            self.ramble()
            start = self.now
            self.now += int(self.rng.uniform(250, 450))
            self.raised.append((start, self.now, SPEECH_DBFS + float(self.rng.uniform(8, 14))))
            self.now += 150

    def _music(self) -> None:
        span = TimeRange(start_ms=self.now, end_ms=self.now + int(self.rng.uniform(8_000, 25_000)))
        self.raised.append((span.start_ms, span.end_ms, SPEECH_DBFS + 5))
        self._event(SoundKind.music, span, 0.9)
        self.now = span.end_ms + 400

    def _false_alarm(self) -> None:
        """What a classifier takes for a reaction, less surely than a real one."""
        self.ramble()
        kind = list(SoundKind)[int(self.rng.integers(3))]
        span = TimeRange(
            start_ms=self.now - 200, end_ms=self.now + int(self.rng.integers(300, 900))
        )
        self._event(kind, span, self.rng.uniform(0.15, 0.5))
        self.now = span.end_ms

    def _two_cuts(self) -> None:
        self.cuts += [self.now, self.now + int(self.rng.uniform(800, 4_000))]
        self.ramble()

    def _complaint(self) -> None:
        """One sentence full of mood, with nothing to swing from or to."""
        self.say(some(self.rng, BRIGHT if self.rng.random() < 0.5 else DARK, 1)[0])

    def _react(self, kind: SoundKind, length_ms: float) -> None:
        start = self.words[-1].span.end_ms + int(self.rng.integers(100, 500))
        span = TimeRange(start_ms=start, end_ms=start + int(length_ms))
        self.raised.append((start, span.end_ms, SPEECH_DBFS + float(self.rng.uniform(-2, 4))))
        self._event(kind, span, self.rng.uniform(0.6, 0.95))
        self.now = span.end_ms + int(self.rng.integers(100, 600))

    def _event(self, kind: SoundKind, span: TimeRange, likelihood: float) -> None:
        self.events.append(SoundEvent(kind=kind, span=span, likelihood=round(likelihood, 3)))

    def recorded(self) -> PlantedTalk:
        duration_ms = self.now + 1_000
        rms = self._rms(duration_ms)
        features = AudioFeatures(
            state=AudioState.heard,
            duration_ms=duration_ms,
            median_rms_dbfs=median_dbfs(rms),
            silences=self._silences(duration_ms),
            speech=tuple(self._spoken()),
            peaks=find_peaks(np.repeat(10 ** (rms / 10), HOP_MS // 10), median_dbfs(rms)),
            events=tuple(sorted(self.events, key=lambda event: event.span.start_ms)),
        )
        transcript = Transcript(
            language="en",
            words=tuple(self.words),
            utterances=tuple(self.utterances),
            engine="composed",
            quality=TranscriptQuality.given,
        )
        return PlantedTalk(
            transcript=transcript,
            features=features,
            levels=_levels(rms),
            scenes=_scenes(self.cuts, duration_ms),
            duration_ms=duration_ms,
            moments=tuple(self.moments),
            shifts_ms=tuple(self.shifts),
        )

    def _rms(self, duration_ms: int) -> np.ndarray:
        """Speech wavers by 3 dB from hop to hop and drifts by 2 dB over minutes."""
        rms = np.full(-(-duration_ms // HOP_MS), ROOM_DBFS)
        for start, end, level in self.raised:
            rms[start // HOP_MS : -(-end // HOP_MS)] = level
        wavering = self.rng.normal(0, 3.0, len(rms))
        drift = 2 * np.sin(np.arange(len(rms)) / 1_700 + self.rng.uniform(0, 6))
        return np.where(rms > ROOM_DBFS, rms + wavering + drift, rms).astype(np.float32)

    def _spoken(self) -> list[TimeRange]:
        spans: list[TimeRange] = []
        for word in self.words:
            near = spans and word.span.start_ms - spans[-1].end_ms < 200
            start = spans.pop().start_ms if near else word.span.start_ms
            spans.append(TimeRange(start_ms=start, end_ms=word.span.end_ms))
        return spans

    def _silences(self, duration_ms: int) -> tuple[TimeRange, ...]:
        heard = sorted([(start, end) for start, end, _ in self.raised] + [(duration_ms,) * 2])
        return tuple(
            TimeRange(start_ms=one[1], end_ms=other[0])
            for one, other in pairwise(heard)
            if other[0] - one[1] >= 200
        )


def _levels(rms: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "start_ms": np.arange(len(rms)) * HOP_MS,
            "rms_dbfs": rms,
            "peak_dbfs": rms + 12,
            "k_power": 10 ** (rms.astype(np.float64) / 10),
            "onset": np.zeros(len(rms), dtype=np.float32),
        }
    )


def _scenes(cuts_ms: list[int], duration_ms: int) -> SceneList:
    bounds = sorted({0, duration_ms, *(cut for cut in cuts_ms if 0 < cut < duration_ms)})
    return SceneList(
        scenes=tuple(
            Scene(span=TimeRange(start_ms=start, end_ms=end), motion=5.0)
            for start, end in pairwise(bounds)
        ),
        detector="composed",
    )
