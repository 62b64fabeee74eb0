"""The files that an edit names, found among those of its workspace."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from cliply.db import brand_files
from cliply.db.models import BrandFile
from cliply.domain.attachments import Attachment
from cliply.domain.editing import Edit
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.attachment_names import Needed, attachment_names
from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class StoredFile:
    """An accepted file and where its bytes are."""

    attachment: Attachment
    object_key: str


def resolve(session: Session, edit: Edit) -> Mapping[str, StoredFile]:
    """The stored file behind each name that the edit uses.

    Raises InvalidInput (ATTACHMENT_MISSING) with every field whose file is not there or
    is of another kind than the field takes.
    """
    needed = attachment_names(edit)
    rows = brand_files.list_brand_files_named(session, {need.name for need in needed})
    found = {row.name: row for row in rows}
    faults = [fault for need in needed if (fault := _fault(need, found.get(need.name)))]
    if faults:
        raise InvalidInput(
            ErrorCode.attachment_missing,
            f"{'; '.join(faults)}. `cliply brand add` brings files in, `cliply brand list` "
            "shows those that are there.",
        )
    return {row.name: StoredFile(row.attachment, row.object_key) for row in rows}


@contextmanager
def opened(store: ObjectStore, files: Collection[StoredFile]) -> Iterator[Mapping[str, Path]]:
    """Where each file can be read while the body runs, by content hash. Raises NotFound."""
    keys = {file.attachment.content_hash: file.object_key for file in files}
    with ExitStack() as stack:
        yield {mark: stack.enter_context(store.open_path(key)) for mark, key in keys.items()}


def _fault(need: Needed, row: BrandFile | None) -> str | None:
    if row is None:
        is_font = need.optional and _comes_along(need.name)
        return None if is_font else f"{need.field}: there is no file named {need.name}"
    if row.kind in need.kinds:
        return None
    wanted = " or ".join(sorted(kind.value for kind in need.kinds))
    return f"{need.field}: the file {need.name} is of kind {row.kind.value}, {wanted} is needed"


def _comes_along(name: str) -> bool:
    from cliply.media.fonts import FontShelf  # a shaping library, for the few edits with a font

    return name.casefold() in {family.casefold() for family in FontShelf().families}
