"""Magic zoom: the picture comes nearer for a moment.

A zoom shows a smaller and smaller window of the picture. Where the window moves,
`perspective` samples it between the pixels: windows of whole pixels, as `zoompan` and
`crop` have them, are up to 0.5 px off even in a picture of twice the size, and that is
seen as jitter. Where the window stands still it is cropped and scaled, at a sixteenth of
the cost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cliply.domain.effects import EffectsSpec, MagicZoom, PlacedZoom, ZoomStyle
from cliply.domain.timing import TimeRange
from cliply.media.board import Board, escaped, seconds
from cliply.media.effects.canvas import Canvas, enabled
from cliply.media.effects.emphasis import emphasised
from cliply.media.effects.request import Request, noted, told

EASE_MS = 400
"""How long `smooth_in` takes in and out."""

PULSE_MS = 600
"""How long one beat of `pulse` is."""

SHORTEST_MS = 100
"""What is shorter is a flicker."""


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """Zooms where they are asked for, else where words are emphasised; none overlapping."""
    found = request.find(MagicZoom)
    if found is None:
        return spec
    field, settings = found
    zooms, notes = (
        _chosen(request, settings) if settings.at is None else _asked(request, field, settings)
    )
    return noted(spec.model_copy(update={"zooms": _apart(zooms)}), *notes)


def _chosen(request: Request, settings: MagicZoom) -> tuple[list[PlacedZoom], list[str]]:
    beats = settings.style is ZoomStyle.pulse
    zooms = [
        _placed(settings, moment.peak if beats else moment.span, settings.style)
        for moment in emphasised(request.words, request.timeline)
    ]
    return zooms, [] if zooms else ["No sentence is emphasised, so the clip has no zooms."]


def _asked(request: Request, field: str, settings: MagicZoom) -> tuple[list[PlacedZoom], list[str]]:
    zooms, notes = list[PlacedZoom](), list[str]()
    for number, one in enumerate(settings.at or ()):
        plays = request.plays(one.span)
        zooms.extend(_placed(settings, part, one.style or settings.style) for part in plays)
        if not plays:
            notes.append(f"{field}.at.{number} was left out: {told(one.span)} is not in the clip.")
    return zooms, notes


def _placed(settings: MagicZoom, span: TimeRange, style: ZoomStyle) -> PlacedZoom:
    if style is ZoomStyle.pulse:
        end = min(span.start_ms + PULSE_MS, max(span.end_ms, span.start_ms + SHORTEST_MS))
        span = TimeRange(start_ms=span.start_ms, end_ms=end)
    return PlacedZoom(span=span, style=style, strength=settings.strength, centre=settings.centre)


def _apart(zooms: Iterable[PlacedZoom]) -> tuple[PlacedZoom, ...]:
    """In order; in a transition two spans play at once, and the earlier zoom ends there."""
    ordered = sorted(zooms, key=lambda zoom: zoom.span.start_ms)
    kept = []
    for number, zoom in enumerate(ordered):
        end = min([zoom.span.end_ms, *(later.span.start_ms for later in ordered[number + 1 :])])
        if end - zoom.span.start_ms >= SHORTEST_MS:
            span = TimeRange(start_ms=zoom.span.start_ms, end_ms=end)
            kept.append(zoom.model_copy(update={"span": span}))
    return tuple(kept)


@dataclass(frozen=True)
class _Window:
    """The part of the picture that is shown at the height of a zoom; in pixels, all even."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class _Move:
    """Frames during which the window moves."""

    frames: range
    window: _Window
    ease: str
    """An expression of `in`, the frame's number counted from 1: 0 is all, 1 the window."""


def draw(spec: EffectsSpec, canvas: Canvas, board: Board, link: str) -> str:
    """All zooms in one pass over the picture; frames outside them go by untouched."""
    moves = [move for zoom in spec.zooms for move in _moves(zoom, canvas)]
    if moves:
        link = board.chain(link, _moving(moves), "zoom")
    stands = _stands(spec.zooms, canvas)
    if stands:
        link = board.chain(link, _standing(stands, canvas, board), "zoom")
    return link


def _window(zoom: PlacedZoom, canvas: Canvas) -> _Window:
    """The point at `centre` stays where it is."""
    (width, height), (x, y) = canvas.size_px, zoom.centre
    inner = [max(2, 2 * round(side / zoom.strength / 2)) for side in (width, height)]
    left, top = (width - inner[0]) * x, (height - inner[1]) * y
    return _Window(2 * round(left / 2), 2 * round(top / 2), *inner)


def _moves(zoom: PlacedZoom, canvas: Canvas) -> Iterator[_Move]:
    frames, window = canvas.frames_of(zoom.span), _window(zoom, canvas)
    count, start = len(frames), frames.start
    if zoom.style is ZoomStyle.ken_burns and count:
        yield _Move(frames, window, f"(in-{start})/{count}")
    if zoom.style is ZoomStyle.pulse and count:
        yield _Move(frames, window, f"pow(sin(PI*(in-{start})/{count + 1}),2)")
    if zoom.style is ZoomStyle.smooth_in and (ease := _ease_frames(frames, canvas)):
        last = frames.stop - ease
        yield _Move(frames[:ease], window, f"(0.5-0.5*cos(PI*(in-{start})/{ease + 1}))")
        yield _Move(frames[-ease:], window, f"(0.5+0.5*cos(PI*(in-{last})/{ease + 1}))")


def _ease_frames(frames: range, canvas: Canvas) -> int:
    return min(canvas.timeline.frame_at(EASE_MS), len(frames) // 2)


def _moving(moves: Sequence[_Move]) -> str:
    """The picture's corners as sums over all moves, of which at most one is not 0.

    `perspective` samples at pixels' corners and `scale` at their middles: half a pixel of
    the difference in size lies between the two.
    """
    left = _sum((move, f"({move.window.left}-{_half_px(move)})") for move in moves)
    top = _sum((move, f"({move.window.top}-{_half_px(move)})") for move in moves)
    right = _sum(
        (move, f"(W-{move.window.left + move.window.width}+{_half_px(move)})") for move in moves
    )
    bottom = _sum(
        (move, f"(H-{move.window.top + move.window.height}+{_half_px(move)})") for move in moves
    )
    corners = (
        f"x0='{left}':x2='{left}':y0='{top}':y1='{top}':"
        f"x1='W-({right})':x3='W-({right})':y2='H-({bottom})':y3='H-({bottom})'"
    )
    return f"perspective={corners}:eval=frame:{enabled(move.frames for move in moves)}"


def _half_px(move: _Move) -> str:
    return f"(0.5-0.5*{move.window.width}/W)"


def _sum(terms: Iterable[tuple[_Move, str]]) -> str:
    return "+".join(
        f"between(in,{move.frames.start + 1},{move.frames.stop})*{size}*{move.ease}"
        for move, size in terms
    )


def _stands(zooms: Iterable[PlacedZoom], canvas: Canvas) -> dict[int, _Window]:
    """The windows that stand still, by the frame from which on each is shown."""
    whole, stands = _Window(0, 0, *canvas.size_px), dict[int, _Window]()
    for zoom in zooms:
        frames = canvas.frames_of(zoom.span)
        if zoom.style is ZoomStyle.smooth_in:
            ease = _ease_frames(frames, canvas)
            frames = frames[ease : len(frames) - ease]
        if frames and zoom.style in (ZoomStyle.smooth_in, ZoomStyle.snap):
            stands[frames.start] = _window(zoom, canvas)
            stands[frames.stop] = whole
    return stands


def _standing(stands: dict[int, _Window], canvas: Canvas, board: Board) -> str:
    """Crops and scales; the commands are due half a frame early, whatever times round to."""
    lines = []
    for frame, window in sorted(stands.items()):
        due = max(Fraction(0), (frame - Fraction(1, 2)) / canvas.frame_rate)
        # the corner first goes to 0: at no time may the window reach out of the picture
        steps = (("x", 0), ("y", 0), ("w", window.width), ("h", window.height),
                 ("x", window.left), ("y", window.top))  # fmt: skip
        commands = ",".join(f"crop@zoom {name} {value}" for name, value in steps)
        lines.append(f"{seconds(due)} {commands};\n")
    path = board.file("zoom.cmd", "".join(lines))
    width, height = canvas.size_px
    return (
        f"sendcmd=f={escaped(path)},crop@zoom={width}:{height}:0:0,"
        f"scale={width}:{height}:flags=bicubic,setsar=1"
    )
