"""Addresses at which a calendar reads what is planned: one person, one account; whoever has the address may read.

Only the SHA-256 of an address is kept, and it opens for as long as its person may see the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Permission, Scope
from webapp.domain.secret_texts import digest_of, is_secret, new_secret
from webapp.extensions import db
from webapp.models import Account, AuditAction, PlannerFeed
from webapp.services.access import find_scope_of
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction

# One for each device of a person.
MAX_FEEDS: Final = 10
# Calendars ask every few minutes.
_USED_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewFeed:
    """An address at the only moment at which its secret is known."""

    public_id: str
    token: str


@dataclass(frozen=True, slots=True)
class FeedDoor:
    """An address that stands: what its person sees, the language it was made in, and the account by id and name."""

    feed_id: int
    scope: Scope
    locale: str
    account: str
    handle: str


def create_feed(actor: Actor, scope: Scope, locale: str) -> NewFeed:
    """Make an address of the person for the account; raise ``Invalid`` for one too many."""
    if not scope.allows(Permission.ACCOUNT_READ):
        raise Forbidden(ErrorCode.FORBIDDEN)
    token = new_secret()
    with transaction() as session:
        session.get_one(Account, scope.account_id, with_for_update=True)
        count = select(func.count()).select_from(PlannerFeed).where(*_own(scope))
        if (session.scalar(count) or 0) >= MAX_FEEDS:
            raise Invalid(ErrorCode.PLANNER_FEEDS_FULL, maximum=MAX_FEEDS)
        feed = PlannerFeed(
            account_id=scope.account_id,
            user_id=scope.user_id,
            token_hash=digest_of(token),
            locale=locale,
            created_at=datetime.now(UTC),
        )
        session.add(feed)
        session.flush()
        record(session, actor, AuditAction.PLANNER_FEED_CREATED, feed.public_id, locale=locale)
        return NewFeed(feed.public_id, token)


def list_feeds(scope: Scope) -> Sequence[PlannerFeed]:
    """Return the person's own addresses of the account, newest first."""
    query = select(PlannerFeed).where(*_own(scope))
    return db.session.scalars(query.order_by(PlannerFeed.created_at.desc(), PlannerFeed.id.desc())).all()


def revoke_feed(actor: Actor, scope: Scope, public_id: str) -> None:
    """End one of the person's own addresses; raise ``NotFound`` for any other."""
    with transaction() as session:
        revoked = session.scalar(
            delete(PlannerFeed).where(*_own(scope), PlannerFeed.public_id == public_id).returning(PlannerFeed.id)
        )
        if revoked is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        record(session, actor, AuditAction.PLANNER_FEED_REVOKED, public_id)


def open_feed(token: str) -> FeedDoor:
    """Return what an address opens; raise ``NotFound``, always the same, for every text that opens nothing.

    What is kept from its person, and an account they may no longer see, the address does not show either.
    """
    # A text that no secret has is hashed and looked for like any other.
    query = select(PlannerFeed).where(PlannerFeed.token_hash == digest_of(token if is_secret(token) else ""))
    feed = db.session.scalars(query).one_or_none()
    scope = None
    if feed is not None:
        scope = find_scope_of(db.session(), feed.user_id, feed.account_id, Permission.ACCOUNT_READ)
    if feed is None or scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    account = db.session.get_one(Account, scope.account_id)
    return FeedDoor(feed.id, scope, feed.locale, account.public_id, account.handle)


def note_use(door: FeedDoor) -> None:
    """Note that a calendar has read an address, at most once an hour."""
    now = datetime.now(UTC)
    is_due = or_(PlannerFeed.used_at.is_(None), PlannerFeed.used_at < now - _USED_EVERY)
    due = select(PlannerFeed.id).where(PlannerFeed.id == door.feed_id, is_due)
    if db.session.scalar(due) is None:
        return
    with transaction() as session:
        session.execute(update(PlannerFeed).where(PlannerFeed.id == door.feed_id, is_due).values(used_at=now))


def revoke_feeds_of(session: Session, team_id: int, user_id: int) -> None:
    """End every address of a person in a team, inside the running transaction."""
    accounts = select(Account.id).where(Account.team_id == team_id)
    session.execute(delete(PlannerFeed).where(PlannerFeed.user_id == user_id, PlannerFeed.account_id.in_(accounts)))


def revoke_feeds_in(session: Session, account_id: int) -> None:
    """End every address of an account, inside the running transaction."""
    session.execute(delete(PlannerFeed).where(PlannerFeed.account_id == account_id))


def _own(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return PlannerFeed.account_id == scope.account_id, PlannerFeed.user_id == scope.user_id
