import time
from pathlib import Path

import pytest

from cliply.errors import Cancelled
from cliply.speech.transcriber import Refused
from cliply.speech.weights import fetch_weights, find_weights
from tests.speech.hub import REPOSITORY, serve_hub
from tests.speech.tiny_whisper import build_tiny_whisper


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_whisper(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))


def ignore() -> None:
    """Nobody watches."""


def test_weights_are_found_in_a_folder_of_their_own(weights: Path, tmp_path: Path) -> None:
    assert find_weights(str(weights), tmp_path) == weights


def test_weights_are_found_by_name_in_the_models_folder(weights: Path) -> None:
    assert find_weights("tiny", weights.parent) == weights


def test_an_incomplete_folder_is_not_taken_for_weights(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "model.bin").write_bytes(b"")
    assert find_weights("tiny", tmp_path) is None


def test_an_unknown_name_is_nowhere(tmp_path: Path) -> None:
    assert find_weights("no such model", tmp_path) is None


def test_weights_come_from_the_hub_and_are_there_the_next_time(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_hub(weights) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        fetched = fetch_weights(REPOSITORY, tmp_path / "models", ignore)
    assert (fetched / "model.bin").read_bytes() == (weights / "model.bin").read_bytes()
    assert find_weights(REPOSITORY, tmp_path / "models") == fetched


@pytest.mark.parametrize("silent", [True, False])
def test_a_hub_out_of_reach_is_given_up_within_seconds(
    silent: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with serve_hub(None, silent=silent) as address:
        monkeypatch.setenv("HF_ENDPOINT", address if silent else "http://127.0.0.1:9")
        begun = time.monotonic()
        with pytest.raises(Refused, match="tiny"):
            fetch_weights("tiny", tmp_path, ignore)
        assert time.monotonic() - begun < 9
    assert capfd.readouterr() == ("", "")


def test_a_hub_without_the_model_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_hub(None) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(Refused, match="someone/tiny"):
            fetch_weights(REPOSITORY, tmp_path, ignore)


def test_cancelling_ends_a_fetch_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()

    def cancel() -> None:
        if time.monotonic() - begun > 0.4:
            raise Cancelled

    with serve_hub(None, silent=True) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(Cancelled):
            fetch_weights("tiny", tmp_path, cancel)
    assert time.monotonic() - begun < 4
