"""Embeds text and pictures with CLIP weights from disk, through open_clip (extra `gpu`)."""

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from cliply.errors import ErrorCode, MediaError
from cliply.search.embedder import Refused, Vectors

BATCH = 32
CONFIG = "open_clip_config.json"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""As the hub has them; the second is read without letting it run code."""
PROBES, PROBE_BYTES = 16, 1 << 16


class OpenClipModel:
    """A folder with the configuration and the weights of one model."""

    def __init__(self, name: str, folder: Path | None) -> None:
        """`folder` is None when the weights are not on this machine."""
        self.name = name
        self._folder = folder

    def identify(self) -> str:
        return f"{self.name}-{weights_mark(self._weights())}"

    def load(self) -> "OpenClipEmbedder":
        """On the graphics card when there is one; asks no hub."""
        model = self.identify()
        folder = self._weights().parent
        try:
            _refuse_parts_elsewhere(folder)
            return OpenClipEmbedder(model, folder)
        except _load_errors() as error:
            told = " ".join(str(error).split())[:200]
            raise Refused(f"failed: the weights in {self._folder} do not load ({told})") from error

    def _weights(self) -> Path:
        if find_spec("open_clip") is None:
            raise Refused("not installed")
        folder = self._folder
        if folder is None or not (folder / CONFIG).is_file():
            raise Refused("no weights")
        for name in WEIGHTS:
            if (folder / name).is_file():
                return folder / name
        raise Refused("no weights")


class OpenClipEmbedder:
    """A loaded CLIP model."""

    def __init__(self, model: str, folder: Path) -> None:
        import open_clip
        import torch

        self.model = model
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        network, self._prepare = open_clip.create_model_from_pretrained(
            f"local-dir:{folder}", device=self._device
        )
        self._network = network.eval()
        self._tokens: Callable[..., Any] = open_clip.get_tokenizer(f"local-dir:{folder}")
        self.dimension = self.embed_texts(["a"]).shape[1]

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        return self._embed(
            texts, lambda some: self._network.encode_text(self._tokens(some).to(self._device))
        )

    def embed_pictures(self, jpegs: Sequence[bytes]) -> Vectors:
        def encode(some: Sequence[bytes]) -> Any:
            prepared = [self._prepare(_picture(jpeg)) for jpeg in some]
            return self._network.encode_image(self._torch.stack(prepared).to(self._device))

        return self._embed(jpegs, encode)

    def _embed(self, things: Sequence[Any], encode: Callable[[Any], Any]) -> Vectors:
        found = []
        for first in range(0, len(things), BATCH):
            with self._torch.inference_mode():
                found.append(encode(things[first : first + BATCH]).float().cpu().numpy())
        return unit_rows(np.concatenate(found)) if found else np.empty((0, self.dimension), "f4")


def _load_errors() -> tuple[type[Exception], ...]:
    """What damaged or foreign weights make the libraries raise."""
    from safetensors import SafetensorError

    known = (RuntimeError, ValueError, OSError, KeyError, TypeError, AttributeError)
    return (*known, UnpicklingError, SafetensorError)


def _refuse_parts_elsewhere(folder: Path) -> None:
    """Some configurations name a text model of the hub, which loading would ask for."""
    config = json.loads((folder / CONFIG).read_text())
    named = config["model_cfg"]["text_cfg"].get("hf_model_name")
    if named:
        raise Refused(f"failed: its text part {named} is not in {folder}")


def _picture(jpeg: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(jpeg)).convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise MediaError(
            ErrorCode.source_corrupt, "A frame to embed is no picture; scan the source again."
        ) from error


def unit_rows(vectors: Any) -> Vectors:
    """Each row brought to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def weights_mark(path: Path) -> str:
    """Twelve hexadecimal digits that change with the weights.

    Made of the size and of 16 places spread over the file: reading 1.7 GB takes seconds.
    """
    size_bytes = path.stat().st_size
    digest = hashlib.blake2b(str(size_bytes).encode(), digest_size=6)
    with path.open("rb") as file:
        for probe in range(PROBES):
            file.seek(max(0, size_bytes - PROBE_BYTES) * probe // (PROBES - 1))
            digest.update(file.read(PROBE_BYTES))
    return digest.hexdigest()
