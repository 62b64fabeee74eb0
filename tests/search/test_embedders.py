from pathlib import Path

import pytest

from cliply.search.embedder import Embedder, load_first, signature
from cliply.search.open_clip import CONFIG, WEIGHTS, OpenClipModel, weights_mark
from cliply.services.embedding_models import embedding_models
from tests.search.colours import AbsentModel, ColourEmbedder, ColourModel
from tests.search.embedder_contract import EmbedderContract


class TestColours(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return ColourEmbedder()


def test_the_first_model_that_loads_is_taken_and_refusals_are_kept() -> None:
    models = [AbsentModel("large", "no weights"), ColourModel(), AbsentModel("never", "asked")]

    loaded = load_first(models)

    assert isinstance(loaded.embedder, ColourEmbedder)
    assert [(one.engine, one.reason) for one in loaded.refusals] == [("large", "no weights")]
    assert signature(models) == "colours-1"


def test_without_any_model_there_are_reasons_and_no_error() -> None:
    loaded = load_first([AbsentModel("large", "no weights"), AbsentModel("small", "not installed")])

    assert loaded.embedder is None
    assert [one.reason for one in loaded.refusals] == ["no weights", "not installed"]
    assert signature([]) == "none"


def test_a_base_installation_says_why_it_has_no_model(tmp_path: Path) -> None:
    (refusal,) = load_first([OpenClipModel("clip", tmp_path)]).refusals

    assert refusal.reason in ("not installed", "no weights")


def test_the_large_model_is_tried_before_the_small_one(tmp_path: Path) -> None:
    assert [model.name for model in embedding_models(None, tmp_path)] == [
        "clip-vit-l-14",
        "clip-vit-b-32",
    ]
    assert [model.name for model in embedding_models("mine", tmp_path)] == ["mine"]
    assert [model.name for model in embedding_models(str(tmp_path), tmp_path)] == [tmp_path.name]
    assert list(embedding_models("none", tmp_path)) == []


def test_other_weights_have_another_mark(tmp_path: Path) -> None:
    path = tmp_path / WEIGHTS[0]
    marks = set()
    for content in (b"", b"a", b"b" * 3_000_000, b"b" * 2_999_999 + b"c", b"b" * 2_999_999):
        path.write_bytes(content)
        marks.add(weights_mark(path))
    assert len(marks) == 5
    assert (tmp_path / CONFIG).exists() is False
