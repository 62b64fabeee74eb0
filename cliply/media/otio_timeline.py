"""A cut list as an OpenTimelineIO timeline, which the writers of all formats begin with."""

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import Clip, ExternalReference, Gap, Track, TrackKind, Transition

from cliply.media.cut_list import CutList, Event, Medium

NAMESPACE = "cliply"
"""Key of our metadata."""


def otio_timeline(
    cuts: CutList, rate: float | None = None, *, sound: bool = True
) -> otio.schema.Timeline:
    """One picture track and, where anything sounds, one sound track beside it.

    Frames are counted at `rate`, which is the cut list's own unless a format wants another.
    No two clips are equal: metadata numbers them, since the writer of Final Cut 7's XML
    takes an equal clip for the same one and writes its place only once.
    """
    rate = rate or float(cuts.frame_rate)
    timeline = otio.schema.Timeline(cuts.name, global_start_time=RationalTime(0, rate))
    if any(event.medium.has_video for event in cuts.events):
        timeline.tracks.append(_track("V1", TrackKind.Video, cuts, rate))
    if sound and any(event.medium.has_audio for event in cuts.events):
        timeline.tracks.append(_track("A1", TrackKind.Audio, cuts, rate))
    return timeline


def _track(name: str, kind: str, cuts: CutList, rate: float) -> Track:
    track = Track(name, kind=kind)
    for number, event in enumerate(cuts.events):
        is_there = event.medium.has_video if kind == TrackKind.Video else event.medium.has_audio
        if not is_there:
            track.append(Gap(source_range=_range(0, event.frames, rate)))
            continue
        if event.before:
            track.append(_transition(event, event.before.kind, rate))
        clip = _clip(event, rate)
        clip.metadata[NAMESPACE] = {"event": number, "track": name}
        track.append(clip)
    return track


def _range(first: float, frames: float, rate: float) -> TimeRange:
    return TimeRange(RationalTime(first, rate), RationalTime(frames, rate))


def _transition(event: Event, kind: str, rate: float) -> Transition:
    """A dissolve, which is all that the formats share; what it is in the render beside it."""
    frames = event.before.frames if event.before else 0
    return Transition(
        name=kind,
        transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
        in_offset=RationalTime(event.lead, rate),
        out_offset=RationalTime(frames - event.lead, rate),
        metadata={NAMESPACE: {"kind": kind}},
    )


def _clip(event: Event, rate: float) -> Clip:
    clip = Clip(
        name=event.medium.name,
        media_reference=_reference(event.medium, rate),
        source_range=_range(float(event.first), event.frames, rate),
    )
    if event.speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp("Speed", float(event.speed)))
    return clip


def _reference(medium: Medium, rate: float) -> ExternalReference:
    reference = ExternalReference(medium.url, _range(0, medium.frames, rate))
    reference.name = medium.name
    return reference
