"""Hook title and lower third: here they are only placed, captions draw all text."""

from cliply.domain.effects import EffectsSpec, HookTitle, LowerThird, PlacedTitle
from cliply.domain.timing import TimeRange
from cliply.media.board import Board
from cliply.media.effects.canvas import Canvas
from cliply.media.effects.request import Request, noted, refused

SHORTEST_MS = 1_000
"""A name that is seen for less can not be read."""


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """Both in clip time, cut to the clip."""
    return _with_lower_third(request, _with_title(request, spec))


def _with_title(request: Request, spec: EffectsSpec) -> EffectsSpec:
    found = request.find(HookTitle)
    if found is None:
        return spec
    field, settings = found
    text = (settings.text or request.title).strip()
    if not text:
        raise refused(f"{field}.text", "the clip has no title of its own: write one.")
    start, end = request.body.start_ms, request.body.end_ms
    span = TimeRange(start_ms=start, end_ms=min(start + settings.duration_ms, end))
    title = PlacedTitle(
        span=span, text=text, text_colour=settings.text_colour, box_colour=settings.box_colour
    )
    cut = f"{field} was cut to the clip's {span.duration_ms / 1000:.1f} s."
    notes = [cut] if span.duration_ms < settings.duration_ms else []
    return noted(spec.model_copy(update={"title": title}), *notes)


def _with_lower_third(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """Its times count from where the intro ends."""
    brand = request.edit.brand
    if brand is None or brand.lower_third is None:
        return spec
    asked, body = brand.lower_third, request.body
    start = body.start_ms + asked.start_ms
    lasts = min(asked.duration_ms, body.end_ms - start)
    if lasts < min(SHORTEST_MS, asked.duration_ms):
        return noted(spec, "brand.lower_third was left out: the clip is over before it.")
    placed: LowerThird = asked.model_copy(update={"start_ms": start, "duration_ms": lasts})
    cut = "brand.lower_third was cut to the clip's end."
    notes = [cut] if lasts < asked.duration_ms else []
    return noted(spec.model_copy(update={"lower_third": placed}), *notes)


def draw(spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
    """Nothing: both are in the ASS file."""
    return link
