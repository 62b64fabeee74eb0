"""The cuts of a render as an editing program sees them: events on the clip's frame grid."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from cliply.domain.attachments import Attachment
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import Transition


class Medium(NamedTuple):
    """A file that events show."""

    name: str
    url: str
    frames: int
    """Its length on the clip's grid."""
    has_video: bool
    has_audio: bool
    size_px: tuple[int, int] = (0, 0)
    """Width and height of its picture."""
    frame_rate: Fraction | None = None
    """Its own; None when nobody says."""


class Event(NamedTuple):
    """A stretch of one medium between two cuts; where a transition is, in its middle."""

    medium: Medium
    at_frame: int
    """The clip's frame that it begins at."""
    frames: int
    """How many frames of the clip it fills."""
    first: Fraction
    """The medium's frame, on the clip's grid, that is shown first."""
    speed: Fraction
    before: Transition | None
    """From the event before into this one."""
    lead: int
    """Frames of that transition that lie before the cut."""
    tail: int
    """Frames of the transition into the next event that lie after the cut."""


class CutList(NamedTuple):
    """A render's events in playing order, each beginning where the one before ends."""

    name: str
    frame_rate: Fraction
    events: tuple[Event, ...]


def plain(text: str) -> str:
    """A name on one line, without the control characters that XML can not hold."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def cut_list(
    spec: RenderSpec,
    source_name: str,
    source_url: str,
    intro_url: str = "intro",
    outro_url: str = "outro",
) -> CutList:
    """What a render spec shows, frame for frame."""
    source = _source(spec, source_name, source_url)
    events = [
        *_whole(spec.brand.intro, "Intro", intro_url, 0, spec.timeline.intro_frames),
        *_body(spec, source),
        *_whole(
            spec.brand.outro, "Outro", outro_url,
            spec.timeline.body_end_frame, spec.timeline.outro_frames,
        ),
    ]  # fmt: skip
    return CutList(plain(spec.title), spec.timeline.frame_rate, tuple(events))


def _source(spec: RenderSpec, name: str, url: str) -> Medium:
    """As long as its header says, or as what is shown of it when that is more."""
    told = spec.timeline.frame_at(spec.source.duration_ms)
    shown = max(span.start_frame + ceil(span.frames * span.speed) for span in spec.timeline.spans)
    video = spec.source.video
    return Medium(
        name=plain(name) or "Source",
        url="".join(letter for letter in url if letter.isprintable()),
        frames=max(told, shown),
        has_video=video is not None,
        has_audio=spec.source.audio is not None and spec.audio.has_source,
        size_px=(video.width, video.height) if video else (0, 0),
        frame_rate=video.frame_rate if video else None,
    )


def _whole(
    attachment: Attachment | None, name: str, url: str, at_frame: int, frames: int
) -> Iterator[Event]:
    """An intro or outro, from its first frame on."""
    if frames:
        sounds = attachment is not None and attachment.has_audio
        medium = Medium(name, url, frames, has_video=True, has_audio=sounds)
        yield Event(medium, at_frame, frames, Fraction(0), Fraction(1), None, 0, 0)


def _body(spec: RenderSpec, source: Medium) -> Iterator[Event]:
    placed = spec.timeline.placed
    between = spec.timeline.transitions or (None,) * (len(placed) - 1)
    for number, (span, at_frame) in enumerate(placed):
        before = between[number - 1] if number else None
        after = between[number] if number < len(between) else None
        lead = before.frames // 2 if before else 0
        tail = after.frames - after.frames // 2 if after else 0
        yield Event(
            medium=source,
            at_frame=at_frame + lead,
            frames=span.frames - lead - tail,
            first=span.start_frame + lead * span.speed,
            speed=span.speed,
            before=before,
            lead=lead,
            tail=tail,
        )
