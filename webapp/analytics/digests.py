"""Who gets digests of an account, and whether there is anything to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from webapp.analytics.freshness import find_freshness
from webapp.domain.digests import DigestKind, DigestOutcome, told_period
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.period import day_of, start_of_day
from webapp.domain.period_query import PeriodQuery
from webapp.domain.scope import Permission, Scope
from webapp.extensions import db
from webapp.models import DigestSlot, DigestSubscription


class DigestState(StrEnum):
    """How a digest stands."""

    ACTIVE = "active"
    UNCONFIRMED = "unconfirmed"  # its recipient has not said yes yet
    ENDED = "ended"  # its recipient wants no more


@dataclass(frozen=True, slots=True)
class DigestRow:
    """A digest as its page lists it; ``address`` is ``None`` for the reader's own.

    ``next_at`` is the Unix second at which it is due, ``sent_at`` when the last one that told something was written.
    """

    public_id: str
    kind: DigestKind
    address: str | None
    locale: str
    timezone: str
    state: DigestState
    next_at: int
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class DigestMatter:
    """What a digest would tell of: its days, and the Unix second that the data reach to, ``None`` without any list.

    ``is_news`` is whether its reader does not know it yet.
    """

    period: PeriodQuery
    until: int | None
    is_news: bool


def list_digests(scope: Scope) -> list[DigestRow]:
    """Return the reader's own digests of the account, then those of recipients for who may write them."""
    told = (
        select(func.max(DigestSlot.ended_at))
        .where(DigestSlot.subscription_id == DigestSubscription.id, DigestSlot.outcome == DigestOutcome.TOLD)
        .correlate(DigestSubscription)
        .scalar_subquery()
    )
    is_seen = DigestSubscription.user_id == scope.user_id
    if scope.allows(Permission.DIGEST_WRITE):
        is_seen |= DigestSubscription.user_id.is_(None)
    rows = db.session.execute(
        select(DigestSubscription, told)
        .where(DigestSubscription.account_id == scope.account_id, is_seen)
        .order_by(DigestSubscription.user_id.is_(None), DigestSubscription.address_key, DigestSubscription.kind.desc())
    )
    return [_row(subscription, sent_at) for subscription, sent_at in rows]


def get_digest(scope: Scope, public_id: str) -> DigestRow:
    """Return one digest that the reader sees; raise ``NotFound`` for any other id."""
    for row in list_digests(scope):
        if row.public_id == public_id:
            return row
    raise NotFound(ErrorCode.NOT_FOUND)


def find_matter(scope: Scope, kind: DigestKind, planned_at: int, timezone: str, told_until: int) -> DigestMatter:
    """Return what a digest would tell that is due at a second in its recipient's zone.

    ``told_until`` is the second that the data of the one before reached to. A week is news where they reach further
    now, a month where they reach into it.
    """
    until = find_freshness(scope).newest
    data_day = day_of(planned_at if until is None else until, scope.timezone)
    period = told_period(kind, planned_at, timezone, data_day)
    if until is None or period.first is None:
        return DigestMatter(period, until, is_news=False)
    known = told_until if kind is DigestKind.WEEKLY else start_of_day(period.first, scope.timezone) - 1
    return DigestMatter(period, until, is_news=until > known)


def _row(subscription: DigestSubscription, sent_at: datetime | None) -> DigestRow:
    state = DigestState.ACTIVE
    if subscription.unsubscribed_at is not None:
        state = DigestState.ENDED
    elif subscription.confirmed_at is None:
        state = DigestState.UNCONFIRMED
    return DigestRow(
        public_id=subscription.public_id,
        kind=subscription.kind,
        address=subscription.address or None,
        locale=subscription.locale,
        timezone=subscription.timezone,
        state=state,
        next_at=subscription.next_at,
        sent_at=sent_at,
    )
