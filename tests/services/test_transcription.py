from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from cliply.domain.audio import AudioFeatures, AudioState
from cliply.domain.ids import JobId, JobRef, SourceId, WorkspaceId
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Refusal, Transcript, TranscriptQuality
from cliply.domain.vocabulary import Term
from cliply.errors import NotFound
from cliply.media.hashing import hash_file
from cliply.media.probe import probe
from cliply.services.transcription import (
    caption_cues,
    store_captions,
    transcribe_source,
    worth_reusing,
)
from cliply.speech.caption_files import read_srt, read_vtt
from cliply.speech.transcriber import SpeechRequest
from cliply.speech.words import RawWord, transcript_of
from cliply.storage.objects import ObjectStore

HEARD = [
    RawWord("clip", 470, 640),
    RawWord("lee", 640, 820),
    RawWord("um,", 1330, 1970),
    RawWord("vanished", 2850, 3260),
    RawWord("behind", 3260, 3590),
    RawWord("it.", 3590, 4030),
]
TERMS = (Term(text="Cliply", heard_as=("clip lee",)), Term(text="Ada Lovelace"))


class Listener:
    """Keeps what it was asked, and answers with the words it was given."""

    name = "listener"

    def __init__(self, quality: TranscriptQuality = TranscriptQuality.high) -> None:
        self.quality = quality
        self.asked: list[SpeechRequest] = []

    def transcribe(self, request: SpeechRequest) -> Transcript:
        self.asked.append(request)
        return transcript_of(
            HEARD, request.source.duration_ms, engine=self.name, quality=self.quality
        )


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def source(shared_media: Path, store: ObjectStore) -> SourceVideo:
    """Two people, one in each channel."""
    path = shared_media / "stereo_diarization.wav"
    store.put_file("a/source.wav", path)
    return SourceVideo(
        source_id=SourceId(uuid4()),
        object_key="a/source.wav",
        content_hash=hash_file(path),
        file_name=path.name,
        media=probe(path),
    )


def heard_by(listener: Listener, store: ObjectStore, source: SourceVideo) -> Transcript:
    features = AudioFeatures(state=AudioState.heard, duration_ms=source.media.duration_ms)
    return transcribe_source(
        store,
        source,
        features,
        [listener],
        language="en",
        terms=TERMS,
        on_progress=lambda _fraction: None,
    )


def test_the_hint_and_the_vocabulary_reach_the_transcriber(
    store: ObjectStore, source: SourceVideo
) -> None:
    listener = Listener()
    heard_by(listener, store, source)
    (asked,) = listener.asked
    assert (asked.language, asked.hotwords) == ("en", ("Cliply", "Ada Lovelace"))
    assert asked.sidecar is None


def test_wrong_readings_fillers_and_speakers_are_seen_to(
    store: ObjectStore, source: SourceVideo
) -> None:
    said = heard_by(Listener(), store, source)
    assert [word.text for word in said.words] == ["Cliply", "um,", "vanished", "behind", "it."]
    assert [word.speaker for word in said.words] == ["S1", "S1", "S2", "S2", "S2"]
    assert [span.start_ms for span in said.fillers] == [1330]
    assert said.language == "en"


def test_what_a_person_wrote_is_left_as_it_is(store: ObjectStore, source: SourceVideo) -> None:
    said = heard_by(Listener(TranscriptQuality.given), store, source)
    assert [word.text for word in said.words][:2] == ["clip", "lee"]


def talk(*speakers: str | None) -> Transcript:
    raw = [
        RawWord(f"word{index}", index * 1000, index * 1000 + 900, speaker=speaker)
        for index, speaker in enumerate(speakers)
    ]
    return transcript_of(raw, 60_000, engine="x", quality=TranscriptQuality.high)


def test_captions_are_stored_beside_the_transcript(store: ObjectStore) -> None:
    ref = JobRef(WorkspaceId(uuid4()), JobId(uuid4()))
    store_captions(store, ref, talk(*["S1"] * 20), 60_000)
    folder = f"{ref.workspace_id.hex}/analysis/{ref.job_id.hex}"
    srt = read_srt(store.get_bytes(f"{folder}/transcript.srt").decode())
    vtt = read_vtt(store.get_bytes(f"{folder}/transcript.vtt").decode())
    for cues in (srt, vtt):
        assert " ".join(cue.text for cue in cues).split() == [f"word{n}" for n in range(20)]
        assert (cues[0].start_ms, cues[-1].end_ms >= 19_900) == (0, True)


def test_no_cue_is_of_two_speakers() -> None:
    cues = caption_cues(talk("S1", "S1", None, "S2", "S1", "S1"), 60_000)
    assert [cue.text for cue in cues] == ["word0 word1 word2", "word3", "word4 word5"]
    assert all(cue.span.end_ms <= after.span.start_ms for cue, after in pairwise(cues))


def test_a_transcript_without_words_has_empty_captions(store: ObjectStore) -> None:
    ref = JobRef(WorkspaceId(uuid4()), JobId(uuid4()))
    store_captions(store, ref, talk(), 60_000)
    folder = f"{ref.workspace_id.hex}/analysis/{ref.job_id.hex}"
    assert store.get_bytes(f"{folder}/transcript.srt") == b""
    assert store.get_bytes(f"{folder}/transcript.vtt").startswith(b"WEBVTT")


def test_only_a_transcript_that_nothing_better_failed_to_make_is_reused() -> None:
    made = talk("S1")
    without_weights = Refusal(engine="faster-whisper", reason="no weights of small")
    broken = Refusal(engine="deepgram", reason="failed: Deepgram answered 503")
    settled = made.model_copy(update={"refusals": (without_weights,)})
    assert worth_reusing(settled) is settled
    with pytest.raises(NotFound):
        worth_reusing(made.model_copy(update={"refusals": (without_weights, broken)}))
