"""`cliply models`, against a hub on this machine."""

from pathlib import Path

import pytest

from tests.models.hub import serve_hub
from tests_end_to_end.commands.conftest import Cliply


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-repo"
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).write_bytes(b"weights " * 200)
    return folder


def test_models_are_listed_fetched_and_verified(
    cliply: Cliply, new_home: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "large-v3" in cliply("models", "list").out
    assert "nothing to verify" in cliply("models", "verify").out
    monkeypatch.setenv("MODEL_HUB", "auto")
    with serve_hub(tiny=tiny) as state:
        monkeypatch.setenv("HF_ENDPOINT", state.address)
        fetched = cliply("models", "fetch", "someone/tiny")
    assert fetched.status == 0, fetched.err
    weights = new_home / "models" / "someone" / "tiny" / "model.bin"
    assert weights.read_bytes() == (tiny / "model.bin").read_bytes()
    assert "someone/tiny" in cliply("models", "list").out
    assert "as it was recorded" in cliply("models", "verify").out

    weights.write_bytes(b"something else")
    verified = cliply("models", "verify", "someone/tiny")

    assert verified.status == 1
    assert verified.err.startswith("error MODEL_CHANGED: ")
    assert str(weights) in verified.err


def test_a_network_that_is_not_wanted_is_not_used(
    cliply: Cliply, new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_hub() as state:
        monkeypatch.setenv("HF_ENDPOINT", state.address)
        ended = cliply("models", "fetch", "small")
        assert state.requests == []
    assert ended.status == 1
    assert "error HUB_NOT_ALLOWED" in ended.err
    assert str(new_home / "models" / "small") in ended.err


def test_an_unknown_model_is_refused_before_others_are_fetched(
    cliply: Cliply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_HUB", "auto")
    with serve_hub() as state:
        monkeypatch.setenv("HF_ENDPOINT", state.address)
        ended = cliply("models", "fetch", "small", "smal")
        assert state.requests == []
    assert ended.status == 1
    assert "error MODEL_UNKNOWN" in ended.err
    assert "cliply models list" in ended.err
