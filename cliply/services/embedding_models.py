"""The models that this installation may embed frames and chunks with."""

from collections.abc import Sequence
from pathlib import Path

from cliply.models.store import find_model
from cliply.search.open_clip import OpenClipModel

STANDARD = ("clip-vit-l-14", "clip-vit-b-32")
"""ViT-L/14, else ViT-B/32 (ANA-6)."""
OFF = "none"


def embedding_models(setting: str | None, models_dir: Path) -> Sequence[OpenClipModel]:
    """In the order in which they are tried; `setting` is a name, a folder, `none` or unset."""
    if setting == OFF:
        return ()
    names = STANDARD if setting is None else (setting,)
    return [_model(name, models_dir) for name in names]


def _model(name: str, models_dir: Path) -> OpenClipModel:
    if Path(name).is_dir():
        return OpenClipModel(Path(name).name, Path(name))
    folder = models_dir / name
    return OpenClipModel(name, folder if folder.is_dir() else find_model(name, models_dir))
