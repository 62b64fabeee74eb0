"""Where the person is in each frame of a clip: a grey video, made before the render."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideoStream

from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import ErrorCode, MediaError
from cliply.media.frames import Picture


class PersonSegmenter(Protocol):
    """Finds people in pictures."""

    def mask(self, picture: Picture) -> Picture:
        """255 where a person is and 0 elsewhere, or between: [height, width] of the RGB
        picture [height, width, 3]."""
        ...


def person_mask(
    picture: Path,
    output: Path,
    segmenter: PersonSegmenter,
    *,
    frames: int,
    on_progress: OnProgress = unwatched,
) -> Path:
    """Write the mask of a clip's body as FFV1 (lossless) grey video; `output` ends in .mkv.

    `picture` is a rendition of the clip without intro, outro, effects and captions, of any
    size: it has been through the cuts, panes and transitions, so its mask fits the clip.
    Raises MediaError when it has not exactly `frames` frames; `output` is gone then.
    """
    try:
        written = _write(picture, output, segmenter, frames, on_progress)
    except BaseException:
        output.unlink(missing_ok=True)
        raise
    if written != frames:
        output.unlink()
        raise MediaError(
            ErrorCode.render_failed,
            f"{picture.name} has {written} frames where the clip has {frames}: render it again.",
        )
    return output


def _write(
    picture: Path, output: Path, segmenter: PersonSegmenter, frames: int, on_progress: OnProgress
) -> int:
    written = 0
    with av.open(str(picture)) as source, av.open(str(output), "w", format="matroska") as target:
        shown = source.streams.video[0]
        stream = _mask_stream(target, shown)
        for written, frame in enumerate(source.decode(shown), 1):
            mask = segmenter.mask(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
            target.mux(list(_encoded(stream, mask, written - 1)))
            on_progress(min(1.0, written / frames))
        target.mux(stream.encode(None))
    return written


def _mask_stream(target: av.container.OutputContainer, shown: AvVideoStream) -> AvVideoStream:
    stream = target.add_stream("ffv1", rate=shown.average_rate)
    stream.width, stream.height, stream.pix_fmt = shown.width, shown.height, "gray"
    return stream


def _encoded(
    stream: AvVideoStream, mask: Picture, number: int
) -> Iterator["av.packet.Packet[AvVideoStream]"]:
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(mask), "gray")
    frame.pts, frame.time_base = number, 1 / stream.average_rate if stream.average_rate else None
    yield from stream.encode(frame)
