"""Members: who belongs to a workspace, and as what."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Choice, Created, Owned, Row, one_of
from cliply.domain.access import Role
from cliply.domain.ids import UserId, WorkspaceId


class Member(Owned, Created, Row):
    __tablename__ = "members"

    workspace_id: Mapped[WorkspaceId] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[UserId] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[Role] = mapped_column(Choice(Role))

    __table_args__ = (one_of("role", Role), Index(None, "user_id"))
