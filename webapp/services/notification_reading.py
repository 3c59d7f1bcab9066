"""What a person may be told by mail or push at this moment, of what was once told them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.notifications import read_told
from webapp.domain.notifications import Told
from webapp.models import Notification
from webapp.services.access import find_team_scope


def find_told(session: Session, user_id: int, ids: Sequence[int], *, nameless: bool) -> list[Told]:
    """Return some notifications of a person, by row id, as they may know them now, the oldest first.

    What was withdrawn or read meanwhile, and what is of a team or an account that they do not see any more, is not
    among them. With ``nameless`` nobody of the lists is named: a new mutual has neither ``person`` nor ``subject``.
    """
    query = (
        select(Notification)
        .where(
            Notification.user_id == user_id,
            Notification.id.in_(ids),
            Notification.read_at.is_(None),
            ~Notification.is_withdrawn,
        )
        .order_by(Notification.at, Notification.id)
    )
    by_team = defaultdict(list)
    for row in session.scalars(query):
        by_team[row.team_id].append(row)
    told: list[Told] = []
    for team_id, rows in by_team.items():
        team = None if team_id is None else find_team_scope(session, user_id, team_id)
        if team is not None or team_id is None:
            told += read_told(rows, team, nameless=nameless)
    return sorted(told, key=lambda each: (each.at, each.id))
