"""Builds what WhisperX loads besides Whisper, of random weights; run as a script.

pyannote warns on import where no FFmpeg library is installed; a process of its own keeps
that away from the tests, where a warning is an error.
"""

import json
import string
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from pyannote.audio.core.model import Model
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.embedding import XVectorSincNet
from pyannote.audio.models.segmentation import PyanNet
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
)

EMBEDDING, PLDA = 32, 16
ALWAYS_ONE_SPEAKER = 1
"""Index of `speaker#1 alone` among the sets of speakers that the network chooses from."""


def build_tiny_aligner(folder: Path) -> Path:
    """A wav2vec 2.0 with one layer that spells English letters, and nothing sensible."""
    torch.manual_seed(0)
    folder.mkdir(parents=True)
    tokens = ["<pad>", "<s>", "</s>", "<unk>", "|", "'", *string.ascii_lowercase]
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    config = Wav2Vec2Config(
        vocab_size=len(tokens),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
    )
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    tokenizer = Wav2Vec2CTCTokenizer(str(vocabulary), pad_token="<pad>")
    Wav2Vec2Processor(Wav2Vec2FeatureExtractor(), tokenizer).save_pretrained(folder)
    return folder


def build_tiny_diarization(folder: Path) -> Path:
    """A pyannote pipeline that hears one speaker all the time."""
    torch.manual_seed(0)
    _save(_segmentation(), folder / "segmentation")
    _save(_embedding(), folder / "embedding")
    _save_plda(folder / "plda")
    params = {f"{part}": f"$model/{part}" for part in ("segmentation", "embedding", "plda")}
    pipeline = {
        "name": "pyannote.audio.pipelines.SpeakerDiarization",
        "params": {**params, "clustering": "VBxClustering", "segmentation_step": 0.5},
    }
    settings = {
        "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
        "segmentation": {"min_duration_off": 0.0},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump({"pipeline": pipeline, "params": settings}))
    return folder


def _segmentation() -> Model:
    model = PyanNet(
        lstm={"hidden_size": 8, "num_layers": 1}, linear={"hidden_size": 8, "num_layers": 1}
    )
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=5.0,
        classes=["speaker#1", "speaker#2"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    model.setup()
    with torch.no_grad():
        model.classifier.bias[ALWAYS_ONE_SPEAKER] = 100.0
    return model


def _embedding() -> Model:
    model = XVectorSincNet(dimension=EMBEDDING)
    model.specifications = Specifications(
        problem=Problem.REPRESENTATION,
        resolution=Resolution.CHUNK,
        duration=5.0,
        classes=["someone"],
    )
    model.setup()
    return model


def _save(model: Model, folder: Path) -> None:
    """A checkpoint as Lightning writes it."""
    folder.mkdir(parents=True)
    checkpoint: dict[str, Any] = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": "2.5.0",
        "epoch": 0,
        "global_step": 0,
    }
    model.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, folder / "pytorch_model.bin")


def _save_plda(folder: Path) -> None:
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    np.savez(
        folder / "xvec_transform.npz",
        mean1=np.zeros(EMBEDDING),
        mean2=np.zeros(PLDA),
        lda=random.normal(size=(EMBEDDING, PLDA)),
    )
    np.savez(
        folder / "plda.npz",
        mu=np.zeros(PLDA),
        tr=np.eye(PLDA) + 0.01 * random.normal(size=(PLDA, PLDA)),
        psi=np.linspace(2.0, 1.0, PLDA),
    )


if __name__ == "__main__":
    build_tiny_aligner(Path(sys.argv[1]) / "align-en")
    build_tiny_diarization(Path(sys.argv[1]) / "diarization")
