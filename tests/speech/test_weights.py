from pathlib import Path

import pytest

from cliply.speech.weights import advise, find_weights
from tests.speech.tiny_whisper import build_tiny_whisper


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_whisper(tmp_path_factory.mktemp("weights") / "mine")


def test_weights_are_found_in_a_folder_of_their_own(weights: Path, tmp_path: Path) -> None:
    assert find_weights(str(weights), tmp_path) == weights


def test_weights_are_found_by_name_in_the_models_folder(weights: Path) -> None:
    assert find_weights("mine", weights.parent) == weights


def test_an_incomplete_folder_is_not_taken_for_weights(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.bin").write_bytes(b"")
    assert find_weights("mine", tmp_path) is None


def test_an_unknown_name_is_nowhere_and_nothing_can_be_fetched(tmp_path: Path) -> None:
    assert find_weights("no such model", tmp_path) is None
    assert "fetch" not in advise("no such model")
    assert "cliply models fetch someone/theirs" in advise("someone/theirs")
