"""What a job has come to."""

from dataclasses import dataclass

from sqlalchemy import Engine

from cliply.db import clips as clip_rows
from cliply.db.session import workspace_session
from cliply.domain.candidates import CandidateList
from cliply.domain.clips import RenderedClip
from cliply.domain.ids import JobRef
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.storage.keys import artifact_key, slot_name
from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class JobResult:
    """The artifacts of a finished job; clips are its best versions, best clip first."""

    ref: JobRef
    source: SourceVideo
    transcript: Transcript
    candidates: CandidateList
    clips: tuple[RenderedClip, ...]


def read_result(engine: Engine, store: ObjectStore, ref: JobRef) -> JobResult:
    """Raises NotFound while the job is not finished."""
    with workspace_session(engine, ref.workspace_id) as session:
        slots = [row.slot for row in clip_rows.list_clips(session, ref.job_id)]

    def read(name: str) -> bytes:
        return store.get_bytes(artifact_key(ref, name, ".json"))

    return JobResult(
        ref=ref,
        source=SourceVideo.model_validate_json(read("source_video")),
        transcript=Transcript.model_validate_json(read("transcript")),
        candidates=CandidateList.model_validate_json(read("candidates")),
        clips=tuple(
            RenderedClip.model_validate_json(read(f"clip/{slot_name(slot)}")) for slot in slots
        ),
    )
