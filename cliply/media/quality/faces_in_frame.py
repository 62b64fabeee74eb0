"""Whether the faces that a clip follows are in its picture whole."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from cliply.domain.effects import PlacedZoom, ZoomStyle
from cliply.domain.faces import Box, FaceSample, FaceTrack
from cliply.domain.framing import WHOLE, FramedSpan, Pane, Region
from cliply.domain.media import VideoStream
from cliply.domain.quality import Finding, QualityCheck
from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import TimeRange, clock
from cliply.media.crop_path import window_at
from cliply.media.quality.evidence import Evidence

WHOLE_SHARE = 0.9
"""A face of which less is to be seen is cut off."""

MOST_CUT_OFF = 0.1
"""Part of the samples; a face that crosses the picture fast is caught up with."""

HELD_ZOOMS = (ZoomStyle.smooth_in, ZoomStyle.snap, ZoomStyle.ken_burns)
"""Zooms that stay near long enough to cut a face off; a pulse does not."""

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom as fractions of the source picture."""


class Sighting(NamedTuple):
    """A followed face at a moment, and how much of it the clip shows."""

    source_ms: int
    visible: float


def face_cut_off(spec: RenderSpec, evidence: Evidence) -> Finding:
    """Part of the samples of followed faces of which less than 90 % is to be seen.

    From the geometry: where tracks say a face is, and where each pane looks. Faces that
    no pane follows do not count.
    """
    video, faces = spec.source.video, evidence.faces
    if faces is None or video is None:
        return _passed("Where faces are in the source is not known.")
    sightings = sorted(_sightings(spec, video, faces.tracks))
    if not sightings:
        return _passed("The clip follows no face.")
    cut_off = [one for one in sightings if one.visible < WHOLE_SHARE]
    share = len(cut_off) / len(sightings)
    passed = share <= MOST_CUT_OFF
    message = f"Followed faces are whole in {1 - share:.0%} of {len(sightings)} samples."
    if not passed:
        message = (
            f"A followed face is cut off in {share:.0%} of {len(sightings)} samples, first at "
            f"{clock(cut_off[0].source_ms, tenths=True)} of the source."
        )
    return Finding(
        check=QualityCheck.face_cut_off,
        passed=passed,
        value=round(share, 3),
        limit=MOST_CUT_OFF,
        message=message,
    )


def _passed(message: str) -> Finding:
    return Finding(check=QualityCheck.face_cut_off, passed=True, message=message)


def _sightings(
    spec: RenderSpec, video: VideoStream, tracks: Sequence[FaceTrack]
) -> Iterator[Sighting]:
    for kept in spec.timeline.source_spans:
        for framed in spec.framing.spans:
            shown = _shared(kept, framed.span)
            if shown is not None:
                yield from _in_panes(spec, video, tracks, framed, shown)


def _shared(one: TimeRange, other: TimeRange) -> TimeRange | None:
    if not one.overlaps(other):
        return None
    return TimeRange(
        start_ms=max(one.start_ms, other.start_ms), end_ms=min(one.end_ms, other.end_ms)
    )


def _in_panes(
    spec: RenderSpec,
    video: VideoStream,
    tracks: Sequence[FaceTrack],
    framed: FramedSpan,
    shown: TimeRange,
) -> Iterator[Sighting]:
    for number, pane in enumerate(framed.panes):
        if pane.path.followed != "face":
            continue
        looks = _between(shown, pane.path.jumps_ms)
        for sample in (s for one in looks for s in _followed(framed, number, video, tracks, one)):
            source_ms = sample.time_ms
            shares = [
                _seen_part(pane, window_at(framed, number, source_ms, video), visible)
                for visible in _visible_parts(spec, source_ms)
            ]
            yield from (Sighting(source_ms, visible_share(sample.box, edges)) for edges in shares)


def _between(span: TimeRange, jumps_ms: Sequence[int]) -> list[TimeRange]:
    """The parts of a span from jump to jump of a window: after one it may follow another face."""
    inside = [time_ms for time_ms in jumps_ms if span.start_ms < time_ms < span.end_ms]
    edges = [span.start_ms, *inside, span.end_ms]
    return [TimeRange(start_ms=start, end_ms=end) for start, end in pairwise(edges)]


def _followed(
    framed: FramedSpan,
    pane: int,
    video: VideoStream,
    tracks: Sequence[FaceTrack],
    shown: TimeRange,
) -> list[FaceSample]:
    """Samples of the faces that a pane follows: those nearest to the middle of its window.

    Of tracks that are there at the same time, only the one that is nearer most of the time.
    """
    near: list[tuple[float, TimeRange, list[FaceSample]]] = []
    for track in tracks:
        inside = [sample for sample in track.samples if shown.contains(sample.time_ms)]
        if inside:
            distance = median(_distance(sample, framed, pane, video) for sample in inside)
            span = TimeRange(start_ms=inside[0].time_ms, end_ms=inside[-1].time_ms + 1)
            near.append((distance, span, inside))
    near.sort(key=lambda one: one[0])
    taken: list[TimeRange] = []
    samples: list[FaceSample] = []
    for _, span, inside in near:
        if not any(span.overlaps(other) for other in taken):
            taken.append(span)
            samples += inside
    return samples


def _distance(sample: FaceSample, framed: FramedSpan, pane: int, video: VideoStream) -> float:
    left, top, right, bottom = window_at(framed, pane, sample.time_ms, video)
    x, y = sample.box.centre
    return abs(x - (left + right) / 2) + abs(y - (top + bottom) / 2)


def _visible_parts(spec: RenderSpec, source_ms: int) -> Iterator[Region]:
    """The part of the frame that is to be seen each time a moment of the source plays."""
    moment = TimeRange(start_ms=source_ms, end_ms=source_ms + 1)
    for placed in spec.timeline.in_clip(moment):
        clip_ms = placed.start_ms
        covered = (b.region == WHOLE and b.span.contains(clip_ms) for b in spec.effects.b_roll)
        if not any(covered):
            yield _zoomed(spec.effects.zooms, clip_ms)


def _zoomed(zooms: Iterable[PlacedZoom], clip_ms: int) -> Region:
    """What is left of the frame at the height of a zoom; its centre stays where it is."""
    for zoom in zooms:
        if zoom.style in HELD_ZOOMS and zoom.span.contains(clip_ms):
            size = 1 / zoom.strength
            x, y = ((1 - size) * centre for centre in zoom.centre)
            return Region(x, y, size, size)
    return WHOLE


def _seen_part(pane: Pane, window: Edges, visible: Region) -> Edges:
    """The part of a pane's window that lies in the visible part of the frame."""
    region, (left, top, right, bottom) = pane.region, window
    x0, x1 = _clipped(region.x, region.width, visible.x, visible.width)
    y0, y1 = _clipped(region.y, region.height, visible.y, visible.height)
    width, height = right - left, bottom - top
    return left + x0 * width, top + y0 * height, left + x1 * width, top + y1 * height


def _clipped(start: float, size: float, seen: float, seen_size: float) -> tuple[float, float]:
    """Both ends of what is seen of a stretch, as parts of the stretch."""
    first = min(1.0, max(0.0, (seen - start) / size))
    return first, max(first, min(1.0, (seen + seen_size - start) / size))


def visible_share(box: Box, edges: Edges) -> float:
    """Part of a face that lies inside edges, 0…1; what the source itself lacks aside."""
    left, top = max(0.0, box.x), max(0.0, box.y)
    right, bottom = min(1.0, box.x + box.width), min(1.0, box.y + box.height)
    area = max(0.0, right - left) * max(0.0, bottom - top)
    across = max(0.0, min(right, edges[2]) - max(left, edges[0]))
    down = max(0.0, min(bottom, edges[3]) - max(top, edges[1]))
    return across * down / area if area else 1.0
