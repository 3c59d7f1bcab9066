"""Take an erased person out of what the team wrote itself: notes on days and posts, plans, titles.

A name is known by its at sign. Without one it may be any word, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.domain.redaction import without_mentions
from webapp.models import Annotation, PersonNote, PlannedPost, PostNote, ReportRun, ShareLink

_WRITTEN: Final[tuple[tuple[Any, tuple[str, ...]], ...]] = (
    (Annotation, ("text",)),
    (PostNote, ("text",)),
    (PersonNote, ("text",)),
    (PlannedPost, ("title", "notes")),
    (ReportRun, ("title",)),
    (ShareLink, ("title",)),
)


def forget_mentions(session: Session, account_id: int, names: Iterable[str]) -> None:
    """Leave a mark where texts of an account mention one of the compared names, inside the running transaction."""
    keys = frozenset(names)
    for model, columns in _WRITTEN:
        mentions = or_(*(getattr(model, column).contains(sign) for column in columns for sign in "@＠"))
        for row in session.scalars(select(model).where(model.account_id == account_id, mentions)):
            for column in columns:
                before = getattr(row, column)
                after = without_mentions(before, keys)
                if after != before:
                    setattr(row, column, after)
