"""Frames come in order with their times, whatever the file says about them."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from cliply.media.decoding import PictureReader
from cliply.media.probe import probe
from cliply.media.source import open_source
from tests.media.mixed import painter
from tests.media.synthesis import Layout, Shot, compose

B_FRAMES = {"preset": "veryfast", "bf": "3", "g": "50"}
LAYOUT = Layout(Fraction(25), (320, 180), video_options=B_FRAMES)


class WithoutTimes:
    """A container whose packets have lost their timestamps."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self._container = container

    def __getattr__(self, name: str) -> object:
        return getattr(self._container, name)

    def demux(self, stream: av.VideoStream) -> Iterator[av.Packet]:
        for packet in self._container.demux(stream):
            packet.pts = packet.dts = None
            yield packet


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    return compose(folder / "film.mp4", [Shot(5.4, painter("pan", 3))], (), LAYOUT)


def test_frames_without_timestamps_follow_each_other_at_the_frame_rate(path: Path) -> None:
    video = probe(path).video
    assert video is not None
    with open_source(path) as container:
        reader = PictureReader(WithoutTimes(container), video)
        times = [time_ms for time_ms, _ in reader]
    assert times == list(range(video.start_ms, video.start_ms + 5_400, 40))
    assert reader.end_ms == video.start_ms + 5_400
    assert reader.gaps == []


def test_without_others_only_frames_that_others_need_are_decoded(path: Path) -> None:
    video = probe(path).video
    assert video is not None
    with open_source(path) as container:
        every = [time_ms for time_ms, _ in PictureReader(container, video)]
    with open_source(path) as container:
        reader = PictureReader(container, video, only_references=True)
        some = [time_ms for time_ms, _ in reader]
    assert set(some) < set(every)
    assert len(some) < 0.8 * len(every)
    assert reader.gaps == []
    assert reader.keyframes_ms[0] == every[0]


def test_after_seeking_frames_begin_at_a_keyframe(path: Path) -> None:
    video = probe(path).video
    assert video is not None
    with open_source(path) as container:
        reader = PictureReader(container, video)
        everything = [time_ms for time_ms, _ in reader]
        reader.seek(3_000)
        again = [time_ms for time_ms, _ in reader]
    assert again == everything[-len(again) :]
    assert again[0] in reader.keyframes_ms
    assert again[0] <= 3_000
