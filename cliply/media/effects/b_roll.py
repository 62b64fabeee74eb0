"""B-roll: other footage in place of the picture, while the sound goes on."""

from collections.abc import Iterator

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.effects import BRoll, BRollSpan, EffectsSpec, PlacedOverlay
from cliply.domain.framing import WHOLE
from cliply.domain.timing import TimeRange
from cliply.media.board import Board
from cliply.media.effects.canvas import Canvas
from cliply.media.effects.overlays import footage, on_grid
from cliply.media.effects.request import Request, noted, refused, told

SHORTEST_MS = 200
"""Footage that is seen for less is a flicker."""


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """Each span where it plays; footage that is over earlier ends there, with a note."""
    found = request.find(BRoll)
    if found is None:
        return spec
    field, settings = found
    overlays: list[PlacedOverlay] = []
    notes: list[str] = []
    for number, span in enumerate(settings.spans):
        named = f"{field}.spans.{number}"
        attachment = request.attachment(span.attachment, f"{named}.attachment")
        lasts_ms = _lasts_ms(span, attachment, named)
        plays = request.plays(span.span)
        parts = [_placed(settings, span, attachment, part, lasts_ms) for part in plays]
        overlays.extend(part for part in parts if part.span.duration_ms >= SHORTEST_MS)
        notes.extend(f"{named}{note}" for note in _notes(request, span, plays, lasts_ms))
    return noted(spec.model_copy(update={"b_roll": tuple(overlays)}), *notes)


def _lasts_ms(span: BRollSpan, attachment: Attachment, named: str) -> int | None:
    """How long the footage can be seen; None for a picture."""
    if attachment.kind is AttachmentKind.image:
        return None
    left = attachment.duration_ms - span.from_ms
    if left < SHORTEST_MS:
        raise refused(
            f"{named}.from_ms",
            f"{span.attachment!r} is over after {attachment.duration_ms} ms: begin earlier.",
        )
    return left


def _placed(
    settings: BRoll,
    span: BRollSpan,
    attachment: Attachment,
    part: TimeRange,
    lasts_ms: int | None,
) -> PlacedOverlay:
    end = part.end_ms if lasts_ms is None else min(part.end_ms, part.start_ms + lasts_ms)
    return PlacedOverlay(
        attachment=attachment,
        span=TimeRange(start_ms=part.start_ms, end_ms=end),
        region=WHOLE,
        fills=True,
        from_ms=span.from_ms,
        fade_ms=settings.crossfade_ms,
    )


def _notes(
    request: Request, span: BRollSpan, plays: tuple[TimeRange, ...], lasts_ms: int | None
) -> Iterator[str]:
    if not plays:
        yield f" was left out: {told(span.span)} is not in the clip."
        return
    hull = request.timeline.hull
    if span.span.start_ms < hull.start_ms or span.span.end_ms > hull.end_ms:
        yield f" is longer than the clip and was cut to it: {told(plays[0])} of the clip."
    longest = max(part.duration_ms for part in plays)
    if lasts_ms is not None and lasts_ms < longest:
        yield (
            f" ends early: its footage lasts {lasts_ms / 1000:.1f} s of {longest / 1000:.1f} s; "
            "after it the clip's own picture is seen."
        )


def draw(spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
    """Later spans cover earlier ones."""
    for overlay in spec.b_roll:
        link = _laid(overlay, canvas, board, link)
    return link


def _laid(overlay: PlacedOverlay, canvas: Canvas, board: Board, link: str) -> str:
    frames = canvas.frames_of(overlay.span)
    if not frames:
        return link
    shown = footage(board, overlay, canvas.size_px, canvas)
    shown = board.chain(shown, f"{_fades(overlay, canvas)}setpts=N+{frames.start}", "b_roll")
    link = board.chain(link, on_grid(canvas), "clip")
    return board.chain(f"{link}{shown}", "overlay=eof_action=pass:eval=init", "covered")


def _fades(overlay: PlacedOverlay, canvas: Canvas) -> str:
    """In and out over the picture; not at the body's own ends, where nothing is to be seen."""
    frames = canvas.frames_of(overlay.span)
    fade = min(canvas.timeline.frame_at(overlay.fade_ms), len(frames) // 2)
    if not fade:
        return ""
    text = ""
    if frames.start > canvas.body.start:
        text += f"fade=t=in:s=0:n={fade}:alpha=1,"
    if frames.stop < canvas.body.stop:
        text += f"fade=t=out:s={len(frames) - fade}:n={fade}:alpha=1,"
    return text
