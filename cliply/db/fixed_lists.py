"""Lists that are narrowed, counted and read page by page with queries whose text is kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from cliply.db.counts import rows_counted
from cliply.db.fixed_queries import FixedQuery
from cliply.db.pages import PageWish, as_page, fixed_part, place_of

KEPT = 256
"""Texts of queries: more than people ask for, of all that there could be."""


@dataclass(frozen=True)
class CountedPage:
    """A part of a list, and how many rows are on all pages."""

    rows: Sequence[Any]
    following: str | None
    """What to ask for next; None at the end."""
    total: int


@dataclass(frozen=True)
class _Shape:
    """What changes the text of a query."""

    statuses: int
    """How many are given."""
    given: frozenset[str]
    """What else narrows."""


@dataclass(frozen=True, eq=False)
class FixedList:
    """One list of the pinned workspace, whose rows triggers count by their status."""

    rows: Select[Any]
    """The ids of all rows, for what is counted."""
    listed: Select[Any]
    """The same with the columns that are wanted, joined with others where they are there."""
    identity: InstrumentedAttribute[Any]
    status: InstrumentedAttribute[Any]
    narrowing: Mapping[str, ColumnElement[bool]]
    """By the names of the values that `page` is given."""

    def page(
        self,
        place: Session | Connection,
        statuses: Collection[str],
        given: Mapping[str, Any],
        key: InstrumentedAttribute[Any],
        wish: PageWish,
    ) -> CountedPage:
        """Rows in the order of (`key`, `identity`). One query, for each costs more than rows do."""
        shape = _Shape(len(statuses), frozenset(given))
        values = {**given, **self._values(shape, statuses)}
        query = _page_query(self, shape, key, wish.shape)
        found = query.rows(place, **values, **place_of(wish, key, self.identity))
        page = as_page(found, key, wish)
        last = found[0] if found else _count_query(self, shape).row(place, **values)
        return CountedPage(page.rows, page.following, last.total)

    def narrowed(self, query: Select[Any], shape: _Shape) -> Select[Any]:
        if shape.statuses:
            query = query.where(self.status.in_(_marks("status", shape)))
        return query.where(*(self.narrowing[name] for name in sorted(shape.given)))

    def total(self, shape: _Shape) -> ScalarSelect[int]:
        """Read from the rows only where a filter goes beyond the status."""
        if not shape.given:
            counted = _marks("counted", shape) or None
            return rows_counted(self._table, counted).scalar_subquery()
        counted_rows = self.narrowed(self.rows.with_only_columns(func.count()), shape)
        return counted_rows.correlate(None).scalar_subquery()

    @property
    def _table(self) -> str:
        return str(self.identity.table.name)

    def _values(self, shape: _Shape, statuses: Collection[str]) -> dict[str, str]:
        values = {f"status_{place}": str(status) for place, status in enumerate(statuses)}
        if not shape.given:
            for place, status in enumerate(statuses):
                values[f"counted_{place}"] = f"{self._table}:{status}"
        return values


@lru_cache(KEPT)
def _page_query(
    wanted: FixedList, shape: _Shape, key: InstrumentedAttribute[Any], wish: PageWish
) -> FixedQuery:
    listed = wanted.listed.add_columns(wanted.total(shape).label("total"))
    counted = wanted.narrowed(wanted.rows, shape)
    narrowed = wanted.narrowed(listed, shape)
    return FixedQuery(fixed_part(narrowed, key, wanted.identity, wish, counted=counted))


@lru_cache(KEPT)
def _count_query(wanted: FixedList, shape: _Shape) -> FixedQuery:
    return FixedQuery(select(wanted.total(shape).label("total")))


def _marks(name: str, shape: _Shape) -> list[Any]:
    return [bindparam(f"{name}_{place}", type_=Text) for place in range(shape.statuses)]
