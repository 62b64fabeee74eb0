"""Rate windows: how many requests came in a window of time, across all processes."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Row


class RateWindow(Row):
    """Unlogged: a crash of the database forgets them."""

    __tablename__ = "rate_windows"

    key: Mapped[str] = mapped_column(primary_key=True)
    """Who, what and which window."""
    hits: Mapped[int]
    expires_at: Mapped[datetime]

    __table_args__ = (Index(None, "expires_at"), {"prefixes": ["UNLOGGED"]})
