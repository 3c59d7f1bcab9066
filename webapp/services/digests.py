"""Who gets digests: members for themselves, and people without an account who confirm that they want them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.digests import WEEK_DAYS, DigestKind, next_slot
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.period import parse_timezone
from webapp.domain.scope import Permission, Scope
from webapp.domain.secret_texts import digest_of, is_secret, new_secret
from webapp.extensions import db
from webapp.models import Account, AuditAction, DigestSubscription, User, database_now
from webapp.queue import JobKind
from webapp.renderers.words import LANGUAGES
from webapp.services.audit import Actor, record
from webapp.services.digest_links import read_unsubscribe
from webapp.services.jobs import add_job
from webapp.services.mails import MailKind, link_to, queue_mail
from webapp.services.transaction import transaction
from webapp.services.users import normalise_email

# How long somebody may take to confirm that they want a digest.
CONFIRM_DAYS: Final = 7
MAX_RECIPIENTS: Final = 50
# How long a team sees that somebody wants no more.
_ENDED_KEPT_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class DigestWish:
    """What somebody wants to get: how often, in which language, in the morning of which zone."""

    kind: DigestKind
    locale: str
    timezone: str


@dataclass(frozen=True, slots=True)
class DigestOffer:
    """A digest as the person sees it who was sent a link about it; ``handle`` is the account's name."""

    kind: DigestKind
    handle: str
    address: str
    is_ended: bool


def subscribe(actor: Actor, scope: Scope, wish: DigestWish) -> str:
    """Have an account's digest sent to the person who asks; return its public id.

    Raises ``Conflict`` where they get it already; one that they had ended begins again.
    """
    _require(scope, Permission.REPORT_READ)
    _check(wish)
    with transaction() as session:
        _lock(session, scope)
        user = session.get_one(User, scope.user_id)
        row = _find(session, scope, user.public_id, wish.kind)
        if row is not None and row.unsubscribed_at is None:
            raise Conflict(ErrorCode.DIGEST_EXISTS)
        row = _begin(session, scope, wish, row, address_key=user.public_id)
        row.user_id, row.confirmed_at = scope.user_id, row.created_at
        session.flush()
        _record(session, actor, AuditAction.DIGEST_CREATED, row, is_member=True)
        return row.public_id


def offer(actor: Actor, scope: Scope, email: str, wish: DigestWish) -> str:
    """Mail somebody without an account the offer of a digest and return its link; it is sent once they confirm.

    Raises ``Invalid`` naming the field of a refused value, or when there are too many recipients.
    """
    _require(scope, Permission.DIGEST_WRITE)
    _check(wish)
    address, text = normalise_email(email), new_secret()
    link = link_to(f"/digests/confirm/{text}")
    with transaction() as session:
        account = _lock(session, scope)
        row = _find(session, scope, address.key, wish.kind)
        if row is not None and row.confirmed_at is not None and row.unsubscribed_at is None:
            raise Invalid(ErrorCode.DIGEST_GOES_THERE, field="email")
        if row is None and _count_recipients(session, scope) >= MAX_RECIPIENTS:
            raise Invalid(ErrorCode.DIGESTS_FULL, field="email", maximum=MAX_RECIPIENTS)
        row = _begin(session, scope, wish, row, address_key=address.key)
        row.address, row.confirm_hash, row.confirmed_at = address.email, digest_of(text), None
        session.flush()
        queue_mail(
            *(session, MailKind.DIGEST_CONFIRM),
            address=address.email,
            locale=wish.locale,
            inviter=session.get_one(User, scope.user_id).email,
            handle=account.handle,
            digest=wish.kind.value,
            link=link,
            days=CONFIRM_DAYS,
        )
        _record(session, actor, AuditAction.DIGEST_CREATED, row, is_member=False)
    return link


def change(actor: Actor, scope: Scope, public_id: str, locale: str, timezone: str) -> None:
    """Give a digest another language or zone; whoever changes that of a recipient answers for it from then on."""
    with transaction() as session:
        _lock(session, scope)
        row = _get(session, scope, public_id)
        _check(DigestWish(row.kind, locale, timezone))
        before = {"locale": row.locale, "timezone": row.timezone}
        row.locale, row.timezone = locale, timezone
        row.made_by = scope.user_id
        row.next_at = next_slot(row.kind, _now(session), timezone)
        after = {"locale": locale, "timezone": timezone}
        record(session, actor, AuditAction.DIGEST_CHANGED, public_id, before=before, after=after)


def remove(actor: Actor, scope: Scope, public_id: str) -> None:
    """End a digest and forget whom it went to."""
    with transaction() as session:
        _lock(session, scope)
        row = _get(session, scope, public_id)
        _record(session, actor, AuditAction.DIGEST_DELETED, row)
        session.delete(row)


def request_copy(actor: Actor, scope: Scope, public_id: str) -> None:
    """Have a digest written now, for the person who asks and by what they may see; nobody else gets one."""
    with transaction() as session:
        row = _get(session, scope, public_id)
        arguments = {"subscription_id": row.id, "user_id": scope.user_id}
        add_job(session, JobKind.DIGEST_SEND, team_id=scope.team_id, arguments=arguments)
        record(session, actor, AuditAction.DIGEST_SENT, public_id, is_copy=True)


def find_offer(text: str) -> DigestOffer:
    """Return what a mailed link would confirm; raise ``NotFound``, always the same, when nothing."""
    return _offer_of(db.session(), _get_offered(db.session(), text))


def confirm(text: str, actor: Actor) -> DigestOffer:
    """Begin to send an offered digest; of many who try at once one does, the others get ``NotFound``."""
    with transaction() as session:
        row = _get_offered(session, text)
        now, second = datetime.now(UTC), _now(session)
        confirmed = session.scalars(
            update(DigestSubscription)
            .where(DigestSubscription.id == row.id, DigestSubscription.confirm_hash == digest_of(text))
            .values(confirm_hash=None, confirmed_at=now, next_at=next_slot(row.kind, second, row.timezone))
            .returning(DigestSubscription.id)
            .execution_options(synchronize_session=False)
        ).all()
        if not confirmed:
            raise NotFound(ErrorCode.LINK_INVALID)
        _record(session, _in_team(session, row, actor), AuditAction.DIGEST_CONFIRMED, row)
        return _offer_of(session, row)


def find_ending(token: str) -> DigestOffer:
    """Return which digest a link ends; raise ``NotFound``, always the same, for what we did not sign."""
    return _offer_of(db.session(), _get_signed(db.session(), token))


def unsubscribe(token: str, actor: Actor) -> DigestOffer:
    """End the digest that a link names; harmless when it is ended already. Raises ``NotFound`` as above."""
    find_ending(token)
    with transaction() as session:
        row = _get_signed(session, token, locks=True)
        if row.unsubscribed_at is None:
            row.unsubscribed_at, row.confirm_hash = datetime.now(UTC), None
            session.flush()
            _record(session, _in_team(session, row, actor), AuditAction.DIGEST_UNSUBSCRIBED, row)
        return _offer_of(session, row)


def forget_over(session: Session, now: datetime) -> None:
    """Forget inside the running transaction those who did not confirm in time, and those who have ended theirs."""
    unanswered = DigestSubscription.created_at < now - timedelta(days=CONFIRM_DAYS)
    ended = DigestSubscription.unsubscribed_at < now - timedelta(days=_ENDED_KEPT_DAYS)
    is_over = (DigestSubscription.confirmed_at.is_(None) & unanswered) | ended
    session.execute(delete(DigestSubscription).where(is_over))


def end_digests_of(session: Session, account_id: int) -> None:
    """Forget inside the running transaction who gets digests of an account: it is another team's now."""
    session.execute(delete(DigestSubscription).where(DigestSubscription.account_id == account_id))


def _begin(
    session: Session, scope: Scope, wish: DigestWish, row: DigestSubscription | None, *, address_key: str
) -> DigestSubscription:
    """Return a subscription as it is at its beginning: a new one, or what is there of an earlier one, emptied."""
    now = _now(session)
    if row is None:
        row = DigestSubscription(
            account_id=scope.account_id, address="", address_key=address_key, kind=wish.kind, made_by=scope.user_id
        )
        session.add(row)
    row.made_by, row.locale, row.timezone = scope.user_id, wish.locale, wish.timezone
    row.confirmed_at = row.unsubscribed_at = row.quiet_since = row.reminded_at = None
    row.confirm_hash, row.created_at = None, datetime.now(UTC)
    row.next_at = next_slot(wish.kind, now, wish.timezone)
    # What was known a week before somebody began to read is no news to them.
    row.told_until = now - WEEK_DAYS * 86_400
    return row


def _require(scope: Scope, permission: Permission) -> None:
    if not scope.allows(permission):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _check(wish: DigestWish) -> None:
    parse_timezone(wish.timezone)
    if wish.locale not in LANGUAGES:
        raise Invalid(ErrorCode.FIELD_INVALID, field="locale", value=wish.locale[:20])


def _lock(session: Session, scope: Scope) -> Account:
    """Let those who write come one after another, so that what they compare and count holds."""
    return session.get_one(Account, scope.account_id, with_for_update=True)


def _find(session: Session, scope: Scope, address_key: str, kind: DigestKind) -> DigestSubscription | None:
    return session.scalars(
        select(DigestSubscription).where(
            DigestSubscription.account_id == scope.account_id,
            DigestSubscription.address_key == address_key,
            DigestSubscription.kind == kind,
        )
    ).one_or_none()


def _get(session: Session, scope: Scope, public_id: str) -> DigestSubscription:
    """Return a digest of the account that is the person's own, or that of a recipient for who may write them."""
    query = select(DigestSubscription).where(
        DigestSubscription.account_id == scope.account_id, DigestSubscription.public_id == public_id
    )
    row = session.scalars(query).one_or_none()
    wanted = Permission.REPORT_READ if row is not None and row.user_id is not None else Permission.DIGEST_WRITE
    if row is None or row.user_id not in (None, scope.user_id) or not scope.allows(wanted):
        raise NotFound(ErrorCode.NOT_FOUND)
    return row


def _get_offered(session: Session, text: str) -> DigestSubscription:
    since = datetime.now(UTC) - timedelta(days=CONFIRM_DAYS)
    row = session.scalars(
        select(DigestSubscription).where(
            # A text that no secret has is hashed and looked for like any other.
            DigestSubscription.confirm_hash == (digest_of(text) if is_secret(text) else digest_of("")),
            DigestSubscription.created_at > since,
        )
    ).one_or_none()
    if row is None:
        raise NotFound(ErrorCode.LINK_INVALID)
    return row


def _get_signed(session: Session, token: str, *, locks: bool = False) -> DigestSubscription:
    query = select(DigestSubscription).where(DigestSubscription.public_id == (read_unsubscribe(token) or ""))
    row = session.scalars(query.with_for_update() if locks else query).one_or_none()
    if row is None:
        raise NotFound(ErrorCode.LINK_INVALID)
    return row


def _offer_of(session: Session, row: DigestSubscription) -> DigestOffer:
    session.refresh(row)
    account = session.get_one(Account, row.account_id)
    return DigestOffer(row.kind, account.handle, row.address, row.unsubscribed_at is not None)


def _count_recipients(session: Session, scope: Scope) -> int:
    query = select(func.count(DigestSubscription.id)).where(
        DigestSubscription.account_id == scope.account_id, DigestSubscription.user_id.is_(None)
    )
    return session.scalar(query) or 0


def _in_team(session: Session, row: DigestSubscription, actor: Actor) -> Actor:
    """Return who acts, in the record of the account's team: whoever follows a mailed link need not be signed in."""
    team_id = session.scalar(select(Account.team_id).where(Account.id == row.account_id))
    return Actor(row.user_id, team_id, actor.ip, actor.request_id, actor.user_agent)


def _record(session: Session, actor: Actor, action: AuditAction, row: DigestSubscription, **detail: object) -> None:
    # Not where it goes: the record outlives the digest.
    record(session, actor, action, row.public_id, kind=row.kind.value, **detail)


def _now(session: Session) -> int:
    return session.scalar(select(database_now())) or 0
