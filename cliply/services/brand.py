"""Brand kits: what holds for all clips of a workspace whose edit brings no brand."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db import brand_kits
from cliply.db.session import workspace_session
from cliply.domain.brand import BrandKit
from cliply.domain.editing import Edit
from cliply.domain.ids import WorkspaceId
from cliply.errors import ErrorCode
from cliply.services.attachments import resolve
from cliply.services.edits import parse


def parse_kit(text: str) -> BrandKit:
    """Raises InvalidInput (BRAND_KIT_INVALID) that lists every faulty field."""
    return parse(BrandKit, text, ErrorCode.brand_kit_invalid, "The brand kit")


def put_kit(
    engine: Engine, workspace_id: WorkspaceId, kit: BrandKit, *, is_default: bool = True
) -> None:
    """Keep a kit by its name; the default one holds for every edit that brings none.

    Raises InvalidInput when a file that it names is missing.
    """
    with workspace_session(engine, workspace_id) as session:
        resolve(session, Edit(brand=kit))
        brand_kits.put_kit(session, workspace_id, kit, is_default=is_default)


def find_default_kit(engine: Engine, workspace_id: WorkspaceId) -> BrandKit | None:
    """The kit of all clips whose edit brings none."""
    with workspace_session(engine, workspace_id) as session:
        row = brand_kits.find_default_kit(session)
        return row.kit if row else None


def branded(session: Session, edit: Edit) -> Edit:
    """The edit with the workspace's default kit where it brings none of its own."""
    if edit.brand is not None:
        return edit
    row = brand_kits.find_default_kit(session)
    return edit.model_copy(update={"brand": row.kit}) if row else edit
