"""Pictures and footage as they are laid over the clip."""

from fractions import Fraction

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.colours import Colour
from cliply.domain.effects import PlacedOverlay
from cliply.media.board import Board, seconds
from cliply.media.bt709 import HD_HEIGHT, HDR_TO_SDR, TO_BT709, scaled
from cliply.media.effects.canvas import Canvas

Size = tuple[int, int]


def covering(size: Size, room: Size) -> Size:
    """The smallest even size of the same shape that leaves nothing of the room free."""
    scale = max(Fraction(room[0], size[0]), Fraction(room[1], size[1]))
    return _even_up(size[0] * scale), _even_up(size[1] * scale)


def _even_up(value: Fraction) -> int:
    return -int(-value // 2) * 2


def fitted(attachment: Attachment, size: Size, *, fills: bool, can_tonemap: bool) -> str:
    """Filters that bring an attachment to a size that has about its shape; where it `fills`
    one of any shape, the rest is cut off all around.

    In square pixels, BT.709, limited range, 4:2:0 with alpha; a high dynamic range is
    brought down where FFmpeg can.
    """
    whole = covering((attachment.width_px, attachment.height_px), size) if fills else size
    is_toned = attachment.is_hdr and can_tonemap
    return (
        f"{scaled(*whole, keeps_colour=is_toned)}{f',{HDR_TO_SDR}' if is_toned else ''},"
        f"format=yuva420p,crop={size[0]}:{size[1]},setsar=1"
    )


def still(board: Board, overlay: PlacedOverlay, size: Size) -> str:
    """One frame, scaled once however long it is shown."""
    attachment = overlay.attachment
    # by name: an image's demuxer that FFmpeg chooses itself reads numbered files as well
    index = board.attached(attachment, "-f", f"{attachment.container}_pipe")
    shown = fitted(attachment, size, fills=overlay.fills, can_tonemap=board.can_tonemap)
    return board.chain(f"[{index}:v:0]", f"trim=end_frame=1,{shown}", "still")


def on_grid(canvas: Canvas) -> str:
    """The filter that counts a picture's time in frames, so that two pictures meet exactly."""
    return f"settb=expr=1/({canvas.frame_rate})"


def held(frames: int, canvas: Canvas) -> str:
    """Filters that show one frame for many."""
    rate = canvas.frame_rate
    return (
        f"{on_grid(canvas)},loop=loop=-1:size=1,setpts=N,"
        # tells FFmpeg the rate as well, which it would take for 25 and drop frames
        f"fps={rate},trim=end_frame={frames}"
    )


def footage(
    board: Board, overlay: PlacedOverlay, size: Size, canvas: Canvas, *, repeats: bool = False
) -> str:
    """A picture or footage at the clip's rate for as long as the overlay lasts, from time 0.

    Footage that is over earlier ends, or begins again where it `repeats`.
    """
    attachment, frames = overlay.attachment, len(canvas.frames_of(overlay.span))
    if attachment.kind is AttachmentKind.image:
        return board.chain(still(board, overlay, size), held(frames, canvas), "held")
    options = ["-stream_loop", "-1"] if repeats else []
    if not attachment.is_hdr:
        untagged = "bt709" if attachment.height_px >= HD_HEIGHT else "smpte170m"
        options += ["-colorspace", untagged]
    length_s = frames / canvas.frame_rate + 1
    shown = fitted(attachment, size, fills=overlay.fills, can_tonemap=board.can_tonemap)
    index = board.attached(
        attachment, *options, "-format_whitelist", attachment.container,
        "-ss", seconds(Fraction(overlay.from_ms, 1000)), "-t", seconds(length_s),
    )  # fmt: skip
    return board.chain(
        f"[{index}:v:0]",
        f"setpts=PTS-STARTPTS,fps={canvas.frame_rate},trim=end_frame={frames},"
        f"{shown},{on_grid(canvas)},setpts=N",
        "footage",
    )


def plain(board: Board, colour: Colour, size: Size) -> str:
    """One frame of one colour, exact in BT.709."""
    return board.chain(
        "",
        f"color=c=0x{colour[1:]}:s={size[0]}x{size[1]}:r=1,trim=end_frame=1,format=gbrp,"
        f"scale={TO_BT709},format=yuva420p",
        "plain",
    )
