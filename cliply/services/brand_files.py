"""Files that the edits of a workspace may use, kept by name."""

from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from cliply.db import brand_files
from cliply.db.models import BrandFile
from cliply.db.session import workspace_session
from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.ids import BrandFileId, WorkspaceId
from cliply.domain.progress import OnProgress, unwatched
from cliply.errors import Conflict
from cliply.media.attachments import accept
from cliply.services.brand_names import check_name, check_unused
from cliply.services.sources import file_suffix
from cliply.storage.keys import brand_key
from cliply.storage.objects import ObjectStore


def add_file(
    engine: Engine,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    name: str,
    path: Path,
    kind: AttachmentKind,
    *,
    on_progress: OnProgress = unwatched,
) -> Attachment:
    """Look at the file and keep it under a name; the same content again is the same file.

    Raises InvalidInput when it can not be used as what it is said to be, Conflict when
    another file has the name. A failure leaves no row and no object.
    """
    check_name(name)
    attachment = accept(path, kind)
    with workspace_session(engine, workspace_id) as session:
        known = brand_files.find_brand_file(session, name)
    if known is None:
        added = _store(engine, store, workspace_id, name, path, attachment, on_progress)
        if added:
            return attachment
        with workspace_session(engine, workspace_id) as session:
            known = brand_files.get_brand_file(session, name)
    if (known.attachment.content_hash, known.kind) != (attachment.content_hash, kind):
        raise Conflict(
            f"Another file is named {name}. Choose another name, or take that one out first with "
            f"`cliply brand remove {name}`."
        )
    if not store.exists(known.object_key):
        store.put_file(known.object_key, path, on_progress=on_progress)
    return attachment


def list_files(engine: Engine, workspace_id: WorkspaceId) -> list[BrandFile]:
    """By name."""
    with workspace_session(engine, workspace_id) as session:
        return brand_files.list_brand_files(session)


def remove_file(engine: Engine, store: ObjectStore, workspace_id: WorkspaceId, name: str) -> None:
    """Take a file out. Raises NotFound, and Conflict while a brand kit uses it."""
    with workspace_session(engine, workspace_id) as session:
        row = brand_files.get_brand_file(session, name)
        check_unused(session, name)
        brand_files.delete_brand_file(session, row)
    store.delete([row.object_key])


def _store(
    engine: Engine,
    store: ObjectStore,
    workspace_id: WorkspaceId,
    name: str,
    path: Path,
    attachment: Attachment,
    on_progress: OnProgress,
) -> bool:
    """Object first, then its row; False, and no object, when the name was taken meanwhile."""
    file_id = BrandFileId(uuid4())
    key = brand_key(workspace_id, file_id, file_suffix(path, ".bin"))
    row = BrandFile(
        id=file_id,
        workspace_id=workspace_id,
        name=name,
        kind=attachment.kind,
        attachment=attachment,
        object_key=key,
    )
    is_added = False
    try:
        store.put_file(key, path, on_progress=on_progress)
        with workspace_session(engine, workspace_id) as session:
            is_added = brand_files.add_brand_file(session, row) is not None
    finally:
        if not is_added:
            store.delete([key])
    return is_added
