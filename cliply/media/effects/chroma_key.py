"""Green screen: another background where the picture has the backdrop's colour."""

from cliply.domain.effects import EffectsSpec, GreenScreen, Keying, PlacedKey
from cliply.errors import ErrorCode
from cliply.media.board import Board
from cliply.media.effects.background import composed, placed_background, with_key
from cliply.media.effects.canvas import Canvas, enabled, enabled_outside
from cliply.media.effects.chroma import saturation, tables
from cliply.media.effects.request import Request, noted, refused

LEAST_SATURATION = 0.06
"""A backdrop nearer to grey than this can not be told from skin, hair and clothes."""

MOST_SIMILAR = 0.45
MOST_IN_ALL = 0.85
"""Parts of the way from the backdrop to grey at which alpha may begin and must be full; with
more, a dull backdrop would take grey hair and clothes along."""

MERGED = "mergeplanes=format=yuva420p:map0s=0:map1s=1:map2s=2:map3s=3"


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """The colour asked for, else the measured one; thresholds that leave greys alone."""
    settings = request.edit.green_screen
    if settings is None or settings.keying is not Keying.chroma:
        return spec
    colour = settings.colour or request.backdrop
    if colour is None:
        reason = "the backdrop was not measured: name its colour."
        raise refused("green_screen.colour", reason, ErrorCode.backdrop_unclear)
    strength = saturation(colour)
    if strength < LEAST_SATURATION:
        raise refused("green_screen.colour", f"{colour} is almost grey: name a stronger colour.")
    similarity = min(settings.similarity, MOST_SIMILAR * strength)
    blend = min(settings.blend, MOST_IN_ALL * strength - similarity)
    key = PlacedKey(
        keying=Keying.chroma,
        colour=colour,
        similarity=round(similarity, 4),
        blend=round(blend, 4),
        **placed_background(request, settings),
    )
    return noted(with_key(spec, key), *_notes(settings, similarity, colour))


def _notes(settings: GreenScreen, similarity: float, colour: str) -> list[str]:
    asked = settings.similarity
    if asked == similarity or "similarity" not in settings.model_fields_set:
        return []
    return [
        f"green_screen.similarity was lowered from {asked:g} to {similarity:.3f}: with more, "
        f"greys would vanish with {colour}."
    ]


def draw(spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
    """Alpha, and each plane without the backdrop's part, from the two chroma planes."""
    key = spec.key
    if key is None or key.keying is not Keying.chroma or key.colour is None:
        return link
    table = tables(key.colour, key.similarity, key.blend)
    luma, u, v = _planes(board, link)
    alpha = _looked_up(board, u[0], v[0], table.alpha, canvas, outside=255)
    alpha = _enlarged(board, alpha, canvas, "bicubic")
    spill = _looked_up(board, u[1], v[1], table.spilt_luma, canvas, outside=0)
    spill = _enlarged(board, spill, canvas, "bilinear")
    luma = board.chain(f"{luma}{spill}", "blend=all_mode=subtract", "luma")
    # outside the body `lut2` hands its first plane on
    u_left = board.chain(f"{u[2]}{v[2]}", f"lut2=c0='{table.u}':{enabled([canvas.body])}", "u")
    v_left = board.chain(f"{v[3]}{u[3]}", f"lut2=c0='{table.v}':{enabled([canvas.body])}", "v")
    person = board.chain(f"{luma}{u_left}{v_left}{alpha}", MERGED, "person")
    return composed(key, canvas, board, person)


def _planes(board: Board, link: str) -> tuple[str, list[str], list[str]]:
    """The luma plane, and four links each of the chroma planes."""
    luma, u, v = (board.label(stem) for stem in ("luma", "u", "v"))
    board.add(f"{link}format=yuv420p,extractplanes=y+u+v{luma}{u}{v}")
    fours = [[board.label(stem) for _ in range(4)] for stem in ("u", "v")]
    for plane, four in zip((u, v), fours, strict=True):
        board.add(f"{plane}split=4{''.join(four)}")
    return luma, fours[0], fours[1]


def _looked_up(
    board: Board, first: str, second: str, table: str, canvas: Canvas, *, outside: int
) -> str:
    """A new plane from two; one value all over in intro and outro."""
    text = f"lut2=c0='{table}'"
    if len(canvas.body) < canvas.frames:
        text += f",lutyuv=y={outside}:{enabled_outside(canvas.body)}"
    return board.chain(f"{first}{second}", text, "plane")


def _enlarged(board: Board, plane: str, canvas: Canvas, flags: str) -> str:
    width, height = canvas.size_px
    return board.chain(plane, f"scale={width}:{height}:flags={flags}", "plane")
