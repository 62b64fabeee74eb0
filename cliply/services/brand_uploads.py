"""From a confirmed upload to a file that edits and brand kits may name."""

from pathlib import Path
from uuid import uuid4

from sqlalchemy.orm import Session

from cliply.db import brand_files
from cliply.db.locks import hold_workspace
from cliply.db.models import BrandFile
from cliply.db.models.uploads import UploadKind
from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.ids import BrandFileId, UploadId, WorkspaceId
from cliply.errors import Conflict, ErrorCode, InvalidInput
from cliply.services.attachment_examination import accept_apart
from cliply.services.brand_names import check_name, check_unused
from cliply.services.sources import file_suffix
from cliply.services.uploads import open_upload
from cliply.storage.keys import brand_key
from cliply.storage.objects import ObjectStore

KINDS = {
    "image/": AttachmentKind.image,
    "video/": AttachmentKind.video,
    "audio/": AttachmentKind.audio,
    "font/": AttachmentKind.font,
    "application/": AttachmentKind.font,
}
"""By how the content type of an upload begins; those of fonts had other names before."""


def keep_upload(
    session: Session,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    upload_id: UploadId,
    name: str,
    kind: AttachmentKind | None,
) -> BrandFile:
    """Look at an uploaded file and keep a copy of it under a name.

    The same content under its name again is the same file. Raises NotFound, InvalidInput when it
    can not be used as what it is said to be, and Conflict when another file has the name.
    """
    check_name(name)
    with open_upload(session, store, upload_id, UploadKind.brand) as (upload, path):
        wanted = kind or _kind_of(upload.content_type)
        attachment = accept_apart(path, wanted, upload.file_name)
        hold_workspace(session, workspace_id, "brand files")
        known = brand_files.find_brand_file(session, name)
        if known is None:
            suffix = file_suffix(Path(upload.file_name), ".bin")
            return _keep(session, store, workspace_id, name, attachment, path, suffix)
    if (known.attachment.content_hash, known.kind) != (attachment.content_hash, attachment.kind):
        raise Conflict(f"Another file is named {name}; choose another name, or delete that one.")
    return known


def delete_file(session: Session, file_id: BrandFileId) -> BrandFile:
    """Its row goes now, its object when the caller has committed.

    Raises NotFound, and Conflict while a brand kit uses it.
    """
    row = brand_files.get_brand_file_by_id(session, file_id)
    check_unused(session, row.name)
    brand_files.delete_brand_file(session, row)
    return row


def _kind_of(content_type: str) -> AttachmentKind:
    for beginning, kind in KINDS.items():
        if content_type.startswith(beginning):
            return kind
    raise InvalidInput(ErrorCode.request_invalid, "kind: say what the file is to be used as.")


def _keep(
    session: Session,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    name: str,
    attachment: Attachment,
    path: Path,
    suffix: str,
) -> BrandFile:
    """Row first, so that a failing store takes it back with it."""
    file_id = BrandFileId(uuid4())
    row = BrandFile(
        id=file_id,
        workspace_id=workspace_id,
        name=name,
        kind=attachment.kind,
        attachment=attachment,
        object_key=brand_key(workspace_id, file_id, suffix),
    )
    session.add(row)
    session.flush()
    store.put_file(row.object_key, path)
    return row
