"""How the team tuned what is told of an account, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.analytics.visible import Reader
from webapp.domain.notice_rules import TUNINGS, Rule
from webapp.extensions import db
from webapp.models import NoticeRule, User


@dataclass(frozen=True, slots=True)
class RuleRow:
    """The rule of a kind; ``changed_at`` is ``None`` where its defaults hold, ``changed_by`` an address or nobody."""

    rule: Rule
    changed_at: datetime | None = None
    changed_by: str | None = None


def list_rules(reader: Reader) -> list[RuleRow]:
    """Return the rule of every kind that has one, in their order."""
    query = (
        select(NoticeRule, User.email)
        .outerjoin(User, User.id == NoticeRule.changed_by)
        .where(NoticeRule.account_id == reader.account_id)
    )
    chosen = {
        row.kind: RuleRow(Rule(row.kind, row.is_muted, row.least), row.changed_at, email)
        for row, email in db.session.execute(query)
    }
    return [chosen.get(kind) or RuleRow(Rule.default(kind)) for kind in TUNINGS]
