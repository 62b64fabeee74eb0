"""Transcripts: read as they are corrected, and corrected."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from api.conditions import IfMatch, check_match, tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.schemas.transcripts import Corrections, TranscriptAnswer
from api.work import Work, needs
from cliply.domain.access import Permission
from cliply.domain.ids import JobId, JobRef
from cliply.services.corrections import replace_words, see_words

router = APIRouter(
    route_class=MemberRoute, prefix="/api/jobs/{job_id}/transcript", tags=["transcripts"]
)

TheJob = Annotated[UUID, Path(description="The job's id.")]
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}


@router.get("", response_model=TranscriptAnswer, responses=UNCHANGED | refusals(*MEMBERS))
def get_transcript(
    job_id: TheJob, work: Annotated[Work, needs(Permission.jobs_read)], request: Request
) -> Response:
    """What was said in a job's source, word by word, with all that was corrected."""
    seen = see_words(work.session, work.backend.store, _ref(work, job_id))
    return tagged(request, TranscriptAnswer.of(seen))


@router.patch("", response_model=TranscriptAnswer, responses=refusals(*MEMBERS, 409, 412))
def correct_transcript(
    job_id: TheJob,
    wish: Corrections,
    work: Annotated[Work, needs(Permission.jobs_write)],
    request: Request,
    wanted: IfMatch = None,
) -> Response:
    """Correct words; rendered clips that show them become `planned` and are rendered anew."""
    work.limit("renders")
    store, ref = work.backend.store, _ref(work, job_id)
    seen = see_words(work.session, store, ref, lock=True)
    check_match(wanted, TranscriptAnswer.of(seen), "transcript")
    places = [correction.place_in(seen) for correction in wish.corrections]
    slots = replace_words(work.session, store, ref, places, with_run_request=True)
    work.record("transcript.correct", "job", job_id, corrections=len(places), slots=list(slots))
    return tagged(request, TranscriptAnswer.of(see_words(work.session, store, ref)))


def _ref(work: Work, job_id: UUID) -> JobRef:
    return JobRef(work.caller.workspace_id, JobId(job_id))
