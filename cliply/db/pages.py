"""Pages of a list: at any page number, or from where the last page ended."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from cliply.errors import ErrorCode, InvalidInput

R = TypeVar("R")

READERS: dict[str, Callable[[str], Any]] = {"t": datetime.fromisoformat, "f": float, "s": str}
"""How each kind of key is written in a cursor."""


@dataclass(frozen=True)
class PageWish:
    """Which part of a list is wanted."""

    page: int = 1
    """From 1; does not count when `after` is given."""
    limit: int = 20
    after: str | None = None
    """The `following` of the page before."""
    is_descending: bool = True


@dataclass(frozen=True)
class PageOf(Generic[R]):
    """A part of a list."""

    rows: Sequence[R]
    following: str | None
    """What to ask for next; None at the end."""


def page_of(
    session: Session,
    wanted: Select[R],
    kind: type[R],
    key: InstrumentedAttribute[Any],
    wish: PageWish,
) -> PageOf[R]:
    """Rows of a query in the order of (`key`, `id`).

    Going on from the row before costs the same everywhere. A page by its number counts
    entries of the index from the start, which takes 1 ms for 10,000 of them. `key` is never
    null. Raises InvalidInput (REQUEST_INVALID) for an `after` that we did not give out.
    """
    part = part_of(wanted, key, kind.id, wish)  # type: ignore[attr-defined]
    return as_page(list(session.scalars(part)), key, wish)


def part_of(
    wanted: Select[Any],
    key: InstrumentedAttribute[Any],
    identity: Any,
    wish: PageWish,
    *,
    counted: Select[Any] | None = None,
) -> Select[Any]:
    """The query of one page, with one row more to know whether it is the last.

    `counted` has the same rows where `wanted` joins more: what is skipped is counted there.
    """
    place = tuple_(key, identity)
    order = [key.desc(), identity.desc()] if wish.is_descending else [key, identity]
    comparison = "<=" if wish.is_descending else ">="
    if wish.after is not None:
        cursor = _opened(wish.after, key, identity)
        wanted = wanted.where(place < cursor if wish.is_descending else place > cursor)
    elif wish.page > 1:
        skipped = (wish.page - 1) * wish.limit
        keys = (wanted if counted is None else counted).with_only_columns(key, identity)
        first = keys.order_by(*order).offset(skipped).limit(1).correlate(None).scalar_subquery()
        wanted = wanted.where(place.op(comparison, is_comparison=True)(first))
    return wanted.order_by(*order).limit(wish.limit + 1)


def as_page(rows: Sequence[R], key: InstrumentedAttribute[Any], wish: PageWish) -> PageOf[R]:
    """What the query of `part_of` gave; each row has the key and `id`."""
    shown = rows[: wish.limit]
    is_last = len(rows) <= wish.limit
    return PageOf(shown, None if is_last else _closed(shown[-1], key.key))


def _closed(row: object, name: str) -> str:
    value = getattr(row, name)
    kind = "t" if isinstance(value, datetime) else "f" if isinstance(value, float) else "s"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    token = f"{kind}|{text}|{row.id}"  # type: ignore[attr-defined]
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _opened(cursor: str, key: InstrumentedAttribute[Any], identity: Any) -> tuple[Any, Any]:
    """The place that a cursor names, for columns of the types that it was written for."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        kind, text, name = base64.urlsafe_b64decode(padded.encode()).decode().split("|")
        value = READERS[kind](text)
        if not isinstance(value, key.type.python_type) or "\0" in text:
            raise ValueError("a place in another list")
        return value, identity.type.python_type(name)
    except (ValueError, KeyError, binascii.Error):
        raise InvalidInput(
            ErrorCode.request_invalid,
            "`after` is not a place in this list; take it from the `next` of a page.",
        ) from None


def count_all(session: Session, wanted: Select[Any]) -> int:
    """How many rows a query has; reads all of them."""
    return session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
