"""The models and the place of the search tables of this installation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cliply.search.database import SearchPlace
from cliply.search.embedder import EmbeddingModel, Loaded, load_first
from cliply.services.embedding_models import embedding_models


@dataclass(frozen=True)
class Embedding:
    """No Dagster configuration, as that would show the credentials of the place."""

    place: SearchPlace
    model: str | None
    """As in `EMBEDDING_MODEL`."""
    models_dir: Path

    def models(self) -> Sequence[EmbeddingModel]:
        return embedding_models(self.model, self.models_dir)

    def load(self) -> Loaded:
        """The first model that has its weights here; nothing is fetched."""
        return load_first(self.models())
