from pathlib import Path

import numpy as np
import pytest

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.errors import Cancelled, ErrorCode, InvalidInput, MediaError, SettingsError
from cliply.media.effects.person_mask import person_mask
from cliply.media.effects.person_segmentation import yolo_segmenter
from tests.media.effects.drawn import (
    SIZE,
    clip,
    colour_at,
    drawn,
    is_near,
    lossless,
    planned,
)

MODEL = Attachment(content_hash="model", kind=AttachmentKind.model, size_bytes=1)
EDIT = {"green_screen": {"keying": "person", "model": "model", "background": "#C02060"}}
WALL, PERSON = (30, 40, 60), (220, 210, 200)


class BrightPeople:
    """Takes for a person what is bright."""

    def mask(self, picture: np.ndarray) -> np.ndarray:
        return np.where(picture.mean(axis=2) > 120, 255, 0).astype(np.uint8)


def walking(path: Path, frames: int, size: tuple[int, int] = SIZE) -> Path:
    """A bright block that is a twelfth of the width further right in each frame."""
    width, height = size
    pictures = np.full((frames, height, width, 3), WALL, np.uint8)
    for number in range(frames):
        left = number * width // 12
        pictures[number, height // 4 :, left : left + width // 4] = PERSON
    return lossless(path, pictures)


def test_only_the_person_stays_in_every_frame(tmp_path: Path):
    timeline = clip((0, 8))
    small = walking(tmp_path / "small.nut", 8, (SIZE[0] // 2, SIZE[1] // 2))
    mask = person_mask(small, tmp_path / "mask.mkv", BrightPeople(), frames=8)
    source = walking(tmp_path / "source.nut", 8)
    spec = planned(EDIT, timeline, {"model": MODEL})
    frames = drawn(spec, source, timeline, mask=mask)
    assert len(frames) == 8
    for number in range(8):
        assert is_near(colour_at(frames, number, (number + 1.5) / 12, 0.8), PERSON)
        assert is_near(colour_at(frames, number, 0.98, 0.8), (0xC0, 0x20, 0x60))
        assert is_near(colour_at(frames, number, (number + 1.5) / 12, 0.1), (0xC0, 0x20, 0x60))


def test_the_mask_lies_over_the_body_between_intro_and_outro(tmp_path: Path):
    timeline = clip((0, 4), intro=2, outro=2)
    body = walking(tmp_path / "body.nut", 4)
    mask = person_mask(body, tmp_path / "mask.mkv", BrightPeople(), frames=4)
    source = walking(tmp_path / "source.nut", 8)
    frames = drawn(planned(EDIT, timeline, {"model": MODEL}), source, timeline, mask=mask)
    walls = [is_near(colour_at(frames, number, 0.98, 0.1), WALL) for number in range(8)]
    assert walls == [True, True, False, False, False, False, True, True]


def test_a_rendition_of_another_length_is_refused_and_leaves_nothing(tmp_path: Path):
    source = walking(tmp_path / "source.nut", 4)
    with pytest.raises(MediaError, match="4 frames where the clip has 5"):
        person_mask(source, tmp_path / "mask.mkv", BrightPeople(), frames=5)
    assert not (tmp_path / "mask.mkv").exists()


def test_a_cancelled_mask_leaves_nothing(tmp_path: Path):
    def cancel(_part: float) -> None:
        raise Cancelled

    source = walking(tmp_path / "source.nut", 4)
    with pytest.raises(Cancelled):
        person_mask(source, tmp_path / "mask.mkv", BrightPeople(), frames=4, on_progress=cancel)
    assert not (tmp_path / "mask.mkv").exists()


def test_without_a_model_the_field_is_named():
    with pytest.raises(InvalidInput, match=r"green_screen\.model") as refusal:
        planned({"green_screen": {"keying": "person"}}, clip((0, 4)))
    assert refusal.value.code is ErrorCode.model_missing


def test_pickled_weights_are_refused_for_they_could_run_anything(tmp_path: Path):
    weights = tmp_path / "yolo.pt"
    weights.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(InvalidInput, match="no ONNX file"), yolo_segmenter(weights):
        pass


def test_without_the_package_the_next_step_is_told(tmp_path: Path):
    weights = tmp_path / "yolo.onnx"
    weights.write_bytes(b"\x08\x08 and so on")
    with pytest.raises(SettingsError, match="extra `gpu`") as refusal, yolo_segmenter(weights):
        pass
    assert refusal.value.code is ErrorCode.model_missing
