"""What every face detector promises, and how each reads its network."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from cliply.domain.faces import Box
from cliply.errors import ErrorCode, SettingsError
from cliply.media.faces import FaceDetector, FaceNetwork, distinct, make_detector
from cliply.media.faces.letterbox import GREY, Letterbox
from cliply.media.faces.yolo_output import Unreadable, YoloForm, reading_of
from cliply.media.sampling import coloured
from tests.media.drawing import Head, heads
from tests.media.onnx_files import square_on, yolo_chosen, yolo_grid, yunet
from tests.media.synthesis import Picture

Shown = tuple[Picture, list[float]]


class Kind(NamedTuple):
    """A detector, and a picture with what it takes for a face at a place (x and y, 0…1)."""

    make: Callable[[Path], FaceDetector]
    show: Callable[[tuple[int, int], float, float], Shown]
    overlap: float
    """Of what is found with what is there; sliding windows come in steps."""


def drawn_face(size: tuple[int, int], x: float, y: float) -> Shown:
    picture = heads(Head(x=x, y=y, size=0.5 * min(size) / size[1]))(*size, 0.0)
    height = 0.5 * min(size)
    sides = [0.85 * height / size[0], 0.85 * height / size[1]]
    corner = [x - sides[0] / 2, y - sides[1] / 2]
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), [*corner, *sides]


def bright_square(size: tuple[int, int], x: float, y: float) -> Shown:
    """The field of the network that is nearest to a place."""
    scale = 640 / max(size)
    column, row = (
        int((place * side * scale + (640 - side * scale) / 2) / 32)
        for place, side in zip((x, y), size, strict=True)
    )
    return square_on(size, column | 1, row)


def by_file(write: Callable[[Path], Path]) -> Callable[[Path], FaceDetector]:
    return lambda folder: make_detector(write(folder / "face.onnx"))


def bright_square_unscaled(size: tuple[int, int], x: float, y: float) -> Shown:
    """YuNet sees the picture as it is: a field of 32 pixels and a face of 96."""
    left, top = (int(place * side / 32) * 32 for place, side in zip((x, y), size, strict=True))
    picture = np.full((size[1], size[0]), 20, np.uint8)
    picture[top : top + 32, left : left + 32] = 250
    return picture, [(left - 32) / size[0], (top - 32) / size[1], 96 / size[0], 96 / size[1]]


KINDS = {
    "dlib": Kind(lambda _folder: make_detector(None), drawn_face, 0.6),
    "yolo grid": Kind(by_file(yolo_grid), bright_square, 0.999),
    "yolo with landmarks": Kind(
        by_file(lambda path: yolo_grid(path, names="", landmarks=15)), bright_square, 1e-5
    ),
    "yolo end to end": Kind(by_file(yolo_chosen), bright_square, 0.999),
    "yunet": Kind(by_file(yunet), bright_square_unscaled, 0.999),
}


@pytest.fixture(scope="module", params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def detector(kind: str, tmp_path_factory: pytest.TempPathFactory) -> FaceDetector:
    return KINDS[kind].make(tmp_path_factory.mktemp("detector"))


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (640, 480), (480, 480)])
@pytest.mark.parametrize("place", [(0.5, 0.5), (0.28, 0.4), (0.7, 0.6)])
def test_a_face_is_found_where_it_is(
    kind: str, detector: FaceDetector, size: tuple[int, int], place: tuple[float, float]
) -> None:
    picture, expected = KINDS[kind].show(size, *place)
    ((box, score),) = detector.detect(picture)
    assert box.intersection_over_union(Box(*expected)) > KINDS[kind].overlap
    assert score > 0


def test_nothing_is_found_in_an_empty_picture(detector: FaceDetector) -> None:
    assert detector.detect(np.full((360, 640), 90, np.uint8)) == []


def test_every_detector_has_a_name_and_one_that_comes_from_a_file_names_it(
    kind: str, detector: FaceDetector
) -> None:
    assert detector.name == "dlib-hog" if kind == "dlib" else "face.onnx" in detector.name


def test_networks_see_the_same_in_colour(kind: str, detector: FaceDetector) -> None:
    if isinstance(detector, FaceNetwork):
        picture, expected = KINDS[kind].show((640, 360), 0.5, 0.5)
        ((box, _),) = detector.detect(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
        assert list(box) == pytest.approx(expected, abs=1e-5)


def test_many_faces_are_found_surest_first(kind: str, detector: FaceDetector) -> None:
    picture, _ = KINDS[kind].show((640, 360), 0.25, 0.5)
    other, _ = KINDS[kind].show((640, 360), 0.75, 0.5)
    both = np.hstack([picture[:, :320], other[:, 320:]])
    scores = [score for _, score in detector.detect(both)]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_a_field_of_another_class_is_no_face(tmp_path: Path) -> None:
    detector = make_detector(yolo_chosen(tmp_path / "face.onnx"))
    picture, _ = square_on((640, 360), 8, 10)
    assert detector.detect(picture) == []


def test_overlapping_boxes_of_one_face_become_one(tmp_path: Path) -> None:
    detector = make_detector(yolo_grid(tmp_path / "face.onnx"))
    surest, expected = square_on((640, 360), 9, 10)
    weaker, _ = square_on((640, 360), 10, 10)
    ((box, score),) = detector.detect(np.maximum(surest, (weaker * 0.85).astype(np.uint8)))
    assert list(box) == pytest.approx(expected, abs=1e-5)
    assert score == pytest.approx(2 * 250 / 255 - 1, abs=0.01)


@pytest.mark.parametrize("size", [(1280, 720), (333, 201), (97, 640), (1, 999), (640, 640)])
def test_a_letterbox_brings_boxes_back_where_they_were(size: tuple[int, int]) -> None:
    box = Letterbox.of(size, (640, 384))
    left, top = box.left, box.top
    assert list(box.box(left, top, left + box.inner_width, top + box.inner_height)) == [0, 0, 1, 1]
    assert box.inner_width == 640 or box.inner_height == 384
    middle = box.box(320, 192, 320, 192)
    assert middle.x == pytest.approx(0.5, abs=0.51 / box.inner_width)
    assert middle.y == pytest.approx(0.5, abs=0.51 / box.inner_height)


def test_a_letterbox_has_the_border_that_networks_know() -> None:
    picture = np.full((180, 320, 3), 200, np.uint8)
    filled = Letterbox.of((320, 180), (640, 640)).put(picture)
    assert filled.shape == (640, 640, 3)
    assert set(np.unique(filled[:140])) == {GREY} == set(np.unique(filled[500:]))
    assert set(np.unique(filled[140:500])) == {200}


@pytest.mark.parametrize(
    ("shape", "names", "form", "number"),
    [
        ((1, 5, 8400), {}, YoloForm.grid, 0),
        ((1, 20, 8400), {0: "face"}, YoloForm.grid, 0),
        ((1, 15, 2100), {}, YoloForm.grid, 0),
        ((1, 84, 8400), {0: "person", 7: "Human Face"}, YoloForm.grid, 7),
        ((1, 300, 6), {0: "face"}, YoloForm.chosen, 0),
        ((1, 0, 6), {}, YoloForm.chosen, 0),
        ((1, 300, 21), {}, YoloForm.chosen, 0),
    ],
)
def test_a_layout_is_known_by_its_shape(
    shape: tuple[int, ...], names: dict[int, str], form: YoloForm, number: int
) -> None:
    assert reading_of(shape, names) == (form, number)


@pytest.mark.parametrize(
    ("shape", "names", "why"),
    [
        ((1, 84, 8400), {}, "names none of them"),
        ((1, 84, 8400), {0: "person", 1: "bicycle"}, "none of its 2 classes is a face"),
        ((1, 25200, 16), {}, "names none of them"),
        ((1, 1000), {}, "2 dimensions"),
        ((1, 3, 640), {}, "is no YOLO's"),
    ],
)
def test_an_output_without_faces_is_refused(
    shape: tuple[int, ...], names: dict[int, str], why: str
) -> None:
    with pytest.raises(Unreadable, match=why):
        reading_of(shape, names)


def test_a_missing_face_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"yunet\.onnx is not there.*FACE_MODEL"):
        make_detector(tmp_path / "yunet.onnx")


@pytest.mark.parametrize(
    ("name", "content"), [("face.onnx", b"no model"), ("face.onnx", b""), ("face.tflite", b"TFL3")]
)
def test_a_file_that_is_no_model_is_named_with_what_to_do(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"{name} can not be used.*Set FACE_MODEL") as refused:
        make_detector(path)
    assert refused.value.code is ErrorCode.model_unsupported


def test_a_network_for_other_things_is_refused(tmp_path: Path) -> None:
    path = yolo_grid(tmp_path / "coco.onnx", names="{0: 'person'}")
    with pytest.raises(SettingsError, match=r"none of its 1 classes is a face \(person\)"):
        make_detector(path)


def test_pytorch_weights_without_the_extra_say_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "face.pt"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(SettingsError, match="Install the extra `gpu`") as refused:
        make_detector(path)
    assert refused.value.code is ErrorCode.model_missing


def test_one_face_is_not_counted_twice() -> None:
    box, near, far = Box(0.1, 0.1, 0.2, 0.2), Box(0.12, 0.1, 0.2, 0.2), Box(0.6, 0.1, 0.2, 0.2)
    assert distinct([(near, 0.5), (box, 2.0), (far, 1.0)]) == [(box, 2.0), (far, 1.0)]


def test_a_networks_picture_has_the_detail_of_the_grey_one_and_the_small_ones_colours() -> None:
    grey = np.full((90, 160), 126, np.uint8)
    grey[:, 80:] = 200
    small = np.zeros((36, 64, 3), np.uint8)
    small[:18], small[18:] = (40, 60, 200), (200, 60, 40)
    picture = coloured(grey, small)
    assert picture.shape == (90, 160, 3)
    assert picture[20, 20, 2] > picture[20, 20, 0] + 60
    assert picture[70, 20, 0] > picture[70, 20, 2] + 60
    luma = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    assert luma[45, 79] == pytest.approx((126 - 16) * 255 / 219, abs=3)
    assert int(luma[45, 80]) - int(luma[45, 79]) > 60
