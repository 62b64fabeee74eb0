"""A cut list as an edit decision list in the form of CMX 3600."""

import re
from collections.abc import Iterator
from math import ceil

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, to_timecode

from cliply.media.cut_list import CutList, Event, Medium
from cliply.media.otio_timeline import otio_timeline

MOST_EVENTS = 999
"""What three digits number."""

REEL_LETTERS = 8
TITLE_LETTERS = 70

LINE = re.compile(
    r"^(?P<head>(?P<number>\d{3,})  .{8} )(?P<channels>.{5})(?P<cut> [CD] .{7})"
    r"(?P<source>\S+ \S+) (?P<record>\S+ \S+)$"
)
"""An event's line as the adapter writes it."""


def edl_document(cuts: CutList) -> str:
    """Events with picture and sound, counted in non-drop timecode at the whole frame rate.

    29.97 frames a second are counted by 30: timecode numbers frames, and every frame keeps
    its number. The record side begins at 00:00:00:00.
    """
    rate = ceil(cuts.frame_rate)
    timeline = otio_timeline(_pictures(cuts), rate, sound=False)
    for clip in timeline.find_clips():
        clip.effects.clear()  # the adapter divides by the speed where it has to multiply
        clip.metadata["cmx_3600"] = {"reel": _reel(clip.name)}
    text = otio.adapters.write_to_string(timeline, "cmx_3600", rate=rate, style="nucoda")
    head, _, body = text.partition("\n\n")
    return f"{head}\nFCM: NON-DROP FRAME\n\n" + "\n".join(_mended(body, cuts, rate)) + "\n"


def _pictures(cuts: CutList) -> CutList:
    """All on one picture track, as an EDL has it; what sounds the channels say."""
    events = (one._replace(medium=one.medium._replace(has_video=True)) for one in cuts.events)
    return cuts._replace(name=cuts.name[:TITLE_LETTERS] or "Clip", events=tuple(events))


def _reel(name: str) -> str:
    """Eight letters of a name, which is what the columns have room for."""
    stem = name.rsplit(".", 1)[0] or name
    return re.sub(r"[^A-Z0-9]", "", stem.upper())[:REEL_LETTERS] or "SOURCE"


def _mended(body: str, cuts: CutList, rate: int) -> Iterator[str]:
    """The adapter's lines with source frames, channels and speeds of the cut list.

    The adapter takes a dissolve's first half out of the source at normal speed, knows no
    channels but V, and puts a clip's name where M2 has the reel.
    """
    shown = _shown(cuts)
    lines = body.splitlines()
    for place, line in enumerate(lines):
        found = LINE.match(line)
        if not found:
            yield line
            continue
        number = int(found["number"]) - 1
        follows = LINE.match(lines[place + 1]) if place + 1 < len(lines) else None
        is_from = follows is not None and follows["number"] == found["number"]
        first, end = (shown[number - 1][1],) * 2 if is_from else shown[number]
        codes = " ".join(to_timecode(RationalTime(one, rate), rate) for one in (first, end))
        channels = _channels(cuts.events[number].medium)
        yield f"{found['head']}{channels:5}{found['cut']}{codes} {found['record']}"
        if not is_from:
            yield from _speeds(cuts, number, shown, rate)


def _shown(cuts: CutList) -> list[tuple[int, int]]:
    """First and last but one source frame of each event, which in an EDL owns its transition."""
    leads = [event.lead for event in cuts.events[1:]] + [0]
    shown = []
    for event, next_lead in zip(cuts.events, leads, strict=True):
        first = int(event.first - event.lead * event.speed)
        frames = event.lead + event.frames - next_lead
        shown.append((first, first + round(frames * event.speed)))
    return shown


def _channels(medium: Medium) -> str:
    if not medium.has_video:
        return "AA"
    return "AA/V" if medium.has_audio else "V"


def _speeds(cuts: CutList, number: int, shown: list[tuple[int, int]], rate: int) -> Iterator[str]:
    """Motion effects (M2): frames of the source a second, and from which frame on."""
    dissolves = cuts.events[number].before is not None
    for one in (number - 1, number) if dissolves else (number,):
        event = cuts.events[one]
        if event.speed != 1:
            code = to_timecode(RationalTime(shown[one][0], rate), rate)
            yield f"M2   {_reel(event.medium.name):8}  {_per_second(event, rate)}    {code}"


def _per_second(event: Event, rate: int) -> str:
    """Three digits before the point, as many as it takes after it."""
    digits = f"{float(event.speed * rate):08.4f}".rstrip("0")
    return f"{digits}0" if digits.endswith(".") else digits
