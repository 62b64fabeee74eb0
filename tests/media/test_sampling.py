"""Samples with two pictures: where faces are, and how far their mouths moved."""

import cv2
import numpy as np
import pytest

from cliply.domain.faces import FOLLOWED, Box, FaceSample
from cliply.media.face_log import FaceLog
from cliply.media.faces import FaceDetector, FoundFace
from cliply.media.frames import Picture
from cliply.media.sampling import FaceSampler
from cliply.media.tracks import SampledFrame
from tests.media import two_speakers as stage


class KnowsWhere(FaceDetector):
    """Finds both faces of the stage in every whole picture."""

    name = "given"

    def detect(self, picture: Picture) -> list[FoundFace]:
        return [(seat.face, 1.0) for seat in stage.WIDE] if picture.shape[0] == 360 else []


PAINT = stage.two_speakers([stage.Said(1, 0.0, 60.0)], nod_px=14)


def grey(time_ms: int) -> Picture:
    return cv2.cvtColor(PAINT(*stage.SIZE, time_ms / 1000), cv2.COLOR_RGB2GRAY)


def motions(*, with_second: bool) -> list[float]:
    """Mean motion of the listener's mouth and of the speaker's."""
    with FaceSampler(KnowsWhere()) as sampler:
        for time_ms in range(0, 20_000, 500):
            sampler.add(time_ms, grey(time_ms), is_new_shot=time_ms == 0)
            if with_second and sampler.wants_second(time_ms + 67):
                sampler.add_second(grey(time_ms + 67))
        frames = sampler.finish()
    assert [frame.time_ms for frame in frames] == list(range(0, 20_000, 500))
    return [
        sum(frame.faces[n].mouth_motion for frame in frames[1:]) / (len(frames) - 1) for n in (0, 1)
    ]


def test_who_nods_and_listens_is_told_from_who_speaks_by_a_second_picture() -> None:
    listener, speaker = motions(with_second=True)
    assert speaker > 0.03
    assert listener < speaker / 10


def test_a_second_picture_is_wanted_once_and_soon() -> None:
    with FaceSampler(KnowsWhere()) as sampler:
        assert not sampler.wants_second(40)
        sampler.add(1000, grey(0), is_new_shot=False)
        assert [sampler.wants_second(t) for t in (1033, 1066, 1150, 1200)] == [
            False, True, True, False,
        ]  # fmt: skip
        sampler.add_second(grey(66))
        assert not sampler.wants_second(1100)


def test_without_a_second_picture_mouths_are_compared_with_the_last_sample() -> None:
    assert motions(with_second=False)[1] > 0


def test_a_cut_is_no_motion_of_a_mouth() -> None:
    with FaceSampler(KnowsWhere()) as sampler:
        sampler.add(0, grey(0), is_new_shot=True)
        sampler.add(500, 255 - grey(700), is_new_shot=True)
        _, after = sampler.finish()
    assert [face.mouth_motion for face in after.faces] == [0, 0]


def test_looks_are_taken_at_a_new_shot_and_then_seldom() -> None:
    colour = cv2.resize(cv2.cvtColor(PAINT(*stage.SIZE, 0.0), cv2.COLOR_RGB2BGR), (256, 144))
    with FaceSampler(KnowsWhere()) as sampler:
        for time_ms in range(0, 8_000, 500):
            sampler.add(time_ms, grey(time_ms), is_new_shot=time_ms == 2500, colour=colour)
        frames = sampler.finish()
    assert [frame.time_ms for frame in frames if frame.looks] == [0, 2500, 6500]
    assert all(looks is not None for looks in frames[0].looks)


def test_what_the_detector_raises_comes_out_of_the_thread() -> None:
    class Broken(KnowsWhere):
        def detect(self, picture: Picture) -> list[FoundFace]:
            raise OSError("gone")

    with FaceSampler(Broken()) as sampler:
        sampler.add(0, grey(0), is_new_shot=False)
        with pytest.raises(OSError, match="gone"):
            sampler.finish()


def test_faces_come_out_of_the_log_as_they_went_in() -> None:
    box = Box(0.1, 0.2, 1 / 3, 0.25)
    looks = (np.ones(4, np.float16), None)
    frames = [
        SampledFrame(0, (FaceSample(0, box, 0.9, 0.01), FaceSample(0, box, FOLLOWED)), looks),
        SampledFrame(500, ()),
        SampledFrame(14_400_000, (FaceSample(14_400_000, box, 3.5, 1 / 7),)),
    ]
    log = FaceLog()
    for frame in frames:
        log.add(frame)
    assert list(log.frames()) == frames


def test_only_the_last_frame_of_the_log_can_change() -> None:
    log = FaceLog()
    log.add(SampledFrame(0, ()))
    log.add(SampledFrame(500, ()))
    log.last = SampledFrame(500, (FaceSample(500, Box(0, 0, 1, 1), 1.0),))
    assert [len(frame.faces) for frame in log.frames()] == [0, 1]
