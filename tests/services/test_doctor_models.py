"""What `cliply doctor` says of model weights."""

from pathlib import Path

from cliply.models.catalogue import WHISPER_FILES, find_entry
from cliply.models.fetching import Hub, fetch_model
from cliply.services.doctor import Verdict, check_models, check_speech


def put_small(models_dir: Path) -> None:
    (models_dir / "small").mkdir(parents=True)
    for name in WHISPER_FILES:
        (models_dir / "small" / name).write_bytes(b"x")
    model = find_entry("small")
    assert model
    fetch_model(model, models_dir, Hub("http://127.0.0.1:9", is_allowed=False))


def test_models_that_are_here_are_named(tmp_path: Path) -> None:
    assert "none" in check_models(tmp_path).found
    put_small(tmp_path)
    finding = check_models(tmp_path)
    assert (finding.verdict, finding.found) == (Verdict.ok, "small")
    assert check_speech("small", tmp_path).verdict is Verdict.ok


def test_a_model_that_lost_a_file_is_degraded_with_the_command_that_mends_it(
    tmp_path: Path,
) -> None:
    put_small(tmp_path)
    (tmp_path / "small" / "model.bin").unlink()
    for finding in (check_models(tmp_path), check_speech("small", tmp_path)):
        assert finding.verdict is Verdict.degraded
        assert "cliply models fetch small" in finding.mend
