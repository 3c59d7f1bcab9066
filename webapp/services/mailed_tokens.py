"""Secrets that are mailed to a person: good for one thing, once, for a while, and kept as a hash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.secret_texts import digest_of, is_secret, new_secret
from webapp.extensions import db
from webapp.models import AuditAction, MailedToken, TokenKind, User
from webapp.services import audit
from webapp.services.audit import Actor
from webapp.services.transaction import transaction

# What a person's later changes do not kill: whoever took an account over would change its password next.
_OUTLIVES_CHANGES = (TokenKind.REVERT_EMAIL,)


def make_token(session: Session, kind: TokenKind, user: User, *, hours: int = 0, minutes: int = 0, **data: Any) -> str:
    """Return a new secret inside the running transaction; an older one of its kind opens nothing any more."""
    if kind not in _OUTLIVES_CHANGES:
        kill(session, user.id, kind)
    text, now = new_secret(), datetime.now(UTC)
    session.add(
        MailedToken(
            kind=kind,
            token_hash=digest_of(text),
            user_id=user.id,
            security_version=user.security_version,
            data=data,
            created_at=now,
            expires_at=now + timedelta(hours=hours, minutes=minutes),
        )
    )
    session.flush()
    return text


def kill(session: Session, user_id: int, kind: TokenKind) -> None:
    """Make a person's open secrets of a kind worthless, inside the running transaction."""
    now = datetime.now(UTC)
    session.execute(
        update(MailedToken)
        .where(
            MailedToken.user_id == user_id,
            MailedToken.kind == kind,
            MailedToken.used_at.is_(None),
            MailedToken.expires_at > now,
        )
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def find_token(kind: TokenKind, text: str) -> MailedToken:
    """Return what a secret is good for, without using it up; raise ``NotFound``, always the same, when for nothing."""
    token = db.session.scalars(select(MailedToken).where(*_open(kind, text))).one_or_none()
    if token is None:
        raise NotFound(ErrorCode.LINK_INVALID)
    return token


def redeem(session: Session, kind: TokenKind, text: str) -> MailedToken:
    """Use a secret up inside the running transaction; of many at once one succeeds, the others get ``NotFound``."""
    token_id = session.scalar(
        update(MailedToken)
        .where(*_open(kind, text))
        .values(used_at=datetime.now(UTC))
        .returning(MailedToken.id)
        .execution_options(synchronize_session=False)
    )
    if token_id is None:
        raise NotFound(ErrorCode.LINK_INVALID)
    return session.get_one(MailedToken, token_id, populate_existing=True)


def note_reuse(kind: TokenKind, text: str, actor: Actor) -> None:
    """Record that a secret was shown again that had been used up: somebody else may have read the mail."""
    with transaction() as session:
        token = session.scalars(
            select(MailedToken).where(
                MailedToken.kind == kind, MailedToken.token_hash == digest_of(text), MailedToken.used_at.is_not(None)
            )
        ).one_or_none()
        if token is not None:
            audit.record(session, _about(token, actor), AuditAction.TOKEN_REUSED, kind.value)


def is_reserved(session: Session, key: str, user_id: int | None = None) -> bool:
    """Return whether an address may still be taken back by somebody else whose it was."""
    query = select(MailedToken.id).where(
        MailedToken.kind == TokenKind.REVERT_EMAIL,
        MailedToken.used_at.is_(None),
        MailedToken.expires_at > datetime.now(UTC),
        MailedToken.data["key"].as_string() == key,
    )
    if user_id is not None:
        query = query.where(MailedToken.user_id != user_id)
    return session.scalars(query.limit(1)).first() is not None


def delete_old_tokens(session: Session, before: datetime) -> None:
    """Delete the secrets that were over before a moment, inside the running transaction."""
    session.execute(delete(MailedToken).where(MailedToken.expires_at < before))


def _open(kind: TokenKind, text: str) -> list[ColumnElement[bool]]:
    """Return what is true of a secret that still opens something."""
    person = select(User.id).where(User.id == MailedToken.user_id, User.is_disabled.is_(False))
    if kind not in _OUTLIVES_CHANGES:
        person = person.where(User.security_version == MailedToken.security_version)
    return [
        MailedToken.kind == kind,
        # A text that no secret has is hashed and looked for like any other.
        MailedToken.token_hash == (digest_of(text) if is_secret(text) else digest_of("")),
        MailedToken.used_at.is_(None),
        MailedToken.expires_at > datetime.now(UTC),
        person.exists(),
    ]


def _about(token: MailedToken, actor: Actor) -> Actor:
    return Actor(actor.user_id or token.user_id, None, actor.ip, actor.request_id, actor.user_agent)
