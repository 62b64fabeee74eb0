"""How many jobs and clips a workspace has, without counting them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from cliply.db.models import RowCount

FOLDED_FROM = 50
"""Changes of one count that are worth a fold."""

FOLD = text(
    "with gone as (delete from row_counts where (workspace_id, counted) in ("
    " select workspace_id, counted from row_counts group by 1, 2 having count(*) > :least)"
    " returning workspace_id, counted, change)"
    " insert into row_counts (workspace_id, counted, change)"
    " select workspace_id, counted, sum(change) from gone group by 1, 2"
)


def rows_counted(table: str, counted: Collection[Any] | None = None) -> Select[int]:
    """Of `jobs` or `clips` in the pinned workspace how many there are, to be a part of a query.

    `counted` narrows to some statuses, each as in `jobs:review`.
    """
    summed = select(func.coalesce(func.sum(RowCount.change), 0))
    if counted is None:
        return summed.where(RowCount.counted.startswith(f"{table}:"))
    return summed.where(RowCount.counted.in_(counted))


def fold_counts(session: Session) -> None:
    """Replace many changes of a count by their sum; needs a system session.

    Whoever reads meanwhile sees the changes or the sum, never both.
    """
    session.execute(FOLD, {"least": FOLDED_FROM})
