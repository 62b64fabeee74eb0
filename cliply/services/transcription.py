"""The transcript of a stored source."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cliply.domain.audio import AudioFeatures
from cliply.domain.progress import OnProgress
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.speech.chain import transcribe_with_first
from cliply.speech.fillers import find_fillers
from cliply.speech.transcriber import SpeechRequest, Transcriber
from cliply.storage.objects import ObjectStore

UNKNOWN = "und"
"""BCP 47 for a language that nobody knows; caption files seldom name theirs."""


def transcribe_source(
    store: ObjectStore,
    source: SourceVideo,
    features: AudioFeatures,
    chain: Sequence[Transcriber],
    *,
    language: str | None,
    on_progress: OnProgress,
) -> Transcript:
    """Ask the chain for the source's transcript; always ends with one or an error.

    Raises InvalidInput when a transcript was given with the source and can not be used.
    """
    with store.open_path(source.object_key) as path, _sidecar(store, source) as sidecar:
        request = SpeechRequest(
            path=path,
            source=source.media,
            speech=features.speech,
            language=language,
            sidecar=sidecar,
            on_progress=on_progress,
        )
        said = transcribe_with_first(chain, request)
    if said.language == UNKNOWN and language:
        said = said.model_copy(update={"language": language})
    return said.model_copy(update={"fillers": find_fillers(said)})


@contextmanager
def _sidecar(store: ObjectStore, source: SourceVideo) -> Iterator[Path | None]:
    if source.transcript_key is None:
        yield None
        return
    with store.open_path(source.transcript_key) as path:
        yield path
