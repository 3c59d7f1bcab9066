"""Wrong passwords in a row: the owner is told, and in the end the password opens nothing until it is reset."""

from __future__ import annotations

from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.models import User
from webapp.services.mails import MailKind, queue_mail

# From here on the limits make everybody wait who is not known, the owner among them.
NOTICED_FAILURES: Final = 10
# NIST SP 800-63B, 3.2.2.
MAX_FAILURES: Final = 100
# How long the owner waits at most, as their mail says.
WAIT_MINUTES: Final = 15


def is_locked(user: User) -> bool:
    """Return whether the password opens nothing any more, but for a browser its person has signed in with."""
    return user.failed_logins >= MAX_FAILURES


def count_failure(session: Session, user_id: int) -> None:
    """Count a wrong password inside the running transaction; write to the owner at the first and the last mark."""
    failures = session.scalars(
        update(User)
        .where(User.id == user_id)
        .values(failed_logins=User.failed_logins + 1)
        .returning(User.failed_logins)
    ).one_or_none()
    user = session.get(User, user_id)
    if user is None or user.is_disabled or user.is_pending:
        return
    if failures == NOTICED_FAILURES:
        kind, values = MailKind.LOGIN_THROTTLED, {"minutes": WAIT_MINUTES}
    elif failures == MAX_FAILURES:
        kind, values = MailKind.PASSWORD_LOCKED, {}
    else:
        return
    queue_mail(session, kind, address=user.email, locale=user.locale, user_id=user_id, **values)


def forget_failures(session: Session, user_id: int) -> None:
    """Begin to count anew inside the running transaction, once the person is in."""
    session.execute(update(User).where(User.id == user_id, User.failed_logins > 0).values(failed_logins=0))
