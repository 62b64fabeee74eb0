"""Small colour pictures are those of swscale and OpenCV, and differences are PySceneDetect's."""

from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cliply.media.frames import as_planar, hsv_of
from cliply.media.motion import level_between
from cliply.media.small_frames import Shrinker, small_size
from tests.media.mixed import painter


def framed(size: tuple[int, int], pixel_format: str, time_s: float = 0.0) -> av.VideoFrame:
    picture = painter("noise", 3)(*size, time_s)
    return av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pixel_format)


def theirs(frame: av.VideoFrame) -> np.ndarray:
    full = frame.to_ndarray(format="bgr24")
    size = small_size(frame.width, frame.height)
    return full if size == full.shape[1::-1] else cv2.resize(full, size)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), (256, 144)),
        ((1080, 1920), (144, 256)),
        ((640, 480), (256, 192)),
        ((160, 90), (160, 90)),
        ((2000, 10), (256, 1)),
    ],
)
def test_the_small_size_is_that_of_pyscenedetect(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert small_size(*size) == expected


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p", "yuv422p"])
@pytest.mark.parametrize("size", [(1280, 720), (768, 432), (240, 136)])
def test_where_single_pixels_are_taken_they_are_the_same_to_the_bit(
    size: tuple[int, int], pixel_format: str
) -> None:
    frame = framed(size, pixel_format)
    assert np.array_equal(Shrinker().shrink(frame), theirs(frame))


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360), (360, 640), (640, 480)])
def test_where_pixels_are_mixed_the_differences_are_the_same(size: tuple[int, int]) -> None:
    shrinker = Shrinker()
    frames = [framed(size, "yuv420p", time_s) for time_s in (0.0, 0.1)]
    ours = level_between(*(hsv_of(shrinker.shrink(frame)) for frame in frames))
    assert ours == pytest.approx(level_between(*(hsv_of(theirs(f)) for f in frames)), abs=0.15)


def test_frames_of_a_dark_film_are_the_same_to_the_bit(shared_media: Path) -> None:
    shrinker = Shrinker()
    with av.open(str(shared_media / "big_buck_bunny_0_30.webm")) as container:
        for frame in islice(container.decode(video=0), 25, 40):
            assert np.array_equal(shrinker.shrink(frame), theirs(frame))


@pytest.mark.parametrize("pixel_format", ["nv12", "yuv420p10le", "p010le", "rgb24", "gray"])
def test_other_formats_look_the_same(pixel_format: str) -> None:
    picture = painter("still", 3)(640, 360, 0.0)
    plain = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
    other = plain.reformat(format=pixel_format)
    seen = [Shrinker().shrink(as_planar(frame)).astype(int) for frame in (plain, other)]
    if pixel_format == "gray":
        assert np.ptp(seen[1], axis=2).max() <= 2
    else:
        assert np.abs(seen[0] - seen[1]).mean() < 2


def test_a_stream_that_changes_its_size_keeps_the_first_small_one() -> None:
    shrinker = Shrinker()
    shapes = [shrinker.shrink(framed(size, "yuv420p")).shape for size in ((640, 360), (360, 640))]
    assert shapes == [(144, 256, 3)] * 2
