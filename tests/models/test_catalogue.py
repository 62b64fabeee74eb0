from pathlib import Path

from cliply.models.catalogue import CATALOGUE, find_entry
from cliply.models.store import find_model


def test_every_name_is_there_once_and_says_how_it_can_be_had() -> None:
    names = [model.name for model in CATALOGUE]
    assert len(set(names)) == len(names)
    for model in CATALOGUE:
        assert model.needs
        assert bool(model.repo) != bool(model.origin)
        assert find_entry(model.name) == model


def test_the_models_that_the_product_uses_are_in_it() -> None:
    used = {"small", "large-v2", "large-v3", "align-en", "diarization", "yolo-face"}
    used |= {"clip-vit-l-14", "clip-vit-b-32", "rnnoise"}
    assert used <= {model.name for model in CATALOGUE}


def test_a_repository_of_ones_own_is_whisper_weights() -> None:
    entry = find_entry("someone/whisper-x")
    assert entry is not None
    assert (entry.repo, entry.name) == ("someone/whisper-x", "someone/whisper-x")


def test_a_model_of_one_file_is_that_file(tmp_path: Path) -> None:
    assert find_model("yolo-face", tmp_path) is None
    weights = tmp_path / "face_yolov8n.pt"
    weights.write_bytes(b"x")
    assert find_model("yolo-face", tmp_path) == weights


def test_a_model_of_many_files_is_its_folder_once_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "clip-vit-b-32"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text("{}")
    assert find_model("clip-vit-b-32", tmp_path) is None
    (folder / "open_clip_pytorch_model.bin").write_bytes(b"x")
    assert find_model("clip-vit-b-32", tmp_path) == folder


def test_an_unknown_name_is_nowhere(tmp_path: Path) -> None:
    assert find_model("no such model", tmp_path) is None
