"""Recognises segments of 16 kHz 16-bit mono sound from stdin; run as a script.

pocketsphinx holds the interpreter's lock for a whole segment (two threads took 37.7 s
where one took 37.0), so only processes use several cores and leave the parent awake.
"""

import json
import sys
from typing import Any

FRAME_RATE = 100

MAX_HMMS_PER_FRAME = 8_000
"""Default is 30000; this took 25 % less time at the same word error rate."""


def main() -> None:
    """Answer each length-prefixed segment with `{"words": [[text, start_ms, end_ms, p]]}`."""
    requests, answers = sys.stdin.buffer, sys.stdout
    decoder = None
    while header := requests.read(4):
        pcm = requests.read(int.from_bytes(header, "little"))
        try:
            decoder = decoder or _load()
            answer: dict[str, Any] = {"words": _recognize(decoder, pcm)}
        except Exception as error:  # the process boundary: the parent reports it
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _load() -> Any:
    from pocketsphinx import Decoder

    return Decoder(samprate=16_000, frate=FRAME_RATE, loglevel="FATAL", maxhmmpf=MAX_HMMS_PER_FRAME)


def _recognize(decoder: Any, pcm: bytes) -> list[tuple[str, int, int, float]]:
    """Words of one segment, whole: with live normalisation most words are lost."""
    decoder.start_utt()
    decoder.process_raw(pcm, no_search=False, full_utt=True)
    decoder.end_utt()
    per_frame_ms = 1000 // FRAME_RATE
    return [
        (
            part.word,
            part.start_frame * per_frame_ms,
            (part.end_frame + 1) * per_frame_ms,
            part.prob,
        )
        for part in decoder.seg() or ()
    ]


if __name__ == "__main__":
    main()
