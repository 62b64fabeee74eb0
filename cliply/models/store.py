"""Finds weights on this machine; never asks the hub."""

from collections.abc import Iterator
from pathlib import Path

from cliply.models.catalogue import Model, find_entry


def find_model(name: str, models_dir: Path) -> Path | None:
    """The folder of a model, or its file where it is one file; None when it is not whole.

    Looked for in `models_dir/<name>`, for one file also in `models_dir` itself, then in
    the hub's own cache on this machine. An unknown name is nowhere.
    """
    model = find_entry(name)
    return None if model is None else locate(model, models_dir)


def locate(model: Model, models_dir: Path) -> Path | None:
    """Where the weights of a catalogue entry are; None when they are not whole."""
    for folder in _folders(model, models_dir):
        found = [_first(folder, need) for need in model.needs]
        if all(found):
            return found[0] if model.is_file else folder
    return None


def _folders(model: Model, models_dir: Path) -> Iterator[Path]:
    yield models_dir / model.name
    if model.is_file:
        yield models_dir
    if model.repo:
        yield from (folder for cache in (models_dir, None) if (folder := _cached(model, cache)))


def _first(folder: Path, need: str) -> Path | None:
    """The file that fulfils one need."""
    for pattern in need.split("|"):
        if found := sorted(path for path in folder.glob(pattern) if path.is_file()):
            return found[0]
    return None


def _cached(model: Model, cache: Path | None) -> Path | None:
    """The model's folder in a cache of the hub's library, which other programs share."""
    from huggingface_hub import try_to_load_from_cache

    assert model.repo
    for name in model.needs[0].split("|"):
        found = try_to_load_from_cache(model.repo, name, cache_dir=cache)
        if isinstance(found, str):
            return Path(found).parent
    return None
