"""A cut list as FCPXML 1.8, for Final Cut Pro and DaVinci Resolve."""

from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import opentimelineio as otio

from cliply.media.cut_list import CutList, Event, Medium
from cliply.media.otio_timeline import otio_timeline

GRID = 30
"""Frames per second that the adapter is given, whatever the cut list's rate.

It knows eight rates, by rounded names that 30000/1001 does not match, and then leaves the
frame duration empty. So it writes the skeleton, and times are set here, as exact ratios.
"""

NOWHERE = "file:///dev/null/{}"
"""Stands for the address of a medium while the adapter works.

It would start ffprobe for a file that is there, and breaks on names and addresses with an
apostrophe, which it puts into XPath; under a device no file can be.
"""

CONFORM_RATES = {
    Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25",
    Fraction(30000, 1001): "29.97", Fraction(30): "30", Fraction(48): "48", Fraction(50): "50",
    Fraction(60000, 1001): "59.94", Fraction(60): "60",
}  # fmt: skip
"""The values that FCPXML has for the rate of a source."""

SEQUENCE = {"tcStart": "0s", "tcFormat": "NDF", "audioLayout": "stereo", "audioRate": "48k"}

HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n\n'


def fcpxml_document(cuts: CutList, size_px: tuple[int, int]) -> str:
    """One project with one sequence of `size_px`; picture and sound lie in one storyline."""
    media = list(dict.fromkeys(event.medium for event in cuts.events))
    root = ElementTree.fromstring(_skeleton(cuts, media))
    for browsed in root.findall("asset-clip"):
        root.remove(browsed)  # in the browser they would have the sequence's format
    _set_sequence(root, cuts, size_px)
    for number, medium in enumerate(media):
        _set_asset(root, number, medium, cuts.frame_rate)
    spine = _one(root, "project/sequence/spine")
    for element, event in zip(list(spine), cuts.events, strict=True):
        _set_clip(element, event, cuts.frame_rate)
    _add_transitions(spine, cuts)
    ElementTree.indent(root)
    return HEADER + ElementTree.tostring(root, "unicode") + "\n"


def _skeleton(cuts: CutList, media: list[Medium]) -> str:
    """What the adapter writes of the picture track; with none of its names and addresses.

    All media count as pictures, so that those with sound alone are in it too. Sound needs
    no track of its own: an `asset-clip` plays all that its medium has.
    """
    stand_ins = {
        medium: medium._replace(name=str(number), url=NOWHERE.format(number), has_video=True)
        for number, medium in enumerate(media)
    }
    events = tuple(event._replace(medium=stand_ins[event.medium]) for event in cuts.events)
    timeline = otio_timeline(cuts._replace(events=events), GRID, sound=False)
    return str(otio.adapters.write_to_string(timeline, "fcpx_xml"))


def _one(parent: Element, path: str) -> Element:
    found = parent.find(path)
    assert found is not None, f"the adapter wrote no {path}"
    return found


def _time(frames: Fraction | int, frame_rate: Fraction) -> str:
    """An exact time; FCPXML wants edges as whole multiples of the frame duration."""
    time_s = frames / frame_rate
    return f"{time_s.numerator}/{time_s.denominator}s" if time_s.denominator > 1 else f"{time_s}s"


def _frame_duration(frame_rate: Fraction) -> str:
    return f"{frame_rate.denominator}/{frame_rate.numerator}s"


def _set_sequence(root: Element, cuts: CutList, size_px: tuple[int, int]) -> None:
    project, sequence = _one(root, "project"), _one(root, "project/sequence")
    project.attrib.pop("uid", None)  # empty, which is no valid one
    last = cuts.events[-1]
    sequence.set("duration", _time(last.at_frame + last.frames, cuts.frame_rate))
    for name, value in SEQUENCE.items():
        sequence.set(name, value)
    picture = _one(root, "resources/format")
    picture.attrib.pop("name", None)
    picture.set("frameDuration", _frame_duration(cuts.frame_rate))
    picture.set("width", str(size_px[0]))
    picture.set("height", str(size_px[1]))


def _set_asset(root: Element, number: int, medium: Medium, frame_rate: Fraction) -> None:
    asset = _one(root, f"resources/asset[@src='{NOWHERE.format(number)}']")
    asset.set("name", medium.name)
    asset.set("src", medium.url)
    asset.set("duration", _time(medium.frames, frame_rate))
    asset.set("hasVideo", str(int(medium.has_video)))
    asset.set("hasAudio", str(int(medium.has_audio)))
    if medium.frame_rate is None:
        asset.attrib.pop("format", None)
        return
    asset.set("format", f"f{number}")
    picture = SubElement(_one(root, "resources"), "format", id=f"f{number}")
    picture.set("frameDuration", _frame_duration(medium.frame_rate))
    picture.set("width", str(medium.size_px[0]))
    picture.set("height", str(medium.size_px[1]))


def _set_clip(element: Element, event: Event, frame_rate: Fraction) -> None:
    """The adapter's `clip` round a `video` becomes an `asset-clip`, which has sound too."""
    video = _one(element, "video")
    element.remove(video)
    element.tag, element.text = "asset-clip", None
    element.set("ref", video.get("ref", ""))
    element.set("name", event.medium.name)
    element.set("offset", _time(event.at_frame, frame_rate))
    element.set("duration", _time(event.frames, frame_rate))
    element.set("start", _time(_start(event), frame_rate))
    _add_conform_rate(element, event.medium, frame_rate)
    if event.speed != 1:
        _add_time_map(element, event, frame_rate)


def _start(event: Event) -> Fraction:
    """On the clip's own clock, which a time map makes anew: there it is a whole frame."""
    return Fraction(event.first // 1)


def _add_conform_rate(element: Element, medium: Medium, frame_rate: Fraction) -> None:
    """Keeps Final Cut from playing a source of another rate faster, as it does 25 in 24."""
    own = CONFORM_RATES.get(medium.frame_rate) if medium.frame_rate else None
    if own and medium.frame_rate != frame_rate:
        SubElement(element, "conform-rate", scaleEnabled="0", srcFrameRate=own)


def _add_time_map(element: Element, event: Event, frame_rate: Fraction) -> None:
    """From the first frame to the end of what is shown, transitions included."""
    time_map = SubElement(element, "timeMap")
    for frames in (-event.lead, event.frames + event.tail):
        SubElement(
            time_map,
            "timept",
            time=_time(_start(event) + frames, frame_rate),
            value=_time(event.first + frames * event.speed, frame_rate),
            interp="linear",
        )


def _add_transitions(spine: Element, cuts: CutList) -> None:
    """The adapter leaves transitions out. Any kind is a dissolve, Final Cut's own default."""
    clips = list(spine)
    for clip, event in zip(clips, cuts.events, strict=True):
        if event.before:
            transition = Element("transition", name="Cross Dissolve")
            transition.set("offset", _time(event.at_frame - event.lead, cuts.frame_rate))
            transition.set("duration", _time(event.before.frames, cuts.frame_rate))
            spine.insert(list(spine).index(clip), transition)
