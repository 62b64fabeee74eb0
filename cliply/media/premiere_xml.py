"""A cut list as the XML of Final Cut 7, which Premiere Pro and DaVinci Resolve read."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import Clip, TrackKind, Transition

from cliply.media.cut_list import CutList, Event
from cliply.media.otio_timeline import otio_timeline

NAMESPACE = "fcp_xml"
"""Metadata under this key the adapter writes as elements, which is how it knows speed."""

DISSOLVE = "Cross Dissolve"

AUDIO_FADE = {
    "name": "Cross Fade (0dB)", "effectid": "KGAudioTransCrossFade0dB", "mediatype": "audio",
}  # fmt: skip
"""The linear crossfade of sound; the adapter calls every transition one of pictures."""

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'


def premiere_document(cuts: CutList, size_px: tuple[int, int]) -> str:
    """One sequence of `size_px`; NTSC rates as their timebase with `ntsc` TRUE, non-drop."""
    root = ElementTree.fromstring(_written(cuts, size_px))
    for transition in root.iterfind(".//audio/track/transitionitem"):
        _make_audible(transition)
    _link(root, cuts)
    ElementTree.indent(root)
    return HEADER + ElementTree.tostring(root, "unicode") + "\n"


def _written(cuts: CutList, size_px: tuple[int, int]) -> str:
    timeline = otio_timeline(cuts)
    picture = {"width": str(size_px[0]), "height": str(size_px[1])}
    media = {"video": {"format": {"samplecharacteristics": picture}}}
    timeline.metadata[NAMESPACE] = {"media": media}
    for track in timeline.tracks:
        for item in track:
            if isinstance(item, Clip):
                _retime(item, track.kind)
            elif isinstance(item, Transition):
                item.name = DISSOLVE
    return str(otio.adapters.write_to_string(timeline, "fcp_xml"))


def is_between_frames(event: Event) -> bool:
    """Whether the first frame at another speed has no whole number on the retimed clock."""
    return (event.first / event.speed).denominator != 1


def _retime(clip: Clip, kind: str) -> None:
    """Speed as the filter that Final Cut 7 has for it; the adapter itself drops time warps.

    With this filter `in` and `out` are frames of the clip after the change of speed: as
    many lie between them as between `start` and `end`.
    """
    warps = [one for one in clip.effects if isinstance(one, otio.schema.LinearTimeWarp)]
    if not warps:
        return
    speed, shown = warps[0].time_scalar, clip.source_range
    first = RationalTime(round(shown.start_time.value / speed), shown.start_time.rate)
    clip.source_range = TimeRange(first, shown.duration)
    clip.metadata[NAMESPACE] = {"filter": _time_remap(speed, kind)}


def _time_remap(speed: float, kind: str) -> dict[str, object]:
    values = {
        "variablespeed": "0",
        "speed": f"{100 * speed:.10g}",
        "reverse": "FALSE",
        "frameblending": "FALSE",
    }
    effect = {
        "name": "Time Remap",
        "effectid": "timeremap",
        "effectcategory": "motion",
        "effecttype": "motion",
        "mediatype": "video" if kind == TrackKind.Video else "audio",
        "parameter": [
            {"parameterid": name, "name": name, "value": value} for name, value in values.items()
        ],
    }
    return {"enabled": "TRUE", "start": "-1", "end": "-1", "effect": effect}


def _make_audible(transition: Element) -> None:
    for name, value in AUDIO_FADE.items():
        found = transition.find(f"effect/{name}")
        assert found is not None, f"the adapter wrote no {name}"
        found.text = value


def _link(root: Element, cuts: CutList) -> None:
    """Ties picture and sound that play together, which the adapter leaves out.

    Without links an editor who moves one of them leaves the other behind.
    """
    pictures = root.findall(".//video/track/clipitem")
    sounds = root.findall(".//audio/track/clipitem")
    in_pictures = [event.at_frame for event in cuts.events if event.medium.has_video]
    in_sounds = [event.at_frame for event in cuts.events if event.medium.has_audio]
    for index, (at_frame, picture) in enumerate(zip(in_pictures, pictures, strict=True)):
        if at_frame in in_sounds:
            other = in_sounds.index(at_frame)
            for clip in (picture, sounds[other]):
                _add_link(clip, picture, "video", index + 1)
                _add_link(clip, sounds[other], "audio", other + 1)


def _add_link(clip: Element, other: Element, kind: str, index: int) -> None:
    link = SubElement(clip, "link")
    SubElement(link, "linkclipref").text = other.get("id")
    SubElement(link, "mediatype").text = kind
    SubElement(link, "trackindex").text = "1"
    SubElement(link, "clipindex").text = str(index)
