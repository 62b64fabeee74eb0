"""The same person has one number in every scene, and two persons never share one."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cliply.domain.faces import Box, FaceTrack
from cliply.domain.timing import TimeRange
from cliply.errors import SettingsError
from cliply.media.demo_faces import Look
from cliply.media.identities import (
    Looks,
    PlainRecogniser,
    SeenTrack,
    SFaceRecogniser,
    number_persons,
)
from tests.media import two_speakers as stage
from tests.media.onnx_files import sface

PLAIN = PlainRecogniser()


def looks_of(picture: np.ndarray, box: Box, *, in_colour: bool = True) -> Looks:
    """Looks from an RGB picture, colours from a small one as a scan has them."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), (256, 144))
    found = PLAIN.looks(grey, small if in_colour else None, box)
    assert found is not None
    return found


def shot(seat: stage.Seat, time_s: float = 0.0, wall: int = 150) -> np.ndarray:
    turns = [stage.Said(seat.speaker, 0.0, 10.0)]
    return stage.two_speakers(turns, [seat], wall=wall)(*stage.SIZE, time_s)


def seen(scene: int, start_ms: int, end_ms: int, *looks: Looks) -> SeenTrack:
    return SeenTrack(scene, TimeRange(start_ms=start_ms, end_ms=end_ms), looks)


def likeness(one: Looks, other: Looks) -> float:
    return float(PLAIN.likeness(one, np.array([other]))[0])


VIEWS = [(stage.Seat(n, x, scale), wall) for n in (0, 1) for x, scale, wall in
         ((40, 0.45, 150), (300, 0.45, 150), (150, 0.56, 190), (60, 0.3, 165))]  # fmt: skip


@pytest.mark.parametrize("one", VIEWS)
@pytest.mark.parametrize("other", VIEWS)
def test_a_person_is_known_from_other_places_and_sizes_and_no_other_is(
    one: tuple[stage.Seat, int], other: tuple[stage.Seat, int]
) -> None:
    (seat, wall), (other_seat, other_wall) = one, other
    alike = likeness(
        looks_of(shot(seat, 0.3, wall), seat.face),
        looks_of(shot(other_seat, 1.1, other_wall), other_seat.face),
    )
    assert (alike >= 1) == (seat.speaker == other_seat.speaker)


def test_without_colours_strangers_are_strangers() -> None:
    here, there = stage.WIDE
    one = looks_of(shot(here), here.face, in_colour=False)
    other = looks_of(shot(there), there.face, in_colour=False)
    assert likeness(one, one) > 1 > likeness(one, other)


def test_a_real_face_is_no_drawn_one(shared_media: Path) -> None:
    video = cv2.VideoCapture(str(shared_media / "chaplin.mp4"))
    video.set(cv2.CAP_PROP_POS_MSEC, 7_000)
    _, frame = video.read()
    real = looks_of(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), Box(0.563, 0.12, 0.069, 0.122))
    drawn = [looks_of(shot(seat), seat.face) for seat in stage.WIDE]
    assert all(likeness(real, one) < 1 for one in drawn)


def test_persons_are_numbered_by_appearance_through_all_scenes() -> None:
    first, second = (
        [looks_of(shot(seat, time_s), seat.face) for time_s in (0.1, 0.6)] for seat in stage.WIDE
    )
    tracks = [
        seen(0, 0, 4000, *second),
        seen(0, 0, 4000, *first),
        seen(1, 4000, 9000, *first),
        seen(2, 9000, 9500),
        seen(3, 9500, 12_000, *second),
    ]
    assert number_persons(tracks, PLAIN) == [0, 1, 1, None, 0]


def test_twins_in_one_picture_are_two() -> None:
    seat = stage.WIDE[0]
    looks = looks_of(shot(seat), seat.face)
    together = [seen(0, 0, 4000, looks), seen(0, 1000, 3000, looks), seen(0, 5000, 6000, looks)]
    first, twin, later = number_persons(together, PLAIN)
    assert first != twin
    assert later in (first, twin)


class _Strangers:
    """A recogniser to whom nobody is alike."""

    name = "strangers"

    def likeness(self, one: Looks, others: np.ndarray) -> np.ndarray:
        return np.zeros(len(others), np.float32)


def test_a_crowd_of_strangers_gets_numbers_up_to_a_limit() -> None:
    looks = np.ones(4, np.float16)
    tracks = [seen(n, 1000 * n, 1000 * n + 500, looks) for n in range(300)]
    numbers = number_persons(tracks, _Strangers())
    assert numbers[:200] == list(range(200))
    assert set(numbers[200:]) == {None}


def test_sface_tells_faces_apart_by_its_network(tmp_path: Path) -> None:
    recogniser = SFaceRecogniser(sface(tmp_path / "sface.onnx"))
    assert recogniser.name == "sface sface.onnx"
    lit_left, lit_right = (np.full((90, 160), 30, np.uint8) for _ in range(2))
    lit_left[:, :80], lit_right[:, 80:] = 220, 220
    box = Box(0.25, 0.2, 0.5, 0.6)
    one, same, other = (
        recogniser.looks(picture, None, box)
        for picture in (lit_left, lit_left // 2 + 60, lit_right)
    )
    assert one is not None
    alike = recogniser.likeness(one, np.array([one, same, other]))
    assert alike[0] == pytest.approx(1 / 0.363, rel=0.01)
    assert alike[1] > 1 > alike[2]


@pytest.mark.parametrize("content", [None, b"no model"])
def test_a_recogniser_that_can_not_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "sface.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"sface\.onnx.*FACE_RECOGNISER"):
        SFaceRecogniser(path)


def test_a_track_has_its_person() -> None:
    track = FaceTrack(track_id=0, scene=0, samples=(), identity=3)
    assert FaceTrack.model_validate_json(track.model_dump_json()) == track


def test_looks_of_other_people_are_not_alike_by_skin_alone() -> None:
    alike = Look((226, 178, 148), (200, 170, 90), (90, 90, 90), (60, 36, 24), long_hair=True)
    seat = stage.WIDE[0]
    mara = looks_of(shot(seat), seat.face)
    stage.LOOKS, looks = (alike, stage.LOOKS[1]), stage.LOOKS
    stage._bust.cache_clear()
    try:
        other = looks_of(shot(seat), seat.face)
    finally:
        stage.LOOKS = looks
        stage._bust.cache_clear()
    assert likeness(mara, other) < 1
