"""A bar that fills while the clip plays."""

from cliply.domain.effects import EffectsSpec, ProgressBar
from cliply.media.board import Board
from cliply.media.effects.canvas import Canvas
from cliply.media.effects.overlays import plain
from cliply.media.effects.request import Request

CLEAR_LAST = "geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*lt(X,W-1)'"


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """As it is asked for."""
    found = request.find(ProgressBar)
    return spec.model_copy(update={"progress_bar": found[1]}) if found else spec


def draw(spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
    """A plain strip pushed in from the left by whole pixels, full on the body's last frame.

    `drawbox` works its size out only once, and `overlay` only goes to even places of 4:2:0:
    odd lengths take a strip whose last column is clear.
    """
    bar, (width, height) = spec.progress_bar, canvas.size_px
    if bar is None:
        return link
    tall = max(2, 2 * round(bar.height * height / 2))
    body = canvas.body
    top = 0 if bar.at_top else height - tall
    for odd in (0, 1):
        strip = plain(board, bar.colour, (width, tall))
        strip = board.chain(strip, CLEAR_LAST, "strip") if odd else strip
        # `overlay` counts frames from 1 in `x`, from 0 in `enable`
        place = f"x='{_length('(n-1)', body, width)}+{odd - width}':y={top}"
        parity = f"eq(mod({_length('n', body, width)},2),{odd})"
        when = f"enable='between(n,{body.start},{body.stop - 1})*{parity}'"
        link = board.chain(f"{link}{strip}", f"overlay={place}:{when}", "progress")
    return link


def _length(frame: str, body: range, width: int) -> str:
    return f"round({width}*({frame}+1-{body.start})/{len(body)})"
