"""What is seen behind a person who was cut out."""

from cliply.domain.attachments import AttachmentKind
from cliply.domain.effects import EffectsSpec, GreenScreen, PlacedKey, PlacedOverlay
from cliply.domain.framing import WHOLE
from cliply.domain.timing import TimeRange
from cliply.media.board import Board
from cliply.media.effects.canvas import Canvas
from cliply.media.effects.overlays import footage, held, on_grid, plain
from cliply.media.effects.request import Request


def placed_background(request: Request, settings: GreenScreen) -> dict[str, object]:
    """The fields of a placed key that say what is behind; raises InvalidInput."""
    name = settings.background
    if name.startswith("#"):
        return {"background_colour": name}
    return {"background": request.attachment(name, "green_screen.background")}


def composed(key: PlacedKey, canvas: Canvas, board: Board, person: str) -> str:
    """A link of the person with alpha, over the background, for every frame of the clip."""
    ground = _ground(key, canvas, board)
    person = board.chain(person, on_grid(canvas), "person")
    return board.chain(f"{ground}{person}", "overlay=eval=init,format=yuv420p", "keyed")


def _ground(key: PlacedKey, canvas: Canvas, board: Board) -> str:
    if key.background is None:
        still = plain(board, key.background_colour or "#000000", canvas.size_px)
        return board.chain(still, f"format=yuv420p,{held(canvas.frames, canvas)}", "ground")
    whole = TimeRange(start_ms=0, end_ms=canvas.timeline.duration_ms)
    overlay = PlacedOverlay(attachment=key.background, span=whole, region=WHOLE, fills=True)
    repeats = key.background.kind is AttachmentKind.video
    shown = footage(board, overlay, canvas.size_px, canvas, repeats=repeats)
    return board.chain(shown, "format=yuv420p", "ground")


def with_key(spec: EffectsSpec, key: PlacedKey) -> EffectsSpec:
    return spec.model_copy(update={"key": key})
