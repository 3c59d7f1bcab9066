"""Hand notifications over to mail and push: what is due of one person in one transaction, so that each goes once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select, union, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.notice_groups import group_told
from webapp.domain.notifications import Hours, NoticeType, Told
from webapp.extensions import db, settings
from webapp.models import Notification, User, database_now
from webapp.renderers.notification_mail import notification_values
from webapp.services import mails
from webapp.services.digest_links import stop_link
from webapp.services.lease import Lease
from webapp.services.mails import MailingList, MailKind, link_to, queue_mailing
from webapp.services.notification_choices import find_hours
from webapp.services.notification_reading import find_told
from webapp.services.push_sending import queue_push
from webapp.services.transaction import transaction

logger = logging.getLogger(__name__)

# More pieces of news than so many are one message, which says how many they are.
_MAX_PUSHES: Final = 3
_READ_AT_ONCE: Final = 500

_Due = InstrumentedAttribute[int | None]
_DUE: Final[tuple[_Due, ...]] = (Notification.mail_due_at, Notification.push_due_at)


def deliver(lease: Lease) -> None:
    """Write down the mails and pushes of everybody of whom something is due.

    What cannot be put into words keeps nobody else waiting: the job fails once the others have theirs.
    """
    now = db.session.scalar(select(database_now())) or 0
    failure: Exception | None = None
    for user_id in _find_due(now):
        try:
            with transaction() as session:
                lease.hold(session)
                _deliver_to(session, user_id, now)
                reach(Failpoint.DELIVER_BEFORE_COMMIT)
        except (LookupError, TypeError, ValueError) as error:
            logger.exception("the notifications of person %s cannot be told", user_id)
            failure = error
        reach(Failpoint.DELIVER_AFTER_COMMIT)
    if failure is not None:
        raise failure
    with transaction() as session:
        lease.finish(session)


def _find_due(now: int) -> Sequence[int]:
    """Return the people of whom something is due."""
    due = union(*(select(Notification.user_id).where(column <= now) for column in _DUE))
    return db.session.scalars(due).all()


def _deliver_to(session: Session, user_id: int, now: int) -> None:
    # Locked, so that of two jobs one takes what is due, and that what the person chooses meanwhile waits.
    user = session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        return
    hours = find_hours(session, user_id) or Hours()
    if hours.is_quiet(now):
        _put_off(session, user_id, now, hours.after_quiet(now))
    mailed = _take(session, Notification.mail_due_at, user_id, now)
    pushed = _take(session, Notification.push_due_at, user_id, now)
    if user.is_disabled:
        return
    # A mail goes to where somebody signs in, once they have confirmed that it is theirs.
    if mailed and user.verified_at is not None:
        _mail(session, user, _find_told(session, user_id, mailed))
    if pushed:
        _push(session, user_id, _find_told(session, user_id, pushed))


def _put_off(session: Session, user_id: int, now: int, until: int) -> None:
    """Let what came due wait for the end of the quiet hours that have begun meanwhile."""
    for column in _DUE:
        session.execute(
            update(Notification)
            .where(Notification.user_id == user_id, column <= now, Notification.type != NoticeType.SECURITY)
            .values({column: until})
            .execution_options(synchronize_session=False)
        )


def _take(session: Session, column: _Due, user_id: int, now: int) -> list[int]:
    """Return what is due by one channel, by its row ids, and note that it was handed over."""
    taken = session.scalars(
        update(Notification)
        .where(Notification.user_id == user_id, column <= now)
        .values({column: None})
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(taken)


def _find_told(session: Session, user_id: int, ids: Sequence[int]) -> list[Told]:
    """Return what may still be told, the oldest first."""
    parts = [ids[first : first + _READ_AT_ONCE] for first in range(0, len(ids), _READ_AT_ONCE)]
    found = (told for part in parts for told in find_told(session, user_id, part, nameless=True))
    return sorted(found, key=lambda told: (told.at, told.id))


def _mail(session: Session, user: User, tolds: Sequence[Told]) -> None:
    if not tolds:
        return
    locale = user.locale or "en"
    host = urlsplit(settings().base_url).hostname or "localhost"
    mailing = MailingList(mails.SENDER_NAME, f"notifications.{user.public_id}.{host}", stop_link(user.public_id))
    queue_mailing(
        *(session, MailKind.NOTIFICATIONS, mailing, notification_values(tolds, locale, link_to)),
        address=user.email,
        locale=locale,
        user_id=user.id,
    )


def _push(session: Session, user_id: int, tolds: Sequence[Told]) -> None:
    """Send each piece of news to the devices as a message of its own, or all as one where they are many."""
    groups = group_told(tolds)
    if len(groups) > _MAX_PUSHES:
        groups = [tuple(tolds)]
    for group in groups:
        queue_push(session, user_id, [told.id for told in group])
