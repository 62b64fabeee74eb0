"""Where bytes arrive when the storage can not take them itself: a signed route, without a login."""

import re
from typing import Annotated, NamedTuple, cast
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.arrivals import receive_into
from api.backend import Backend
from api.byte_ranges import BINARY
from api.errors import refusals
from api.schemas.uploads import TransferAnswer
from cliply.db.models import Upload
from cliply.db.session import now, workspace_session
from cliply.db.uploads import get_upload
from cliply.domain.ids import UploadId, WorkspaceId
from cliply.errors import Conflict, ErrorCode, InvalidInput
from cliply.services.links import check_link
from cliply.services.uploads import arrived_bytes, check_waiting, transfer_path
from cliply.storage.objects import ObjectStore
from cliply.storage.partial import PartialFile

router = APIRouter(prefix="/api/transfers", tags=["uploads"])

PAUSE_S = 25.0
"""Without a byte for so long, the request ends and another may go on.

The guard's patience, 30 s, is longer: it would answer without keeping what has arrived.
"""

CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")

UNTOLD_TYPE = "application/octet-stream"
"""Says that these are bytes; programs that were made from the contract send nothing else."""

BODY = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file, or those of the range.",
        "content": {UNTOLD_TYPE: BINARY, "*/*": BINARY},
    }
}

Bound = Annotated[str, Query(max_length=64, description="Part of the link; keep it as it is.")]
ContentRange = Annotated[
    str | None,
    Header(
        alias="Content-Range",
        max_length=100,
        description="`bytes FIRST-LAST/SIZE` to go on behind what has arrived; without it the "
        "whole file is sent from its beginning.",
    ),
]


class Range(NamedTuple):
    """Bytes of a file, the end excluded."""

    start: int
    end: int


@router.put(
    "/{upload_id}",
    response_model=TransferAnswer,
    responses=refusals(403, 404, 409, 413, 415, 416),
    openapi_extra=BODY,
)
async def send_upload(
    upload_id: UUID,
    request: Request,
    workspace: Bound,
    expires: Bound,
    signature: Bound,
    content_range: ContentRange = None,
) -> Response:
    """Send a file, or the rest of it, to the link that announcing it gave."""
    backend = cast(Backend, request.app.state.backend)
    upload = await run_in_threadpool(_linked, backend, request, upload_id)
    _check_type(upload, request)
    wanted = _range(content_range, upload.size_bytes)
    _check_length(upload, wanted, request)
    file = await run_in_threadpool(PartialFile, backend.store.partial_path(upload.object_key))
    try:
        await run_in_threadpool(_position, backend.store, upload, file, wanted)
        await _receive(file, request, upload, wanted)
        received = file.offset
        if received == upload.size_bytes:
            await run_in_threadpool(_finish, backend.store, upload)
    finally:
        file.close()
    answer = TransferAnswer(
        upload_id=upload_id, received_bytes=received, size_bytes=upload.size_bytes
    )
    return Response(answer.model_dump_json(), media_type="application/json")


@router.head(
    "/{upload_id}", responses=refusals(403, 404, 409), response_class=Response, response_model=None
)
def read_transfer(
    upload_id: UUID, request: Request, workspace: Bound, expires: Bound, signature: Bound
) -> Response:
    """How much has arrived: `Upload-Offset` of `Upload-Length` bytes."""
    backend = cast(Backend, request.app.state.backend)
    upload = _linked(backend, request, upload_id)
    headers = {
        "Upload-Offset": str(arrived_bytes(upload, backend.store)),
        "Upload-Length": str(upload.size_bytes),
    }
    return Response(headers=headers)


def _linked(backend: Backend, request: Request, upload_id: UUID) -> Upload:
    """The upload that the link lets in to, while it waits for bytes."""
    bound = check_link(backend.secret, transfer_path(UploadId(upload_id)), request.query_params)
    workspace_id = WorkspaceId(UUID(bound["workspace"]))
    with workspace_session(backend.engine, workspace_id) as session:
        upload = get_upload(session, UploadId(upload_id))
        check_waiting(upload, now(session))
        return upload


def _check_type(upload: Upload, request: Request) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in (upload.content_type, UNTOLD_TYPE):
        raise InvalidInput(
            ErrorCode.upload_type_unsupported,
            f"The file was announced as {upload.content_type}; send it with that Content-Type, "
            f"or with {UNTOLD_TYPE}.",
        )


def _range(content_range: str | None, size_bytes: int) -> Range:
    """What is going to be sent. Raises InvalidInput (RANGE_INVALID)."""
    if content_range is None:
        return Range(0, size_bytes)
    found = CONTENT_RANGE.fullmatch(content_range.strip())
    first, last, total = (int(number) for number in found.groups()) if found else (1, 0, 0)
    if total != size_bytes or not first <= last < size_bytes:
        raise InvalidInput(
            ErrorCode.range_invalid,
            f"The Content-Range does not fit a file of {size_bytes} bytes; "
            f"write it as `bytes FIRST-{size_bytes - 1}/{size_bytes}`.",
        )
    return Range(first, last + 1)


def _check_length(upload: Upload, wanted: Range, request: Request) -> None:
    """Refuse before anything is read; a body of unknown length is counted as it comes."""
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal():
        return
    if int(declared) > upload.size_bytes - wanted.start:
        raise _too_large(upload)
    if int(declared) != wanted.end - wanted.start:
        raise InvalidInput(
            ErrorCode.upload_incomplete,
            f"The request has {declared} bytes and {wanted.end - wanted.start} are missing; "
            "send all of them, or say with Content-Range which ones these are.",
        )


def _position(store: ObjectStore, upload: Upload, file: PartialFile, wanted: Range) -> None:
    """Go to where the bytes belong; nobody else writes any more."""
    if store.exists(upload.object_key):
        file.remove()
        raise Conflict("All bytes have arrived; confirm the upload.")
    if wanted.start == 0:
        file.restart()
    elif wanted.start != file.offset:
        raise InvalidInput(
            ErrorCode.range_invalid,
            f"{file.offset} bytes have arrived; go on with `bytes {file.offset}-"
            f"{upload.size_bytes - 1}/{upload.size_bytes}`.",
        )


async def _receive(file: PartialFile, request: Request, upload: Upload, wanted: Range) -> None:
    """Write the body to the file.

    What has arrived before a cut is kept. Raises InvalidInput when the body ends early, and
    for more than was declared, which removes everything.
    """
    missing = await receive_into(file, request, wanted.end - wanted.start, PAUSE_S)
    if missing < 0:
        file.remove()
        raise _too_large(upload)
    if missing > 0:
        raise _cut(file, upload)


def _finish(store: ObjectStore, upload: Upload) -> None:
    store.adopt(upload.object_key, store.partial_path(upload.object_key))


def _too_large(upload: Upload) -> InvalidInput:
    return InvalidInput(
        ErrorCode.upload_too_large,
        f"More was sent than the {upload.size_bytes} bytes that were announced; announce the "
        "file with its true size.",
    )


def _cut(file: PartialFile, upload: Upload) -> InvalidInput:
    return InvalidInput(
        ErrorCode.upload_incomplete,
        f"{file.offset} of {upload.size_bytes} bytes have arrived; send the rest.",
    )
