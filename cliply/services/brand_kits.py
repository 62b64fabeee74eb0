"""Brand kits of a workspace, as its members keep them."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from cliply.db import brand_kits
from cliply.db.locks import hold_workspace
from cliply.db.models import BrandKit as KitRow
from cliply.domain.brand import BrandKit
from cliply.domain.editing import Edit
from cliply.domain.ids import BrandKitId, WorkspaceId
from cliply.domain.written import as_written
from cliply.errors import Conflict
from cliply.services.attachments import resolve

PURPOSE = "brand kits"
"""One default kit and no name twice: who changes kits waits for the others."""


def add_kit(
    session: Session, workspace_id: WorkspaceId, kit: BrandKit, *, is_default: bool
) -> KitRow:
    """Keep a new kit; a new default takes the place of the old one.

    Raises Conflict when its name is taken, InvalidInput when a file that it names is missing.
    """
    hold_workspace(session, workspace_id, PURPOSE)
    resolve(session, Edit(brand=kit))
    _check_name(session, kit.name, None)
    if is_default:
        brand_kits.take_default(session)
    row = KitRow(
        id=BrandKitId(uuid4()),
        workspace_id=workspace_id,
        name=kit.name,
        kit=kit,
        is_default=is_default,
    )
    session.add(row)
    session.flush()
    return row


def hold_kit(session: Session, workspace_id: WorkspaceId, kit_id: BrandKitId) -> KitRow:
    """The kit, which nobody else changes until the transaction ends. Raises NotFound."""
    hold_workspace(session, workspace_id, PURPOSE)
    return brand_kits.get_kit(session, kit_id, lock=True)


def change_kit(
    session: Session, row: KitRow, named: Mapping[str, Any], is_default: bool | None
) -> KitRow:
    """Give a held kit these fields, the others stay; raises as `add_kit` does.

    Clips take it with their next render.
    """
    kit = BrandKit.model_validate({**as_written(row.kit), **named})
    resolve(session, Edit(brand=kit))
    _check_name(session, kit.name, row.id)
    if is_default:
        brand_kits.take_default(session)
        session.refresh(row)
    row.kit, row.name = kit, kit.name
    row.is_default = row.is_default if is_default is None else is_default
    session.flush()
    return row


def _check_name(session: Session, name: str, own: BrandKitId | None) -> None:
    taken = brand_kits.find_kit_named(session, name)
    if taken is not None and taken.id != own:
        raise Conflict(f"There is a brand kit named {name}; choose another name, or change it.")
