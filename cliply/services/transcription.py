"""The transcript of a stored source, as words and as caption files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from cliply.domain.audio import AudioFeatures
from cliply.domain.captions import CaptionSettings, Cue, CueWord
from cliply.domain.framing import AspectRatio
from cliply.domain.ids import JobRef
from cliply.domain.progress import OnProgress, part_of
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript, TranscriptQuality, Word
from cliply.domain.vocabulary import Term
from cliply.errors import NotFound
from cliply.media.captions import srt_document, vtt_document
from cliply.media.cues import cue_limits, make_cues
from cliply.speech.chain import is_makeshift, transcribe_with_first
from cliply.speech.channels import with_channel_speakers
from cliply.speech.corrections import with_terms
from cliply.speech.fillers import find_fillers
from cliply.speech.languages import UNKNOWN
from cliply.speech.transcriber import SpeechRequest, Transcriber
from cliply.storage.keys import artifact_key
from cliply.storage.objects import ObjectStore


def transcribe_source(
    store: ObjectStore,
    source: SourceVideo,
    features: AudioFeatures,
    chain: Sequence[Transcriber],
    *,
    language: str | None,
    terms: Sequence[Term] = (),
    on_progress: OnProgress,
) -> Transcript:
    """Ask the chain for the source's transcript; always ends with one or an error.

    Recognisers are told to expect the terms, and what they hear in their place is replaced.
    Speakers that nobody named are told apart by their channels where that can be.
    Raises InvalidInput when a transcript was given with the source and can not be used.
    """
    fetched = part_of(on_progress, 0.0, 0.0)
    with (
        store.open_path(source.object_key, on_progress=fetched) as path,
        _sidecar(store, source) as sidecar,
    ):
        request = SpeechRequest(
            path=path,
            source=source.media,
            speech=features.speech,
            language=language,
            sidecar=sidecar,
            hotwords=tuple(term.text for term in terms),
            on_progress=on_progress,
        )
        said = transcribe_with_first(chain, request)
        said = with_channel_speakers(said, path, source.media)
    if said.language == UNKNOWN and language:
        said = said.model_copy(update={"language": language})
    if said.quality is not TranscriptQuality.given:
        said = with_terms(said, terms)
    return said.model_copy(update={"fillers": find_fillers(said)})


def worth_reusing(said: Transcript) -> Transcript:
    """The transcript itself; raises NotFound where another try may bring a better one."""
    if is_makeshift(said):
        raise NotFound("A better transcriber failed when this transcript was made; ask it again.")
    return said


def store_captions(store: ObjectStore, ref: JobRef, said: Transcript, duration_ms: int) -> None:
    """`transcript.srt` and `transcript.vtt` of a job, beside its `transcript.json` (ANA-1)."""
    cues = caption_cues(said, duration_ms)
    for suffix, text in ((".srt", srt_document(cues)), (".vtt", vtt_document(cues))):
        store.put_bytes(artifact_key(ref, "transcript", suffix), text.encode())


def caption_cues(said: Transcript, duration_ms: int) -> tuple[Cue, ...]:
    """The whole transcript as captions in source time; none is of two speakers."""
    words, chars = cue_limits(AspectRatio.landscape, CaptionSettings())
    return tuple(
        cue
        for part, end_ms in _by_speaker(said, duration_ms)
        for cue in make_cues(
            [CueWord(text=word.text, span=word.span) for word in part],
            end_ms,
            max_words=words,
            max_chars=chars,
        )
    )


def _by_speaker(said: Transcript, duration_ms: int) -> Iterator[tuple[Sequence[Word], int]]:
    """The words from one change of speaker to the next, and when that is."""
    changes = [turn.first for turn in said.turns[1:]]
    for first, after in pairwise([0, *changes, len(said.words)]):
        is_last = after == len(said.words)
        end_ms = duration_ms if is_last else said.words[after].span.start_ms
        yield said.words[first:after], end_ms


@contextmanager
def _sidecar(store: ObjectStore, source: SourceVideo) -> Iterator[Path | None]:
    if source.transcript_key is None:
        yield None
        return
    with store.open_path(source.transcript_key) as path:
        yield path
