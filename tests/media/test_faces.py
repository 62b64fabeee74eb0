"""Faces are found where they are, by whichever detector is at hand."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cliply.domain.faces import Box
from cliply.errors import SettingsError
from cliply.media.faces import DlibDetector, FoundFace, YuNetDetector, faces_of_rows, make_detector
from cliply.media.frames import Picture
from cliply.media.search import FaceSearch, distinct, looks_same
from tests.media.drawing import Head, heads

SIZE = (640, 360)


def grey(*people: Head) -> Picture:
    return cv2.cvtColor(heads(*people)(*SIZE, 0.0), cv2.COLOR_RGB2GRAY)


class CountingDetector:
    """Finds one bright square and remembers the sizes of what it was shown."""

    name = "counting"

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def detect(self, picture: Picture) -> list[FoundFace]:
        self.shown.append(picture.shape)
        rows, columns = np.nonzero(picture > 200)
        if rows.size == 0:
            return []
        height, width = picture.shape
        box = Box(
            x=columns.min() / width,
            y=rows.min() / height,
            width=(np.ptp(columns) + 1) / width,
            height=(np.ptp(rows) + 1) / height,
        )
        return [(box, 1.0)]


def with_square(left: int, top: int, side: int = 40) -> Picture:
    picture = np.full((360, 640), 60, np.uint8)
    picture[top : top + side, left : left + side] = 230
    return picture


def test_two_drawn_faces_are_found_in_place() -> None:
    found = DlibDetector().detect(grey(Head(x=0.25), Head(x=0.7, size=0.6)))
    centres = sorted(box.centre for box, _ in found)
    assert len(centres) == 2
    assert [x for x, _ in centres] == pytest.approx([0.25, 0.7], abs=0.02)
    assert [y for _, y in centres] == pytest.approx([0.5, 0.5], abs=0.08)
    assert all(score > 0 for _, score in found)


def test_a_real_face_is_found(shared_media: Path) -> None:
    video = cv2.VideoCapture(str(shared_media / "chaplin.mp4"))
    video.set(cv2.CAP_PROP_POS_MSEC, 6_720)
    _, frame = video.read()
    close_up = cv2.resize(frame[25:115, 290:450], SIZE, interpolation=cv2.INTER_CUBIC)
    found = DlibDetector().detect(cv2.cvtColor(close_up, cv2.COLOR_BGR2GRAY))
    assert len(found) == 1


def test_no_face_is_found_in_an_empty_room() -> None:
    assert DlibDetector().detect(grey()) == []


def test_yunet_rows_become_boxes() -> None:
    landmarks = [0.0] * 10
    rows = np.array([[64, 36, 128, 72, *landmarks, 0.9], [0, 0, 0, 0, *landmarks, 0.7]], np.float32)
    ((box, score),) = faces_of_rows(rows, SIZE)
    assert (box.x, box.y, box.width, box.height) == pytest.approx((0.1, 0.1, 0.2, 0.2))
    assert score == pytest.approx(0.9)


def test_a_missing_face_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"yunet\.onnx is not there.*FACE_MODEL"):
        YuNetDetector(tmp_path / "yunet.onnx")


def test_a_file_that_is_no_face_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(SettingsError, match=r"can not be loaded.*FACE_MODEL"):
        make_detector(path)


def test_without_a_model_the_packaged_detector_is_used() -> None:
    assert make_detector(None).name == "dlib-hog"


def test_a_known_face_is_followed_in_a_part_of_the_picture() -> None:
    detector = CountingDetector()
    search = FaceSearch(detector)
    search.find(0, with_square(100, 100), is_new_shot=False)
    ((box, _),) = search.find(500, with_square(110, 104), is_new_shot=False)
    assert detector.shown[0] == (360, 640)
    assert detector.shown[1] == (88, 88)
    assert (box.x * 640, box.y * 360) == pytest.approx((110, 104))
    assert (box.width * 640, box.height * 360) == pytest.approx((40, 40))


def test_a_face_that_jumped_away_is_searched_everywhere() -> None:
    detector = CountingDetector()
    search = FaceSearch(detector)
    search.find(0, with_square(100, 100), is_new_shot=False)
    ((box, _),) = search.find(500, with_square(500, 200), is_new_shot=False)
    assert detector.shown[-1] == (360, 640)
    assert box.x * 640 == pytest.approx(500)


def test_a_newcomer_is_found_within_a_second() -> None:
    detector = CountingDetector()
    search = FaceSearch(detector)
    assert search.find(0, with_square(0, 0, side=0), is_new_shot=False) == []
    assert search.find(500, with_square(300, 100), is_new_shot=False) == []
    assert len(search.find(1000, with_square(305, 100), is_new_shot=False)) == 1


def test_after_a_cut_everything_is_searched_at_once() -> None:
    search = FaceSearch(CountingDetector())
    assert search.find(0, with_square(0, 0, side=0), is_new_shot=False) == []
    assert len(search.find(100, with_square(300, 100), is_new_shot=True)) == 1


def test_an_unchanged_picture_is_not_searched_again() -> None:
    detector = CountingDetector()
    search = FaceSearch(detector)
    for time_ms in range(0, 10_000, 500):
        assert len(search.find(time_ms, with_square(100, 100), is_new_shot=False)) == 1
    assert len(detector.shown) == 1


def test_a_small_change_is_seen() -> None:
    assert looks_same(with_square(100, 100), with_square(100, 100))
    assert not looks_same(with_square(100, 100), with_square(108, 100))


def test_one_face_is_not_counted_twice() -> None:
    box = Box(x=0.1, y=0.1, width=0.2, height=0.2)
    near = Box(x=0.12, y=0.1, width=0.2, height=0.2)
    far = Box(x=0.6, y=0.1, width=0.2, height=0.2)
    assert distinct([(near, 0.5), (box, 2.0), (far, 1.0)]) == [(box, 2.0), (far, 1.0)]
