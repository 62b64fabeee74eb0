"""The extra `gpu` on the CPU: a tiny YOLO network with random weights, exported to ONNX."""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from ultralytics import YOLO

from cliply.errors import ErrorCode, InvalidInput
from cliply.media.effects.person_segmentation import yolo_segmenter

SIDE_PX = 160


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("network")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the export uses what PyTorch is about to drop
        made = YOLO("yolov8n-seg.yaml").export(format="onnx", imgsz=SIDE_PX, device="cpu")
    return Path(shutil.move(made, folder / "weights"))


@pytest.mark.parametrize("size", [(SIDE_PX, SIDE_PX), (90, SIDE_PX), (320, 180)])
def test_a_network_masks_a_picture_of_any_shape(network: Path, size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (*size, 3), dtype=np.uint8)
    with yolo_segmenter(network) as segmenter:
        mask = segmenter.mask(picture)
    assert (mask.shape, mask.dtype) == (size, np.uint8)


def test_weights_that_could_run_code_are_refused(tmp_path: Path) -> None:
    pickled = tmp_path / "weights"
    pickled.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(InvalidInput) as refused, yolo_segmenter(pickled):
        pass
    assert refused.value.code is ErrorCode.model_unsupported
