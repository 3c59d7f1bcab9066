"""What follows when the password, the address or the second factor of a person changes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.models import KnownDevice, MailedToken, TokenKind, User
from webapp.services.login_sessions import end_all_but


def raise_version(session: Session, user: User, keep_session_id: int | None = None) -> None:
    """Make worthless what was given out before: other sessions, half log-ins, trust in devices, mailed secrets.

    The link that takes a change of address back survives: it is the way out for somebody whose password and address
    were changed by another.
    """
    now = datetime.now(UTC)
    user.security_version = User.security_version + 1
    end_all_but(session, user.id, keep_session_id)
    session.execute(update(KnownDevice).where(KnownDevice.user_id == user.id).values(trusted_until=None))
    session.execute(
        update(MailedToken)
        .where(
            MailedToken.user_id == user.id,
            MailedToken.used_at.is_(None),
            MailedToken.expires_at > now,
            MailedToken.kind != TokenKind.REVERT_EMAIL,
        )
        .values(expires_at=now)
    )
    session.flush()
