"""Delete or change many rows without holding the write lock for long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Delete, Update, delete, select, update
from sqlalchemy.orm import Session

from webapp.extensions import db
from webapp.services.lease import Lease
from webapp.services.transaction import transaction

_T = TypeVar("_T")
_BATCH_ROWS = 5000

Check = Callable[[Session], object]
"""Raises what ends the work when it must not go on."""


def batches(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield the rows in lists of at most ``size``."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def delete_in_batches(lease: Lease, model: Any, condition: ColumnElement[bool], check: Check | None = None) -> None:
    """Delete the rows of a mapping that fit, each batch in a transaction that also renews the lease.

    ``check`` is called in each of these transactions before anything is deleted.
    """
    _in_batches(lease, model, condition, check, lambda fit: delete(model).where(fit))


def update_in_batches(
    lease: Lease, model: Any, condition: ColumnElement[bool], values: dict[str, Any], check: Check | None = None
) -> None:
    """Change the rows of a mapping that fit, as ``delete_in_batches`` does; changed ones must not fit any more."""
    _in_batches(lease, model, condition, check, lambda fit: update(model).where(fit).values(values))


def _in_batches(
    lease: Lease,
    model: Any,
    condition: ColumnElement[bool],
    check: Check | None,
    write: Callable[[ColumnElement[bool]], Delete | Update],
) -> None:
    some = select(model.id).where(condition).limit(_BATCH_ROWS)
    while db.session.scalar(some.limit(1)) is not None:
        with transaction() as session:
            lease.hold(session)
            if check is not None:
                check(session)
            session.execute(write(model.id.in_(some)).execution_options(synchronize_session=False))
