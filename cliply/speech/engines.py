"""The transcribers of an installation, in the order in which they are asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from cliply.domain.transcribers import STANDARD_ORDER, TranscriberName
from cliply.speech import deepgram
from cliply.speech.deepgram import DeepgramTranscriber
from cliply.speech.embedded import EmbeddedTranscriber
from cliply.speech.sidecar import SidecarTranscriber
from cliply.speech.sphinx import SphinxTranscriber
from cliply.speech.transcriber import Transcriber
from cliply.speech.weights import find_weights
from cliply.speech.whisper import WhisperTranscriber
from cliply.speech.whisperx import WhisperXTranscriber

ABSENT = "none"
"""The signature of an engine that can not work here."""


@dataclass(frozen=True)
class Engines:
    """What the installation's transcribers are made of."""

    models_dir: Path
    workers: int
    """Cores that recognition may use."""
    order: tuple[TranscriberName, ...] = STANDARD_ORDER
    """Who is asked, one after the other."""
    whisper_model: str = "small"
    """Weights of faster-whisper: a folder, or a name to look up in `models_dir`."""
    whisperx_model: str = "large-v3"
    deepgram_key: SecretStr | None = None
    deepgram_model: str = "nova-3"
    deepgram_url: str = deepgram.BASE_URL

    def chain(self, *, sidecar: bool) -> tuple[Transcriber, ...]:
        """The transcribers in their order; nothing is loaded before one is asked.

        `sidecar` tells whether a transcript was given with the source. One that was given is
        asked first where the order has no place for it, as it is never silently dropped.
        """
        return tuple(MAKERS[name](self) for name in self._asked(sidecar))

    def signature(self, *, sidecar: bool) -> list[list[str]]:
        """Changes whenever another transcript could come out: who is asked and can answer.

        Holds names and models, never a key.
        """
        return [[name, SIGNATURES[name](self)] for name in self._asked(sidecar)]

    def _asked(self, sidecar: bool) -> Sequence[TranscriberName]:
        if not sidecar:
            return [name for name in self.order if name != TranscriberName.sidecar]
        if TranscriberName.sidecar not in self.order:
            return [TranscriberName.sidecar, *self.order]
        return self.order


def _whisperx(engines: Engines) -> WhisperXTranscriber:
    return WhisperXTranscriber(engines.whisperx_model, engines.models_dir, threads=engines.workers)


def _weights(engines: Engines) -> str:
    found = find_weights(engines.whisper_model, engines.models_dir)
    return engines.whisper_model if found else ABSENT


MAKERS: dict[TranscriberName, Callable[[Engines], Transcriber]] = {
    TranscriberName.sidecar: lambda _: SidecarTranscriber(),
    TranscriberName.embedded: lambda _: EmbeddedTranscriber(),
    TranscriberName.whisperx: _whisperx,
    TranscriberName.faster_whisper: lambda engines: WhisperTranscriber(
        engines.whisper_model, engines.models_dir, threads=engines.workers
    ),
    TranscriberName.deepgram: lambda engines: DeepgramTranscriber(
        engines.deepgram_key, model=engines.deepgram_model, base_url=engines.deepgram_url
    ),
    TranscriberName.pocketsphinx: lambda engines: SphinxTranscriber(engines.workers),
}

SIGNATURES: dict[TranscriberName, Callable[[Engines], str]] = {
    TranscriberName.sidecar: lambda _: "file",
    TranscriberName.embedded: lambda _: "stream",
    TranscriberName.whisperx: lambda engines: _whisperx(engines).signature,
    TranscriberName.faster_whisper: _weights,
    TranscriberName.deepgram: lambda engines: (
        engines.deepgram_model if engines.deepgram_key else ABSENT
    ),
    TranscriberName.pocketsphinx: lambda _: "en-us",
}
