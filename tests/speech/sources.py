"""Sources and words made by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from cliply.domain.media import AudioStream, SourceMedia, SubtitleStream
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.speech.transcriber import SpeechRequest

RATE = 16_000


def source_of(
    duration_ms: int, *, has_audio: bool = True, subtitles: tuple[SubtitleStream, ...] = ()
) -> SourceMedia:
    audio = AudioStream(index=0, codec="flac", sample_rate=RATE, channels=1)
    return SourceMedia(
        container="matroska",
        duration_ms=duration_ms,
        size_bytes=1,
        bitrate_bps=1,
        audio=audio if has_audio else None,
        subtitles=subtitles,
    )


def request_of(duration_ms: int, **fields: object) -> SpeechRequest:
    return SpeechRequest(path=Path("source.mkv"), source=source_of(duration_ms), **fields)


def span(start_ms: int, end_ms: int) -> TimeRange:
    return TimeRange(start_ms=start_ms, end_ms=end_ms)


def word(text: str, start_ms: int, end_ms: int) -> Word:
    return Word(text=text, span=span(start_ms, end_ms))


def words_in_a_row(text: str, *, each_ms: int = 200, gap_ms: int = 50) -> list[Word]:
    step = each_ms + gap_ms
    return [
        word(said, index * step, index * step + each_ms) for index, said in enumerate(text.split())
    ]


def sound_of(
    samples: np.ndarray, block: int = RATE
) -> Callable[[Path, SourceMedia], Iterator[np.ndarray]]:
    """A reader that gives these samples, whichever file it is asked for."""

    def read(_path: Path, _source: SourceMedia) -> Iterator[np.ndarray]:
        for start in range(0, len(samples), block):
            yield samples[None, start : start + block].astype(np.float32)

    return read


def clock(duration_s: float) -> np.ndarray:
    """Sound whose every sample tells its own time in 100 s units: 0.25 is heard at 25 s."""
    return np.arange(round(duration_s * RATE), dtype=np.float32) / (100 * RATE) + 0.002
