"""What turns text and pictures into vectors of one space, and how it declines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cliply.domain.transcript import Refusal

Vectors = npt.NDArray[np.float32]
"""A row of length 1 for each thing that was embedded."""


class Refused(Exception):
    """A model can not embed anything here; the next one is asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Embedder(Protocol):
    """A loaded model. Texts and pictures that belong together lie close to each other."""

    @property
    def model(self) -> str:
        """Name of the model and mark of its weights: vectors of one `model` are comparable."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimension); what is too long for the model counts with its beginning."""
        ...

    def embed_pictures(self, jpegs: Sequence[bytes]) -> Vectors:
        """(pictures, dimension); raises MediaError for bytes that are no picture."""
        ...


class EmbeddingModel(Protocol):
    """A model that may be loaded; nothing of it is in memory before that."""

    @property
    def name(self) -> str: ...

    def identify(self) -> str:
        """`Embedder.model` of what `load` would give, without loading. Raises Refused."""
        ...

    def load(self) -> Embedder:
        """Raises Refused when it is not installed, has no weights or does not load."""
        ...


@dataclass(frozen=True)
class Loaded:
    """The first model that could be loaded, and what those before it said."""

    embedder: Embedder | None
    refusals: tuple[Refusal, ...] = ()


def load_first(models: Sequence[EmbeddingModel]) -> Loaded:
    """Never raises Refused: without a model there are reasons."""
    refusals: list[Refusal] = []
    for model in models:
        try:
            return Loaded(model.load(), tuple(refusals))
        except Refused as refused:
            refusals.append(Refusal(engine=model.name, reason=refused.reason))
    return Loaded(None, tuple(refusals))


def signature(models: Sequence[EmbeddingModel]) -> str:
    """Names the model that would be loaded; changes whenever other vectors could come out."""
    for model in models:
        try:
            return model.identify()
        except Refused:
            continue
    return "none"
