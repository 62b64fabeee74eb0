"""What the sizes of coded frames tell: where a picture may be black or stand still.

Reading packets costs a hundredth of decoding them. An encoder needs next to nothing for a
frame that is black or equal to the one before: at 1080x1920, x264 `veryfast`, crf 20, under
800 bytes for the first black frame and about 100 for each that stands still, 3,000 under
captions, while a frame of a talking head that later frames lean on has 5,000 and more.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer

QUIET_BYTES_PER_PIXEL = 0.0005
"""A black frame needs less, and so does one between two that are alike, captions over it
included; 1,037 bytes at 1080x1920."""

REPEATED_BYTES_PER_PIXEL = 0.002
"""A frame that later ones lean on needs less while the picture stands still: 2,000 to 3,700
bytes where captions light up word by word, of which the first still cleans up the picture."""

FIRST_PART = 3
"""The first third of those frames is left out of account for that."""

LEAST_BYTES = 250
"""The limit for small pictures, of which headers are a good part."""

SMALL_KEYFRAME = 0.3
"""A keyframe below this part of the usual one may be black under captions."""


class CodedFrame(NamedTuple):
    """A coded frame by its number on the clip's frame grid."""

    frame: int
    size_bytes: int
    is_keyframe: bool
    is_ahead: bool
    """Shown after all frames coded before it. The others (most B-frames) lie between two
    frames that are known already and are small in any film."""


class Group(NamedTuple):
    """Frames that can be decoded without others, from a keyframe on."""

    first: int
    end: int


def coded_frames(video: Path, frame_rate: Fraction) -> tuple[CodedFrame, ...]:
    """Every frame of the first video stream, in the order in which they are shown."""
    with av.open(str(video)) as container:
        return tuple(sorted(_in_coding_order(container, frame_rate)))


def _in_coding_order(container: InputContainer, frame_rate: Fraction) -> Iterator[CodedFrame]:
    latest = -1
    for packet in container.demux(container.streams.video[0]):
        if packet.pts is None or packet.time_base is None:
            continue  # the empty packet at the end
        frame = round(packet.pts * packet.time_base * frame_rate)
        yield CodedFrame(frame, packet.size, packet.is_keyframe, frame > latest)
        latest = max(latest, frame)


def suspicious_groups(
    frames: Sequence[CodedFrame], pixels: int, still_frames: int
) -> tuple[Group, ...]:
    """Groups with a frame that may be black, or with `still_frames` that may be the same.

    A single black frame between two frames that lean on each other (a black B-frame) is
    not told from other B-frames.
    """
    quiet, repeated = (
        max(LEAST_BYTES, share * pixels)
        for share in (QUIET_BYTES_PER_PIXEL, REPEATED_BYTES_PER_PIXEL)
    )
    marked = _maybe_black(frames, quiet)
    for place in range(len(frames) - still_frames + 1):
        stretch = frames[place : place + still_frames]
        if _maybe_still(stretch, quiet, repeated):
            marked.update(frame.frame for frame in stretch)
    starts = [frame.frame for frame in frames if frame.is_keyframe]
    bounds = [*starts, frames[-1].frame + 1] if frames else []
    return tuple(
        Group(first, _end(frames, max(inside), end))
        for first, end in pairwise(bounds)
        if (inside := [frame for frame in marked if first <= frame < end])
    )


def _end(frames: Sequence[CodedFrame], last: int, end: int) -> int:
    """Before the next frame that leans on the past alone: those up to it may be alike."""
    ahead = (one.frame for one in frames if one.is_ahead and last < one.frame < end)
    return next(ahead, end)


def _maybe_black(frames: Sequence[CodedFrame], limit: float) -> set[int]:
    keyframes = [frame.size_bytes for frame in frames if frame.is_keyframe]
    small = SMALL_KEYFRAME * float(np.median(keyframes)) if keyframes else 0.0
    return {
        frame.frame
        for frame in frames
        if frame.is_ahead and frame.size_bytes < max(limit, small * frame.is_keyframe)
    }


def _maybe_still(stretch: Sequence[CodedFrame], quiet: float, repeated: float) -> bool:
    """Whether most frames of a stretch are as small as when a picture stands still."""
    ahead = [one.size_bytes for one in stretch if one.is_ahead and not one.is_keyframe]
    between = [one.size_bytes for one in stretch if not one.is_ahead]
    later = ahead[len(ahead) // FIRST_PART :]
    return bool(later) and median(later) < repeated and (not between or median(between) < quiet)
