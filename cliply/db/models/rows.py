"""What all tables share: naming, column types, and the columns of owned rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from cliply.domain.ids import (
    ApiTokenId,
    BrandFileId,
    BrandKitId,
    ClipId,
    CommentId,
    CorrectionId,
    InvitationId,
    JobId,
    RenderId,
    SourceId,
    SubscriptionId,
    TermId,
    UploadId,
    UserId,
    WorkspaceId,
)
from cliply.domain.written import as_written

IDS = (
    UUID, ApiTokenId, BrandFileId, BrandKitId, ClipId, CommentId, CorrectionId, InvitationId, JobId,
    RenderId, SourceId, SubscriptionId, TermId, UploadId, UserId, WorkspaceId,
)  # fmt: skip

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(DeclarativeBase):
    """Root of all rows. Relationships are not mapped: every read is a query by name."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it from the class)
        datetime: DateTime(timezone=True),
        str: Text,
        **dict.fromkeys(IDS, Uuid),
    }
    # Columns that the database fills are read back with the statement that fills them,
    # so a row can be used after its session.
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012


class Owned:
    """A row of one workspace; row security shows it to no other."""

    workspace_id: Mapped[WorkspaceId] = mapped_column(ForeignKey("workspaces.id"))


class Created:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Choice(TypeDecorator[StrEnum]):
    """One of the members of an enum, stored as text; `one_of` checks it."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.choices(value)


class Document(TypeDecorator[BaseModel]):
    """A value of the domain, stored as JSON and validated when read."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def __init__(self, kind: type[BaseModel]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: BaseModel | None, dialect: Dialect) -> Any:
        return None if value is None else self.kind.model_validate(value).model_dump(mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseModel | None:
        return None if value is None else self.kind.model_validate(value)


class Wish(Document):
    """What somebody asks for, stored as written: a field that is not named stays unnamed."""

    cache_ok = True

    def process_bind_param(self, value: BaseModel | None, dialect: Dialect) -> Any:
        return None if value is None else as_written(self.kind.model_validate(value))


def one_of(column: str, choices: type[StrEnum]) -> CheckConstraint:
    """The check that belongs to a `Choice` column."""
    members = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} in ({members})", name=column)


def target() -> UniqueConstraint:
    """What a child of this table refers to: the id together with the workspace."""
    return UniqueConstraint("workspace_id", "id")


def parent(column: str, table: str) -> ForeignKeyConstraint:
    """A reference that can only name a row of the same workspace; goes with its parent."""
    return ForeignKeyConstraint(
        ["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], ondelete="CASCADE"
    )
