"""A fake model that knows colours: pictures by what they show, texts by their words."""

import io
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing
from PIL import Image, UnidentifiedImageError

from cliply.errors import ErrorCode, MediaError
from cliply.search.embedder import Embedder, Refused, Vectors
from cliply.search.open_clip import unit_rows

COLOURS = ("red", "green", "blue")
DIMENSION = 24


class ColourEmbedder:
    """Every colour is an axis of its own; all other words share the rest by their checksum."""

    model = "colours-1"
    dimension = DIMENSION

    def __init__(self) -> None:
        self.embedded = 0
        """How many texts and pictures were embedded."""

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSION))
        for row, text in zip(vectors, texts, strict=True):
            row[-1] = 0.01
            for word in text.lower().split():
                row[axis_of(word.strip(".,!?"))] += 1
        self.embedded += len(texts)
        return unit_rows(vectors)

    def embed_pictures(self, jpegs: Sequence[bytes]) -> Vectors:
        vectors = np.zeros((len(jpegs), DIMENSION))
        for row, jpeg in zip(vectors, jpegs, strict=True):
            row[: len(COLOURS)] = mean_colour(jpeg) + 0.01
        self.embedded += len(jpegs)
        return unit_rows(vectors)


class ColourModel:
    name = "colours"

    def identify(self) -> str:
        return ColourEmbedder.model

    def load(self) -> Embedder:
        return ColourEmbedder()


class AbsentModel:
    """A model that can not be had."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self._reason = reason

    def identify(self) -> str:
        raise Refused(self._reason)

    def load(self) -> Embedder:
        raise Refused(self._reason)


def axis_of(word: str) -> int:
    if word in COLOURS:
        return COLOURS.index(word)
    return len(COLOURS) + zlib.crc32(word.encode()) % (DIMENSION - len(COLOURS))


def mean_colour(jpeg: bytes) -> np.typing.NDArray[np.float64]:
    try:
        picture = Image.open(io.BytesIO(jpeg)).convert("RGB")
    except UnidentifiedImageError as error:
        raise MediaError(ErrorCode.source_corrupt, "That is no picture.") from error
    return np.mean(np.asarray(picture, np.float64), axis=(0, 1)) / 255  # type: ignore[no-any-return]


def painted(colour: str, size: tuple[int, int] = (32, 18)) -> bytes:
    """A JPEG in one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()
