"""Seal every stored secret anew with the first of the keys, so that the others can be taken away.

It may stop anywhere and begin again: what is sealed with the first key already is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import Unavailable
from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db
from webapp.models import AuditAction, Mail, PushDevice, PushKey, User
from webapp.services import audit, vault
from webapp.services.audit import Actor
from webapp.services.transaction import forget_reads, transaction

_BATCH_ROWS = 100


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds sealed secrets; each is bound to ``TABLE:ID:COLUMN``."""

    model: Any
    name: str

    @property
    def column(self) -> Any:
        """Return the column for questions to the database."""
        return getattr(self.model, self.name)

    def place(self, row_id: int) -> str:
        """Return what the secret of a row is bound to."""
        return f"{self.model.__tablename__}:{row_id}:{self.name}"


# Every column that is sealed; one that is missing here cannot be read any more once its key is taken away.
SEALED: tuple[SealedColumn, ...] = (
    SealedColumn(User, "totp_secret"),
    SealedColumn(User, "totp_pending_secret"),
    SealedColumn(Mail, "body"),
    SealedColumn(PushKey, "private_key"),
    SealedColumn(PushDevice, "auth"),
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What was sealed anew, and the places of what no key opens."""

    key_id: str
    renewed: int
    unreadable: Sequence[str]


def rotate(actor: Actor) -> Rotation:
    """Seal what another key sealed with the first one; what is changed meanwhile is looked at again."""
    renewed, unreadable = 0, list[str]()
    for sealed in SEALED:
        last = 0
        while batch := _next_batch(sealed, last):
            last = batch[-1][0]
            with transaction() as session:
                renewed += sum(_renew(session, sealed, row_id, old, unreadable) for row_id, old in batch)
            reach(Failpoint.ROTATE_MID)
    rotation = Rotation(vault.current_key_id(), renewed, tuple(unreadable))
    with transaction() as session:
        audit.record(
            session, actor, AuditAction.SECRETS_ROTATED, rotation.key_id, renewed=renewed, unreadable=len(unreadable)
        )
    return rotation


def left_to_rotate() -> int:
    """Return how many secrets are sealed with another key than the first."""
    return sum(
        db.session.scalar(select(func.count()).select_from(sealed.model).where(_is_old(sealed))) or 0
        for sealed in SEALED
    )


def _next_batch(sealed: SealedColumn, last: int) -> list[tuple[int, str]]:
    forget_reads()
    query = select(sealed.model.id, sealed.column).where(_is_old(sealed), sealed.model.id > last)
    rows = db.session.execute(query.order_by(sealed.model.id).limit(_BATCH_ROWS)).all()
    return [(row_id, text) for row_id, text in rows]


def _renew(session: Session, sealed: SealedColumn, row_id: int, old: str, unreadable: list[str]) -> int:
    place = sealed.place(row_id)
    try:
        text = vault.unseal(old, place)
    except Unavailable:
        unreadable.append(place)
        return 0
    # Only while it is what was read: a secret that was just set by its person stays theirs.
    changed = session.scalars(
        update(sealed.model)
        .where(sealed.model.id == row_id, sealed.column == old)
        .values({sealed.name: vault.seal(text, place)})
        .returning(sealed.model.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(changed)


def _is_old(sealed: SealedColumn) -> ColumnElement[bool]:
    column = sealed.column
    found: ColumnElement[bool] = column.is_not(None) & ~column.startswith(f"{vault.current_key_id()}:", autoescape=True)
    return found
