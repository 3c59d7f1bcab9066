"""Delete many rows without holding the write lock for long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, select

from webapp.extensions import db
from webapp.services.jobs import Lease
from webapp.services.transaction import transaction

_T = TypeVar("_T")
_DELETE_ROWS = 5000


def batches(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield the rows in lists of at most ``size``."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def delete_in_batches(lease: Lease, model: Any, condition: ColumnElement[bool]) -> None:
    """Delete the rows of a mapping that fit, each batch in a transaction that also renews the lease."""
    ids = db.session.scalars(select(model.id).where(condition)).all()
    for batch in batches(ids, _DELETE_ROWS):
        with transaction() as session:
            lease.hold(session)
            session.execute(delete(model).where(model.id.in_(batch)).execution_options(synchronize_session=False))
