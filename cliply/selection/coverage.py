"""Whether a transcript is about as long as the speech that was heard."""

from cliply.domain.audio import AudioFeatures
from cliply.domain.transcript import Transcript

NEAR_MS = 1_000
"""A voice this close to a word counts as transcribed: engines differ in how they set edges."""


def speech_coverage(transcript: Transcript, features: AudioFeatures) -> float | None:
    """Share (0…1) of the heard speech that has a word in it or within a second of it.

    None when no speech was heard.
    """
    total_ms = sum(span.duration_ms for span in features.speech)
    if not total_ms:
        return None
    blocks: list[list[int]] = []
    for word in transcript.words:
        start_ms, end_ms = word.span.start_ms - NEAR_MS, word.span.end_ms + NEAR_MS
        if blocks and start_ms <= blocks[-1][1]:
            blocks[-1][1] = max(blocks[-1][1], end_ms)
        else:
            blocks.append([start_ms, end_ms])
    covered_ms = 0
    first = 0
    for span in features.speech:
        while first < len(blocks) and blocks[first][1] <= span.start_ms:
            first += 1
        for start_ms, end_ms in blocks[first:]:
            if start_ms >= span.end_ms:
                break
            covered_ms += min(end_ms, span.end_ms) - max(start_ms, span.start_ms)
    return covered_ms / total_ms
