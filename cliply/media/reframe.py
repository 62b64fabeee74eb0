"""Where the output frame looks, shot by shot: layouts, panes and the paths of their windows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from cliply.domain.faces import FaceTrackList, SpeakingSpan
from cliply.domain.framing import FramedSpan, Framing, Layout, ReframeSettings
from cliply.domain.media import SourceMedia, VideoStream
from cliply.domain.scenes import SceneList
from cliply.domain.timing import TimeRange
from cliply.media.arrangement import panes_of
from cliply.media.layouts import Choice, choose_layouts, held_camera
from cliply.media.shots import Person, Shot, see, shots_between
from cliply.media.turns import by_speaker

OF_ONE_SHOT = (Layout.split, Layout.three)
"""Layouts whose windows have the size that one shot's faces ask for."""


def reframe(
    source: SourceMedia,
    settings: ReframeSettings,
    spans: Sequence[TimeRange],
    scenes: SceneList,
    faces: FaceTrackList,
    spoken: Sequence[SpeakingSpan] = (),
) -> Framing:
    """The layout of each shot of what is kept and the paths of its windows.

    `spans` are kept spans in source time, in any order; `spoken` tells who speaks when. The
    framing covers all from the first to the last without a gap. Paths jump at cuts, and
    where another face speaks that the window does not hold, and nowhere else.
    """
    hull = TimeRange(
        start_ms=min(span.start_ms for span in spans), end_ms=max(span.end_ms for span in spans)
    )
    if source.video is None:
        reason = "The source has no picture: its sound is drawn."
        return Framing(spans=(FramedSpan(span=hull, layout=Layout.waveform, reason=reason),))
    choices = _choices(source.video, settings, spans, scenes, faces, spoken)
    camera = held_camera([choice.sight for choice in choices])
    cut = [part for choice in choices for part in by_speaker(choice, source.video, settings)]
    return _without_gaps(_framed(cut, source.video, settings, camera), hull)


def _choices(
    video: VideoStream,
    settings: ReframeSettings,
    spans: Sequence[TimeRange],
    scenes: SceneList,
    faces: FaceTrackList,
    spoken: Sequence[SpeakingSpan],
) -> list[Choice]:
    edges = [
        edge for asked in settings.layouts for edge in (asked.span.start_ms, asked.span.end_ms)
    ]
    shots = shots_between(spans, video, scenes, edges)
    sights = [see(shot, scenes, faces, spoken) for shot in shots]
    choices = choose_layouts(sights, video, settings)
    return [
        replace(choice, sight=see(shot, scenes, faces, spoken))
        for choice, shot in _whole_shots(choices)
    ]


def _whole_shots(choices: Sequence[Choice]) -> Iterator[tuple[Choice, Shot]]:
    """Parts of one shot that got one layout, as one: its path must not jump between them."""
    parts: list[tuple[Choice, Shot]] = []
    for choice in choices:
        shot = choice.sight.shot
        if parts and _goes_on(parts[-1], choice):
            longest = max(parts[-1][0], choice, key=lambda one: one.span.duration_ms)
            start_ms = parts.pop()[1].span.start_ms
            whole = TimeRange(start_ms=start_ms, end_ms=shot.span.end_ms)
            parts.append((longest, replace(shot, span=whole)))
        else:
            parts.append((choice, shot))
    yield from parts


def _goes_on(before: tuple[Choice, Shot], choice: Choice) -> bool:
    shot = before[1]
    return (
        before[0].layout is choice.layout
        and shot.scene == choice.sight.shot.scene
        and shot.span.end_ms == choice.span.start_ms
    )


def _framed(
    choices: Sequence[Choice],
    video: VideoStream,
    settings: ReframeSettings,
    camera: Person | None,
) -> list[FramedSpan]:
    framed = []
    for run in _runs(choices):
        layout, sights = run[0].layout, [choice.sight for choice in run]
        longest = max(run, key=lambda choice: choice.span.duration_ms)
        framed.append(
            FramedSpan(
                span=TimeRange(start_ms=run[0].span.start_ms, end_ms=run[-1].span.end_ms),
                layout=layout,
                panes=panes_of(layout, sights, video, settings, camera),
                reason=longest.reason,
            )
        )
    return framed


def _runs(choices: Sequence[Choice]) -> list[list[Choice]]:
    """Neighbouring shots with one layout; those whose windows differ stay alone."""
    runs: list[list[Choice]] = []
    for choice in choices:
        layout = choice.layout
        if runs and runs[-1][0].layout is layout and layout not in OF_ONE_SHOT:
            runs[-1].append(choice)
        else:
            runs.append([choice])
    return runs


def _without_gaps(framed: Sequence[FramedSpan], hull: TimeRange) -> Framing:
    """What was cut out between two spans belongs to the first."""
    ends = [after.span.start_ms for _, after in pairwise(framed)] + [hull.end_ms]
    return Framing(
        spans=tuple(
            one.model_copy(update={"span": TimeRange(start_ms=one.span.start_ms, end_ms=end)})
            for one, end in zip(framed, ends, strict=True)
        )
    )
