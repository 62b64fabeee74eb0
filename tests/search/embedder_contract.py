"""What every embedder promises; its tests are run by the suites that inherit them."""

import numpy as np
import pytest

from cliply.errors import MediaError
from cliply.search.embedder import Embedder
from tests.search.colours import painted

TEXTS = ["a red car", "猫が好きです", "", "word " * 500, "a red car"]


class EmbedderContract:
    """A suite defines the fixture `embedder`."""

    def test_texts_become_unit_rows_of_the_promised_width(self, embedder: Embedder) -> None:
        vectors = embedder.embed_texts(TEXTS)

        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_pictures_of_any_shape_become_unit_rows(self, embedder: Embedder) -> None:
        pictures = [painted("red"), painted("blue", (90, 160)), painted("green", (1, 1))]

        vectors = embedder.embed_pictures(pictures)

        assert vectors.shape == (3, embedder.dimension)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_the_same_thing_has_the_same_vector_in_any_batch(self, embedder: Embedder) -> None:
        vectors = embedder.embed_texts(TEXTS)
        alone = embedder.embed_texts(TEXTS[:1])
        many = embedder.embed_pictures([painted("red")] * 40)

        assert vectors[0] == pytest.approx(vectors[4], abs=1e-5)
        assert vectors[0] == pytest.approx(alone[0], abs=1e-5)
        assert many[0] == pytest.approx(many[39], abs=1e-5)

    def test_different_pictures_have_different_vectors(self, embedder: Embedder) -> None:
        red, blue = embedder.embed_pictures([painted("red"), painted("blue")])

        assert abs(float(red @ blue)) < 0.99999

    def test_nothing_becomes_no_rows(self, embedder: Embedder) -> None:
        assert embedder.embed_texts([]).shape == (0, embedder.dimension)
        assert embedder.embed_pictures([]).shape == (0, embedder.dimension)

    def test_bytes_that_are_no_picture_are_an_error_of_the_media(self, embedder: Embedder) -> None:
        with pytest.raises(MediaError):
            embedder.embed_pictures([b"no picture"])
