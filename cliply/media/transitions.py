"""How one kept span's picture goes over into the next one's, in the frames that both share."""

from dataclasses import dataclass
from fractions import Fraction

from cliply.domain.timeline import TransitionKind
from cliply.media.board import Board, seconds

ZOOM_BY = 1.8
"""What is added to the picture's size where one gives way to the other."""

ZOOM_RISE = 0.6
"""Part of the transition in which each picture grows or shrinks; they overlap in the middle."""

ZOOM_BLUR = 1 / 90
"""Of the frame's width, while both are seen."""

SWIPE_BLURS = ((4, 1 / 30), (3, 1 / 16))
"""Motion blur without the first and last quarter and third of the frames, of the width."""

GLITCH_BANDS = ((12, 0.22), (20, 0.3), (7, 0.12))
"""Height of each torn band as a part of the frame's, and how far it is torn, of the width."""

GLITCH_FRINGE = 1 / 40
"""How far the colours come apart, of the frame's width."""


@dataclass(frozen=True)
class Meeting:
    """Two links with the shared frames, both from time 0 at a constant rate, yuv420p."""

    before: str
    after: str
    frames: int
    frame_rate: Fraction
    size_px: tuple[int, int]


def gone_over(kind: TransitionKind, meeting: Meeting, board: Board) -> str:
    """The link with the shared frames as they are shown.

    `crossfade` dissolves; `wipe` uncovers from right to left; `zoom` dives into the one
    picture and out of the other; `glitch` tears bands and colours apart and flickers;
    `swipe` pushes from right to left with motion blur. All cost about as much as FFmpeg's
    own crossfade; its `zoomin` is one flat colour half of the time, its `smoothleft` moves
    nothing, and its `slideleft` begins with a green line.
    """
    match kind:
        case TransitionKind.crossfade:
            return _xfade("fade", meeting, board)
        case TransitionKind.wipe:
            return _xfade("wipeleft", meeting, board)
        case TransitionKind.zoom:
            return _zoom(meeting, board)
        case TransitionKind.glitch:
            return _glitch(meeting, board)
        case TransitionKind.swipe:
            return _swipe(meeting, board)


def _xfade(name: str, meeting: Meeting, board: Board) -> str:
    duration = seconds(meeting.frames / meeting.frame_rate)
    both = f"{meeting.before}{meeting.after}"
    return board.chain(both, f"xfade=transition={name}:duration={duration}:offset=0", "faded")


def _zoom(meeting: Meeting, board: Board) -> str:
    width, _ = meeting.size_px
    seen_together = max(2, meeting.frames // 4)
    start = meeting.frames // 2 - seen_together // 2
    rise = meeting.frames * ZOOM_RISE
    inward = board.chain(meeting.before, _enlarged(meeting, f"in/{rise:.3f}"), "inward")
    outward = board.chain(
        meeting.after,
        f"{_enlarged(meeting, f'({meeting.frames}-1-in)/{rise:.3f}')},format=yuva420p,"
        f"fade=t=in:s={start}:n={seen_together}:alpha=1",
        "outward",
    )
    blur = max(1, round(width * ZOOM_BLUR))
    together = f"between(n,{start},{start + seen_together - 1})"
    return board.chain(
        f"{inward}{outward}",
        f"overlay=eval=init,format=yuv420p,avgblur=sizeX={blur}:sizeY={blur}:enable='{together}'",
        "faded",
    )


def _enlarged(meeting: Meeting, progress: str) -> str:
    """Larger by the square of a progress from 0 to 1, round the middle.

    Places of the window are whole pixels of the source: nobody sees that at this pace.
    """
    width, height = meeting.size_px
    return (
        f"zoompan=z='1+{ZOOM_BY}*pow(min(1,{progress}),2)':x='iw/2-iw/zoom/2':"
        f"y='ih/2-ih/zoom/2':d=1:s={width}x{height}:fps={meeting.frame_rate}"
    )


def _swipe(meeting: Meeting, board: Board) -> str:
    width, height = meeting.size_px
    eased = f"(0.5-0.5*cos(PI*(n+1)/{meeting.frames + 1}))"
    blurs = "".join(
        f",avgblur=sizeX={max(1, round(width * blur))}:sizeY=1"
        f":enable='{_inside(meeting, meeting.frames // part)}'"
        for part, blur in SWIPE_BLURS
    )
    return board.chain(
        f"{meeting.before}{meeting.after}",
        f"hstack,crop={width}:{height}:'2*floor({width}*{eased}/2)':0{blurs}",
        "faded",
    )


def _glitch(meeting: Meeting, board: Board) -> str:
    width, _ = meeting.size_px
    frames = meeting.frames
    flicker = f"eq(n,{frames // 3})+gte(n,{frames // 2})"
    mixed = board.chain(
        f"{meeting.before}{meeting.after}",
        f"overlay=eval=init:enable='{flicker}',format=yuv420p",
        "mixed",
    )
    copies = [board.label("band") for _ in range(1 + len(GLITCH_BANDS))]
    board.add(f"{mixed}split={len(copies)}{''.join(copies)}")
    torn = copies[0]
    for number, band in enumerate(copies[1:]):
        torn = _torn(meeting, number, torn, band, board)
    fringe = max(1, round(width * GLITCH_FRINGE))
    return board.chain(
        torn,
        f"chromashift=cbh={fringe}:crh=-{fringe}:edge=smear:enable='{_inside(meeting)}'",
        "faded",
    )


def _torn(meeting: Meeting, number: int, link: str, band: str, board: Board) -> str:
    """A band of the picture shown at another place in each frame, by a fixed disorder."""
    width, height = meeting.size_px
    part, tear = GLITCH_BANDS[number]
    high, far = max(2, height // part // 2 * 2), max(4, round(width * tear))
    y = f"2*floor(mod({_disorder(number)},{height - high})/2)"
    x = f"2*floor((mod({_disorder(number + 3)},{far})-{far // 2})/2)"
    cut = board.chain(band, f"crop={width}:{high}:0:'{y}'", "band")
    over = f"overlay=x='{x}':y='{y}':enable='{_inside(meeting)}'"
    return board.chain(f"{link}{cut}", over, "torn")


def _disorder(number: int) -> str:
    return f"{7919 + 1201 * number}*(n+{number + 2})*(n+{2 * number + 5})"


def _inside(meeting: Meeting, margin: int = 1) -> str:
    """All frames but so many at both ends."""
    return f"between(n,{margin},{meeting.frames - 1 - margin})"
