"""Users: people who sign in, whatever workspaces they belong to."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Created, Row
from cliply.domain.ids import UserId


class User(Created, Row):
    """A person, known by an e-mail address whose case does not matter."""

    __tablename__ = "users"

    id: Mapped[UserId] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str | None]

    __table_args__ = (Index("uq_users_email", text("lower(email)"), unique=True),)
