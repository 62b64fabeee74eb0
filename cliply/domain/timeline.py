"""The time map of a clip: which frame of it shows which moment of the source.

All of it lies on the frame grid of the output: frame n of the grid is source time
n / frame rate. Cuts on one grid for picture and sound can not drift apart.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, Self

from pydantic import NonNegativeInt, PositiveInt, model_validator

from cliply.domain.media import Rational
from cliply.domain.timing import TimeRange
from cliply.domain.value import Value

SAMPLE_RATE = 48_000
"""Of every clip's sound."""


class TransitionKind(StrEnum):
    """How one kept span goes over into the next."""

    crossfade = "crossfade"
    wipe = "wipe"
    zoom = "zoom"
    glitch = "glitch"
    swipe = "swipe"


class Transition(Value):
    """Two neighbouring spans share these frames."""

    kind: TransitionKind
    frames: PositiveInt


class KeptSpan(Value):
    """A stretch of the source that is in the clip."""

    start_frame: NonNegativeInt
    """Source time of its first frame, on the grid."""
    frames: PositiveInt
    """How many frames of the clip it fills."""
    speed: Rational = Fraction(1)
    """Source seconds per clip second."""


class Placed(NamedTuple):
    """A kept span and the clip's frame that it begins at."""

    span: KeptSpan
    at_frame: int


class Timeline(Value):
    """The kept spans in playing order, with what lies between, before and after them."""

    frame_rate: Rational
    spans: tuple[KeptSpan, ...]
    transitions: tuple[Transition | None, ...] = ()
    """Between each span and the next; empty when there is none anywhere."""
    intro_frames: NonNegativeInt = 0
    """Frames of the brand's intro before the first span."""
    outro_frames: NonNegativeInt = 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.spans:
            raise ValueError("spans must not be empty")
        if self.transitions and len(self.transitions) != len(self.spans) - 1:
            raise ValueError("transitions must be one fewer than spans")
        for one, (before, after) in zip(self.transitions, pairwise(self.spans), strict=False):
            if one and 2 * one.frames > min(before.frames, after.frames):
                raise ValueError("a transition must not be longer than half of its spans")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, which computes its places anew."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("placed", None)
        return copied

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Each span with its first frame in the clip; a transition pulls the next one forward."""
        at, placed = self.intro_frames, []
        shared = [one.frames if one else 0 for one in self.transitions] or [0] * len(self.spans)
        for number, span in enumerate(self.spans):
            placed.append(Placed(span, at))
            at += span.frames - (shared[number] if number < len(shared) else 0)
        return tuple(placed)

    @property
    def body_end_frame(self) -> int:
        """The clip's frame after its last kept span."""
        last = self.placed[-1]
        return last.at_frame + last.span.frames

    @property
    def frames(self) -> int:
        """Length of the clip."""
        return self.body_end_frame + self.outro_frames

    @property
    def samples(self) -> int:
        """Its sound is exactly as long."""
        return self.samples_at(self.frames)

    @property
    def duration_ms(self) -> int:
        return self.clip_ms(self.frames)

    def samples_at(self, frame: int) -> int:
        """The sample of the clip's sound that a frame begins with."""
        return round(frame * SAMPLE_RATE / self.frame_rate)

    def clip_ms(self, frame: int) -> int:
        """Time at which a frame of the grid begins, to the millisecond."""
        return round(frame * 1000 / self.frame_rate)

    def frame_at(self, time_ms: float | Fraction) -> int:
        """The grid's frame nearest to a time."""
        return round(Fraction(time_ms) * self.frame_rate / 1000)

    def source_span(self, span: KeptSpan) -> TimeRange:
        """What a span shows, in source time."""
        start = Fraction(span.start_frame * 1000) / self.frame_rate
        end = start + Fraction(span.frames * 1000) * span.speed / self.frame_rate
        return TimeRange(start_ms=round(start), end_ms=max(round(start) + 1, round(end)))

    @property
    def source_spans(self) -> tuple[TimeRange, ...]:
        """What is kept, in playing order, in source time."""
        return tuple(self.source_span(span) for span in self.spans)

    @property
    def hull(self) -> TimeRange:
        """From the first to the last moment of the source that is shown."""
        spans = self.source_spans
        return TimeRange(
            start_ms=min(span.start_ms for span in spans), end_ms=max(span.end_ms for span in spans)
        )

    def in_clip(self, wanted: TimeRange) -> tuple[TimeRange, ...]:
        """Where a span of the source plays, in clip time, in playing order.

        Empty when it was cut out; several when it plays again or was cut apart.
        """
        return tuple(self._shared(wanted))

    def moment_in_clip(self, source_ms: int) -> int | None:
        """When a moment of the source first plays, in clip time; None when it was cut out."""
        spans = self.in_clip(TimeRange(start_ms=source_ms, end_ms=source_ms + 1))
        return spans[0].start_ms if spans else None

    def _shared(self, wanted: TimeRange) -> Iterator[TimeRange]:
        for (span, at_frame), source in zip(self.placed, self.source_spans, strict=True):
            start = max(wanted.start_ms, source.start_ms)
            end = min(wanted.end_ms, source.end_ms)
            if start < end:
                origin = Fraction(at_frame * 1000) / self.frame_rate
                first = round(origin + (start - source.start_ms) / span.speed)
                last = round(origin + (end - source.start_ms) / span.speed)
                yield TimeRange(start_ms=first, end_ms=max(first + 1, last))


def straight(span: TimeRange, frame_rate: Fraction) -> Timeline:
    """A clip that is one span of its source, uncut."""
    start = round(span.start_ms * frame_rate / 1000)
    end = round(span.end_ms * frame_rate / 1000)
    kept = KeptSpan(start_frame=start, frames=max(1, end - start))
    return Timeline(frame_rate=frame_rate, spans=(kept,))
