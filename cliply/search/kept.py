"""Models that stay loaded, for processes that search again and again."""

from threading import Lock

from cliply.search.embedder import Embedder, EmbeddingModel


class KeptModel:
    """A model that is loaded once, by whoever asks first; others wait for it."""

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self._lock = Lock()
        self._loaded: Embedder | None = None

    @property
    def name(self) -> str:
        return self._model.name

    def identify(self) -> str:
        return self._model.identify()

    def load(self) -> Embedder:
        """Raises Refused; then it is tried again by who asks next."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._model.load()
            return self._loaded
