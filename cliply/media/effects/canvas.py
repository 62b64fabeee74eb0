"""What an effect is drawn on: the clip's picture, frame by frame, in clip time."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange


@dataclass(frozen=True)
class Canvas:
    """Size and clock of the picture; frame n is shown from n / `frame_rate` s on."""

    size_px: tuple[int, int]
    """Width and height, both even."""
    frame_rate: Fraction
    timeline: Timeline
    mask: Path | None = None
    """Where the person is: grey video of the clip's body, a frame for each of its frames."""

    @property
    def frames(self) -> int:
        return self.timeline.frames

    @property
    def body(self) -> range:
        """The frames between intro and outro."""
        return range(self.timeline.intro_frames, self.timeline.body_end_frame)

    def frames_of(self, span: TimeRange) -> range:
        """The frames that are shown during a span of clip time, none outside the clip."""
        first, last = (self.timeline.frame_at(ms) for ms in (span.start_ms, span.end_ms))
        return range(max(0, first), min(last, self.frames))


def enabled(frames: Iterable[range]) -> str:
    """The option that has a filter work on these frames only; on others it costs nothing."""
    terms = [f"between(n,{part.start},{part.stop - 1})" for part in frames]
    return f"enable='{'+'.join(terms)}'"


def enabled_outside(frames: range) -> str:
    """The opposite."""
    return f"enable='not(between(n,{frames.start},{frames.stop - 1}))'"
