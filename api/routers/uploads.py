"""Uploads: announced, sent past the API, confirmed."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.conditions import tagged
from api.errors import MEMBERS, refusals
from api.member_routes import MemberRoute
from api.once import claim, digest_of
from api.schemas.uploads import (
    ArrivedPart,
    ArrivedParts,
    NewUpload,
    PartLink,
    PartLinks,
    UploadAnswer,
    UploadConfirmation,
    UploadedSource,
    UploadFailure,
    UploadLink,
    WantedParts,
)
from api.work import Work, creates, needs
from cliply.db.models import Upload
from cliply.db.models.uploads import UploadStatus
from cliply.db.session import now, workspace_session
from cliply.db.uploads import get_upload
from cliply.domain.access import Permission
from cliply.domain.ids import UploadId
from cliply.services import uploads
from cliply.services.confirming import Confirming, confirm

router = APIRouter(prefix="/api/upload", tags=["uploads"], route_class=MemberRoute)

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you know it."}}

Reads = Annotated[Work, needs(Permission.uploads_write)]
Creates = Annotated[Work, creates(Permission.uploads_write)]


@router.post(
    "/presign",
    status_code=201,
    response_model=UploadLink,
    responses=refusals(*MEMBERS, 409, 413, 415),
)
def announce_upload(wish: NewUpload, work: Creates) -> Response:
    """Announce a file, and learn how to send it straight to the storage."""

    def make() -> UploadLink:
        work.limit("uploads")
        upload = uploads.announce(
            work.session,
            work.backend.store,
            work.caller.workspace_id,
            work.caller.user_id,
            uploads.Wish(wish.file_name, wish.content_type.lower(), wish.size_bytes, wish.kind),
            max_upload_bytes=work.backend.settings.max_upload_bytes,
        )
        work.record(
            "upload.announce", "upload", upload.id, kind=upload.kind, size_bytes=upload.size_bytes
        )
        return _link(work, upload)

    return work.once(make, body=wish)


@router.post(
    "/confirm",
    status_code=201,
    response_model=UploadAnswer,
    responses=refusals(*MEMBERS, 409),
)
def confirm_upload(wish: UploadConfirmation, work: Creates) -> Response:
    """Say that all bytes are sent: media are examined and become a source, or are refused."""
    replayed = _begun(work, wish)
    if replayed is not None:
        return replayed
    work.limit("uploads")
    backend, workspace_id = work.backend, work.caller.workspace_id
    confirmed = confirm(
        Confirming(backend.engine, backend.store, workspace_id),
        UploadId(wish.upload_id),
        None if wish.transcript_upload_id is None else UploadId(wish.transcript_upload_id),
        on_confirmed=lambda session, row: _record_confirmed(work, session, row),
    )
    with workspace_session(backend.engine, workspace_id) as session:
        return replace(work, place=session).once(lambda: _answer(work, confirmed), body=wish)


@router.get("/{upload_id}", response_model=UploadAnswer, responses=refusals(*MEMBERS) | UNCHANGED)
def read_upload(upload_id: UUID, request: Request, work: Reads) -> Response:
    """How far an upload is, and what became of it."""
    return tagged(request, _answer(work, get_upload(work.session, UploadId(upload_id))))


@router.delete("/{upload_id}", status_code=204, responses=refusals(*MEMBERS, 409))
def abort_upload(upload_id: UUID, work: Reads) -> None:
    """Give an upload up: what was sent of it is removed."""
    uploads.abandon(work.session, work.backend.store, UploadId(upload_id))
    work.record("upload.abort", "upload", upload_id)


@router.post(
    "/{upload_id}/link",
    status_code=201,
    response_model=UploadLink,
    responses=refusals(*MEMBERS, 409),
)
def renew_upload_link(upload_id: UUID, work: Creates) -> Response:
    """Get new links for an upload that is not finished; the old ones stay good for their hour."""

    def make() -> UploadLink:
        work.limit("uploads")
        upload = _waiting(work, upload_id)
        work.record("upload.link", "upload", upload_id)
        return _link(work, upload)

    return work.once(make)


@router.post(
    "/{upload_id}/parts",
    status_code=201,
    response_model=PartLinks,
    responses=refusals(*MEMBERS, 409),
)
def sign_upload_parts(upload_id: UUID, wish: WantedParts, work: Creates) -> Response:
    """Get links to PUT parts of an upload to."""

    def make() -> PartLinks:
        upload = _waiting(work, upload_id)
        links = uploads.part_links(upload, work.backend.store, wish.part_numbers)
        work.record("upload.link", "upload", upload_id, parts=len(links))
        return PartLinks(
            parts=[
                PartLink(part_number=number, size_bytes=uploads.part_size(upload, number), url=url)
                for number, url in links.items()
            ]
        )

    return work.once(make, body=wish)


@router.get(
    "/{upload_id}/parts",
    response_model=ArrivedParts,
    responses=refusals(*MEMBERS, 409) | UNCHANGED,
)
def list_upload_parts(upload_id: UUID, request: Request, work: Reads) -> Response:
    """Which parts have arrived, so that an upload that was cut can go on."""
    upload = _waiting(work, upload_id)
    arrived = uploads.arrived_parts(upload, work.backend.store)
    answer = ArrivedParts(
        part_count=uploads.part_count(upload),
        part_bytes=upload.part_bytes or upload.size_bytes,
        parts=[
            ArrivedPart(part_number=part.number, size_bytes=part.size_bytes) for part in arrived
        ],
    )
    return tagged(request, answer)


def _waiting(work: Work, upload_id: UUID) -> Upload:
    upload = get_upload(work.session, UploadId(upload_id))
    uploads.check_waiting(upload, now(work.session))
    return upload


def _begun(work: Work, wish: UploadConfirmation) -> Response | None:
    """The answer that was given to the same key, if any; else the transaction is ended.

    Examining takes long, so no connection is held for it.
    """
    get_upload(work.session, UploadId(wish.upload_id))
    if work.key is not None:
        digest = digest_of(work.request, wish.model_dump_json().encode())
        row = claim(work.session, work.caller, work.key, digest)
        if row.status is not None:
            return work.once(lambda: None, body=wish)
    work.session.commit()
    return None


def _record_confirmed(work: Work, session: Session, upload: Upload) -> None:
    source_id = None if upload.source_video_id is None else str(upload.source_video_id)
    replace(work, place=session).record(
        "upload.confirm", "upload", upload.id, kind=upload.kind, source_id=source_id
    )


def _link(work: Work, upload: Upload) -> UploadLink:
    backend = work.backend
    sending = uploads.sending_of(upload, backend.store, backend.secret, backend.base_url)
    return UploadLink(
        upload_id=upload.id,
        method=sending.method,
        url=sending.url,
        fields=sending.fields,
        headers=sending.headers,
        part_bytes=upload.part_bytes,
        expires_at=upload.expires_at,
        max_bytes=uploads.most_bytes(upload.kind, backend.settings.max_upload_bytes),
    )


def _answer(work: Work, upload: Upload) -> UploadAnswer:
    outcome = upload.outcome or {}
    is_rejected = upload.status is UploadStatus.rejected
    is_waiting = upload.status is UploadStatus.waiting
    return UploadAnswer(
        upload_id=upload.id,
        kind=upload.kind,
        method=upload.method,
        status=upload.status,
        file_name=upload.file_name,
        content_type=upload.content_type,
        size_bytes=upload.size_bytes,
        received_bytes=_received_bytes(work, upload) if is_waiting else upload.size_bytes,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        error=UploadFailure.model_validate(outcome) if is_rejected else None,
        source=_source(upload),
    )


def _received_bytes(work: Work, upload: Upload) -> int:
    return uploads.arrived_bytes(upload, work.backend.store)


def _source(upload: Upload) -> UploadedSource | None:
    if upload.source_video_id is None or upload.outcome is None or "media" not in upload.outcome:
        return None
    return UploadedSource(
        source_id=upload.source_video_id,
        content_hash=upload.outcome["content_hash"],
        media=upload.outcome["media"],
    )
