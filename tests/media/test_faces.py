"""Faces are looked for where they are, closely enough and not too often."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cliply.domain.faces import FOLLOWED, Box
from cliply.media.face_patches import found_again, mouth_change
from cliply.media.faces import DlibDetector, FaceNetwork, FoundFace
from cliply.media.frames import Picture
from cliply.media.search import MOST_FACES, FaceSearch, looks_same, moving_part
from tests.media.drawing import Head, heads

SIZE = (640, 360)


@pytest.fixture(scope="module")
def dlib() -> DlibDetector:
    return DlibDetector()


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


def test_two_drawn_faces_are_found_in_place(dlib: DlibDetector) -> None:
    found = dlib.detect(grey(Head(x=0.25), Head(x=0.7, size=0.6)))
    centres = sorted(box.centre for box, _ in found)
    assert len(centres) == 2
    assert [x for x, _ in centres] == pytest.approx([0.25, 0.7], abs=0.02)
    assert [y for _, y in centres] == pytest.approx([0.5, 0.5], abs=0.08)
    assert all(score > 0 for _, score in found)


def test_a_real_face_is_found(shared_media: Path, dlib: DlibDetector) -> None:
    video = cv2.VideoCapture(str(shared_media / "chaplin.mp4"))
    video.set(cv2.CAP_PROP_POS_MSEC, 6_720)
    _, frame = video.read()
    close_up = cv2.resize(frame[25:115, 290:450], SIZE, interpolation=cv2.INTER_CUBIC)
    found = dlib.detect(cv2.cvtColor(close_up, cv2.COLOR_BGR2GRAY))
    assert len(found) == 1


def test_no_face_is_found_in_an_empty_room(dlib: DlibDetector) -> None:
    assert dlib.detect(grey()) == []


def test_a_known_face_is_followed_in_a_part_of_the_picture() -> None:
    detector = CountingDetector()
    search = FaceSearch(detector)
    search.find(0, with_square(100, 100), is_new_shot=False)
    ((box, _),) = search.find(500, with_square(110, 104), is_new_shot=False)
    assert detector.shown[0] == (360, 640)
    assert detector.shown[1] == (211, 211)
    assert (box.x * 640, box.y * 360) == pytest.approx((110, 104), abs=0.5)
    assert (box.width * 640, box.height * 360) == pytest.approx((40, 40), abs=0.8)


def test_a_face_that_jumped_away_is_found_within_a_second() -> None:
    search = FaceSearch(CountingDetector())
    search.find(0, with_square(100, 100), is_new_shot=False)
    assert search.find(500, with_square(500, 200), is_new_shot=False) == []
    ((box, _),) = search.find(1000, with_square(502, 200), is_new_shot=False)
    assert box.x * 640 == pytest.approx(502)


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


class BlindDetector(CountingDetector):
    """Finds the square in its first looks only."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def detect(self, picture: Picture) -> list[FoundFace]:
        found = super().detect(picture)
        return found if len(self.shown) <= self._looks else []


def textured(left: int, top: int) -> Picture:
    """A wall with a patterned square, which is known again by its looks."""
    picture = np.random.default_rng(2).integers(50, 70, (360, 640), dtype=np.uint8)
    pattern = np.random.default_rng(1).integers(0, 4, (8, 8)).repeat(8, 0).repeat(8, 1)
    picture[top : top + 64, left : left + 64] = 130 + 40 * pattern.astype(np.uint8)
    return picture


def test_a_face_that_the_detector_loses_is_followed_by_its_looks() -> None:
    search = FaceSearch(BlindDetector(looks=2))
    search.find(0, textured(100, 100), is_new_shot=False)
    search.find(500, textured(104, 100), is_new_shot=False)
    ((box, score),) = search.find(1000, textured(120, 108), is_new_shot=False)
    assert score == FOLLOWED
    assert (box.x * 640, box.y * 360) == pytest.approx((120, 108), abs=3)


def test_a_face_is_not_followed_by_its_looks_for_ever() -> None:
    search = FaceSearch(BlindDetector(looks=2))
    known = [
        len(search.find(time_ms, textured(100 + time_ms // 250, 100), is_new_shot=False))
        for time_ms in range(0, 8_000, 500)
    ]
    assert known == sorted(known, reverse=True)
    assert sum(known) == 10


def test_a_face_that_was_seen_once_is_followed_for_a_moment_only() -> None:
    search = FaceSearch(BlindDetector(looks=1))
    known = [
        len(search.find(time_ms, textured(100 + time_ms // 250, 100), is_new_shot=False))
        for time_ms in range(0, 4_000, 500)
    ]
    assert sum(known) == 4


def test_what_looks_otherwise_is_not_the_same_face() -> None:
    face = Box(100 / 640, 100 / 360, 64 / 640, 64 / 360)
    again = found_again(textured(100, 100), face, textured(130, 110))
    assert again is not None
    assert (again.x * 640, again.y * 360) == pytest.approx((130, 110), abs=2)
    assert found_again(textured(100, 100), face, with_square(100, 100, 64)) is None


def test_small_faces_are_found_by_a_closer_look(dlib: DlibDetector) -> None:
    people = grey(Head(x=0.3, size=0.12), Head(x=0.6, size=0.125))
    assert dlib.detect(people) == []
    found = FaceSearch(dlib).find(0, people, is_new_shot=True)
    assert sorted(box.centre[0] for box, _ in found) == pytest.approx([0.3, 0.6], abs=0.03)


def test_closer_looks_are_few_in_a_film_without_faces() -> None:
    detector = CountingDetector()
    search = FaceSearch(detector)
    for time_ms in range(0, 60_000, 500):
        noise = np.random.default_rng(time_ms).integers(0, 190, (36, 64), dtype=np.uint8)
        search.find(time_ms, noise.repeat(10, 0).repeat(10, 1), is_new_shot=time_ms % 4000 == 0)
    closer = [height * width for height, width in detector.shown if (height, width) != (360, 640)]
    assert len(closer) > 10
    assert sum(closer) <= (2 + 60 / 4) * 4 * 0.75 * 360 * 640


def test_a_closer_look_goes_where_something_moves() -> None:
    where = moving_part(with_square(400, 60, 30), with_square(420, 60, 30))
    assert where.x < 400 / 640 < 450 / 640 < where.x + where.width
    assert where.width < 0.4
    still = moving_part(with_square(400, 60), with_square(400, 60))
    assert (still.width, still.height) == (1, 0.75)


class CrowdDetector(CountingDetector):
    """Finds forty faces in every picture that is as large as the whole."""

    def detect(self, picture: Picture) -> list[FoundFace]:
        self.shown.append(picture.shape)
        if picture.shape != (360, 640):
            return []
        places = [(n % 10, n // 10) for n in range(40)]
        return [(Box(0.1 * x + 0.01, 0.25 * y, 0.05 + 0.001 * x, 0.1), 1.0) for x, y in places]


def test_of_a_crowd_the_largest_are_known_and_none_costs_a_look_of_its_own() -> None:
    detector = CrowdDetector()
    search = FaceSearch(detector)
    for time_ms in range(0, 10_000, 500):
        picture = with_square(100 + time_ms // 100, 100)
        assert len(search.find(time_ms, picture, is_new_shot=False)) == MOST_FACES
    assert len(detector.shown) == 20


class ColourNetwork(FaceNetwork, CountingDetector):
    """Sees whole pictures in colour."""

    def detect(self, picture: Picture) -> list[FoundFace]:
        assert picture.shape == (360, 640, 3)
        return super().detect(np.ascontiguousarray(picture[:, :, 0]))


def test_a_network_is_shown_every_picture_whole_and_in_colour() -> None:
    detector = ColourNetwork()
    search = FaceSearch(detector)
    for time_ms in range(0, 3_000, 500):
        picture = with_square(100 + time_ms // 100, 100)
        colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        assert len(search.find(time_ms, picture, is_new_shot=False, colour=colour)) == 1
    assert detector.shown == [(360, 640)] * 6


FACE = Box(0.25, 0.25, 0.5, 0.5)


def face_picture(mouth: float = 0.0, shift: float = 0.0, light: float = 1.0) -> Picture:
    people = heads(Head(x=0.5 + shift, size=0.5, mouth=lambda _time_s: mouth))(360, 360, 0.0)
    return (cv2.cvtColor(people, cv2.COLOR_RGB2GRAY) * light).clip(0, 255).astype(np.uint8)


def test_an_opening_mouth_is_a_change_and_other_light_is_none() -> None:
    assert mouth_change(face_picture(), face_picture(), FACE) == 0
    assert mouth_change(face_picture(), face_picture(light=1.2), FACE) < 0.01
    assert mouth_change(face_picture(), face_picture(mouth=0.6), FACE) > 0.05


def test_a_head_that_moves_says_nothing() -> None:
    moved = mouth_change(face_picture(), face_picture(shift=0.04), FACE)
    spoken = mouth_change(face_picture(), face_picture(mouth=0.6, shift=0.04), FACE)
    assert moved < 0.015
    assert spoken > 3 * moved + 0.03


def test_a_face_at_the_edge_of_the_picture_is_no_error() -> None:
    for box in (Box(-0.2, 0.9, 0.3, 0.3), Box(0.8, 0.4, 0.4, 0.4), Box(1.1, 0.2, 0.3, 0.3)):
        assert 0 <= mouth_change(face_picture(), face_picture(mouth=1), box) <= 1
