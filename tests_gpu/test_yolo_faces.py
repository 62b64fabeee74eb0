"""YOLO networks with random weights: our letterbox and suppression against ultralytics' own."""

import json
import shutil
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, UnidentifiedImageError
from ultralytics import YOLO
from ultralytics.nn.tasks import yaml_model_load
from ultralytics.utils.events import events

from cliply.domain.faces import Box
from cliply.errors import ErrorCode, SettingsError
from cliply.media.faces import FaceNetwork, FoundFace, make_detector, yolo_onnx, yolo_torch

SIDE_PX = 160
PICTURES = {
    "wide": (90, 160),
    "odd": (77, 131),
    "upright": (160, 90),
    "larger": (360, 640),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


def with_one_class(config: str, path: Path) -> Path:
    """A tiny network that finds something here and there.

    Layers are normalised by what they see, else all scores are alike to five digits.
    """
    torch.manual_seed(3)
    settings = yaml_model_load(config) | {"nc": 1}
    named = path.with_name(config)
    named.write_text(json.dumps(settings))
    network = YOLO(named)
    head = network.model.model[-1]
    for branch in head.cv3:
        torch.nn.init.normal_(branch[-1].weight, std=0.3)
        torch.nn.init.constant_(branch[-1].bias, -3.0)
    for layer in network.model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    network.model.train()
    with torch.no_grad():
        network.model(torch.rand(4, 3, SIDE_PX, SIDE_PX))
    network.model.eval()
    network.model.names = {0: "face"}
    network.save(path)
    return path


@pytest.fixture(scope="module")
def weights(folder: Path) -> Path:
    return with_one_class("yolov8n.yaml", folder / "face.pt")


def exported(weights: Path, target: Path, **more: Any) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the export uses what PyTorch is about to drop
        made = YOLO(weights).export(format="onnx", imgsz=SIDE_PX, device="cpu", **more)
    return Path(shutil.move(made, target))


@pytest.fixture(scope="module")
def fixed(folder: Path, weights: Path) -> Path:
    return exported(weights, folder / "fixed.onnx")


def picture_of(shape: tuple[int, int]) -> np.ndarray:
    blocks = np.random.default_rng(5).integers(0, 255, (9, 9, 3), dtype=np.uint8)
    scale = [-(-side // 9) for side in shape]
    return np.ascontiguousarray(
        blocks.repeat(scale[0], 0).repeat(scale[1], 1)[: shape[0], : shape[1]]
    )


def theirs(path: Path, picture: np.ndarray, min_score: float) -> list[FoundFace]:
    """What ultralytics finds with the same limits, as fractions."""
    (result,) = YOLO(path, task="detect").predict(
        picture, imgsz=SIDE_PX, conf=min_score, iou=0.3, classes=[0], max_det=300,
        rect=False, verbose=False, device="cpu",
    )  # fmt: skip
    height, width = picture.shape[:2]
    edges = result.boxes.xyxy.tolist()
    return [
        (Box(a / width, b / height, (c - a) / width, (d - b) / height), score)
        for (a, b, c, d), score in zip(edges, result.boxes.conf.tolist(), strict=True)
    ]


def surest(found: list[FoundFace], number: int = 3) -> list[FoundFace]:
    return sorted(found, key=lambda face: -face[1])[:number]


@pytest.mark.parametrize("name", list(PICTURES))
def test_our_reading_of_an_onnx_file_is_the_authors(fixed: Path, name: str) -> None:
    picture = picture_of(PICTURES[name])
    detector = make_detector(fixed)
    assert isinstance(detector, FaceNetwork)
    ours, reference = detector.detect(picture), theirs(fixed, picture, yolo_onnx.MIN_SCORE)
    assert ours
    assert reference
    for (box, score), (other, other_score) in zip(surest(ours), surest(reference), strict=True):
        assert score == pytest.approx(other_score, abs=0.02)
        inside = _inside(box)
        assert inside.intersection_over_union(other) > 0.93, (box, other)


def _inside(box: Box) -> Box:
    """Cut off at the picture's edges, as ultralytics does with what it returns."""
    left, top = max(0.0, box.x), max(0.0, box.y)
    right, bottom = min(1.0, box.x + box.width), min(1.0, box.y + box.height)
    return Box(left, top, right - left, bottom - top)


def test_a_file_that_leaves_its_size_open_takes_any_picture(folder: Path, weights: Path) -> None:
    detector = make_detector(exported(weights, folder / "open.onnx", dynamic=True))
    for shape in PICTURES.values():
        assert detector.detect(picture_of(shape))


def test_an_end_to_end_network_is_read(folder: Path, weights: Path) -> None:
    path = exported(weights, folder / "end.onnx", nms=True, conf=0.1)
    picture = picture_of((90, 160))
    ours, reference = make_detector(path).detect(picture), theirs(path, picture, 0.4)
    assert ours
    assert ours[0][1] == pytest.approx(surest(reference, 1)[0][1], abs=0.02)
    assert _inside(ours[0][0]).intersection_over_union(surest(reference, 1)[0][0]) > 0.93


def test_pytorch_weights_find_what_their_onnx_file_finds(weights: Path) -> None:
    detector = make_detector(weights)
    assert detector.name == "yolo face.pt on cpu" or "cuda" in detector.name
    picture = picture_of((640, 640))
    found = detector.detect(picture)
    assert found
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert all(score >= yolo_torch.MIN_SCORE for _, score in found)
    assert detector.detect(picture[:, :, 0])


def test_nothing_is_reported_to_the_makers_of_ultralytics(weights: Path) -> None:
    make_detector(weights)
    assert events.enabled is False


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b"PK\x03\x04 and so on"),
        lambda path: torch.save({"a": 1}, path),
    ],
    ids=["no archive", "no network"],
)
def test_a_pytorch_file_that_is_no_network_is_refused(
    tmp_path: Path, write: Callable[[Path], Any]
) -> None:
    path = tmp_path / "face.pt"
    write(path)
    with pytest.raises(SettingsError, match=r"face\.pt can not be used") as refused:
        make_detector(path)
    assert refused.value.code is ErrorCode.model_unsupported


def test_pillow_stays_as_it_is() -> None:
    """The package's own `Image.open` asks for another package where a file is no picture."""
    with pytest.raises(UnidentifiedImageError):
        Image.open(BytesIO(b"no picture at all"))
