"""Moves the cuts of a clip to the beats of its music."""

from collections.abc import Sequence

from cliply.domain.timeline import KeptSpan, Timeline

REACH_MS = 250
"""No cut is moved by more."""

SHORTEST_MS = 300
"""No span becomes shorter than this."""


def snap_to_beats(
    timeline: Timeline,
    beats_ms: Sequence[int],
    *,
    source_ms: int | None = None,
) -> Timeline:
    """The timeline with each cut on the beat next to it, to the nearest frame.

    The end of the span before a cut is moved, by at most `REACH_MS`, and all that follows
    moves with it; a cut that can not be moved so stays. A span is never lengthened beyond
    the source's end or into what the next span shows. `beats_ms` are
    those that are heard, in clip time. A transition is on the beat with its middle. Set
    the intro's frames before.
    """
    grid = [timeline.frame_at(beat) for beat in beats_ms]
    spans = list(timeline.spans)
    at = timeline.intro_frames
    for number, span in enumerate(spans[:-1]):
        shared = timeline.transitions[number] if timeline.transitions else None
        overlap = shared.frames if shared else 0
        cut = at + span.frames - overlap // 2
        bounds = _bounds(timeline, spans, number, source_ms)
        moved = _moved(cut, grid, span.frames, bounds, timeline)
        spans[number] = span.model_copy(update={"frames": span.frames + moved})
        at += spans[number].frames - overlap
    return timeline.model_copy(update={"spans": tuple(spans)})


def _bounds(
    timeline: Timeline, spans: Sequence[KeptSpan], number: int, source_ms: int | None
) -> tuple[int, int]:
    """Fewest and most frames that a span may have."""
    span, following = spans[number], spans[number + 1]
    shared = [one.frames for one in timeline.transitions[max(0, number - 1) : number + 1] if one]
    fewest = max(timeline.frame_at(SHORTEST_MS), 2 * max(shared, default=0))
    ends = [] if source_ms is None else [timeline.frame_at(source_ms)]
    if following.start_frame >= span.start_frame + span.frames * span.speed:
        ends.append(following.start_frame)
    room = [int((end - span.start_frame) / span.speed) for end in ends]
    return min(fewest, span.frames), max(span.frames, min(room, default=2 * span.frames))


def _moved(
    cut: int, grid: Sequence[int], frames: int, bounds: tuple[int, int], timeline: Timeline
) -> int:
    """Frames by which a cut is moved to the nearest beat that it may be moved to."""
    reach = int(REACH_MS * timeline.frame_rate / 1000)
    steps = (beat - cut for beat in grid)
    allowed = [
        step for step in steps if abs(step) <= reach and bounds[0] <= frames + step <= bounds[1]
    ]
    return min(allowed, key=lambda step: (abs(step), step), default=0)
