"""Compares the weights on disk with the checksums that were recorded for them."""

from collections.abc import Iterator
from pathlib import Path

from cliply.domain.value import Value
from cliply.errors import ErrorCode, InvalidInput
from cliply.models.manifest import FileRecord, ModelRecord, read_manifest, sha256_of


class Fault(Value):
    """What is wrong with one recorded file; `sentence` ends with what to do."""

    model: str
    code: ErrorCode
    sentence: str


class Verified(Value):
    """What was looked at, and what was found wrong with it."""

    names: tuple[str, ...]
    faults: tuple[Fault, ...]


def verify_models(models_dir: Path, names: tuple[str, ...] = ()) -> Verified:
    """Every recorded model, or the named ones. Reads all bytes, about 1 GB a second.

    Raises InvalidInput with MODEL_MISSING for a name that is not recorded.
    """
    records = read_manifest(models_dir).models
    for name in names:
        if name not in records:
            raise InvalidInput(
                ErrorCode.model_missing,
                f"There are no checksums of {name} in {models_dir}; run "
                f"`cliply models fetch {name}` first.",
            )
    chosen = {name: records[name] for name in names or records}
    return Verified(
        names=tuple(chosen),
        faults=tuple(
            fault for name, entry in chosen.items() for fault in _faults(models_dir, name, entry)
        ),
    )


def _faults(models_dir: Path, name: str, entry: ModelRecord) -> Iterator[Fault]:
    place = models_dir / entry.path
    for inside, recorded in entry.files.items():
        path = place if place.is_file() else place / inside
        if not path.is_file():
            yield _fault(name, ErrorCode.model_missing, path, "is not there any more")
        elif difference := _difference(path, recorded):
            yield _fault(name, ErrorCode.model_changed, path, difference)


def _difference(path: Path, recorded: FileRecord) -> str:
    size = path.stat().st_size
    if size != recorded.size_bytes:
        return f"has {size} bytes instead of {recorded.size_bytes}"
    return "" if sha256_of(path) == recorded.sha256 else "has another content than was recorded"


def _fault(name: str, code: ErrorCode, path: Path, what: str) -> Fault:
    return Fault(
        model=name,
        code=code,
        sentence=f"{path} of the model {name} {what}; remove the model's files and run "
        f"`cliply models fetch {name}`.",
    )
