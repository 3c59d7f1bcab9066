"""Tune what is told of an account, or have nothing of a kind told; and what these rules let through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.anomalies import AnomalyKind
from webapp.domain.errors import ErrorCode, Forbidden
from webapp.domain.notice_rules import Rule, expected_as
from webapp.domain.notifications import Finding, NoticeKind
from webapp.domain.scope import Permission, Scope
from webapp.models import Account, AuditAction, ExpectedAnomaly, NoticeRule
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """What is told of an account at this moment: its rules, and what somebody said they had expected."""

    rules: Mapping[NoticeKind, Rule]
    expected: frozenset[tuple[AnomalyKind, str]]

    @classmethod
    def load(cls, session: Session, account_id: int) -> NoticeRules:
        """Read the rules of an account in the running transaction."""
        rows = session.scalars(select(NoticeRule).where(NoticeRule.account_id == account_id))
        marks = session.execute(
            select(ExpectedAnomaly.kind, ExpectedAnomaly.key).where(ExpectedAnomaly.account_id == account_id)
        )
        return cls({row.kind: _rule(row) for row in rows}, frozenset((kind, key) for kind, key in marks))

    def allows(self, finding: Finding) -> bool:
        """Return whether somebody is to be told of a finding."""
        if expected_as(finding) in self.expected:
            return False
        rule = self.rules.get(finding.kind)
        return rule is None or rule.allows(finding)


def set_rules(actor: Actor, scope: Scope, rules: Iterable[Rule]) -> int:
    """Tune or mute some kinds for an account, and return how many that changed; what was told stays told."""
    _require(scope)
    with transaction() as session:
        _lock(session, scope)
        return sum(_write(session, actor, scope, rule) for rule in rules)


def reset_rules(actor: Actor, scope: Scope) -> int:
    """Give every kind its defaults again, and return how many had others."""
    _require(scope)
    with transaction() as session:
        _lock(session, scope)
        rows = session.scalars(select(NoticeRule).where(NoticeRule.account_id == scope.account_id)).all()
        return sum(_write(session, actor, scope, Rule.default(row.kind)) for row in rows)


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.NOTICE_RULE_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope) -> None:
    """Let those who write come one after another, so that nobody writes a second rule of a kind."""
    session.get_one(Account, scope.account_id, with_for_update=True)


def _write(session: Session, actor: Actor, scope: Scope, rule: Rule) -> bool:
    query = select(NoticeRule).where(NoticeRule.account_id == scope.account_id, NoticeRule.kind == rule.kind)
    row = session.scalars(query).first()
    before = Rule.default(rule.kind) if row is None else _rule(row)
    if before == rule:
        return False
    if row is not None and rule.is_default:
        session.delete(row)
    else:
        row = row or NoticeRule(account_id=scope.account_id, kind=rule.kind)
        row.is_muted, row.least = rule.is_muted, rule.least
        row.changed_by, row.changed_at = scope.user_id, datetime.now(UTC)
        session.add(row)
    session.flush()
    record(
        session,
        actor,
        AuditAction.NOTICE_RULE_CHANGED,
        rule.kind.value,
        before=_shape_of(before),
        after=_shape_of(rule),
    )
    return True


def _rule(row: NoticeRule) -> Rule:
    return Rule(row.kind, row.is_muted, row.least)


def _shape_of(rule: Rule) -> dict[str, object]:
    return {"is_muted": rule.is_muted, "least": rule.least}
