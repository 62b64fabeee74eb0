"""Effects drawn on small clips, and the frames that come out."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.editing import Edit
from cliply.domain.effects import EffectsSpec
from cliply.domain.timeline import KeptSpan, Timeline
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.media import ffmpeg
from cliply.media.board import Board
from cliply.media.effects import draw_effects, plan_effects

RATE = Fraction(30)
SIZE = (108, 192)
TAGS = "setparams=colorspace=bt709:range=limited"


def at(start_ms: int, end_ms: int) -> TimeRange:
    return TimeRange(start_ms=start_ms, end_ms=end_ms)


def clip(*spans: tuple[int, int], intro: int = 0, outro: int = 0) -> Timeline:
    """A clip of kept spans, each first frame and number of frames, at 30 frames a second."""
    kept = tuple(KeptSpan(start_frame=first, frames=count) for first, count in spans)
    return Timeline(frame_rate=RATE, spans=kept, intro_frames=intro, outro_frames=outro)


def planned(
    edit: Mapping[str, object],
    timeline: Timeline,
    attachments: Mapping[str, Attachment] | None = None,
    words: Sequence[Word] = (),
    title: str = "A title",
    backdrop: str | None = None,
) -> EffectsSpec:
    return plan_effects(
        Edit.model_validate(edit),
        title=title,
        timeline=timeline,
        words=words,
        attachments=attachments or {},
        size_px=SIZE,
        backdrop=backdrop,
    )


def board_of(folder: Path, attachments: Mapping[str, Path] | None = None) -> Board:
    return Board(folder=folder, attachments=attachments or {})


def drawn(
    spec: EffectsSpec,
    source: Path,
    timeline: Timeline,
    *,
    attachments: Mapping[str, Path] | None = None,
    size: tuple[int, int] = SIZE,
    mask: Path | None = None,
    shape: str = "rgb24",
) -> np.ndarray:
    """The clip's frames [n, height, width, 3] (RGB), or [n, 3/2 height, width] for yuv420p."""
    board = board_of(source.parent, attachments)
    index = board.input(source)
    link = board.chain(f"[{index}:v:0]", f"setpts=N/30/TB,fps=30,format=yuv420p,{TAGS}", "clip")
    end = draw_effects(
        spec,
        size_px=size,
        frame_rate=RATE,
        timeline=timeline,
        board=board,
        link=link,
        mask=mask,
    )
    for name, content in board.files.items():
        (source.parent / name).write_bytes(content)
    board.add(f"{end}format={shape}[v]")
    output = source.parent / "drawn.nut"
    arguments = ["-loglevel", "error", *board.input_arguments, "-filter_complex", board.graph]
    arguments += ["-map", "[v]", "-c:v", "rawvideo", "-y", f"file:{output}"]
    ffmpeg.run(ffmpeg.find_ffmpeg(None), arguments, duration_ms=1000, timeout_s=60)
    with av.open(str(output)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
    return np.stack(frames)


def lossless(path: Path, frames: np.ndarray) -> Path:
    """RGB frames [n, height, width, 3] as a file without loss but that of BT.709 4:2:0."""
    with av.open(str(path), "w", format="nut") as container:
        stream = container.add_stream("rawvideo", rate=30)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base = number, 1 / RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def one_colour(
    path: Path, colour: tuple[int, int, int], frames: int, size: tuple[int, int] = SIZE
) -> Path:
    return lossless(path, np.full((frames, size[1], size[0], 3), colour, np.uint8))


def image(name: str, size: tuple[int, int], container: str = "png") -> Attachment:
    return Attachment(
        content_hash=name,
        kind=AttachmentKind.image,
        container=container,
        width_px=size[0],
        height_px=size[1],
        size_bytes=1,
    )


def video(
    name: str, size: tuple[int, int], duration_ms: int, container: str = "mov,mp4,m4a,3gp,3g2,mj2"
) -> Attachment:
    return Attachment(
        content_hash=name,
        kind=AttachmentKind.video,
        container=container,
        width_px=size[0],
        height_px=size[1],
        duration_ms=duration_ms,
        size_bytes=1,
    )


def colour_at(frames: np.ndarray, number: int, x: float, y: float) -> np.ndarray:
    """RGB at a place (fractions) of a frame."""
    _, height, width, _ = frames.shape
    return frames[number, int(y * (height - 1)), int(x * (width - 1))].astype(int)


def is_near(colour: np.ndarray, wanted: Sequence[int], within: int = 8) -> bool:
    return bool(np.abs(np.asarray(colour) - np.asarray(wanted)).max() <= within)
