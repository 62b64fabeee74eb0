"""The logo or watermark in a corner."""

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.editing import Edit
from cliply.domain.effects import Corner, EffectsSpec, Logo, PlacedOverlay
from cliply.domain.framing import Region
from cliply.media.board import Board
from cliply.media.effects.canvas import Canvas, enabled
from cliply.media.effects.overlays import Size, footage, on_grid, still
from cliply.media.effects.request import Request
from cliply.media.safe_areas import safe_area


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """Between intro and outro, whole, as wide as asked unless it is too high for the frame."""
    brand = request.edit.brand
    if brand is None or brand.logo is None:
        return spec
    attachment = request.attachment(brand.logo.attachment, "brand.logo.attachment")
    placed = PlacedOverlay(
        attachment=attachment,
        span=request.body,
        region=_region(brand.logo, attachment, request.size_px, _foot(request.edit, brand.logo)),
        opacity=brand.logo.opacity,
    )
    return spec.model_copy(update={"logo": placed})


def _foot(edit: Edit, logo: Logo) -> float:
    """What platforms cover of the frame's foot, where the logo stands there."""
    if logo.corner in (Corner.top_left, Corner.top_right):
        return 0.0
    return safe_area(edit.export.platform, edit.reframe.aspect_ratio).bottom


def _region(logo: Logo, attachment: Attachment, size_px: Size, foot: float) -> Region:
    margin = logo.margin, logo.margin * size_px[0] / size_px[1]
    shape = attachment.height_px / attachment.width_px * size_px[0] / size_px[1]
    height = min(logo.width * shape, 1 - 2 * margin[1])
    width = height / shape
    on_left = logo.corner in (Corner.top_left, Corner.bottom_left)
    on_top = logo.corner in (Corner.top_left, Corner.top_right)
    return Region(
        x=margin[0] if on_left else 1 - margin[0] - width,
        y=margin[1] if on_top else 1 - max(margin[1], foot) - height,
        width=width,
        height=height,
    )


def draw(spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
    """A picture is scaled once and stays; a short video plays again and again."""
    logo = spec.logo
    if logo is None:
        return link
    left, top, width, height = logo.region.in_px(canvas.size_px)
    frames, size = canvas.frames_of(logo.span), (max(2, width), max(2, height))
    if logo.attachment.kind is AttachmentKind.image:
        shown = still(board, logo, size)
    else:
        shown = footage(board, logo, size, canvas, repeats=True)
        shown = board.chain(shown, f"setpts=N+{frames.start}", "logo")
        link = board.chain(link, on_grid(canvas), "clip")
    if logo.opacity < 1:
        shown = board.chain(shown, f"lutyuv=a=val*{logo.opacity:.3f}", "logo")
    return board.chain(
        f"{link}{shown}", f"overlay={left}:{top}:eval=init:{enabled([frames])}", "logo"
    )
