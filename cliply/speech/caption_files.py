"""Reads caption files of every accepted format into cues."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from pysubs2 import SSAFile

from cliply.speech.cues import Piece, TextCue

TIMING = re.compile(r"^\s*((?:\d+:)?\d\d:\d\d\.\d{3})\s+-->\s+((?:\d+:)?\d\d:\d\d\.\d{3})")
WORD_TIME = re.compile(r"<((?:\d+:)?\d\d:\d\d\.\d{3})>")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
BEFORE_ZERO = re.compile(r"-(?:\d+:)?\d+:\d\d([.,])\d+(?=\s|$)")
LANGUAGE = re.compile(r"^Language:\s*([A-Za-z-]+)\s*$", re.MULTILINE)


class NotCaptions(Exception):
    """The text is in none of the formats, or breaks the rules of its own."""


def read_srt(text: str) -> list[TextCue]:
    """Cues of a SubRip file in its order, also those that end before they begin."""
    events = SSAFile.from_string(_from_zero(text), format_="srt", keep_html_tags=True)
    return [TextCue.of(event.start, event.end, event.text.replace("\\N", "\n")) for event in events]


def read_vtt(text: str) -> list[TextCue]:
    """Cues of a WebVTT file, with its word times where it has them; as in `read_srt`.

    pysubs2 takes a line with two word times for the timing line of a cue, so this is ours.
    """
    blocks = re.split(r"\n(?:[^\S ]*\n)+", _from_zero(text))
    return [cue for block in blocks if (cue := _vtt_cue(block))]


def vtt_language(text: str) -> str | None:
    """The language that the header of a WebVTT file names, as YouTube writes it."""
    named = LANGUAGE.search(text.split("\n\n", 1)[0])
    return named[1] if named else None


def read_json3(document: Any) -> list[TextCue]:
    """Cues of YouTube's `json3`; raises NotCaptions when a number or text is not one."""
    try:
        return [cue for event in document["events"] if (cue := _json3_cue(event))]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NotCaptions(f"an event of the json3 file is malformed ({error})") from error


def parse_json(text: str) -> Any:
    """Raises NotCaptions when the text is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotCaptions(f"it is not valid JSON ({error})") from error


def cue_reader(text: str) -> Callable[[str], list[TextCue]]:
    """The reader for a caption text, known by its content; raises NotCaptions."""
    if text.startswith("WEBVTT"):
        return read_vtt
    if "-->" in text:
        return read_srt
    raise NotCaptions("it has no cues with times")


def _from_zero(text: str) -> str:
    """The text with 0 in place of times before it, which readers would take for later ones."""
    return "\n".join(
        BEFORE_ZERO.sub(r"00:00:00\g<1>000", line) if "-->" in line else line
        for line in text.split("\n")
    )


def _vtt_cue(block: str) -> TextCue | None:
    lines = block.split("\n")
    timed = next((index for index, line in enumerate(lines[:2]) if TIMING.match(line)), None)
    if timed is None:
        return None
    timing = TIMING.match(lines[timed])
    assert timing is not None
    start_ms, end_ms = _clock_ms(timing[1]), _clock_ms(timing[2])
    text = "\n".join(lines[timed + 1 :])
    voice = VOICE.search(text)
    return TextCue(start_ms, end_ms, tuple(_pieces(text, start_ms)), voice[1] if voice else None)


def _pieces(text: str, start_ms: int) -> Iterator[Piece]:
    """Text before the first word time, then after each of them."""
    first, *rest = WORD_TIME.split(text)
    yield Piece(start_ms, first)
    for clock, said in zip(rest[::2], rest[1::2], strict=True):
        yield Piece(_clock_ms(clock), said)


def _clock_ms(clock: str) -> int:
    *hours, minutes, seconds = clock.split(":")
    total_minutes = 60 * int(hours[0] if hours else 0) + int(minutes)
    return 60_000 * total_minutes + round(float(seconds) * 1000)


def _json3_cue(event: Any) -> TextCue | None:
    start_ms, length_ms = int(event.get("tStartMs", 0)), int(event.get("dDurationMs", 0))
    pieces = tuple(
        Piece(start_ms + int(segment.get("tOffsetMs", 0)), str(segment.get("utf8", "")))
        for segment in event.get("segs") or ()
    )
    if not any(piece.text.strip() for piece in pieces):
        return None
    if all(before.start_ms == after.start_ms for before, after in pairwise(pieces)):
        return TextCue.of(start_ms, start_ms + length_ms, "".join(p.text for p in pieces))
    return TextCue(start_ms, start_ms + length_ms, pieces)
