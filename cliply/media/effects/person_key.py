"""Another background where a model sees no person."""

from cliply.domain.attachments import AttachmentKind
from cliply.domain.effects import EffectsSpec, Keying, PlacedKey
from cliply.errors import ErrorCode
from cliply.media.board import Board
from cliply.media.effects.background import composed, placed_background, with_key
from cliply.media.effects.canvas import Canvas
from cliply.media.effects.overlays import on_grid
from cliply.media.effects.request import Request, refused

SOFTNESS_PX = 1.0
"""The mask's edge is blurred by this (sigma, in pixels of the mask): models draw stairs."""


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """With the model that makes the mask; raises InvalidInput without one."""
    settings = request.edit.green_screen
    if settings is None or settings.keying is not Keying.person:
        return spec
    if settings.model is None:
        raise refused(
            "green_screen.model",
            "keying person needs a segmentation model: attach one, or use keying chroma.",
            ErrorCode.model_missing,
        )
    kinds = (AttachmentKind.model,)
    key = PlacedKey(
        keying=Keying.person,
        similarity=settings.similarity,
        blend=settings.blend,
        model=request.attachment(settings.model, "green_screen.model", kinds),
        **placed_background(request, settings),
    )
    return with_key(spec, key)


def draw(spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
    """The mask, enlarged, is the picture's alpha; in intro and outro all is seen."""
    key = spec.key
    if key is None or key.keying is not Keying.person:
        return link
    if canvas.mask is None:
        raise ValueError("keying person needs the mask that person_mask makes")
    width, height = canvas.size_px
    index = board.input(canvas.mask)
    mask = board.chain(
        f"[{index}:v:0]",
        f"gblur=sigma={SOFTNESS_PX},scale={width}:{height}:flags=bicubic,format=gray,"
        f"{on_grid(canvas)},setpts=N,"
        f"tpad=start={canvas.body.start}:color=white:stop=-1:stop_mode=add,"
        f"trim=end_frame={canvas.frames}",
        "mask",
    )
    link = board.chain(link, on_grid(canvas), "clip")
    person = board.chain(f"{link}{mask}", "alphamerge", "person")
    return composed(key, canvas, board, person)
