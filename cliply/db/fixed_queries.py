"""Queries whose text is made once, and that run without the ORM: for the most frequent reads."""

from collections import namedtuple
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Dialect, Float, Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from cliply.db.models.rows import Choice

DIALECT: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]

Reader = Callable[[Any], Any]


class FixedQuery:
    """A select whose text is made when it is first run, and kept.

    Building a statement, looking it up and unpacking its rows takes 0.3 to 1.5 ms by the ways
    of SQLAlchemy; this takes about 0.15 ms. Statements are still seen by what listens to the
    engine, and rows are named tuples with values of the columns' types.
    """

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        """What differs from run to run are its `bindparam`s, of types that the driver takes:

        columns of `Choice` are compared with text.
        """
        self._query = query

    def rows(self, place: Session | Connection, **values: Any) -> list[Any]:
        """What is found, each with the columns by their names."""
        found = _connection(place).exec_driver_sql(self._text, {**self._constants, **values})
        return [self._made(row) for row in found]

    def row(self, place: Session | Connection, **values: Any) -> Any:
        """The first one, or None."""
        return next(iter(self.rows(place, **values)), None)

    @cached_property
    def _text(self) -> str:
        return str(self._compiled)

    @cached_property
    def _constants(self) -> dict[str, Any]:
        params = self._compiled.params
        return {name: value for name, value in params.items() if value is not None}

    @cached_property
    def _compiled(self) -> Any:
        return self._query.compile(dialect=DIALECT)

    @cached_property
    def _readers(self) -> list[tuple[int, Reader]]:
        readers = enumerate(_reader_of(column) for column in self._query.selected_columns)
        return [(place, reader) for place, reader in readers if reader is not None]

    @cached_property
    def _kind(self) -> Any:
        names = [str(column.key) for column in self._query.selected_columns]
        return namedtuple("Found", names)

    def _made(self, row: Any) -> Any:
        values = list(row)
        for place, reader in self._readers:
            values[place] = reader(values[place])
        return self._kind._make(values)


def _connection(place: Session | Connection) -> Connection:
    """With what a session has not written yet."""
    if isinstance(place, Connection):
        return place
    place.flush()
    return place.connection()


def _reader_of(column: Any) -> Reader | None:
    """How the driver's value becomes one of the column's type; None where it is one."""
    if isinstance(column.type, Choice):
        known: dict[str | None, StrEnum | None] = {None: None}
        known |= {choice.value: choice for choice in column.type.choices}
        return known.__getitem__  # a fifth of what calling the enum takes
    if isinstance(column.type, Float):
        return None  # double precision, which the driver gives as it is
    kind = column.type.dialect_impl(DIALECT)
    return kind.result_processor(DIALECT, None)  # type: ignore[no-any-return]
