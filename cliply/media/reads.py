"""From where and how far a source is read for the kept spans of a clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cliply.domain.media import SourceMedia
from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import TimeRange
from cliply.media.board import Board
from cliply.media.bt709 import HD_HEIGHT

READ_ON_MS = 10_000
"""Across a gap this long the decoder goes on; beyond it, seeking is cheaper."""

TAIL_MS = 100
"""Read beyond the last span's end: a frame and what sound decoders hold back."""


@dataclass(frozen=True)
class Read:
    """One reading of the source, and the numbers of the kept spans that it serves."""

    from_ms: int
    """Source time from which FFmpeg reads; the filters count from there."""
    until_ms: int
    spans: tuple[int, ...]


def plan_reads(spans: Sequence[TimeRange], decode_from: Callable[[int], int]) -> tuple[Read, ...]:
    """As few readings as can be: a new one where the source goes back or far ahead.

    `decode_from` says from where to read for a span that starts at a source time.
    """
    groups: list[list[int]] = []
    for number, span in enumerate(spans):
        gap = span.start_ms - spans[number - 1].end_ms if number else -1
        if number and 0 <= gap <= READ_ON_MS:
            groups[-1].append(number)
        else:
            groups.append([number])
    return tuple(
        Read(
            from_ms=decode_from(spans[group[0]].start_ms),
            until_ms=spans[group[-1]].end_ms + TAIL_MS,
            spans=tuple(group),
        )
        for group in groups
    )


def put_reads(spec: RenderSpec, source: Path, reads: Sequence[Read], board: Board) -> None:
    """The inputs of the source; input n is reading n."""
    for read in reads:
        board.input(
            source.absolute(),
            "-format_whitelist", spec.source.container,
            *_colour_when_untagged(spec.source),
            "-threads", str(spec.encoder.threads),
            "-ss", f"{read.from_ms / 1000:.3f}",
            "-t", f"{(read.until_ms - read.from_ms) / 1000:.3f}",
        )  # fmt: skip


def _colour_when_untagged(source: SourceMedia) -> list[str]:
    video = source.video
    if video is None:
        return []
    return ["-colorspace", "bt709" if video.height >= HD_HEIGHT else "smpte170m"]
