"""Timelines of a render for editing programs: OTIO, FCPXML, Premiere's XML and EDL.

They hold the cuts: which frames of the source play when, with transitions and speed. What
else is done to the picture and the sound is not in them.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

import opentimelineio as otio

from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import TransitionKind
from cliply.media.cut_list import CutList, cut_list
from cliply.media.edl import MOST_EVENTS, edl_document
from cliply.media.fcpxml import fcpxml_document
from cliply.media.otio_timeline import otio_timeline
from cliply.media.premiere_xml import is_between_frames, premiere_document

TIMECODE_RATES = (24, 25, 30, 48, 50, 60)
"""Frames per second, NTSC rates rounded up, for which SMPTE 12M has timecode."""


def timeline_of(spec: RenderSpec, media_name: str, media_url: str) -> otio.schema.Timeline:
    """The cuts of a render, on its own frame grid; source ranges are frames of that grid.

    One picture track, and one of sound where there is any. As OpenTimelineIO has it, a
    clip with a time warp starts at a frame of the medium and lasts frames of the clip.
    """
    return otio_timeline(cut_list(spec, media_name, media_url))


def interchange_files(
    spec: RenderSpec,
    *,
    source_name: str,
    source_url: str,
    intro_url: str = "intro",
    outro_url: str = "outro",
) -> dict[str, str]:
    """The files by suffix: `.otio`, `.fcpxml`, `.xml` (Premiere, Final Cut 7) and `.edl`.

    Frame rates without timecode have neither `.xml` nor `.edl`; `interchange_notes` says so.
    """
    cuts = cut_list(spec, source_name, source_url, intro_url, outro_url)
    files = {
        ".otio": otio.adapters.write_to_string(otio_timeline(cuts), "otio_json"),
        ".fcpxml": fcpxml_document(cuts, spec.size_px),
    }
    if _has_timecode(cuts):
        files[".xml"] = premiere_document(cuts, spec.size_px)
        files[".edl"] = edl_document(cuts)
    return files


def interchange_notes(spec: RenderSpec) -> tuple[str, ...]:
    """What the files hold otherwise than the render has it, each in a sentence."""
    return tuple(_notes(spec, cut_list(spec, "", "")))


def _has_timecode(cuts: CutList) -> bool:
    rate = cuts.frame_rate
    whole = ceil(rate)
    return whole in TIMECODE_RATES and rate in (whole, Fraction(1000 * whole, 1001))


def _notes(spec: RenderSpec, cuts: CutList) -> Iterator[str]:
    kinds = {one.kind for one in spec.timeline.transitions if one} - {TransitionKind.crossfade}
    if kinds:
        names = ", ".join(sorted(kinds))
        yield f"The editing timelines have dissolves in place of: {names}."
    rate = f"{float(cuts.frame_rate):.5g}"
    if not _has_timecode(cuts):
        yield f"At {rate} frames a second there is no timecode: .xml and .edl were left out."
        return
    if any(is_between_frames(event) for event in cuts.events):
        yield "In .xml, spans at another speed begin up to half a frame off; the others are exact."
    if len(cuts.events) > MOST_EVENTS:
        yield f"The .edl has {len(cuts.events)} events, some programs read only {MOST_EVENTS}."
    video = spec.source.video
    if video and abs(video.frame_rate / cuts.frame_rate - 1) > 1 / 5000:
        yield (
            f"The source has {float(video.frame_rate):.5g} frames a second; .xml and .edl count "
            f"it in {rate}, as the clip does."
        )
