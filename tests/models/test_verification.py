from pathlib import Path

import pytest

from cliply.errors import ErrorCode, InvalidInput, SettingsError
from cliply.models.catalogue import whisper
from cliply.models.fetching import Hub, fetch_model
from cliply.models.verification import verify_models

TINY = whisper("tiny", 1, "someone/tiny", "tests")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A models folder with one model in it, recorded."""
    (tmp_path / "tiny").mkdir()
    for name in TINY.needs:
        (tmp_path / "tiny" / name).write_bytes(b"weights")
    fetch_model(TINY, tmp_path, Hub("http://127.0.0.1:9", is_allowed=False))
    return tmp_path


def test_files_that_are_as_they_were_have_no_faults(folder: Path) -> None:
    verified = verify_models(folder)
    assert (verified.names, verified.faults) == (("tiny",), ())


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"weightZ", "another content"), (b"more weights", "12 bytes instead of 7")],
)
def test_a_changed_file_is_named_with_what_changed(folder: Path, content: bytes, what: str) -> None:
    (folder / "tiny" / "model.bin").write_bytes(content)
    (fault,) = verify_models(folder, ("tiny",)).faults
    assert fault.code is ErrorCode.model_changed
    assert what in fault.sentence
    assert str(folder / "tiny" / "model.bin") in fault.sentence
    assert "cliply models fetch tiny" in fault.sentence


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "tiny" / "config.json").unlink()
    (fault,) = verify_models(folder).faults
    assert fault.code is ErrorCode.model_missing
    assert "config.json" in fault.sentence


def test_a_model_without_checksums_can_not_be_verified(folder: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        verify_models(folder, ("small",))
    assert caught.value.code is ErrorCode.model_missing


def test_a_record_that_can_not_be_read_says_how_to_make_a_new_one(folder: Path) -> None:
    (folder / "models.json").write_text("{")
    with pytest.raises(SettingsError, match=r"models\.json can not be read"):
        verify_models(folder)
