"""That people were erased: when and by whom, without any name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.analytics.visible import Reader
from webapp.extensions import db
from webapp.models import Erasure, User


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """One person who was erased, or is about to be where ``erased_at`` is ``None``; ``by`` is who wanted it."""

    wanted_at: datetime
    erased_at: datetime | None
    by: str | None


def list_erasures(reader: Reader) -> tuple[ErasureRow, ...]:
    """Return the erasures of the account, the newest first; the names of one person were asked for at one moment."""
    statement = (
        select(Erasure.wanted_at, func.max(Erasure.erased_at).label("erased_at"), func.max(User.email).label("by"))
        .outerjoin(User, User.id == Erasure.erased_by)
        .where(Erasure.account_id == reader.account_id)
        .group_by(Erasure.wanted_at)
        .order_by(Erasure.wanted_at.desc())
    )
    return tuple(ErasureRow(row.wanted_at, row.erased_at, row.by) for row in db.session.execute(statement))
