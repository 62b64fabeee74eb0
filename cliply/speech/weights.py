"""Finds the weights of a Whisper model: on disk first, then on the model hub."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from cliply.speech.child import Child, ChildFailed
from cliply.speech.recognition import wait_for
from cliply.speech.transcriber import Refused

NEEDED_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without `tokenizer.json` the library would ask the hub for one while loading."""

REACH_LIMIT_S = 6.0
"""Start of the fetching process (about 1 s) and an answer of the hub."""


def find_weights(model: str, models_dir: Path) -> Path | None:
    """The folder with the converted weights, or None when they are not on this machine.

    Looked for in `model` itself when that is a folder, `models_dir/<model>`, what was
    fetched into `models_dir` before, and the hub's own cache.
    """
    for folder in (Path(model), models_dir / model):
        if _is_complete(folder):
            return folder
    return _cached(model, models_dir) or _cached(model, None)


def fetch_weights(model: str, models_dir: Path, tick: Callable[[], None]) -> Path:
    """Weights from the hub, kept in `models_dir`; an interrupted download resumes next time.

    Raises Refused within a few seconds when the hub can not be reached.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    with (
        ThreadPoolExecutor(1) as pool,
        closing(Child("hub_worker.py", model, str(models_dir))) as child,
    ):
        try:
            wait_for(pool.submit(child.answer), tick, REACH_LIMIT_S)
            folder = Path(wait_for(pool.submit(child.answer), tick)["folder"])
        except TimeoutError as error:
            raise Refused(
                f"no weights of {model} on disk, and the hub did not answer in "
                f"{REACH_LIMIT_S:.0f} s"
            ) from error
        except ChildFailed as error:
            raise Refused(f"no weights of {model} on disk or from the hub ({error})") from error
    if not _is_complete(folder):
        raise Refused(f"the hub has no complete converted weights of {model}")
    return folder


def _cached(model: str, cache_dir: Path | None) -> Path | None:
    from faster_whisper.utils import download_model

    try:
        folder = Path(
            download_model(
                model, local_files_only=True, cache_dir=str(cache_dir) if cache_dir else None
            )
        )
    except (OSError, ValueError):
        return None
    return folder if _is_complete(folder) else None


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in NEEDED_FILES)
