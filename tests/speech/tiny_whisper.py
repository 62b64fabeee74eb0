"""Builds a Whisper of random weights that loads the way a real one does."""

import json
from pathlib import Path

import ctranslate2
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

MELS = 80
LIKES_LETTERS = 0.5
LIKES_TO_STOP = 1.4
"""Logits; without them it would write to the limit of 224 tokens in every window."""

LETTERS = sorted(pre_tokenizers.ByteLevel.alphabet())
SPECIALS = [
    *("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>"),
    *("<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
    *(f"<|{step / 50:.2f}|>" for step in range(1501)),
]


def build_tiny_whisper(
    folder: Path, seed: int = 0, *, width: int = 64, layers: int = 1, heads: int = 1
) -> Path:
    """An English-only model with `layers` on each side; what it hears is nonsense.

    Width 384 with 4 layers and 6 heads costs what the published `tiny` does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    spec = ctranslate2.specs.WhisperSpec(layers, heads, layers, heads)
    random = np.random.default_rng(seed)
    _fill(spec, random, width)
    spec.config.alignment_heads = [(0, 0)]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = []
    spec.register_vocabulary(LETTERS + SPECIALS)
    spec.validate()
    spec.save(str(folder))
    _tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": MELS}))
    return folder


def _tokenizer() -> Tokenizer:
    letters = {letter: index for index, letter in enumerate(LETTERS)}
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


def _fill(spec: ctranslate2.specs.WhisperSpec, random: np.random.Generator, width: int) -> None:
    def weight(*shape: int) -> np.ndarray:
        return random.normal(0, 0.5 / np.sqrt(shape[-1]), shape).astype(np.float32)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weight(width, MELS, 3), weight(width)
    encoder.conv2.weight, encoder.conv2.bias = weight(width, width, 3), weight(width)
    encoder.position_encodings.encodings = weight(1500, width)
    decoder.position_encodings.encodings = weight(448, width)
    decoder.embeddings.weight = weight(len(LETTERS) + len(SPECIALS), width)
    decoder.projection.weight = weight(len(LETTERS) + len(SPECIALS), width)
    decoder.projection.bias = np.zeros(len(LETTERS) + len(SPECIALS), np.float32)
    decoder.projection.bias[: len(LETTERS)] = LIKES_LETTERS
    decoder.projection.bias[len(LETTERS)] = LIKES_TO_STOP
    norms = [encoder.layer_norm, decoder.layer_norm]
    for layer in (*encoder.layer, *decoder.layer):
        attention = layer.self_attention
        linears = [(attention.linear[0], 3 * width, width), (attention.linear[1], width, width)]
        linears += [(layer.ffn.linear_0, 4 * width, width), (layer.ffn.linear_1, width, 4 * width)]
        norms += [attention.layer_norm, layer.ffn.layer_norm]
        if hasattr(layer, "attention"):
            cross = layer.attention
            linears += [(cross.linear[0], width, width), (cross.linear[1], 2 * width, width)]
            linears += [(cross.linear[2], width, width)]
            norms.append(cross.layer_norm)
        for linear, outputs, inputs in linears:
            linear.weight, linear.bias = weight(outputs, inputs), weight(outputs)
    for norm in norms:
        norm.gamma, norm.beta = np.ones(width, np.float32), np.zeros(width, np.float32)
