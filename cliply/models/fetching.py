"""Brings weights from the model hub into the models folder and records their checksums."""

import errno
import fnmatch
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cliply.errors import ErrorCode, InvalidInput, SettingsError, Unavailable
from cliply.models.catalogue import Model, find_entry
from cliply.models.manifest import (
    FileRecord,
    ModelRecord,
    measure,
    read_manifest,
    record,
)
from cliply.models.store import locate

ANSWER_LIMIT_S = 6.0
"""A hub that does not answer in this time is out of reach."""


class Hub(NamedTuple):
    """Where weights come from; the token is for models whose terms somebody accepted."""

    endpoint: str
    is_allowed: bool
    token: str | None = None
    answer_limit_s: float = ANSWER_LIMIT_S


class HubFile(NamedTuple):
    path: str
    size_bytes: int
    sha256: str | None
    """None for small files, of which the hub knows no such checksum."""


def require_model(name: str) -> Model:
    """The catalogue's entry; raises InvalidInput with MODEL_UNKNOWN."""
    model = find_entry(name)
    if model is None:
        raise InvalidInput(
            ErrorCode.model_unknown,
            f"There is no model called {name}; `cliply models list` shows those that can be "
            "used, and owner/name means a repository of converted Whisper weights.",
        )
    return model


def fetch_model(model: Model, models_dir: Path, hub: Hub) -> Path:
    """The model's place in the models folder, fetched unless it is there, and recorded.

    Weights that a person brought are recorded as they are, without the hub. An interrupted
    download goes on where it stopped. The hub's library shows progress on standard error.
    Raises SettingsError, InvalidInput or Unavailable, each with what to do.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    place = locate(model, models_dir)
    if place is None:
        return _download(model, models_dir, hub)
    known = read_manifest(models_dir).models.get(model.name)
    if known is None or known.revision is None:
        _record(models_dir, model, place, measure(place))
    return place


def _download(model: Model, models_dir: Path, hub: Hub) -> Path:
    repo = _require_fetchable(model, models_dir, hub)
    with _named_failures(model, hub):
        revision, offered = _look(repo, hub)
        chosen = _choose(model, offered)
        for file in chosen:
            _get(repo, file.path, revision, models_dir / model.name, hub)
    place = locate(model, models_dir)
    if place is None:
        raise Unavailable(
            ErrorCode.hub_unavailable,
            f"Files of {model.name} vanished from {models_dir / model.name} while it was "
            "fetched; run the command again.",
        )
    files = measure(place)
    _require_same(model, place, chosen, files)
    _record(models_dir, model, place, files, revision)
    return place


def _require_fetchable(model: Model, models_dir: Path, hub: Hub) -> str:
    if model.repo is None:
        raise InvalidInput(
            ErrorCode.model_missing,
            f"The hub does not have {model.name}; put {' and '.join(model.needs)} from "
            f"{model.origin} into {models_dir / model.name}, then run the command again to "
            "record the checksums.",
        )
    if not hub.is_allowed:
        raise SettingsError(
            f"MODEL_HUB=never forbids to fetch {model.name}: set MODEL_HUB=auto, or bring the "
            f"files of {model.repo} into {models_dir / model.name} and run the command again "
            "to record their checksums.",
            ErrorCode.hub_not_allowed,
        )
    return model.repo


def _look(repo: str, hub: Hub) -> tuple[str, list[HubFile]]:
    """The newest commit and its files."""
    from huggingface_hub import HfApi

    found = HfApi(endpoint=hub.endpoint, token=hub.token or False).model_info(
        repo, files_metadata=True, timeout=hub.answer_limit_s
    )
    files = [
        HubFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else None)
        for one in found.siblings or ()
    ]
    return str(found.sha), files


def _choose(model: Model, offered: Sequence[HubFile]) -> list[HubFile]:
    """What is needed, the first of alternatives, and what is taken besides."""
    chosen = [_needed(model, need, offered) for need in model.needs]
    chosen += [
        file
        for file in offered
        if file not in chosen and any(fnmatch.fnmatch(file.path, take) for take in model.takes)
    ]
    return chosen


def _needed(model: Model, need: str, offered: Sequence[HubFile]) -> HubFile:
    for pattern in need.split("|"):
        for file in offered:
            if fnmatch.fnmatch(file.path, pattern):
                return file
    raise InvalidInput(
        ErrorCode.model_unsupported,
        f"The repository {model.repo} has no {need.replace('|', ' or ')}, so {model.name} can "
        "not be used; choose a repository with weights in the right format.",
    )


def _get(repo: str, path: str, revision: str, folder: Path, hub: Hub) -> None:
    from huggingface_hub import hf_hub_download

    hf_hub_download(
        repo,
        path,
        revision=revision,
        local_dir=folder,
        endpoint=hub.endpoint,
        token=hub.token or False,
        etag_timeout=hub.answer_limit_s,
    )


@contextmanager
def _named_failures(model: Model, hub: Hub) -> Iterator[None]:
    """What the hub's library raises, as our own errors."""
    import httpx
    from huggingface_hub import errors

    try:
        yield
    except (errors.GatedRepoError, errors.RepositoryNotFoundError) as error:
        raise _refused(model, hub) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no"
        raise _unreachable(model, hub, f"it answered with status {status}") from error
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        raise _unreachable(model, hub, "it did not answer") from error
    except (OSError, httpx.HTTPError) as error:  # those of requests are OSErrors
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise _disk_full(model) from error
        raise _unreachable(model, hub, f"{type(error).__name__}") from error


def _refused(model: Model, hub: Hub) -> SettingsError:
    page = f"{hub.endpoint}/{model.repo}"
    advice = (
        f"accept its terms at {page} and set HF_TOKEN to a token of that account"
        if model.is_gated
        else f"look whether {page} exists, and set HF_TOKEN where it is private"
    )
    return SettingsError(
        f"The hub does not give {model.name} away: {advice}.", ErrorCode.hub_refused
    )


def _unreachable(model: Model, hub: Hub, reason: str) -> Unavailable:
    return Unavailable(
        ErrorCode.hub_unavailable,
        f"{model.name} could not be fetched from {hub.endpoint} ({reason}); run the command "
        "again when the network is back, it goes on where it stopped.",
    )


def _disk_full(model: Model) -> Unavailable:
    return Unavailable(
        ErrorCode.disk_full,
        f"There is no room for {model.name}, about {model.size_bytes / 1e9:.1f} GB; free some, "
        "or set MODELS_DIR to another disk, and run the command again.",
    )


def _require_same(
    model: Model, place: Path, chosen: Sequence[HubFile], files: dict[str, FileRecord]
) -> None:
    """Raises Unavailable where a file is not the one that the hub has."""
    for file in chosen:
        got = files.get(Path(file.path).name if place.is_file() else file.path)
        if file.sha256 and got and got.sha256 != file.sha256:
            raise Unavailable(
                ErrorCode.model_changed,
                f"{file.path} of {model.name} was damaged on its way here; remove {place} and "
                "run the command again.",
            )


def _record(
    models_dir: Path,
    model: Model,
    place: Path,
    files: dict[str, FileRecord],
    revision: str | None = None,
) -> None:
    inside = place.is_relative_to(models_dir)
    entry: dict[str, Any] = {
        "path": str(place.relative_to(models_dir) if inside else place.resolve()),
        "repo": model.repo,
        "revision": revision,
        "recorded_at": datetime.now(UTC),
        "files": files,
    }
    record(models_dir, model.name, ModelRecord(**entry))
