"""Finds the weights of a Whisper model on this machine; a job never downloads any."""

from pathlib import Path

from cliply.models.catalogue import WHISPER_FILES, find_entry
from cliply.models.store import find_model


def find_weights(model: str, models_dir: Path) -> Path | None:
    """The folder with the converted weights, or None when they are not on this machine.

    Looked for in `model` itself when that is a folder, in `models_dir/<model>`, and in the
    caches of the hub's library.
    """
    for folder in (Path(model), models_dir / model):
        if all((folder / name).is_file() for name in WHISPER_FILES):
            return folder
    return find_model(model, models_dir)


def advise(model: str) -> str:
    """The refusal of a job whose weights are not there, with what brings them."""
    if find_entry(model) is None:
        return f"no weights of {model}: it is neither such a folder nor a known model"
    return f"no weights of {model}: run `cliply models fetch {model}`"
