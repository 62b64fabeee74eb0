"""Pages of a list: at any page number, or from where the last page ended."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Integer, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from cliply.errors import ErrorCode, InvalidInput

R = TypeVar("R")

READERS: dict[str, Callable[[str], Any]] = {"t": datetime.fromisoformat, "f": float, "s": str}
"""How each kind of key is written in a cursor."""


MANY, SKIPPED, KEY, ID = "place_many", "place_skipped", "place_key", "place_id"
"""What a page's place is made of, by the names of the parameters of its query."""


@dataclass(frozen=True)
class PageWish:
    """Which part of a list is wanted."""

    page: int = 1
    """From 1; does not count when `after` is given."""
    limit: int = 20
    after: str | None = None
    """The `following` of the page before."""
    is_descending: bool = True

    @property
    def shape(self) -> "PageWish":
        """The same for all wishes whose queries have the same text."""
        after = None if self.after is None else ""
        page = 1 if self.page == 1 or self.after is not None else 2
        return PageWish(page, 0, after, self.is_descending)


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
    wanted: Select[Any], key: InstrumentedAttribute[Any], identity: Any, wish: PageWish
) -> Select[Any]:
    """The query of one page, with one row more to know whether it is the last."""
    return _part(wanted, wanted, key, identity, wish, place_of(wish, key, identity))


def fixed_part(
    wanted: Select[Any],
    key: InstrumentedAttribute[Any],
    identity: Any,
    wish: PageWish,
    *,
    counted: Select[Any],
) -> Select[Any]:
    """The same for a `FixedQuery` of all wishes of this `shape`; `place_of` has its values.

    `counted` has the same rows where `wanted` joins more: what is skipped is counted there.
    """
    kinds = {MANY: Integer(), SKIPPED: Integer(), KEY: key.type, ID: identity.type}
    marks = {name: bindparam(name, type_=kind) for name, kind in kinds.items()}
    return _part(wanted, counted, key, identity, wish, marks)


def place_of(wish: PageWish, key: InstrumentedAttribute[Any], identity: Any) -> dict[str, Any]:
    """Where a page begins and how many rows are read. Raises InvalidInput as `page_of` does."""
    place: dict[str, Any] = {MANY: wish.limit + 1}
    if wish.after is not None:
        place[KEY], place[ID] = _opened(wish.after, key, identity)
    elif wish.page > 1:
        place[SKIPPED] = (wish.page - 1) * wish.limit
    return place


def _part(
    wanted: Select[Any],
    counted: Select[Any],
    key: InstrumentedAttribute[Any],
    identity: Any,
    wish: PageWish,
    place: Mapping[str, Any],
) -> Select[Any]:
    order = [key.desc(), identity.desc()] if wish.is_descending else [key, identity]
    row = tuple_(key, identity)
    if wish.after is not None:
        behind = tuple_(place[KEY], place[ID])
        wanted = wanted.where(row < behind if wish.is_descending else row > behind)
    elif wish.page > 1:
        keys = counted.with_only_columns(key, identity).order_by(*order)
        first = keys.offset(place[SKIPPED]).limit(1).correlate(None).scalar_subquery()
        comparison = "<=" if wish.is_descending else ">="
        wanted = wanted.where(row.op(comparison, is_comparison=True)(first))
    return wanted.order_by(*order).limit(place[MANY])


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
