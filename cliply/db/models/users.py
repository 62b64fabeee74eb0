"""Users: people who sign in, whatever workspaces they belong to."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Row
from cliply.domain.ids import UserId


class User(Created, Row):
    """A person, known by an e-mail address whose case does not matter.

    The application's role sees id, e-mail and name of the members of its workspace, the
    password's hash never.
    """

    __tablename__ = "users"

    id: Mapped[UserId] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str | None]
    password_hash: Mapped[str | None]
    """Argon2id; None for those who can not sign in with a password."""
    verified_at: Mapped[datetime | None]
    """When the e-mail address was shown to be theirs."""

    __table_args__ = (Index("uq_users_email", text("lower(email)"), unique=True),)
