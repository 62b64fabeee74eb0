"""The installation's face models: by path, by name, or the packaged one."""

from pathlib import Path

import pytest

from cliply.errors import ErrorCode, SettingsError
from cliply.services.doctor import Verdict, check_faces
from cliply.services.face_models import find_face_models
from tests.media.onnx_files import sface, yolo_grid


def test_without_a_setting_the_packaged_detector_is_used_and_better_ones_are_named(
    tmp_path: Path,
) -> None:
    models = find_face_models(None, None, tmp_path)
    assert models.make_detector().name == "dlib-hog"
    assert [(refusal.engine, refusal.reason) for refusal in models.refusals] == [
        ("yolo-face", "no weights")
    ]
    (tmp_path / "face_yolov8n.pt").write_bytes(b"weights")
    (there,) = find_face_models(None, None, tmp_path).refusals
    assert there.reason == "not asked for"


def test_a_path_is_used_as_it_is(tmp_path: Path) -> None:
    path = yolo_grid(tmp_path / "face.onnx")
    models = find_face_models(str(path), sface(tmp_path / "sface.onnx"), tmp_path)
    assert models.make_detector().name == "yolo face.onnx"
    assert models.make_recogniser().name == "sface sface.onnx"


def test_a_name_without_weights_says_how_to_fetch_them(tmp_path: Path) -> None:
    models = find_face_models("yolo-face", None, tmp_path)
    with pytest.raises(SettingsError, match="cliply models fetch yolo-face") as refused:
        models.make_detector()
    assert refused.value.code is ErrorCode.model_missing


def test_a_name_is_found_in_the_models_folder(tmp_path: Path) -> None:
    weights = tmp_path / "face_yolov8n.pt"
    weights.write_bytes(b"weights")
    assert find_face_models("yolo-face", None, tmp_path).detector == weights


def test_other_content_is_another_signature(tmp_path: Path) -> None:
    path = yolo_grid(tmp_path / "face.onnx")
    before = find_face_models(str(path), None, tmp_path).signature
    assert before == find_face_models(str(path), None, tmp_path).signature
    yolo_grid(path, landmarks=15)
    assert find_face_models(str(path), None, tmp_path).signature != before
    assert find_face_models(None, None, tmp_path).signature == ("packaged", "packaged")


def test_the_doctor_names_the_detector_and_what_would_find_more(tmp_path: Path) -> None:
    finding = check_faces(find_face_models(None, None, tmp_path))
    assert finding.verdict is Verdict.ok
    assert finding.found == "dlib-hog; persons by colours and shape"
    assert "FACE_MODEL=yolo-face" in finding.mend
    named = check_faces(find_face_models(str(yolo_grid(tmp_path / "a.onnx")), None, tmp_path))
    assert named.found.startswith("yolo a.onnx")
    assert named.mend == ""
