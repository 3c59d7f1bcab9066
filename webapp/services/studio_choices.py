"""What a person says of a video of TikTok Studio: which post it is, that it is none of them, or nothing any more."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.analytics.visible import visible
from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Permission, Scope
from webapp.domain.studio_matching import Identity
from webapp.extensions import db
from webapp.models import Account, AuditAction, Job, Post, StudioChoice, StudioVideo
from webapp.queue import JobKind
from webapp.services import after_switch, turns
from webapp.services.audit import Actor, record
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.studio import find_choice, settle_videos
from webapp.services.transaction import transaction

_ACCOUNT = "account_id"


def choose_post(actor: Actor, scope: Scope, platform_post_id: str, post_public_id: str | None) -> None:
    """Say which post a video is, ``None`` that it is none of them; a video that had this post loses it.

    The choice outlives imports and undos. Raises ``NotFound`` for a video or a post that the account has not.
    """
    _require(scope)
    with transaction() as session:
        account = _lock(session, scope, platform_post_id)
        identity = None if post_public_id is None else _identity(session, scope, post_public_id)
        if identity is not None:
            session.execute(
                delete(StudioChoice).where(
                    StudioChoice.account_id == scope.account_id,
                    StudioChoice.published_at == identity[0],
                    StudioChoice.ordinal == identity[1],
                    StudioChoice.platform_post_id != platform_post_id,
                )
            )
        choice = find_choice(session, scope.account_id, platform_post_id)
        if choice is None:
            choice = StudioChoice(account_id=scope.account_id, platform_post_id=platform_post_id)
            session.add(choice)
        choice.published_at, choice.ordinal = identity or (None, 0)
        choice.decided_by, choice.decided_at = scope.user_id, datetime.now(UTC)
        _settle_soon(session, account)
        record(session, actor, AuditAction.STUDIO_VIDEO_DECIDED, platform_post_id, post=post_public_id)


def forget_choice(actor: Actor, scope: Scope, platform_post_id: str) -> None:
    """Leave it to day, title and likes again which post a video is; raise ``NotFound`` for an unknown video."""
    _require(scope)
    with transaction() as session:
        account = _lock(session, scope, platform_post_id)
        choice = find_choice(session, scope.account_id, platform_post_id)
        if choice is None:
            return
        session.delete(choice)
        _settle_soon(session, account)
        record(session, actor, AuditAction.STUDIO_VIDEO_DECIDED, platform_post_id, is_forgotten=True)


def settle(lease: Lease) -> None:
    """Work the choices of an account into what its readers see; raise ``NotYet`` while another job writes."""
    account = db.session.get(Account, lease.arguments[_ACCOUNT])
    if account is None or account.deleted_at is not None:
        with transaction() as session:
            lease.finish(session)
        return
    turn = turns.begin(lease, account.id)
    with transaction() as session:
        lease.hold(session)
        account = session.get_one(Account, turn.account_id)
        if settle_videos(session, account, turn.revision + 1):
            turns.switch(session, account, turn.revision + 1)
            after_switch.queue_readings(session, account)
        else:
            turns.give_back(account)
        lease.finish(session)


def ended(session: Session, job: Job) -> None:
    """Let others write an account whose choices could not be worked in; the next import does it."""
    account = session.get(Account, job.arguments[_ACCOUNT], with_for_update=True)
    if account is not None:
        turns.abandon(session, account, job)


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.POST_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope, platform_post_id: str) -> Account:
    """Return the account, so that choices come one after another."""
    account = session.get_one(Account, scope.account_id, with_for_update=True)
    known = select(StudioVideo.id).where(visible(StudioVideo, scope), StudioVideo.platform_post_id == platform_post_id)
    if session.scalar(known.limit(1)) is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return account


def _identity(session: Session, scope: Scope, public_id: str) -> Identity:
    post = session.scalars(select(Post).where(visible(Post, scope), Post.public_id == public_id)).one_or_none()
    if post is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return post.published_at, post.ordinal


def _settle_soon(session: Session, account: Account) -> None:
    add_job(session, JobKind.STUDIO_MATCH, team_id=account.team_id, arguments={_ACCOUNT: account.id})
