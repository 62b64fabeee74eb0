"""Runs: stretches of a clip in one layout, made of pieces that each lie in one shot."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, groupby, pairwise

from cliply.domain.framing import FramedSpan, Framing
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange


@dataclass(frozen=True)
class Piece:
    """Neighbouring frames of the clip from one shot of one kept span."""

    span: int
    """Number of the kept span."""
    framed: FramedSpan
    source_start_s: Fraction
    """Source time of its first frame; its own clock is 0 there."""
    frames: int
    speed: Fraction
    frame_rate: Fraction
    opens_ms: int | None = None
    """Source time before which no frame may be shown: that of a cut it begins at."""
    closes_ms: int | None = None
    """Source time from which on no frame may be shown."""

    def source_ms(self, frame: int) -> int:
        """The moment that one of its frames shows, never one of another shot."""
        time_ms = round(1000 * (self.source_start_s + frame * self.speed / self.frame_rate))
        if self.opens_ms is not None:
            time_ms = max(self.opens_ms, time_ms)
        return time_ms if self.closes_ms is None else min(self.closes_ms - 1, time_ms)


@dataclass(frozen=True)
class Run:
    """Pieces one after the other that share a layout."""

    pieces: tuple[Piece, ...]

    @property
    def framed(self) -> FramedSpan:
        return self.pieces[0].framed

    @property
    def frame_rate(self) -> Fraction:
        return self.pieces[0].frame_rate

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(accumulate((piece.frames for piece in self.pieces), initial=0))

    @property
    def frames(self) -> int:
        return self._starts[-1]

    def source_ms(self, frame: int) -> int:
        """The moment of the source that one of its frames shows."""
        number = min(bisect_right(self._starts, frame), len(self.pieces)) - 1
        return self.pieces[number].source_ms(frame - self._starts[number])

    @property
    def source_span(self) -> TimeRange:
        """From the first to the last moment that is shown."""
        first = min(piece.source_ms(0) for piece in self.pieces)
        last = max(piece.source_ms(piece.frames - 1) for piece in self.pieces)
        return TimeRange(start_ms=first, end_ms=last + 1)


def plan_pieces(timeline: Timeline, framing: Framing) -> tuple[Piece, ...]:
    """All kept spans as pieces, in playing order.

    Frames that two spans share in a transition are there for each of them.
    """
    spans = range(len(timeline.spans))
    return tuple(piece for number in spans for piece in _span_pieces(timeline, framing, number))


def _span_pieces(timeline: Timeline, framing: Framing, number: int) -> Iterator[Piece]:
    span, source = timeline.spans[number], timeline.source_spans[number]
    cuts = _cuts_inside(framing, source)
    frames = [0, *(_frame_in(timeline, number, cut) for cut in cuts), span.frames]
    edges: list[int | None] = [None, *cuts, None]
    for place, (first, last) in enumerate(pairwise(frames)):
        if last > first:
            yield Piece(
                span=number,
                framed=framing.at(cuts[place - 1] if place else source.start_ms),
                source_start_s=(span.start_frame + first * span.speed) / timeline.frame_rate,
                frames=last - first,
                speed=span.speed,
                frame_rate=timeline.frame_rate,
                opens_ms=edges[place],
                closes_ms=edges[place + 1],
            )


def _cuts_inside(framing: Framing, source: TimeRange) -> list[int]:
    """Where the picture cuts inside a span: another shot or another layout."""
    starts = {framed.span.start_ms for framed in framing.spans}
    jumps = {
        jump for framed in framing.spans for pane in framed.panes for jump in pane.path.jumps_ms
    }
    return sorted(ms for ms in starts | jumps if source.start_ms < ms < source.end_ms)


def _frame_in(timeline: Timeline, number: int, source_ms: int) -> int:
    """The span's frame nearest to a moment of the source, inside the span."""
    span = timeline.spans[number]
    start_s = Fraction(span.start_frame) / timeline.frame_rate
    frame = round((Fraction(source_ms, 1000) - start_s) / span.speed * timeline.frame_rate)
    return min(max(0, frame), span.frames)


def plan_runs(pieces: Sequence[Piece]) -> tuple[Run, ...]:
    """Neighbouring pieces of one framed span together."""
    return tuple(
        Run(tuple(group)) for _, group in groupby(pieces, key=lambda piece: id(piece.framed))
    )
