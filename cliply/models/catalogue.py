"""The models that the product can use, with what it needs of each."""

import re
from enum import StrEnum

from pydantic import NonNegativeInt

from cliply.domain.value import Value


class ModelPurpose(StrEnum):
    """What a model is for."""

    speech = "speech"
    alignment = "alignment"
    diarization = "diarization"
    faces = "faces"
    embedding = "embedding"
    noise = "noise"


class Model(Value):
    """One set of weights; `needs` and `takes` are patterns of paths within its folder."""

    name: str
    """How it is asked for; also its folder in the models folder."""
    purpose: ModelPurpose
    use: str
    licence: str
    size_bytes: NonNegativeInt
    """About what `needs` and `takes` weigh together."""
    needs: tuple[str, ...]
    """Without all of these it is not there; `a|b` is one of the two, the first if both."""
    takes: tuple[str, ...] = ()
    """What is fetched besides."""
    repo: str | None = None
    """Its repository on the hub; None for a file that a person has to bring."""
    origin: str = ""
    """Where a person finds it, when there is no repository."""
    is_gated: bool = False
    """The hub wants a token of somebody who has accepted its terms."""
    is_file: bool = False
    """It is one file, found also straight in the models folder."""
    language: str | None = None


WHISPER_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without `tokenizer.json` the library would ask the hub for one while loading."""

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""`owner/name` on the hub; also a path below the models folder, so no part may be `..`."""

_MB = 10**6


def whisper(name: str, size_mb: int, repo: str, use: str) -> Model:
    """Whisper weights in the format of CTranslate2."""
    return Model(
        name=name,
        purpose=ModelPurpose.speech,
        use=use,
        licence="MIT",
        size_bytes=size_mb * _MB,
        needs=WHISPER_FILES,
        takes=("vocabulary.*", "preprocessor_config.json"),
        repo=repo,
    )


def aligner(language: str, size_mb: int, repo: str) -> Model:
    """A wav2vec 2.0 that spells, to fit known words to the sound of one language."""
    return Model(
        name=f"align-{language}",
        purpose=ModelPurpose.alignment,
        use=f"exact word times, {language}",
        licence="Apache-2.0",
        size_bytes=size_mb * _MB,
        needs=("config.json", "vocab.json", "model.safetensors|pytorch_model.bin"),
        takes=("preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json"),
        repo=repo,
        language=language,
    )


def open_clip(name: str, size_mb: int, repo: str, use: str) -> Model:
    """An open_clip model with its own configuration, loaded as `local-dir:<folder>`."""
    return Model(
        name=name,
        purpose=ModelPurpose.embedding,
        use=use,
        licence="MIT",
        size_bytes=size_mb * _MB,
        needs=(
            "open_clip_config.json",
            "open_clip_model.safetensors|open_clip_pytorch_model.bin",
        ),
        takes=("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt"),
        repo=repo,
    )


_XLSR = "jonatasgrosman/wav2vec2-large-xlsr-53"
_LANGUAGES = {
    "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "pl": "polish", "ru": "russian", "hu": "hungarian", "fi": "finnish",
    "el": "greek", "ar": "arabic", "fa": "persian", "ja": "japanese", "zh": "chinese-zh-cn",
}  # fmt: skip
"""One author's family of the same size and licence; torchaudio's for some are not free."""

CATALOGUE: tuple[Model, ...] = (
    whisper("tiny", 76, "Systran/faster-whisper-tiny", "speech, very fast"),
    whisper("base", 146, "Systran/faster-whisper-base", "speech, faster than small"),
    whisper("small", 486, "Systran/faster-whisper-small", "speech, the fast tier"),
    whisper("medium", 1_530, "Systran/faster-whisper-medium", "speech, in between"),
    whisper("large-v2", 3_090, "Systran/faster-whisper-large-v2", "speech, accurate, older"),
    whisper("large-v3", 3_090, "Systran/faster-whisper-large-v3", "speech, the accurate tier"),
    aligner("en", 378, "facebook/wav2vec2-base-960h"),
    *(aligner(code, 1_262, f"{_XLSR}-{language}") for code, language in _LANGUAGES.items()),
    Model(
        name="diarization",
        purpose=ModelPurpose.diarization,
        use="who says what, for the accurate tier",
        licence="CC-BY-4.0",
        size_bytes=33 * _MB,
        needs=(
            "config.yaml",
            "segmentation/pytorch_model.bin",
            "embedding/pytorch_model.bin",
            "plda/plda.npz",
            "plda/xvec_transform.npz",
        ),
        repo="pyannote/speaker-diarization-community-1",
        is_gated=True,
    ),
    Model(
        name="yolo-face",
        purpose=ModelPurpose.faces,
        use="faces that are small or turned away",
        licence="Apache-2.0 (weights), AGPL-3.0 (ultralytics)",
        size_bytes=6 * _MB,
        needs=("face_yolov8n.pt",),
        repo="Bingsu/adetailer",
        is_file=True,
    ),
    open_clip(
        "clip-vit-l-14",
        1_710,
        "laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
        "search by what is to be seen",
    ),
    open_clip(
        "clip-vit-b-32",
        605,
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "search by what is to be seen, smaller",
    ),
    Model(
        name="rnnoise",
        purpose=ModelPurpose.noise,
        use="noise removal; name it in audio_suite.noise.model",
        licence="as its author says",
        size_bytes=300_000,
        needs=("*.rnnn",),
        origin="github.com/GregorR/rnnoise-models",
        is_file=True,
    ),
)


def find_entry(name: str) -> Model | None:
    """The entry of that name; `owner/name` is a repository of converted Whisper weights."""
    known = next((model for model in CATALOGUE if model.name == name), None)
    if known is None and REPOSITORY.fullmatch(name):
        return whisper(name, 0, name, "speech, of your choice")
    return known


def aligners() -> tuple[Model, ...]:
    """All models that fit words to sound, one for each language."""
    return tuple(model for model in CATALOGUE if model.purpose is ModelPurpose.alignment)
