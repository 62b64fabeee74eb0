"""Files of tenants on their way into a workspace: announced, sent, and there."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy.orm import Session

from cliply.db import uploads as upload_rows
from cliply.db.models import Upload
from cliply.db.models.uploads import UploadKind, UploadMethod, UploadStatus
from cliply.db.session import now
from cliply.domain.ids import UploadId, UserId, WorkspaceId
from cliply.errors import Conflict, ErrorCode, InvalidInput, NotFound
from cliply.services.links import LIFETIME_S, sign_link
from cliply.services.sources import file_suffix
from cliply.storage.bucket import Bucket, Part
from cliply.storage.keys import upload_key
from cliply.storage.objects import ObjectStore
from cliply.storage.partial import partial_size, remove_partial

LIFETIME = timedelta(hours=24)
"""From announcing an upload to confirming it."""

POST_BYTES = 100 * 1000 * 1000
"""Larger files are sent to a bucket in parts (ING-3)."""

PART_BYTES = 16 * 1024 * 1024
USUAL_PARTS = 1_000
"""Parts are made larger before there are more of them."""

TYPES: dict[UploadKind, tuple[str, ...]] = {
    UploadKind.media: ("video/", "audio/"),
    UploadKind.transcript: (
        "text/", "application/x-subrip", "application/json", "application/ttml+xml",
    ),
    UploadKind.brand: (
        "image/", "video/", "audio/", "font/", "application/font-", "application/x-font-",
        "application/vnd.ms-opentype",
    ),
}  # fmt: skip
"""How the content type of each kind of file begins."""

MOST_BYTES = {UploadKind.transcript: 32 * 1024 * 1024, UploadKind.brand: 200 * 1000 * 1000}
"""What is read of a transcript, and the largest file of a brand kit."""


@dataclass(frozen=True)
class Wish:
    """What a client is about to send."""

    file_name: str
    """As the tenant calls it; never part of a path."""
    content_type: str
    """In lower case, without parameters."""
    size_bytes: int
    kind: UploadKind


@dataclass(frozen=True)
class Sending:
    """How to send the bytes of an upload."""

    method: UploadMethod
    url: str | None
    """None for parts, whose links are asked for as they are needed."""
    fields: dict[str, str] = field(default_factory=dict)
    """Of the form to post, before the file."""
    headers: dict[str, str] = field(default_factory=dict)
    """That the request has to have."""


def most_bytes(kind: UploadKind, max_upload_bytes: int) -> int:
    """The largest file of a kind that is taken."""
    return min(max_upload_bytes, MOST_BYTES.get(kind, max_upload_bytes))


def check_wish(wish: Wish, max_upload_bytes: int) -> None:
    """Raises InvalidInput (UPLOAD_TOO_LARGE, UPLOAD_TYPE_UNSUPPORTED)."""
    most = most_bytes(wish.kind, max_upload_bytes)
    if wish.size_bytes > most:
        raise InvalidInput(
            ErrorCode.upload_too_large,
            f"The file has {wish.size_bytes} bytes, a {wish.kind} file may have {most}; "
            "make it smaller.",
        )
    if not wish.content_type.startswith(TYPES[wish.kind]):
        raise InvalidInput(
            ErrorCode.upload_type_unsupported,
            f"A {wish.kind} file can not be {wish.content_type}; its type has to begin with "
            f"{', '.join(TYPES[wish.kind])}.",
        )


def announce(
    session: Session,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    user_id: UserId | None,
    wish: Wish,
    *,
    max_upload_bytes: int,
) -> Upload:
    """The row of an upload to come. Raises InvalidInput for what will not be taken."""
    check_wish(wish, max_upload_bytes)
    upload_id = UploadId(uuid4())
    key = upload_key(workspace_id, upload_id, file_suffix(Path(wish.file_name), ".bin"))
    method = _method(store.bucket, wish.size_bytes)
    is_multipart = method is UploadMethod.multipart and store.bucket is not None
    row = Upload(
        id=upload_id,
        workspace_id=workspace_id,
        kind=wish.kind,
        method=method,
        status=UploadStatus.waiting,
        file_name=wish.file_name,
        content_type=wish.content_type,
        size_bytes=wish.size_bytes,
        object_key=key,
        multipart_id=_bucket(store).begin(key, wish.content_type) if is_multipart else None,
        part_bytes=_part_bytes(wish.size_bytes) if is_multipart else None,
        created_by=user_id,
        expires_at=now(session) + LIFETIME,
    )
    return upload_rows.add_upload(session, row)


def sending_of(upload: Upload, store: ObjectStore, secret: SecretStr, base_url: str) -> Sending:
    """Links to send it by, good for one hour (SEC-3)."""
    if upload.method is UploadMethod.multipart:
        return Sending(upload.method, None)
    if upload.method is UploadMethod.post:
        form = _bucket(store).form(
            upload.object_key,
            size_bytes=upload.size_bytes,
            content_type=upload.content_type,
            expires_s=LIFETIME_S,
        )
        return Sending(upload.method, form.url, fields=form.fields)
    path = sign_link(secret, transfer_path(upload.id), workspace=upload.workspace_id.hex)
    return Sending(upload.method, base_url + path, headers={"Content-Type": upload.content_type})


def transfer_path(upload_id: UploadId) -> str:
    """Where the application takes the bytes itself."""
    return f"/api/transfers/{upload_id}"


def part_links(upload: Upload, store: ObjectStore, numbers: Collection[int]) -> dict[int, str]:
    """Links to PUT these parts to, good for one hour.

    Raises Conflict when it is not sent in parts, InvalidInput for numbers it does not have.
    """
    multipart_id = _multipart_id(upload)
    beyond = [number for number in numbers if not 1 <= number <= part_count(upload)]
    if beyond:
        raise InvalidInput(
            ErrorCode.request_invalid,
            f"The upload has parts 1 to {part_count(upload)}, and no part {beyond[0]}.",
        )
    return {
        number: _bucket(store).part_url(
            upload.object_key,
            multipart_id,
            number,
            size_bytes=part_size(upload, number),
            expires_s=LIFETIME_S,
        )
        for number in sorted(set(numbers))
    }


def arrived_parts(upload: Upload, store: ObjectStore) -> list[Part]:
    """The parts that need not be sent again, by number. Raises Conflict and NotFound."""
    multipart_id = _multipart_id(upload)
    try:
        arrived = _bucket(store).parts(upload.object_key, multipart_id)
    except NotFound:
        if not store.exists(upload.object_key):
            raise
        numbers = range(1, part_count(upload) + 1)
        return [Part(number, part_size(upload, number), "") for number in numbers]
    return [part for part in arrived if _is_whole(upload, part)]


def part_count(upload: Upload) -> int:
    return -(-upload.size_bytes // (upload.part_bytes or upload.size_bytes))


def part_size(upload: Upload, number: int) -> int:
    """Bytes of a part; the last one has what is left."""
    part_bytes = upload.part_bytes or upload.size_bytes
    return min(part_bytes, upload.size_bytes - (number - 1) * part_bytes)


def arrived_bytes(upload: Upload, store: ObjectStore) -> int:
    """How much of it is there, after which the rest can follow."""
    try:
        return store.size(upload.object_key)
    except NotFound:
        pass
    if upload.method is UploadMethod.app:
        return partial_size(store.partial_path(upload.object_key))
    if upload.method is UploadMethod.multipart:
        try:
            return sum(part.size_bytes for part in arrived_parts(upload, store))
        except NotFound:
            return 0
    return 0


def check_waiting(upload: Upload, moment: datetime) -> None:
    """Raises Conflict for an upload that has ended, InvalidInput for one that has expired."""
    if upload.status in (UploadStatus.confirmed, UploadStatus.rejected):
        raise Conflict(f"Upload {upload.id} is {upload.status} already; begin a new one.")
    _check_time(upload, moment)


def _check_time(upload: Upload, moment: datetime) -> None:
    if upload.status is UploadStatus.expired or upload.expires_at <= moment:
        raise InvalidInput(
            ErrorCode.upload_expired,
            f"The time of upload {upload.id} is over; begin a new one.",
        )


def check_arrived(store: ObjectStore, upload: Upload) -> None:
    """See that exactly the declared bytes are there, and make one object of parts.

    Raises InvalidInput: UPLOAD_INCOMPLETE when something is missing, UPLOAD_REJECTED when
    there is more.
    """
    try:
        size_bytes = store.size(upload.object_key)
    except NotFound:
        if upload.method is not UploadMethod.multipart:
            raise _incomplete(upload, arrived_bytes(upload, store)) from None
        _join(store, upload)
        size_bytes = store.size(upload.object_key)
    if size_bytes < upload.size_bytes:
        raise _incomplete(upload, size_bytes)
    if size_bytes > upload.size_bytes:
        raise InvalidInput(
            ErrorCode.upload_rejected,
            f"{size_bytes} bytes arrived of a file that was declared with {upload.size_bytes}; "
            "begin a new upload with its true size.",
        )


def remove_bytes(store: ObjectStore, upload: Upload) -> bool:
    """Remove all that has arrived; False while another request is writing it."""
    if not remove_partial(store.partial_path(upload.object_key)):
        return False
    store.delete([upload.object_key])
    if upload.multipart_id is not None:
        _bucket(store).abort(upload.object_key, upload.multipart_id)
    return True


def abandon(session: Session, store: ObjectStore, upload_id: UploadId) -> Upload:
    """Forget an upload and remove its bytes.

    Raises NotFound, and Conflict when it was confirmed, or is sent or confirmed right now.
    """
    if not upload_rows.try_hold_upload(session, upload_id):
        raise Conflict(f"Upload {upload_id} is being confirmed; wait for the answer.")
    upload = upload_rows.get_upload(session, upload_id, for_update=True)
    if upload.status is UploadStatus.confirmed:
        raise Conflict(f"Upload {upload_id} is confirmed and in use; there is nothing to abort.")
    if not remove_bytes(store, upload):
        raise Conflict(f"Upload {upload_id} is being sent; end that request first.")
    upload_rows.delete_upload(session, upload)
    return upload


@contextmanager
def open_upload(
    session: Session, store: ObjectStore, upload_id: UploadId, kind: UploadKind
) -> Iterator[tuple[Upload, Path]]:
    """A file that has arrived whole, to look into and to keep a copy of.

    Raises NotFound; Conflict when it is of another kind or was rejected; InvalidInput when
    it is not all there or has expired.
    """
    upload = upload_rows.get_upload(session, upload_id)
    if upload.kind is not kind:
        raise Conflict(f"Upload {upload_id} is a {upload.kind} file, not a {kind} file.")
    if upload.status is UploadStatus.rejected:
        raise Conflict(f"Upload {upload_id} was rejected; begin a new one.")
    _check_time(upload, now(session))
    check_arrived(store, upload)
    with store.open_path(upload.object_key) as path:
        yield upload, path


def _method(bucket: Bucket | None, size_bytes: int) -> UploadMethod:
    if bucket is None:
        return UploadMethod.app
    return UploadMethod.post if size_bytes <= POST_BYTES else UploadMethod.multipart


def _part_bytes(size_bytes: int) -> int:
    """Whole MiB, so that a file has at most `USUAL_PARTS`."""
    mib = 1024 * 1024
    return max(PART_BYTES, -(-size_bytes // (USUAL_PARTS * mib)) * mib)


def _bucket(store: ObjectStore) -> Bucket:
    if store.bucket is None:
        raise Conflict("The storage has changed since the upload began; begin a new one.")
    return store.bucket


def _multipart_id(upload: Upload) -> str:
    if upload.multipart_id is None:
        raise Conflict(f"Upload {upload.id} is sent at once ({upload.method}), not in parts.")
    return upload.multipart_id


def _is_whole(upload: Upload, part: Part) -> bool:
    return part.number <= part_count(upload) and part.size_bytes == part_size(upload, part.number)


def _join(store: ObjectStore, upload: Upload) -> None:
    try:
        parts = arrived_parts(upload, store)
    except NotFound:
        raise _incomplete(upload, 0) from None
    if len(parts) < part_count(upload):
        raise _incomplete(upload, sum(part.size_bytes for part in parts))
    _bucket(store).complete(upload.object_key, _multipart_id(upload), parts)


def _incomplete(upload: Upload, size_bytes: int) -> InvalidInput:
    return InvalidInput(
        ErrorCode.upload_incomplete,
        f"{size_bytes} of {upload.size_bytes} bytes have arrived; send the rest, then confirm.",
    )
