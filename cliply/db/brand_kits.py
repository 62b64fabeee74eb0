"""Queries for brand kits."""

from uuid import uuid4

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import BrandKit
from cliply.domain.brand import BrandKit as Kit
from cliply.domain.ids import BrandKitId, WorkspaceId
from cliply.errors import NotFound


def find_default_kit(session: Session) -> BrandKit | None:
    """The kit of all clips whose edit names none."""
    return session.scalar(select(BrandKit).where(BrandKit.is_default))


def get_kit(session: Session, kit_id: BrandKitId, *, lock: bool = False) -> BrandKit:
    """Raises NotFound, also for another workspace's kit."""
    query = select(BrandKit).where(BrandKit.id == kit_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound(f"There is no brand kit {kit_id}.")
    return row


def find_kit_named(session: Session, name: str) -> BrandKit | None:
    return session.scalar(select(BrandKit).where(BrandKit.name == name))


def all_kits() -> Select[BrandKit]:
    """In no order."""
    return select(BrandKit)


def take_default(session: Session) -> None:
    """Let no kit be the default any more."""
    session.execute(update(BrandKit).where(BrandKit.is_default).values(is_default=False))


def list_kits(session: Session) -> list[BrandKit]:
    """By name."""
    return list(session.scalars(select(BrandKit).order_by(BrandKit.name)))


def put_kit(session: Session, workspace_id: WorkspaceId, kit: Kit, *, is_default: bool) -> BrandKit:
    """Add the kit, or replace the one of its name; a new default takes the place of the old."""
    if is_default:
        others = update(BrandKit).where(BrandKit.is_default, BrandKit.name != kit.name)
        session.execute(others.values(is_default=False))
    content = {"kit": kit, "is_default": is_default}
    keys = {"id": BrandKitId(uuid4()), "workspace_id": workspace_id, "name": kit.name}
    statement = (
        insert(BrandKit)
        .values(**keys, **content)
        .on_conflict_do_update(index_elements=["workspace_id", "name"], set_=content)
        .returning(BrandKit)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one()
