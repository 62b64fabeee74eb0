"""The picture of one run: windows cut out of the source and put into their regions."""

from fractions import Fraction

from cliply.domain.colours import Colour
from cliply.domain.framing import Layout, Pane
from cliply.domain.media import VideoStream
from cliply.media.board import Board, escaped
from cliply.media.bt709 import HDR_TO_SDR, TO_BT709, scaled
from cliply.media.runs import Run
from cliply.media.window_moves import Moves, frame_px, moves_of

DARKER = "lutyuv=y=16+(val-16)*0.6:u=128+(val-128)*0.6:v=128+(val-128)*0.6"

FIT_BLUR_SCALE = 8
"""The blurred background is made this much smaller, blurred there and enlarged."""

SEPARATOR = 1 / 270
"""Width of the line between two panes, as a part of the frame's width."""

BAR_COUNT = 45
"""Bars of the drawn sound."""

GROUND_SCALE = 8
"""The gradient behind drawn sound is made this much smaller; drawing it is slow."""


def progressive(video: VideoStream) -> str:
    """The filter, with a comma before it, that makes whole frames of fields; empty without any.

    It belongs before any change of rate: of a frame shown twice it leaves the second a comb.
    """
    return ",bwdif=mode=send_frame:deint=interlaced" if video.is_interlaced else ""


def run_picture(
    run: Run,
    video: VideoStream,
    size_px: tuple[int, int],
    board: Board,
    link: str,
    *,
    name: str,
    can_tonemap: bool,
    fill: Colour | None = None,
) -> str:
    """The link with a run's frames as pictures of the output's size.

    `link` has the frames of the run, its frame n at time n / frame rate, as they were
    decoded, turned upright and `progressive`. The pictures are yuv420p with square pixels,
    in BT.709 unless a high dynamic range can not be brought down. `name` must be the run's
    own: its moving windows listen to it. `fill` is what `fit` has beside the picture, for a
    backdrop that is keyed. Drawn sound is no picture of the source: raises ValueError.
    """
    layout = run.framed.layout
    if layout is Layout.waveform:
        raise ValueError("layout waveform is drawn from sound")
    has_tone = video.is_hdr and can_tonemap
    if layout is Layout.fit:
        return _fitted(video, size_px, board, link, has_tone=has_tone, fill=fill)
    return _Panes(run, video, size_px, board, name, has_tone).joined(link)


def waveform_picture(
    board: Board, sound_link: str, size_px: tuple[int, int], frame_rate: Fraction, frames: int
) -> str:
    """Bars that move with the sound, on a dark gradient that turns slowly.

    `sound_link` begins at time 0 and is used up; the link returned has so many frames at a
    constant rate from time 0 on, yuv420p in BT.709.
    """
    width, height = size_px
    pitch = width * 5 // 6 // BAR_COUNT
    tall = height // 3 // 2 * 2
    bars = board.chain(
        sound_link,
        "aformat=channel_layouts=mono,"
        f"showwaves=s={BAR_COUNT}x{tall}:mode=cline:scale=sqrt:draw=full:r={frame_rate}"
        f":colors=0xFFD60A,scale={BAR_COUNT * pitch}:{tall}:flags=neighbor,"
        f"drawgrid=w={pitch}:h=0:t={max(1, pitch // 3)}:c=black@0:replace=1,format=yuva420p",
        "bars",
    )
    ground = board.chain("", _ground(size_px, frame_rate), "ground")
    joined = f"overlay=(W-w)/2:(H-h)/2,trim=end_frame={frames},format=yuv420p"
    return board.chain(f"{ground}{bars}", joined, "drawn")


def _ground(size_px: tuple[int, int], frame_rate: Fraction) -> str:
    low, flat = (side // GROUND_SCALE // 2 * 2 for side in size_px)
    return (
        f"gradients=s={low}x{flat}:r={frame_rate}:c0=0x1B1F3B:c1=0x53354A:c2=0x14213D:n=3"
        f":x0=0:y0=0:x1={low - 1}:y1={flat - 1}:speed=0.004:seed=1,"
        f"scale={size_px[0]}:{size_px[1]}:flags=bilinear:{TO_BT709},setsar=1,format=yuv420p"
    )


class _Panes:
    """The panes of one run on their way to one picture."""

    def __init__(
        self,
        run: Run,
        video: VideoStream,
        size_px: tuple[int, int],
        board: Board,
        name: str,
        has_tone: bool,
    ) -> None:
        self._run = run
        self._video = video
        self._size_px = size_px
        self._board = board
        self._name = name
        self._has_tone = has_tone

    def joined(self, link: str) -> str:
        """One pane as it is; several in their regions, with a thin line between them."""
        panes = self._run.framed.panes
        if len(panes) == 1:
            return self._filled(link, panes[0], 0)
        views = [self._board.label("view") for _ in panes]
        self._board.add(f"{link}split={len(panes)}{''.join(views)}")
        parts = [
            self._filled(view, pane, n)
            for n, (view, pane) in enumerate(zip(views, panes, strict=True))
        ]
        places = "|".join(f"{x}_{y}" for x, y, _, _ in self._rectangles())
        stacked = f"xstack=inputs={len(panes)}:layout={places}{self._lines()}"
        return self._board.chain("".join(parts), stacked, "panes")

    def _filled(self, link: str, pane: Pane, number: int) -> str:
        """One region's picture.

        The tone curve comes last: all regions together have as many pixels as the output,
        the source often more; and what stacks them forgets the transfer function.
        """
        tone = f"{HDR_TO_SDR}," if self._has_tone else ""
        filters = self._filters(pane, f"{self._name}p{number}")
        return self._board.chain(link, f"{filters},{tone}format=yuv420p", "pane")

    def _rectangles(self) -> list[tuple[int, int, int, int]]:
        return [pane.region.in_px(self._size_px) for pane in self._run.framed.panes]

    def _filters(self, pane: Pane, name: str) -> str:
        """Cut what the window reaches, scale that, then cut the window.

        Steps of the window are then 2 px of the output; cut first, they would be up to 12.
        """
        _, _, width, height = pane.region.in_px(self._size_px)
        moves = moves_of(pane.path, self._run, self._video, (width, height))
        return (
            f"{self._reach(moves)}{scaled(*moves.scaled, keeps_colour=self._has_tone)}"
            f"{self._window(moves, (width, height), name)}"
        )

    def _reach(self, moves: Moves) -> str:
        x, y, width, height = moves.reach
        if (width, height) == frame_px(self._video):
            return ""
        return f"crop={width}:{height}:{x}:{y},"

    def _window(self, moves: Moves, out_px: tuple[int, int], name: str) -> str:
        if moves.scaled == out_px:
            return ""
        crop = f"crop@{name}"
        window = f",{crop}={out_px[0]}:{out_px[1]}:{moves.start[0]}:{moves.start[1]}"
        if not moves.corners:
            return window
        path = self._board.file(f"{name}.cmd", moves.commands(crop))
        return f",sendcmd=f={escaped(path)}{window}"

    def _lines(self) -> str:
        """Filters that draw a line along each edge between two panes."""
        thick = max(2, 2 * round(self._size_px[0] * SEPARATOR / 2))
        lines = []
        for x, y, width, height in self._rectangles():
            if y:
                lines.append(f"x={x}:y={y - thick // 2}:w={width}:h={thick}")
            if x:
                lines.append(f"x={x - thick // 2}:y={y}:w={thick}:h={height}")
        return "".join(f",drawbox={line}:color=black:t=fill" for line in lines)


def _fitted(
    video: VideoStream,
    size_px: tuple[int, int],
    board: Board,
    link: str,
    *,
    has_tone: bool,
    fill: Colour | None,
) -> str:
    """The whole picture over a blurred and darker copy of itself, or on one colour."""
    width, height = size_px
    scale = min(Fraction(width, video.width), Fraction(height, video.height))
    inner = _even_down(video.width * scale), _even_down(video.height * scale)
    tone = f"{HDR_TO_SDR}," if has_tone else ""
    whole = f"{scaled(*inner, keeps_colour=has_tone)},{tone}format=yuv420p"
    if inner == size_px:
        return board.chain(link, whole, "whole")
    if fill:
        return board.chain(link, f"{whole},pad={width}:{height}:-1:-1:{fill}", "fit")
    sharp, behind = board.label("whole"), board.label("behind")
    board.add(f"{link}{whole},split{sharp}{behind}")
    small = width // FIT_BLUR_SCALE // 2 * 2, height // FIT_BLUR_SCALE // 2 * 2
    backdrop = board.chain(
        behind,
        f"scale={small[0]}:{small[1]}:force_original_aspect_ratio=increase:"
        f"force_divisible_by=2,crop={small[0]}:{small[1]},gblur=sigma=6,"
        f"{DARKER},scale={width}:{height}:flags=bicubic,setsar=1",
        "backdrop",
    )
    return board.chain(f"{backdrop}{sharp}", "overlay=(W-w)/2:(H-h)/2:eval=init", "fit")


def _even_down(value: Fraction) -> int:
    return max(2, int(value // 2) * 2)
