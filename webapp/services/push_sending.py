"""Send push messages: written down with what they tell of, put into words and sent by a job, each to one browser.

A job that dies between the answer of the push service and its own end sends once more; the browser then shows the same
message in the place of the first one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.notifications import count_unread
from webapp.domain.destinations import DestinationRefused, parse_destination
from webapp.domain.errors import Conflict, ErrorCode, Unavailable
from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db, settings
from webapp.integrations.guarded_http import Answer, DestinationAway
from webapp.integrations.web_push import LONGEST_TEXT, Browser, Letter, ServerKeys
from webapp.integrations.web_push import send as hand_over
from webapp.models import AuditAction, Job, PushDevice, PushMessage, User
from webapp.renderers.push_messages import PushMatter, tell_all, tell_test, write_payload
from webapp.services import outbound
from webapp.services.access import find_team_scope
from webapp.services.audit import NOBODY, record
from webapp.services.lease import Lease, NotYet
from webapp.services.mails import link_to
from webapp.services.notification_reading import find_told
from webapp.services.outbound import Purpose
from webapp.services.push_devices import destination_rules, open_browser, write_messages
from webapp.services.push_keys import find_keys
from webapp.services.transaction import transaction

logger = logging.getLogger(__name__)

# What no browser has fetched for a day is in the app anyway.
_LATEST: Final = 24 * 3600
_SOONEST_AGAIN: Final = 10
_LATEST_AGAIN: Final = 900
_GONE: Final = (404, 410)
_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_NO_ANSWER: Final = Answer(0, {}, b"")
# Where nothing may be sent looks from outside like a service that wants nothing (SECURITY 84).
_NOT_ALLOWED: Final = Answer(403, {}, b"")
_SHOWN_OF_ANSWER: Final = 200


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A message that can be sent: whom to, what, and until when in seconds from now."""

    browser: Browser
    keys: ServerKeys
    matter: PushMatter
    unread: int | None
    age: int


def queue_push(session: Session, user_id: int, ids: Sequence[int]) -> int:
    """Write in the running transaction one message to each of a person's browsers; return how many there are.

    ``ids`` are rows of notifications that are told as one; what they say is written when they are sent.
    """
    devices = session.scalars(select(PushDevice.id).where(PushDevice.user_id == user_id).order_by(PushDevice.id)).all()
    return write_messages(session, devices, ids)


def send(lease: Lease) -> None:
    """Send a message. One whose service is away or busy waits and is tried again for a day; then, or refused, it fails.

    A browser that is gone (404, 410) is forgotten.
    """
    try:
        parcel = _pack(lease)
    except Unavailable as error:
        # Waiting brings no lost key back; with it the job can be tried again.
        if error.code is ErrorCode.SECRET_UNREADABLE:
            raise Conflict(error.code) from error
        raise
    if parcel is None:
        _end(lease, None)
        return
    # What is read of the database must not stay open while a service is waited for.
    db.session.rollback()
    reach(Failpoint.PUSH_BEFORE_SEND)
    answer = _send(parcel, is_short=False)
    if answer.status == _TOO_LARGE:
        answer = _send(parcel, is_short=True)
    reach(Failpoint.PUSH_AFTER_SEND)
    if answer.status in _GONE:
        _forget(lease)
    elif 200 <= answer.status < 300:
        _end(lease, answer.status)
    else:
        _note_failure(lease, answer.status)
        _wait_or_fail(parcel, answer)


def ended(session: Session, job: Job) -> None:
    """Note in the transaction that ends a job that its message was not sent."""
    message = session.get(PushMessage, job.arguments["message_id"])
    if message is not None and message.ended_at is None:
        message.ended_at = datetime.now(UTC)


def revive(session: Session, job: Job) -> None:
    """Open a message again that is to be tried once more; refuse one whose browser was forgotten."""
    message = session.get(PushMessage, job.arguments["message_id"])
    if message is None:
        raise Conflict(ErrorCode.JOB_NOT_RETRIABLE)
    message.ended_at = None


def _pack(lease: Lease) -> _Parcel | None:
    """Return the message with everything it needs; ``None`` where there is nobody or nothing left to tell."""
    session = db.session()
    message, device = _find(session, lease)
    user = session.get(User, device.user_id) if device is not None else None
    keys = find_keys(session)
    if message is None or device is None or user is None or user.is_disabled or keys is None:
        return None
    age = int((datetime.now(UTC) - message.created_at).total_seconds())
    if age >= _LATEST:
        raise Conflict(ErrorCode.PUSH_TOO_LATE)
    matter = _write(session, message, device)
    if matter is None:
        return None
    team = find_team_scope(session, user.id)
    unread = count_unread(team).unread if team is not None and message.notifications else None
    return _Parcel(open_browser(device), keys, matter, unread, age)


def _write(session: Session, message: PushMessage, device: PushDevice) -> PushMatter | None:
    if not message.notifications:
        return tell_test(device.locale)
    told = find_told(session, device.user_id, message.notifications, nameless=True)
    return tell_all(told, device.locale) if told else None


def _send(parcel: _Parcel, *, is_short: bool) -> Answer:
    """Return what the push service says, or in its place why there is no answer."""
    matter = parcel.matter
    text = write_payload(matter, link_to, parcel.unread, LONGEST_TEXT, is_short=is_short)
    letter = Letter(text, _LATEST - parcel.age, "high" if matter.is_urgent else "normal", matter.topic)
    now = int(datetime.now(UTC).timestamp())
    try:
        return hand_over(letter, parcel.browser, parcel.keys, _contact(), destination_rules(), now)
    except DestinationRefused as error:
        logger.warning("a push message was not sent to %s: %s", urlsplit(parcel.browser.endpoint).hostname, error)
        return _NOT_ALLOWED
    except DestinationAway as error:
        logger.warning("a push message waits: %s", error)
        return _NO_ANSWER


def _wait_or_fail(parcel: _Parcel, answer: Answer) -> None:
    """Have the message tried again later where that may help; raise ``Conflict`` where it does not."""
    if answer.status not in (_NO_ANSWER.status, _TOO_MANY) and answer.status < _SERVER_FAULT:
        logger.error("a push service refused a message: %s %r", answer.status, answer.body[:_SHOWN_OF_ANSWER])
        raise Conflict(ErrorCode.PUSH_REFUSED)
    pause = min(_LATEST_AGAIN, max(_SOONEST_AGAIN, parcel.age // 2))
    pause = max(pause, _asked_pause(answer))
    if parcel.age + pause >= _LATEST:
        raise Conflict(ErrorCode.PUSH_TOO_LATE)
    raise NotYet(pause)


def _asked_pause(answer: Answer) -> int:
    """Return for how many seconds a service wants to be left alone, at most a day (RFC 9110, 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return int(text[:6]) if len(text) <= 6 else _LATEST
    try:
        until = parsedate_to_datetime(text)
        seconds = (until - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):  # no date, or one without a zone
        return 0
    return max(0, min(_LATEST, int(seconds)))


def _contact() -> str:
    """Return where an operator of a push service can ask about what is sent from here (RFC 8292, 2.1)."""
    config = settings()
    return config.base_url if config.https else f"mailto:{config.mail_from}"


def _end(lease: Lease, status: int | None) -> None:
    """Note that nothing more is to be done for the message; with a status it was taken."""
    with transaction() as session:
        message, device = _find(session, lease)
        if message is not None:
            message.ended_at, message.status = datetime.now(UTC), status
        if device is not None and status is not None:
            device.last_sent_at, device.last_error = datetime.now(UTC), None
            target = parse_destination(device.endpoint, destination_rules())
            outbound.note_use(session, Purpose.PUSH, f"{target.host}:{target.port}")
        lease.finish(session)


def _forget(lease: Lease) -> None:
    with transaction() as session:
        _, device = _find(session, lease)
        if device is not None:
            record(session, NOBODY, AuditAction.PUSH_DEVICE_REMOVED, device.public_id, reason="gone")
            session.delete(device)
        lease.finish(session)


def _note_failure(lease: Lease, status: int) -> None:
    with transaction() as session:
        lease.hold(session)
        message, device = _find(session, lease)
        if message is not None:
            message.status = status
        if device is not None:
            device.last_error = status


def _find(session: Session, lease: Lease) -> tuple[PushMessage | None, PushDevice | None]:
    """Return a message that is still to be sent, and the device it is for."""
    message = session.get(PushMessage, lease.arguments["message_id"])
    if message is None or message.ended_at is not None:
        return None, None
    return message, session.get(PushDevice, message.device_id)
