"""From where and how far a source is read for the kept spans of a clip."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from av.container import InputContainer

from cliply.domain.framing import Layout
from cliply.domain.media import SourceMedia
from cliply.domain.rendering import RenderSpec
from cliply.domain.timing import TimeRange
from cliply.media.board import Board
from cliply.media.bt709 import HD_HEIGHT
from cliply.media.seeking import decode_from_ms
from cliply.media.source import SourceClock, open_stream

READ_ON_MS = 10_000
"""Across a gap this long the decoder goes on; beyond it, seeking is cheaper."""

TAIL_MS = 100
"""Read beyond the last span's end: a frame and what sound decoders hold back."""


SOUND_LEAD_MS = 100
"""Read before the first span's start: what sound decoders need to come up to speed after a
seek (80 ms for Opus), and the rounding of that start to milliseconds."""

LOOK_BACK_MS = (0, 5_000, 60_000)
"""How far before a moment the frame that stands there is looked for; then from the start."""


@dataclass(frozen=True)
class Read:
    """One reading of the source, and the numbers of the kept spans that it serves."""

    from_ms: int
    """Source time from which FFmpeg reads; the filters count from there."""
    until_ms: int
    spans: tuple[int, ...]


def reads_of(spec: RenderSpec, path: Path) -> tuple[Read, ...]:
    """The readings of a source for its clip.

    Each begins with the frame that stands at the start of its first span, however long it
    has been standing: slides in recordings of meetings stand for minutes.
    """
    video = spec.source.video
    with open_stream(path, video.index) if video else nullcontext() as container:
        return plan_reads(
            spec.timeline.source_spans, lambda ms: _read_from_ms(spec, path, container, ms)
        )


def _read_from_ms(
    spec: RenderSpec, path: Path, container: InputContainer | None, start_ms: int
) -> int:
    source = spec.source
    usual = decode_from_ms(source, path, max(0, start_ms - SOUND_LEAD_MS))
    if (
        container is None
        or source.video is None
        or spec.framing.at(start_ms).layout is Layout.waveform
    ):
        return usual
    standing = standing_ms(container, source.video.index, start_ms)
    if standing is None or standing >= usual:
        return usual
    return decode_from_ms(source, path, standing)


def standing_ms(container: InputContainer, index: int, time_ms: int) -> int | None:
    """Source time of the frame of a stream that is shown at a moment; None before the first.

    Reads packets and decodes nothing.
    """
    if index >= len(container.streams):
        return None
    for back_ms in (*LOOK_BACK_MS, time_ms):
        found = _last_frame_ms(container, index, max(0, time_ms - back_ms), time_ms)
        if found is not None:
            return found
    return None


def _last_frame_ms(container: InputContainer, index: int, from_ms: int, to_ms: int) -> int | None:
    """The last frame up to a time, among those behind the keyframe before another time."""
    clock, found = SourceClock(container), None
    container.seek(from_ms * 1000 + (container.start_time or 0), backward=True)
    for packet in container.demux(container.streams[index]):
        if packet.dts is None or packet.time_base is None:
            continue
        if clock.time_ms(packet.dts, packet.time_base) > to_ms:
            break
        stamp = packet.dts if packet.pts is None else packet.pts  # AVI has no other
        shown_ms = clock.time_ms(stamp, packet.time_base)
        if shown_ms <= to_ms and (found is None or shown_ms > found):
            found = shown_ms
    return found


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
    """The inputs of the source; input n is reading n.

    What plays before the picture begins shows its first frame, which has to be read.
    """
    first_ms = spec.source.video.start_ms + TAIL_MS if spec.source.video else 0
    for read in reads:
        until_ms = max(read.until_ms, first_ms)
        board.input(
            source.absolute(),
            "-format_whitelist", spec.source.container,
            *_colour_when_untagged(spec.source),
            "-threads", str(spec.encoder.threads),
            "-ss", f"{read.from_ms / 1000:.3f}",
            "-t", f"{(until_ms - read.from_ms) / 1000:.3f}",
        )  # fmt: skip


def _colour_when_untagged(source: SourceMedia) -> list[str]:
    video = source.video
    if video is None:
        return []
    return ["-colorspace", "bt709" if video.height >= HD_HEIGHT else "smpte170m"]
