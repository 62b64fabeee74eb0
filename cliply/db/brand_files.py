"""Queries for brand files."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cliply.db.models import BrandFile
from cliply.domain.ids import BrandFileId
from cliply.errors import NotFound


def find_brand_file(session: Session, name: str) -> BrandFile | None:
    """The file of this name."""
    return session.scalar(select(BrandFile).where(BrandFile.name == name))


def get_brand_file(session: Session, name: str) -> BrandFile:
    """Held until the transaction ends. Raises NotFound."""
    row = session.scalar(select(BrandFile).where(BrandFile.name == name).with_for_update())
    if row is None:
        raise NotFound(f"There is no brand file named {name}; `cliply brand list` shows all.")
    return row


def get_brand_file_by_id(session: Session, file_id: BrandFileId) -> BrandFile:
    """Held until the transaction ends. Raises NotFound, also for another workspace's file."""
    row = session.scalar(select(BrandFile).where(BrandFile.id == file_id).with_for_update())
    if row is None:
        raise NotFound(f"There is no brand file {file_id}.")
    return row


def all_brand_files() -> Select[BrandFile]:
    """In no order."""
    return select(BrandFile)


def list_brand_files(session: Session) -> list[BrandFile]:
    """By name."""
    return list(session.scalars(select(BrandFile).order_by(BrandFile.name)))


def list_brand_files_named(session: Session, names: Collection[str]) -> list[BrandFile]:
    """Those of these names that are there."""
    return list(session.scalars(select(BrandFile).where(BrandFile.name.in_(names))))


def add_brand_file(session: Session, file: BrandFile) -> BrandFile | None:
    """Add the row; None when its name is taken."""
    columns = BrandFile.__table__.columns.keys()
    values = {name: getattr(file, name) for name in columns if name != "created_at"}
    added = insert(BrandFile).values(**values).on_conflict_do_nothing().returning(BrandFile)
    return session.scalar(added)


def delete_brand_file(session: Session, file: BrandFile) -> None:
    session.delete(file)
    session.flush()
