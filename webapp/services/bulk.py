"""Add and read many rows at the speed of the database: multi-row VALUES on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import msgspec
import psycopg
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Executable, Text, any_, func, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from webapp.models import Base

# Rows a statement, the largest first: few different statements, so that each is prepared once.
_STATEMENT_ROWS: Final = (1000, 50, 1)
# What SQLite takes at most in one statement.
_MAX_VARIABLES: Final = 32_766


def insert_rows(
    session: Session,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    shared: Mapping[str, int | None],
) -> None:
    """Add rows to a table inside the running transaction.

    ``rows`` give the values of ``columns`` as the driver takes them, ``shared`` those that all rows have in common.
    Columns that are in neither keep what the database fills in.
    """
    if not rows:
        return
    known = Base.metadata.tables[table].columns
    if unknown := {*columns, *shared} - set(known.keys()):
        raise ValueError(f"{table} has no {', '.join(sorted(unknown))}")
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _copy(connection, table, columns, rows, shared)
    else:
        _insert(connection, table, columns, rows, shared)


def read_rows(session: Session, query: Executable) -> Iterable[Any]:
    """Return rows as the driver gives them, in half the time: for texts, whole numbers and truth values alone.

    SQLite gives 0 and 1 for truth values.
    """
    cursor: Any = session.connection().execute(query).cursor
    rows: Iterable[Any] = cursor
    return rows


def one_of(session: Session, column: Any, values: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a number or a name is one of many, which reach the database as one variable."""
    if session.get_bind().dialect.name == "postgresql":
        kind = ARRAY(Text) if values and isinstance(values[0], str) else ARRAY(BigInteger)
        found: ColumnElement[bool] = column == any_(literal(list(values), kind))
        return found
    each = func.json_each(msgspec.json.encode(values).decode()).table_valued("value")
    listed: ColumnElement[bool] = column.in_(select(each.c.value))
    return listed


def _insert(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    shared: Mapping[str, int | None],
) -> None:
    # What all rows share is written into the statement: a number is cheaper there than as a variable of every row.
    constants = ["NULL" if value is None else str(int(value)) for value in shared.values()]
    row = f"({','.join([*constants, *['?'] * len(columns)])})"
    # Table and columns are our own: insert_rows has looked them up.
    head = f"INSERT INTO {table} ({','.join([*shared, *columns])}) VALUES "  # nosec B608
    at = 0
    for count in _STATEMENT_ROWS:
        size = min(count, _MAX_VARIABLES // len(columns))
        statement = head + ",".join([row] * size)
        while len(rows) - at >= size:
            connection.exec_driver_sql(statement, tuple(chain.from_iterable(rows[at : at + size])))
            at += size


def _copy(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    shared: Mapping[str, int | None],
) -> None:
    same = tuple(shared.values())
    statement = f"COPY {table} ({','.join([*shared, *columns])}) FROM STDIN"
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row((*same, *row))
    except psycopg.Error as error:
        if connection.dialect.is_disconnect(error, connection.connection, None):  # type: ignore[arg-type]
            connection.invalidate(error)
        # As SQLAlchemy tells it of its own statements, so that what went wrong is recognised.
        raise DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True) from error
    finally:
        cursor.close()
