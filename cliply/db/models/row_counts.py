"""Row counts: how many jobs and clips of each status a workspace has."""

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from cliply.db.models.rows import Owned, Row


class RowCount(Owned, Row):
    """A change of a count, written by triggers; their sum is the count.

    Changes are appended, never updated, so that two transactions never wait for each
    other. `cliply.db.counts` folds them together.
    """

    __tablename__ = "row_counts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    counted: Mapped[str]
    """Table and status: `jobs:completed`."""
    change: Mapped[int]

    __table_args__ = (Index(None, "workspace_id", "counted"),)
