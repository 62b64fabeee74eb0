"""What was put into the models folder, with its checksums: `models.json`."""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import Field, NonNegativeInt, ValidationError

from cliply.domain.value import Value
from cliply.errors import ErrorCode, SettingsError

MANIFEST = "models.json"
LIBRARY_FILES = ".cache"
"""Folder in which the hub's library notes what it has fetched."""

BLOCK_BYTES = 1 << 20


class FileRecord(Value):
    size_bytes: NonNegativeInt
    sha256: str


class ModelRecord(Value):
    """What a model's files were when they were fetched or taken over."""

    path: str
    """Its folder or file: below the models folder, else absolute."""
    repo: str | None = None
    revision: str | None = None
    """The hub's commit; None for files that a person brought."""
    recorded_at: datetime
    files: dict[str, FileRecord]
    """By their path within the folder; by their name where the model is one file."""


class Manifest(Value):
    models: dict[str, ModelRecord] = Field(default_factory=dict)


def read_manifest(models_dir: Path) -> Manifest:
    """Empty where there is none; SettingsError with MODEL_CHANGED when it can not be read."""
    path = models_dir / MANIFEST
    if not path.exists():
        return Manifest()
    try:
        return Manifest.model_validate_json(path.read_text())
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The record of model checksums {path} can not be read "
            f"({type(error).__name__}); remove it and run `cliply models fetch` again for "
            "each model, which records what is there.",
            ErrorCode.model_changed,
        ) from error


def record(models_dir: Path, name: str, entry: ModelRecord) -> None:
    """Put one model into the manifest; a reader sees the old file or the new one."""
    models = {**read_manifest(models_dir).models, name: entry}
    text = Manifest(models=dict(sorted(models.items()))).model_dump(mode="json")
    unfinished = models_dir / f"{MANIFEST}.{os.getpid()}"
    unfinished.write_text(json.dumps(text, indent=2) + "\n")
    unfinished.replace(models_dir / MANIFEST)


def measure(place: Path) -> dict[str, FileRecord]:
    """Size and checksum of a model's file, or of every file in its folder."""
    root = place if place.is_dir() else place.parent
    paths = list_files(place) if place.is_dir() else [place]
    return {
        path.relative_to(root).as_posix(): FileRecord(
            size_bytes=path.stat().st_size, sha256=sha256_of(path)
        )
        for path in paths
    }


def list_files(folder: Path) -> list[Path]:
    """Files below a folder, without those of the hub's library, in order of their paths."""
    return sorted(_walk(folder))


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and LIBRARY_FILES not in path.relative_to(folder).parts:
            yield path
