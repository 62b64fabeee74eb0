"""Tells speakers apart by their channels, where each has a microphone of their own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cliply.domain.media import SourceMedia
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Word
from cliply.media.audio import read_audio
from cliply.speech.segments import SAMPLE_RATE
from cliply.speech.turns import VoiceStretch, assign_speakers, number_speakers
from cliply.speech.words import RawWord

HOP_MS = 10
HOP = SAMPLE_RATE * HOP_MS // 1000
BLOCK_S = 5.0

CROSSTALK_DB = 5.0
"""A word is said into the channel that is louder by this much. The neighbour's microphone hears
a voice 10 to 20 dB weaker; a voice in the middle of a stereo picture differs by 0 to 3."""

CLEAR_SHARE = 0.6
"""The channels belong to speakers when so much of the words' time is clearly on one side."""

LEAST_WORDS, LEAST_SHARE = 2, 0.05
"""What each of the two has to say of it."""

LOOK_MS = 300_000
"""Channels that were alike for so long are not listened to any further."""

NO_POWER = 1e-9
"""-90 dBFS, so that digital silence divides."""

CHANNELS = ("left", "right")

Powers = NDArray[np.float32]
"""Mean square of each hop, `[2, hops]`, from source time 0 on."""

ReadSides = Callable[[Path, SourceMedia], Iterable[np.ndarray]]


def read_sides(path: Path, source: SourceMedia) -> Iterator[np.ndarray]:
    """Blocks `[2, samples]` at `SAMPLE_RATE`, from source time 0."""
    return read_audio(path, source, sample_rate=SAMPLE_RATE, layout="stereo", block_s=BLOCK_S)


def with_channel_speakers(
    transcript: Transcript, path: Path, source: SourceMedia, read: ReadSides = read_sides
) -> Transcript:
    """The transcript with a speaker for each channel, S1 and S2 in the order of speaking.

    Stays as it is when somebody is named already, or when the channels are not two people's.
    Costs a decode of the sound, 6 CPU s an hour, but for 5 minutes where they are alike.
    Raises MediaError when the sound can not be read.
    """
    is_open = all(word.speaker is None for word in transcript.words)
    if not (transcript.words and is_open and source.audio and source.audio.channels == 2):
        return transcript
    words = transcript.words
    powers = _measured(read(path, source), words)
    if not are_separate(words, powers):
        return transcript
    raw = [RawWord(word.text, word.span.start_ms, word.span.end_ms) for word in words]
    said = number_speakers(assign_speakers(raw, list(_clear_stretches(words, powers))))
    named = tuple(replace(word, speaker=one.speaker) for word, one in zip(words, said, strict=True))
    return transcript.model_copy(update={"words": named, "speaker_count": len(CHANNELS)})


def are_separate(words: Sequence[Word], powers: Powers) -> bool:
    """Whether most words are clearly in one of the channels, and some in each."""
    sides = np.array([side_db(word.span, powers) for word in words])
    lengths_ms = np.array([word.span.duration_ms for word in words])
    each = [sides >= CROSSTALK_DB, sides <= -CROSSTALK_DB]
    clear_ms = [lengths_ms[clear].sum() for clear in each]
    return bool(
        sum(clear_ms) >= CLEAR_SHARE * lengths_ms.sum()
        and min(clear.sum() for clear in each) >= LEAST_WORDS
        and min(clear_ms) >= LEAST_SHARE * sum(clear_ms)
    )


def side_db(span: TimeRange, powers: Powers) -> float:
    """How much louder the left channel is than the right one while the span lasts."""
    first = span.start_ms // HOP_MS
    heard = powers[:, first : max(first + 1, span.end_ms // HOP_MS)]
    if not heard.shape[1]:
        return 0.0
    left, right = heard.mean(axis=1) + NO_POWER
    return float(10 * np.log10(left / right))


def _clear_stretches(words: Sequence[Word], powers: Powers) -> Iterator[VoiceStretch]:
    """The words of which the channel is clear; the others go with their neighbours."""
    for word in words:
        db = side_db(word.span, powers)
        if abs(db) >= CROSSTALK_DB:
            yield VoiceStretch(CHANNELS[db < 0], word.span)


def _measured(blocks: Iterable[np.ndarray], words: Sequence[Word]) -> Powers:
    """The powers of the whole sound, or of its beginning where that has no clear sides."""
    parts: list[Powers] = []
    has_looked = False
    for block in blocks:
        parts.append(_powers(block))
        heard_ms = sum(part.shape[1] for part in parts) * HOP_MS
        if heard_ms >= LOOK_MS and not has_looked:
            has_looked = True
            early = [word for word in words if word.span.end_ms <= heard_ms]
            if early and not _has_sides(early, np.concatenate(parts, axis=1)):
                break
    return np.concatenate(parts, axis=1) if parts else np.zeros((2, 0), np.float32)


def _has_sides(words: Sequence[Word], powers: Powers) -> bool:
    """Whether at least a part of the words is clearly on one side, whichever."""
    clear = sum(abs(side_db(word.span, powers)) >= CROSSTALK_DB for word in words)
    return clear * 2 >= CLEAR_SHARE * len(words)


def _powers(block: np.ndarray) -> Powers:
    """Blocks are whole hops but for the last one, whose rest is left out."""
    hops = block.shape[1] // HOP
    squares = np.square(block[:, : hops * HOP]).reshape(2, hops, HOP)
    powers: Powers = squares.mean(axis=2, dtype=np.float32)
    return powers
