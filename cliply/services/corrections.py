"""Corrected words: kept with the media, seen in each transcript, burned in where they show."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

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
from cliply.domain.job_moves import JobMove
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Word
from cliply.domain.vocabulary import LONGEST_CORRECTION, WordCorrection
from cliply.errors import ErrorCode, InvalidInput, NotFound
from cliply.services.editing import PRIORITY
from cliply.services.jobs import try_to_move
from cliply.services.results import read_transcript
from cliply.speech.corrections import corrected, corrected_words
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


class Replacement(NamedTuple):
    """Words `first`…`last` of a transcript, and what is said in place of them."""

    first: int
    last: int
    text: str
    """Nothing is said when it is empty."""


@dataclass(frozen=True)
class SeenWords:
    """A transcript as a person sees it."""

    transcript: Transcript
    corrections: Sequence[WordCorrection]

    @property
    def are_corrected(self) -> tuple[bool, ...]:
        """Of each word, whether a person wrote it."""
        spans = [correction.span for correction in self.corrections]
        starts = [span.start_ms for span in spans]
        middles = (_middle_ms(word.span) for word in self.transcript.words)
        places = ((bisect_right(starts, middle) - 1, middle) for middle in middles)
        return tuple(place >= 0 and spans[place].contains(middle) for place, middle in places)

    def index_at(self, time_ms: int) -> int:
        """The word that is spoken then. Raises InvalidInput (OPTION_INVALID) when none is."""
        words = self.transcript.words
        index = bisect_right(words, time_ms, key=lambda word: word.span.start_ms) - 1
        if index < 0 or not words[index].span.contains(time_ms):
            raise InvalidInput(
                ErrorCode.option_invalid,
                f"No word is spoken at {time_ms} ms; name one by its index.",
            )
        return index


def see_words(
    session: Session, store: ObjectStore, ref: JobRef, *, lock: bool = False
) -> SeenWords:
    """With `lock` nobody else corrects the media until the transaction ends.

    Raises NotFound before there is a transcript.
    """
    content_hash = _content_hash(session, ref)
    heard = _heard(store, ref)
    rows = word_corrections.list_corrections(session, content_hash, lock=lock)
    values = [row.value for row in rows]
    return SeenWords(corrected(heard, values), values)


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
    """Put `text` in place of the words `first`…`last` of `read_words`; see `replace_words`."""
    replacement = Replacement(first, last, text)
    with workspace_session(engine, ref.workspace_id) as session:
        return replace_words(session, store, ref, [replacement], with_run_request=with_run_request)


def replace_words(
    session: Session,
    store: ObjectStore,
    ref: JobRef,
    replacements: Sequence[Replacement],
    *,
    with_run_request: bool,
) -> tuple[int, ...]:
    """Correct words of a transcript, named by their places before any of this is done.

    The clips in which those words are heard are to be rendered anew, captions and all;
    nothing is analysed again. Returns their slots. Raises InvalidInput for words that are
    not there or are named twice.
    """
    heard = read_transcript(store, ref)
    content_hash = _content_hash(session, ref)
    # From the end, so that the places of those before stay as they are.
    backwards = sorted(replacements, reverse=True)
    _check_apart(backwards)
    spans = [
        _replace(session, ref, content_hash, heard.words, replacement) for replacement in backwards
    ]
    return _ask_anew(session, ref, spans, with_run_request=with_run_request)


def _replace(
    session: Session,
    ref: JobRef,
    content_hash: str,
    heard: Sequence[Word],
    replacement: Replacement,
) -> TimeRange:
    """Keep one correction; the stretch of the source that it changes."""
    earlier = word_corrections.list_corrections(session, content_hash, lock=True)
    values = [row.value for row in earlier]
    shown = corrected_words(heard, values).words
    correction = _correction(shown, replacement, values)
    covered = [row.id for row in earlier if row.value.span.overlaps(correction.span)]
    word_corrections.delete_corrections(session, covered)
    word_corrections.add_correction(session, ref.workspace_id, content_hash, correction)
    session.flush()
    return correction.span


def _check_apart(backwards: Sequence[Replacement]) -> None:
    for later, earlier in pairwise(backwards):
        if earlier.last >= later.first:
            raise InvalidInput(
                ErrorCode.option_invalid,
                f"The words {later.first} to {later.last} are named twice; name each once.",
            )


def _heard(store: ObjectStore, ref: JobRef) -> Transcript:
    try:
        return read_transcript(store, ref)
    except NotFound:
        raise NotFound(
            f"Job {ref.job_id} has no transcript yet; wait for its step `transcript`."
        ) from None


def _content_hash(session: Session, ref: JobRef) -> str:
    """Of the job's media."""
    job = job_rows.get_job(session, ref.job_id)
    return source_rows.get_source_of(session, job).content_hash


def _correction(
    words: Sequence[Word], replacement: Replacement, earlier: Sequence[WordCorrection]
) -> WordCorrection:
    """What is to be kept: with all of any earlier correction that it touches."""
    first, last, text = replacement
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
    whole = " ".join([*before, *text.split(), *after])
    if len(whole) > LONGEST_CORRECTION:
        raise InvalidInput(
            ErrorCode.option_invalid,
            f"With what was corrected beside it, this has {len(whole)} letters, at most "
            f"{LONGEST_CORRECTION} are kept in one; correct fewer words at once.",
        )
    return WordCorrection(span=hull, text=whole, heard=" ".join([*before, *said, *after]))


def _hull(*spans: TimeRange) -> TimeRange:
    return TimeRange(
        start_ms=min(span.start_ms for span in spans), end_ms=max(span.end_ms for span in spans)
    )


def _middle_ms(span: TimeRange) -> int:
    return (span.start_ms + span.end_ms) // 2


def _ask_anew(
    session: Session, ref: JobRef, spans: Sequence[TimeRange], *, with_run_request: bool
) -> tuple[int, ...]:
    """Have the clips rendered that show any of the spans; those not rendered yet will."""
    clips = clip_rows.list_clips(session, ref.job_id)
    shown = [clip for clip in clips if any(_shows(clip, span) for span in spans)]
    slots = tuple(clip.slot for clip in shown)
    if not slots:
        return ()
    for clip in shown:
        clip.status = ClipStatus.planned
    job = job_rows.get_job(session, ref.job_id, lock=True)
    try_to_move(session, job, JobMove.rerender)
    if with_run_request:
        assets = [f"clip/{slot_name(slot)}" for slot in slots]
        run_requests.add_run_request(session, ref, assets, priority=PRIORITY, reason="corrected")
    return slots


def _shows(clip: Clip, span: TimeRange) -> bool:
    return clip.version is not None and clip.span.overlaps(span)
