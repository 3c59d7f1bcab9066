"""Public links: making, changing, pausing and ending them. What they show is made by ``share_making``.

Only the SHA-256 of a link's secret is kept: it is told once, to whoever makes it. Links belong to an account: all who
may share it see and end them, and a link opens for as long as its maker may.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.analytics.reports.payload import forget
from webapp.domain.errors import Conflict, ErrorCode, Invalid, NotFound
from webapp.domain.redaction import NameDisplay, NumberDisplay
from webapp.domain.report_query import ReportQuery
from webapp.domain.scope import Scope
from webapp.domain.secret_texts import digest_of, new_secret
from webapp.domain.shares import (
    DEFAULT_DAYS,
    MAX_SHARES,
    MIN_PASSWORD,
    check_days,
    check_views,
    clean_label,
)
from webapp.models import Account, AuditAction, Job, JobState, ShareLink, ShareMode, SharePayload
from webapp.queue import JobKind
from webapp.services import passwords
from webapp.services.audit import Actor, record
from webapp.services.jobs import add_job
from webapp.services.report_queries import write_query
from webapp.services.share_files import SHARE_FILES
from webapp.services.share_states import require
from webapp.services.transaction import after_commit, transaction

# How long what a link showed is kept after its end, so that it can be opened again.
_FORGOTTEN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ShareWishes:
    """What a new link is to show, to whom, and for how long; a link with neither password nor limit opens at once."""

    query: ReportQuery
    mode: ShareMode = ShareMode.FROZEN
    names: NameDisplay = NameDisplay.HIDDEN
    numbers: NumberDisplay = NumberDisplay.ABSOLUTE
    hides_captions: bool = False
    allows_pdf: bool = False
    locale: str = "en"
    title: str = ""
    recipient: str = ""
    days: int = DEFAULT_DAYS
    password: str = ""
    max_views: int | None = None


@dataclass(frozen=True, slots=True)
class ShareTerms:
    """What can be changed of a link; ``days`` counts from now on, ``None`` leaves the end where it is.

    An empty ``password`` leaves the one there is, unless ``drops_password``.
    """

    title: str
    recipient: str
    allows_pdf: bool
    max_views: int | None
    days: int | None = None
    password: str = ""
    drops_password: bool = False


@dataclass(frozen=True, slots=True)
class NewShare:
    """A link at the only moment at which its secret is known."""

    public_id: str
    token: str


def create_share(actor: Actor, scope: Scope, wishes: ShareWishes) -> NewShare:
    """Make a link and have what it shows computed; raise ``Invalid`` naming the field of a refused value."""
    require(scope)
    days, max_views = check_days(wishes.days), check_views(wishes.max_views)
    title, recipient = clean_label(wishes.title, "title"), clean_label(wishes.recipient, "recipient")
    password_hash = _hash_of(wishes.password) if wishes.password else None
    token, now = new_secret(), datetime.now(UTC)
    with transaction() as session:
        session.get_one(Account, scope.account_id, with_for_update=True)
        count = select(func.count()).select_from(ShareLink).where(_of(scope), *_alive(now))
        if (session.scalar(count) or 0) >= MAX_SHARES:
            raise Invalid(ErrorCode.SHARES_TOO_MANY, field="title", maximum=MAX_SHARES)
        share = ShareLink(
            token_hash=digest_of(token),
            account_id=scope.account_id,
            created_by=scope.user_id,
            title=title,
            recipient=recipient,
            query=write_query(wishes.query),
            mode=wishes.mode,
            names=wishes.names,
            numbers=wishes.numbers,
            hides_captions=wishes.hides_captions,
            shows_account=wishes.query.shows_account,
            allows_pdf=wishes.allows_pdf,
            locale=wishes.locale,
            password_hash=password_hash,
            max_views=max_views,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        session.add(share)
        session.flush()
        queue_making(session, share, scope.team_id)
        record(session, actor, AuditAction.SHARE_CREATED, share.public_id, days=days, **_shape_of(share))
        return NewShare(share.public_id, token)


def change_share(actor: Actor, scope: Scope, public_id: str, terms: ShareTerms) -> None:
    """Change a link that is not revoked; what it shows stays, and is drawn anew where it says whom it is for.

    Raises ``NotFound`` for another account's link, ``Conflict`` for a revoked one and ``Invalid`` for refused values.
    """
    require(scope)
    title, recipient = clean_label(terms.title, "title"), clean_label(terms.recipient, "recipient")
    max_views = check_views(terms.max_views)
    days = None if terms.days is None else check_days(terms.days)
    password_hash = _hash_of(terms.password) if terms.password and not terms.drops_password else None
    with transaction() as session:
        share = _get(session, scope, public_id)
        if share.revoked_at is not None:
            raise Conflict(ErrorCode.SHARE_REVOKED)
        before = _shape_of(share)
        needs_drawing = share.recipient != recipient or (terms.allows_pdf and not share.allows_pdf)
        share.title, share.recipient, share.max_views = title, recipient, max_views
        share.allows_pdf = terms.allows_pdf
        if days is not None:
            share.expires_at = datetime.now(UTC) + timedelta(days=days)
        if password_hash is not None or terms.drops_password:
            share.password_hash = password_hash
            share.password_version += 1
        if share.payload_id is None and share.error is None:
            queue_making(session, share, scope.team_id)
        elif needs_drawing:
            _draw_anew(session, share, scope.team_id)
        record(session, actor, AuditAction.SHARE_CHANGED, public_id, before=before, after=_shape_of(share))


def pause_share(actor: Actor, scope: Scope, public_id: str) -> None:
    """Close a link for a while; raise ``NotFound`` for another account's, ``Conflict`` where there is nothing to do."""
    open_one = (ShareLink.paused_at.is_(None), ShareLink.revoked_at.is_(None))
    _switch(actor, scope, public_id, AuditAction.SHARE_PAUSED, open_one, paused_at=datetime.now(UTC))


def resume_share(actor: Actor, scope: Scope, public_id: str) -> None:
    """Open a link that was closed for a while, until the end it had before; raises as ``pause_share`` does."""
    paused_one = (ShareLink.paused_at.is_not(None), ShareLink.revoked_at.is_(None))
    _switch(actor, scope, public_id, AuditAction.SHARE_RESUMED, paused_one, paused_at=None)


def revoke_share(actor: Actor, scope: Scope, public_id: str) -> None:
    """End a link for good and delete what it showed; raises as ``pause_share`` does."""
    standing = (ShareLink.revoked_at.is_(None),)
    _switch(actor, scope, public_id, AuditAction.SHARE_REVOKED, standing, revoked_at=datetime.now(UTC))


def try_again(actor: Actor, scope: Scope, public_id: str) -> None:
    """Have what a link shows made once more after it could not be; raises as ``pause_share`` does."""
    require(scope)
    with transaction() as session:
        share = _get(session, scope, public_id)
        if share.error is None or share.revoked_at is not None:
            raise Conflict(ErrorCode.SHARE_CHANGED)
        queue_making(session, share, scope.team_id)
        record(session, actor, AuditAction.SHARE_CHANGED, public_id, is_made_again=True)


def revoke_shares_of(session: Session, team_id: int, user_id: int) -> None:
    """End every link that a person has made in a team, inside the running transaction."""
    accounts = select(Account.id).where(Account.team_id == team_id)
    _revoke_all(session, ShareLink.created_by == user_id, ShareLink.account_id.in_(accounts))


def revoke_shares_in(session: Session, account_id: int) -> None:
    """End every link of an account, inside the running transaction."""
    _revoke_all(session, ShareLink.account_id == account_id)


def forget_expired(now: datetime) -> None:
    """Delete what links showed that were over a month ago; the links stay in their list."""
    with transaction() as session:
        over = select(ShareLink.id).where(ShareLink.payload_id.is_not(None), ShareLink.expires_at < now - _FORGOTTEN)
        for share_id in session.scalars(over).all():
            delete_payloads(session, share_id)


def queue_refresh(session: Session, account: Account) -> None:
    """Have the live links of an account show its newest numbers, inside the transaction that changed them."""
    live = select(ShareLink.id).where(ShareLink.account_id == account.id, *_is_live(datetime.now(UTC))).limit(1)
    if session.scalar(live) is not None:
        add_job(session, JobKind.SHARES_REFRESH, team_id=account.team_id, arguments={"account_id": account.id})


def find_live(session: Session, account_id: int) -> Sequence[ShareLink]:
    """Return the links of an account that are to show its newest numbers."""
    query = select(ShareLink).where(ShareLink.account_id == account_id, *_is_live(datetime.now(UTC)))
    return session.scalars(query.order_by(ShareLink.id)).all()


def queue_making(session: Session, share: ShareLink, team_id: int, *, redraws: bool = False) -> None:
    """Have what a link shows made, or only drawn anew; of several such jobs the last one counts."""
    arguments = {"share_id": share.id, "user_id": share.created_by, "redraws": redraws}
    share.job_id = add_job(session, JobKind.SHARE_MAKE, team_id=team_id, arguments=arguments).id
    share.error = None
    session.flush()


def _hash_of(password: str) -> str:
    return passwords.hash_password(passwords.check_password(password, "", MIN_PASSWORD))


def _of(scope: Scope) -> ColumnElement[bool]:
    return ShareLink.account_id == scope.account_id


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return ShareLink.revoked_at.is_(None), ShareLink.expires_at > now


def _is_live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_used_up = ShareLink.views >= ShareLink.max_views
    return (
        *_alive(now),
        ShareLink.mode == ShareMode.LIVE,
        ShareLink.created_by.is_not(None),
        or_(ShareLink.max_views.is_(None), ~is_used_up),
    )


def _get(session: Session, scope: Scope, public_id: str) -> ShareLink:
    query = select(ShareLink).where(_of(scope), ShareLink.public_id == public_id).with_for_update()
    share = session.scalars(query).one_or_none()
    if share is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return share


def _switch(
    actor: Actor,
    scope: Scope,
    public_id: str,
    action: AuditAction,
    conditions: tuple[ColumnElement[bool], ...],
    **values: datetime | None,
) -> None:
    """Write values to a link where the conditions hold, and the event; of two at once one gets ``Conflict``."""
    require(scope)
    with transaction() as session:
        changed = session.scalar(
            update(ShareLink)
            .where(_of(scope), ShareLink.public_id == public_id, *conditions)
            .values(**values)
            .returning(ShareLink.id)
            .execution_options(synchronize_session=False)
        )
        if changed is None:
            _get(session, scope, public_id)
            raise Conflict(ErrorCode.SHARE_CHANGED)
        if action is AuditAction.SHARE_REVOKED:
            delete_payloads(session, changed)
        record(session, actor, action, public_id)


def _revoke_all(session: Session, *conditions: ColumnElement[bool]) -> None:
    revoked = session.scalars(
        update(ShareLink)
        .where(*conditions, ShareLink.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
        .returning(ShareLink.id)
        .execution_options(synchronize_session=False)
    ).all()
    for share_id in revoked:
        delete_payloads(session, share_id)


def delete_payloads(session: Session, share_id: int, *, but: int | None = None) -> None:
    """Delete what a link shows, or what it showed before, inside the running transaction; its files go after it."""
    query = select(SharePayload).where(SharePayload.share_id == share_id)
    if but is not None:
        query = query.where(SharePayload.id != but)
    for payload in session.scalars(query):
        _discard_later(session, payload.pdf, payload.image)
        session.delete(payload)
    if but is None:
        session.execute(update(ShareLink).where(ShareLink.id == share_id).values(payload_id=None))


def _draw_anew(session: Session, share: ShareLink, team_id: int) -> None:
    """Offer no file that says something of the link that is no longer true, and have others drawn."""
    if share.payload_id is not None:
        payload = session.get_one(SharePayload, share.payload_id)
        _discard_later(session, payload.pdf, payload.image)
        payload.pdf = payload.image = None
    # What is about to be computed anew is drawn with it.
    redraws = share.payload_id is not None and not _is_being_made(session, share)
    queue_making(session, share, team_id, redraws=redraws)


def _is_being_made(session: Session, share: ShareLink) -> bool:
    """Return whether a job of the link computes its numbers, or is about to."""
    job = session.get(Job, share.job_id) if share.job_id is not None else None
    return job is not None and job.state in (JobState.QUEUED, JobState.RUNNING) and not job.arguments["redraws"]


def _discard_later(session: Session, *names: str | None) -> None:
    after_commit(session, lambda: SHARE_FILES.discard(*names))


def _shape_of(share: ShareLink) -> dict[str, object]:
    # Not whom it is for, nor what it is called: the record outlives the link.
    return {
        "mode": share.mode.value,
        "names": share.names.value,
        "numbers": share.numbers.value,
        "hides_captions": share.hides_captions,
        "shows_account": share.shows_account,
        "allows_pdf": share.allows_pdf,
        "has_password": share.password_hash is not None,
        "password_version": share.password_version,
        "max_views": share.max_views,
        "expires_at": share.expires_at.isoformat(timespec="seconds"),
    }


def forget_names(session: Session, account_id: int, names: Iterable[str]) -> None:
    """Take some people out of what the links of an account show, inside the running transaction.

    Their files are deleted and drawn anew; what is being made may have read the names already, and is made again.
    """
    wanted = tuple(names)
    query = (
        select(ShareLink, SharePayload, Account.team_id)
        .outerjoin(SharePayload, SharePayload.id == ShareLink.payload_id)
        .join(Account, Account.id == ShareLink.account_id)
        .where(ShareLink.account_id == account_id, ShareLink.revoked_at.is_(None))
    )
    for share, payload, team_id in session.execute(query).all():
        body = forget(payload.body, wanted) if payload is not None else None
        is_changed = payload is not None and body != payload.body
        if is_changed:
            payload.body = body
        if is_changed or _is_being_made(session, share):
            _draw_anew(session, share, team_id)
