"""Specs to be exported to editing programs, and what the programs would show of the files."""

import re
from fractions import Fraction
from typing import NamedTuple
from xml.etree import ElementTree

import opentimelineio as otio

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.editing import Edit
from cliply.domain.export import EncoderSpec
from cliply.domain.framing import AspectRatio, FramedSpan, Framing, Layout
from cliply.domain.media import AudioStream, SourceMedia, VideoStream
from cliply.domain.rendering import BrandClips, RenderSpec, Toolchain
from cliply.domain.sound import AudioSpec
from cliply.domain.timeline import KeptSpan, Timeline, Transition, TransitionKind
from cliply.domain.timing import TimeRange
from cliply.media.interchange import interchange_files

THIRTY, NTSC = Fraction(30), Fraction(30000, 1001)

FOUR_HOURS_MS = 4 * 3_600_000

NAME, URL = "Jürgens Vortrag's.mp4", "file:///Users/j%C3%BCrgen/Jürgens Vortrag's & mehr.mp4"

FAST = Fraction(5, 4)


class Shown(NamedTuple):
    """A stretch of a medium with the transitions at both its ends."""

    at_frame: int
    frames: int
    first: Fraction
    speed: Fraction = Fraction(1)


def spans(*rows: tuple[int, int], speed: Fraction = Fraction(1)) -> tuple[KeptSpan, ...]:
    return tuple(KeptSpan(start_frame=start, frames=frames, speed=speed) for start, frames in rows)


def joint(kind: TransitionKind, frames: int) -> Transition:
    return Transition(kind=kind, frames=frames)


CROSSFADE, WIPE = joint(TransitionKind.crossfade, 10), joint(TransitionKind.wipe, 9)

THREE = spans((900, 60), (9_001, 45), (100, 31))

CUTS = {
    "one span": {"spans": spans((123, 77))},
    "twenty spans": {"spans": spans(*((1000 + 97 * n, 20 + n) for n in range(20)))},
    "hook first": {"spans": spans((4_000, 50), (3_900, 100), (4_000, 50))},
    "the end of four hours": {"spans": spans((431_000, 300))},
    "transitions": {"spans": THREE, "transitions": (CROSSFADE, WIPE)},
    "a cut and a transition": {"spans": THREE, "transitions": (None, WIPE)},
    "faster": {"spans": spans((500, 80), (1_000, 37), speed=FAST)},
    "faster with transitions": {
        "spans": spans((500, 80), (1_000, 41), (7_003, 60), speed=FAST),
        "transitions": (WIPE, CROSSFADE),
    },
    "intro and outro": {
        "spans": THREE,
        "transitions": (CROSSFADE, None),
        "intro_frames": 45,
        "outro_frames": 60,
    },
}


def spec_of(timeline: Timeline, **changes: object) -> RenderSpec:
    rate = timeline.frame_rate
    brand = Attachment(
        content_hash="b", kind=AttachmentKind.video, width_px=640, height_px=360,
        duration_ms=5000, has_audio=True, size_bytes=9,
    )  # fmt: skip
    whole = FramedSpan(span=TimeRange(start_ms=0, end_ms=1), layout=Layout.fit, reason="")
    fields = {
        "toolchain": Toolchain(ffmpeg_version="1", ffmpeg_hash="0", cpu_class="avx2"),
        "source_hash": "a",
        "source": source_at(rate),
        "title": "Wer fand's? <Bienen> & Blüten\n",
        "edit": Edit(),
        "aspect_ratio": AspectRatio.portrait,
        "timeline": timeline,
        "framing": Framing(spans=(whole,)),
        "cues": (),
        "captions": None,
        "audio": AudioSpec(),
        "brand": BrandClips(intro=brand, outro=brand),
        "encoder": EncoderSpec(width_px=1080, height_px=1920, frame_rate=rate),
    }
    return RenderSpec(**fields | changes)


def source_at(rate: Fraction, *, video: bool = True, audio: bool = True) -> SourceMedia:
    picture = VideoStream(
        index=0, codec="h264", width=1920, height=1080, coded_width=1920, coded_height=1080,
        frame_rate=rate, pixel_format="yuv420p", duration_ms=FOUR_HOURS_MS,
    )  # fmt: skip
    sound = AudioStream(index=1, codec="aac", sample_rate=48_000, channels=2)
    return SourceMedia(
        container="mov", duration_ms=FOUR_HOURS_MS, size_bytes=1, bitrate_bps=1,
        video=picture if video else None, audio=sound if audio else None,
    )  # fmt: skip


def files_of(spec: RenderSpec) -> dict[str, str]:
    return interchange_files(
        spec, source_name=NAME, source_url=URL, intro_url="file:///in.mp4", outro_url="out.mp4"
    )


def truth(spec: RenderSpec) -> list[Shown]:
    """By the time map, which is what the render goes by."""
    timeline = spec.timeline
    body = [
        Shown(at, span.frames, Fraction(span.start_frame), span.speed)
        for span, at in timeline.placed
    ]
    before = [Shown(0, timeline.intro_frames, Fraction(0))] if timeline.intro_frames else []
    end = timeline.body_end_frame
    after = [Shown(end, timeline.outro_frames, Fraction(0))] if timeline.outro_frames else []
    return [*before, *body, *after]


def in_otio(track: otio.schema.Track) -> list[Shown]:
    """What a track shows; every time has to be a whole frame of the clip."""
    shown, at = [], 0
    for number, item in enumerate(track):
        if isinstance(item, otio.schema.Transition):
            continue
        frames = whole(item.duration().value)
        if isinstance(item, otio.schema.Clip):
            lead = offset(track, number - 1, "in_offset")
            tail = offset(track, number + 1, "out_offset")
            warps = [one for one in item.effects if isinstance(one, otio.schema.LinearTimeWarp)]
            speed = Fraction(warps[0].time_scalar if warps else 1).limit_denominator(100)
            first = Fraction(item.source_range.start_time.value) - lead * speed
            shown.append(Shown(at - lead, frames + lead + tail, first, speed))
        at += frames
    return shown


def whole(value: float) -> int:
    assert value == round(value)
    return round(value)


def offset(track: otio.schema.Track, number: int, name: str) -> int:
    near = track[number] if 0 <= number < len(track) else None
    return whole(getattr(near, name).value) if isinstance(near, otio.schema.Transition) else 0


def in_premiere(track: ElementTree.Element) -> list[Shown]:
    """By the rules of Final Cut 7: -1 stands for the outer end of the neighbouring transition."""
    shown, items = [], list(track)
    for number, item in enumerate(items):
        if item.tag != "clipitem":
            continue
        start, end, first, out = (
            int(item.findtext(name)) for name in ("start", "end", "in", "out")
        )
        start = int(items[number - 1].findtext("start")) if start == -1 else start
        end = int(items[number + 1].findtext("end")) if end == -1 else end
        assert out - first == end - start
        speed = Fraction(item.findtext(".//parameter[parameterid='speed']/value") or 100) / 100
        shown.append(Shown(start, end - start, first * speed, speed))
    return shown


def frames_in(time: str, rate: Fraction) -> Fraction:
    return Fraction(time.removesuffix("s")) * rate


def in_fcpxml(spine: ElementTree.Element, rate: Fraction) -> list[Shown]:
    """By the rules of FCPXML: transitions overlap both neighbours, time maps retime them."""
    shown, items = [], list(spine)
    for number, item in enumerate(items):
        if item.tag == "transition":
            continue
        at, frames, start = (
            frames_in(item.get(name), rate) for name in ("offset", "duration", "start")
        )
        assert at.denominator == frames.denominator == start.denominator == 1
        outer = (near for near in (items[max(0, number - 1)], *items[number + 1 : number + 2]))
        edges = [edge for near in outer if near.tag == "transition" for edge in ends(near, rate)]
        begin, end = min([at, *edges]), max([at + frames, *edges])
        first, speed = mapped(item, start - (at - begin), rate)
        shown.append(Shown(int(begin), int(end - begin), first, speed))
    return shown


def ends(element: ElementTree.Element, rate: Fraction) -> tuple[Fraction, Fraction]:
    begin = frames_in(element.get("offset"), rate)
    return begin, begin + frames_in(element.get("duration"), rate)


def mapped(clip: ElementTree.Element, local: Fraction, rate: Fraction) -> tuple[Fraction, Fraction]:
    """The medium's frame at a time of the clip's own clock, and the speed there."""
    points = [
        (frames_in(point.get("time"), rate), frames_in(point.get("value"), rate))
        for point in clip.iter("timept")
    ]
    if not points:
        return local, Fraction(1)
    (time, value), (later, after) = points
    assert time == local
    speed = (after - value) / (later - time)
    return value, speed


EVENT = re.compile(r"^(\d{3})  (.{8}) (\S+) +([CD])( \d{3})? +(\S+) (\S+) (\S+) (\S+)$")


def frame_of(code: str) -> int:
    """Non-drop timecode at a whole 30."""
    hours, minutes, seconds, frames = (int(part) for part in code.split(":"))
    return ((hours * 60 + minutes) * 60 + seconds) * 30 + frames


def edl_rows(text: str) -> list[tuple[str, ...]]:
    return [found.groups() for line in text.splitlines() if (found := EVENT.match(line))]


def in_edl(text: str) -> list[tuple[Shown, int]]:
    """By the rules of CMX 3600, with the source frame that each event ends before.

    An event with a dissolve has two lines: where the one before ends, and its own. What
    dissolves away goes on under the dissolve.
    """
    shown: list[tuple[Shown, int]] = []
    for *_, length, first_code, end_code, start_code, stop_code in edl_rows(text):
        codes = (first_code, end_code, start_code, stop_code)
        first, end, start, stop = (frame_of(code) for code in codes)
        last, last_end = shown[-1] if shown else (Shown(0, 0, Fraction(0)), 0)
        if start == stop:
            assert (first, end, start) == (last_end, last_end, last.at_frame + last.frames)
            continue
        if length:
            shown[-1] = (last._replace(frames=last.frames + int(length)), last_end)
        shown.append((Shown(start, stop - start, Fraction(first)), end))
    return shown


def own_rows(text: str) -> list[tuple[str, ...]]:
    return [row for row in edl_rows(text) if row[7] != row[8]]


def speeds(text: str) -> dict[int, Fraction]:
    """By the motion effects: from each source frame on, relative to 30 frames a second."""
    found = re.findall(r"^M2   \S+ +(\S+) +(\S+)$", text, re.MULTILINE)
    return {frame_of(code): Fraction(rate) / 30 for rate, code in found}
