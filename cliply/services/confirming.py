"""An upload that has arrived is examined and becomes a source, or is rejected with a reason."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import uploads as upload_rows
from cliply.db.models import SourceVideo, Upload
from cliply.db.models.uploads import UploadKind, UploadStatus
from cliply.db.session import now, workspace_session
from cliply.db.sources import get_source
from cliply.domain.ids import SourceId, UploadId, WorkspaceId
from cliply.errors import Conflict, ErrorCode, InvalidInput, MediaError, TooMany
from cliply.services.examination import examine_apart
from cliply.services.submission import Offer, Probe, examine, stored_source
from cliply.services.uploads import check_arrived, check_waiting, remove_bytes
from cliply.storage.objects import ObjectStore

AT_ONCE = 4
"""Files that one process examines side by side; each takes a core and two connections."""

QUEUE = 12
"""Requests that are examining or wait for it; more would leave no thread for others."""

WAIT_S = 20.0
"""How long a request waits for its turn."""

TURNS = BoundedSemaphore(AT_ONCE)
PLACES = BoundedSemaphore(QUEUE)

OnConfirmed = Callable[[Session, Upload], object]


@dataclass(frozen=True)
class Confirming:
    """Where uploads are, and where they go."""

    engine: Engine
    store: ObjectStore
    workspace_id: WorkspaceId
    look: Probe = examine_apart


def confirm(
    place: Confirming,
    upload_id: UploadId,
    transcript_id: UploadId | None = None,
    *,
    on_confirmed: OnConfirmed = lambda _session, _upload: None,
) -> Upload:
    """The confirmed upload. Asking again answers the same, also with the same refusal.

    Two requests at once do the work once. `on_confirmed` is called in the transaction that
    makes it so. No transaction is open while the file is examined, but one that holds the
    lock and nothing else.

    Raises NotFound; InvalidInput for bytes that are missing (they can still be sent), and
    with the reason for a file that can not be worked on (its bytes are removed); Conflict
    for a transcript that is none or another than before, and when the bytes were replaced
    meanwhile; TooMany when too many files are being examined.
    """
    with workspace_session(place.engine, place.workspace_id) as session:
        upload = upload_rows.get_upload(session, upload_id)
    if upload.status is not UploadStatus.waiting:
        return _answered(upload, transcript_id)
    with _turn(), workspace_session(place.engine, place.workspace_id) as holder:
        upload_rows.hold_upload(holder, upload_id)
        with workspace_session(place.engine, place.workspace_id) as session:
            upload = upload_rows.get_upload(session, upload_id)
            moment = now(session)
        if upload.status is not UploadStatus.waiting:
            return _answered(upload, transcript_id)
        check_waiting(upload, moment)
        if upload.kind is UploadKind.media:
            return _confirm_media(place, upload, transcript_id, on_confirmed)
        if transcript_id is not None:
            raise Conflict("Only media come with a transcript; confirm this upload alone.")
        return _confirm_file(place, upload, on_confirmed)


def reject(place: Confirming, upload: Upload, error: InvalidInput) -> None:
    """Keep the reason and remove the bytes."""
    with workspace_session(place.engine, place.workspace_id) as session:
        row = upload_rows.get_upload(session, upload.id, for_update=True)
        row.status = UploadStatus.rejected
        row.outcome = {"code": error.code.value, "message": error.message}
    remove_bytes(place.store, upload)


@contextmanager
def _turn() -> Iterator[None]:
    with _taken(PLACES, 0), _taken(TURNS, WAIT_S):
        yield


@contextmanager
def _taken(semaphore: BoundedSemaphore, wait_s: float) -> Iterator[None]:
    if not semaphore.acquire(timeout=wait_s):
        raise TooMany("Many uploads are being examined; confirm again.", int(WAIT_S))
    try:
        yield
    finally:
        semaphore.release()


def _answered(upload: Upload, transcript_id: UploadId | None) -> Upload:
    """What was answered before."""
    outcome: dict[str, Any] = upload.outcome or {}
    if upload.status is UploadStatus.rejected:
        raise InvalidInput(ErrorCode(outcome["code"]), outcome["message"])
    if upload.status is UploadStatus.expired:
        raise InvalidInput(
            ErrorCode.upload_expired, "The upload was not confirmed in time; begin a new one."
        )
    if outcome.get("transcript_upload_id") != _text(transcript_id):
        raise Conflict(
            f"Upload {upload.id} was confirmed with another transcript; upload the media again "
            "to use it with this one."
        )
    return upload


def _confirm_file(place: Confirming, upload: Upload, on_confirmed: OnConfirmed) -> Upload:
    """A file that somebody else examines when it is used; its bytes stay for a day."""
    _check_bytes(place, upload)
    with workspace_session(place.engine, place.workspace_id) as session:
        row = upload_rows.get_upload(session, upload.id, for_update=True)
        row.status, row.outcome = UploadStatus.confirmed, {}
        on_confirmed(session, row)
    return row


def _confirm_media(
    place: Confirming, upload: Upload, transcript_id: UploadId | None, on_confirmed: OnConfirmed
) -> Upload:
    transcript = None if transcript_id is None else _transcript(place, transcript_id)
    _check_bytes(place, upload)
    store, key = place.store, upload.object_key
    version = store.version(key)
    with store.open_path(key) as path:
        offer = _offer(place, upload, path, transcript)
        source_id = stored_source(
            place.engine,
            store,
            place.workspace_id,
            offer,
            put=lambda target: store.copy(key, target, only=version),
        )
    with workspace_session(place.engine, place.workspace_id) as session:
        row = upload_rows.get_upload(session, upload.id, for_update=True)
        source = get_source(session, source_id)
        source.media = source.media or offer.media
        row.status, row.source_video_id = UploadStatus.confirmed, source_id
        row.outcome = _outcome(source, transcript_id)
        if transcript is not None:
            _use_transcript(session, transcript, source_id)
        on_confirmed(session, row)
    store.delete([key])
    return row


def _outcome(source: SourceVideo, transcript_id: UploadId | None) -> dict[str, Any]:
    media = None if source.media is None else source.media.model_dump(mode="json")
    return {
        "transcript_upload_id": _text(transcript_id),
        "content_hash": source.content_hash,
        "media": media,
    }


def _transcript(place: Confirming, transcript_id: UploadId) -> Upload:
    """The transcript's upload. Raises its refusal when it was refused before."""
    with workspace_session(place.engine, place.workspace_id) as session:
        transcript = upload_rows.get_upload(session, transcript_id)
        moment = now(session)
    if transcript.kind is not UploadKind.transcript:
        raise Conflict(f"Upload {transcript_id} is a {transcript.kind} file, not a transcript.")
    if transcript.status is UploadStatus.rejected:
        return _answered(transcript, None)
    if transcript.status is not UploadStatus.confirmed:
        check_waiting(transcript, moment)
    _check_bytes(place, transcript)
    return transcript


def _use_transcript(session: Session, transcript: Upload, source_id: SourceId) -> None:
    row = upload_rows.get_upload(session, transcript.id, for_update=True)
    row.status, row.source_video_id = UploadStatus.confirmed, source_id
    row.outcome = row.outcome or {}


def _check_bytes(place: Confirming, upload: Upload) -> None:
    try:
        check_arrived(place.store, upload)
    except InvalidInput as error:
        if error.code is ErrorCode.upload_rejected:
            reject(place, upload, error)
        raise


def _offer(place: Confirming, upload: Upload, path: Path, transcript: Upload | None) -> Offer:
    """Raises InvalidInput, after the upload that it is about was rejected.

    A faulty transcript does not reject the media, which can be confirmed without it.
    """
    try:
        if transcript is None:
            return examine(path, None, file_name=upload.file_name, look=place.look)
        with place.store.open_path(transcript.object_key) as sidecar:
            return examine(path, sidecar, file_name=upload.file_name, look=place.look)
    except InvalidInput as error:
        faulty = upload if isinstance(error, MediaError) or transcript is None else transcript
        told = _named(error, faulty)
        reject(place, faulty, told)
        raise told from error


def _named(error: InvalidInput, upload: Upload) -> InvalidInput:
    """The same, speaking of the file by the name that its owner knows."""
    stored_name = upload.object_key.rpartition("/")[2]
    return type(error)(error.code, error.message.replace(stored_name, upload.file_name))


def _text(transcript_id: UploadId | None) -> str | None:
    return None if transcript_id is None else str(transcript_id)
