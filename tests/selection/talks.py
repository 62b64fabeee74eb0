"""Sources composed for selection: words, levels and scenes whose truth is known."""

from itertools import pairwise

import numpy as np
import polars as pl

from cliply.domain.audio import HOP_MS, AudioFeatures, AudioState
from cliply.domain.scenes import Scene, SceneList
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality, Utterance, Word

PLAIN = "we walked along the river and looked at boats all afternoon."
WORD_MS, STEP_MS, PAUSE_MS = 250, 300, 600
"""A word lasts 250 ms, 50 ms stand between two, 650 ms between two sentences."""


def talk(*sentences: str, start_ms: int = 400, language: str = "en") -> Transcript:
    """Sentences one after the other; a sentence ends where its text has a mark."""
    words: list[Word] = []
    utterances: list[Utterance] = []
    now = start_ms
    for sentence in sentences:
        first = len(words)
        for text in sentence.split():
            words.append(Word(text=text, span=TimeRange(start_ms=now, end_ms=now + WORD_MS)))
            now += STEP_MS
        ended = sentence.endswith((".", "?", "!"))
        utterances.append(Utterance(first=first, last=len(words) - 1, is_sentence=ended))
        now += PAUSE_MS
    return transcript_of(words, utterances, language)


def transcript_of(
    words: list[Word], utterances: list[Utterance], language: str = "en"
) -> Transcript:
    return Transcript(
        language=language,
        words=tuple(words),
        utterances=tuple(utterances),
        engine="composed",
        quality=TranscriptQuality.given if words else TranscriptQuality.none,
    )


def wordless() -> Transcript:
    return transcript_of([], [], "und")


def end_of(transcript: Transcript) -> int:
    """A second after the last word."""
    return transcript.words[-1].span.end_ms + 1000


def loud_at(
    duration_ms: int, *loud: tuple[int, int], level_dbfs: float = -26.0, loud_dbfs: float = -12.0
) -> tuple[AudioFeatures, pl.DataFrame]:
    """An even level, louder in the given spans of milliseconds."""
    rms = np.full(-(-duration_ms // HOP_MS), level_dbfs, dtype=np.float32)
    for start_ms, end_ms in loud:
        rms[start_ms // HOP_MS : end_ms // HOP_MS] = loud_dbfs
    features = AudioFeatures(
        state=AudioState.heard, duration_ms=duration_ms, median_rms_dbfs=level_dbfs
    )
    return features, levels_of(rms)


def levels_of(rms_dbfs: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "start_ms": np.arange(len(rms_dbfs)) * HOP_MS,
            "rms_dbfs": rms_dbfs,
            "peak_dbfs": rms_dbfs,
            "k_power": np.zeros(len(rms_dbfs)),
            "onset": np.zeros(len(rms_dbfs), dtype=np.float32),
        }
    )


def no_audio(duration_ms: int) -> tuple[AudioFeatures, pl.DataFrame]:
    features = AudioFeatures(state=AudioState.absent, duration_ms=duration_ms)
    return features, levels_of(np.zeros(0, dtype=np.float32))


def shots(duration_ms: int, *cuts_ms: int, motion: float = 5.0) -> SceneList:
    return SceneList(
        scenes=tuple(
            Scene(span=TimeRange(start_ms=start, end_ms=end), motion=motion)
            for start, end in pairwise([0, *cuts_ms, duration_ms])
        ),
        detector="composed",
    )
