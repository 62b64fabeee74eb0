"""Corrected words: kept with the media, seen in each transcript, burned in where they show."""

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import clips as clip_rows
from cliply.db import jobs as job_rows
from cliply.db import run_requests, word_corrections
from cliply.db import sources as source_rows
from cliply.db.models import Clip
from cliply.db.session import workspace_session
from cliply.domain.clips import ClipStatus
from cliply.domain.ids import JobRef
from cliply.domain.jobs import TRANSITIONS, JobStatus
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript
from cliply.domain.vocabulary import WordCorrection
from cliply.errors import ErrorCode, InvalidInput
from cliply.services.editing import PRIORITY
from cliply.services.jobs import move_job
from cliply.services.results import read_transcript
from cliply.speech.corrections import corrected
from cliply.storage.keys import slot_name
from cliply.storage.objects import ObjectStore


def as_corrected(engine: Engine, ref: JobRef, transcript: Transcript) -> Transcript:
    """The transcript of a job's media with all that was corrected in it, by whichever job."""
    with workspace_session(engine, ref.workspace_id) as session:
        found = word_corrections.list_corrections(session, _content_hash(session, ref))
        return corrected(transcript, [row.value for row in found])


def read_words(engine: Engine, store: ObjectStore, ref: JobRef) -> Transcript:
    """A job's transcript as a person sees it. Raises NotFound before there is one."""
    return as_corrected(engine, ref, read_transcript(store, ref))


def correct_words(
    engine: Engine,
    store: ObjectStore,
    ref: JobRef,
    first: int,
    last: int,
    text: str,
    *,
    with_run_request: bool,
) -> tuple[int, ...]:
    """Put `text` in place of the words `first`…`last` of `read_words`; none when it is empty.

    The clips in which those words are heard are to be rendered anew, captions and all;
    nothing is analysed again. Returns their slots. Raises InvalidInput for words that are
    not there.
    """
    heard = read_transcript(store, ref)
    with workspace_session(engine, ref.workspace_id) as session:
        content_hash = _content_hash(session, ref)
        earlier = word_corrections.list_corrections(session, content_hash, lock=True)
        shown = corrected(heard, [row.value for row in earlier])
        correction = _correction(shown, first, last, text, [row.value for row in earlier])
        covered = [row.id for row in earlier if row.value.span.overlaps(correction.span)]
        word_corrections.delete_corrections(session, covered)
        word_corrections.add_correction(session, ref.workspace_id, content_hash, correction)
        return _ask_anew(session, ref, correction.span, with_run_request=with_run_request)


def _content_hash(session: Session, ref: JobRef) -> str:
    """Of the job's media."""
    job = job_rows.get_job(session, ref.job_id)
    return source_rows.get_source(session, job.source_video_id).content_hash


def _correction(
    shown: Transcript, first: int, last: int, text: str, earlier: Sequence[WordCorrection]
) -> WordCorrection:
    """What is to be kept: with all of any earlier correction that it touches."""
    words = shown.words
    if not 0 <= first <= last < len(words):
        raise InvalidInput(
            ErrorCode.option_invalid,
            f"There are no words {first} to {last}: the transcript has 0 to {len(words) - 1}; "
            "`cliply words` shows them.",
        )
    hull = _hull(words[first].span, words[last].span)
    while True:
        touched = [one.span for one in earlier if one.span.overlaps(hull)]
        wider = _hull(hull, *touched)
        if wider == hull:
            break
        hull = wider
    before = [w.text for w in words[:first] if hull.contains(_middle_ms(w.span))]
    after = [w.text for w in words[last + 1 :] if hull.contains(_middle_ms(w.span))]
    said = [w.text for w in words[first : last + 1]]
    return WordCorrection(
        span=hull,
        text=" ".join([*before, *text.split(), *after]),
        heard=" ".join([*before, *said, *after]),
    )


def _hull(*spans: TimeRange) -> TimeRange:
    return TimeRange(
        start_ms=min(span.start_ms for span in spans), end_ms=max(span.end_ms for span in spans)
    )


def _middle_ms(span: TimeRange) -> int:
    return (span.start_ms + span.end_ms) // 2


def _ask_anew(
    session: Session, ref: JobRef, span: TimeRange, *, with_run_request: bool
) -> tuple[int, ...]:
    """Have the clips rendered that show a stretch of the source; those not rendered yet will."""
    shown = [clip for clip in clip_rows.list_clips(session, ref.job_id) if _shows(clip, span)]
    slots = tuple(clip.slot for clip in shown)
    if not slots:
        return ()
    for clip in shown:
        clip.status = ClipStatus.planned
    job = job_rows.get_job(session, ref.job_id)
    if JobStatus.rendering in TRANSITIONS[job.status]:
        move_job(session, ref.job_id, JobStatus.rendering)
    if with_run_request:
        assets = [f"clip/{slot_name(slot)}" for slot in slots]
        run_requests.add_run_request(session, ref, assets, priority=PRIORITY, reason="corrected")
    return slots


def _shows(clip: Clip, span: TimeRange) -> bool:
    return clip.version is not None and clip.span.overlaps(span)
