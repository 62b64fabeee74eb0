"""The extra `gpu` on the CPU: a tiny CLIP network with random weights, loaded like a real one."""

import json
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from cliply.search.embedder import Embedder, Loaded, Refused, load_first
from cliply.search.open_clip import CONFIG, WEIGHTS, OpenClipModel
from cliply.services.embedding_models import embedding_models
from tests.search.embedder_contract import EmbedderContract

DIMENSION = 48
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
ARCHITECTURE: dict[str, Any] = {
    "embed_dim": DIMENSION,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": TEXT,
}
PREPARATION = {
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


def write_model(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """A folder as the hub has it, with random weights."""
    torch.manual_seed(seed)
    folder.mkdir()
    architecture = ARCHITECTURE | changes
    config = {"model_cfg": architecture, "preprocess_cfg": PREPARATION}
    (folder / CONFIG).write_text(json.dumps(config))
    network = open_clip.CLIP(**ARCHITECTURE)
    save_file(network.state_dict(), folder / WEIGHTS[0])
    return folder


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Only the small one of the two standard models is there."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "clip-vit-b-32")
    return folder


@pytest.fixture(scope="module")
def loaded(models_dir: Path) -> Loaded:
    return load_first(embedding_models(None, models_dir))


class TestOpenClip(EmbedderContract):
    @pytest.fixture
    def embedder(self, loaded: Loaded) -> Embedder:
        assert loaded.embedder is not None
        return loaded.embedder

    def test_the_small_model_stands_in_for_the_large_one(self, loaded: Loaded) -> None:
        reasons = [(one.engine, one.reason) for one in loaded.refusals]
        assert reasons == [("clip-vit-l-14", "no weights")]

    def test_it_is_called_after_its_model_and_its_weights(
        self, embedder: Embedder, models_dir: Path
    ) -> None:
        (_, small) = embedding_models(None, models_dir)

        assert embedder.model == small.identify()
        assert embedder.model.startswith("clip-vit-b-32-")
        assert embedder.dimension == DIMENSION


def test_a_model_is_taken_from_a_folder_of_its_own(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "mine", seed=1)
    other = write_model(tmp_path / "other", seed=2)

    (mine,) = embedding_models(str(folder), tmp_path)

    assert mine.load().model.startswith("mine-")
    assert mine.identify()[5:] != OpenClipModel("other", other).identify()[6:]


def test_pickled_weights_load_without_running_code(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "pickled")
    (folder / WEIGHTS[0]).unlink()
    network = open_clip.CLIP(**ARCHITECTURE)
    torch.save(network.state_dict(), folder / WEIGHTS[1])
    assert OpenClipModel("pickled", folder).load().dimension == DIMENSION

    class Attack:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (eval, ("open('/tmp/attacked', 'w')",))

    torch.save({"state_dict": Attack()}, folder / WEIGHTS[1])
    with pytest.raises(Refused, match="failed: the weights in"):
        OpenClipModel("pickled", folder).load()


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS[0]])
def test_damaged_files_are_a_refusal_with_a_reason(tmp_path: Path, name: str) -> None:
    folder = write_model(tmp_path / "damaged")
    (folder / name).write_bytes(b"damaged")

    with pytest.raises(Refused, match="failed: the weights in"):
        OpenClipModel("damaged", folder).load()


def test_a_model_that_would_ask_the_hub_for_its_text_part_is_refused(tmp_path: Path) -> None:
    elsewhere = {**TEXT, "hf_model_name": "xlm-roberta-base"}
    folder = write_model(tmp_path / "elsewhere", text_cfg=elsewhere)

    with pytest.raises(Refused, match="xlm-roberta-base"):
        OpenClipModel("elsewhere", folder).load()
