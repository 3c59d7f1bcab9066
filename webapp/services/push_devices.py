"""The browsers that a person gets push messages in: added by the person in each of them, and removed again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.destinations import DestinationRefused, DestinationRules, parse_destination
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.extensions import db, settings
from webapp.integrations.web_push import BadSubscription, Browser, plain_browser
from webapp.models import AuditAction, PushDevice, PushMessage, User
from webapp.queue import JobKind
from webapp.services import vault
from webapp.services.audit import Actor, record
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction

MAX_PER_USER: Final = 20
_USER_AGENT_LENGTH: Final = 300
_MARK_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class AddedBrowser:
    """A browser in the person's list.

    ``mark`` is the beginning of the SHA-256 of its address: by it a browser finds itself in the list. ``service`` is
    the host that carries the messages; ``last_error`` what it said last when it took none, 0 for no answer.
    """

    public_id: str
    mark: str
    user_agent: str
    service: str
    created_at: datetime
    last_sent_at: datetime | None
    last_error: int | None


def list_devices(user_id: int) -> list[AddedBrowser]:
    """Return the person's browsers, the last added first."""
    rows = db.session.scalars(
        select(PushDevice).where(PushDevice.user_id == user_id).order_by(PushDevice.created_at.desc(), PushDevice.id)
    )
    return [
        AddedBrowser(
            *(row.public_id, row.endpoint_hash[:_MARK_LENGTH], row.user_agent, urlsplit(row.endpoint).netloc),
            *(row.created_at, row.last_sent_at, row.last_error),
        )
        for row in rows
    ]


def destination_rules() -> DestinationRules:
    """Return where this installation may send: not to itself, and to this machine only in tests."""
    config = settings()
    own = {config.host, urlsplit(config.base_url).hostname or ""}
    return DestinationRules(frozenset(own - {""}), config.loopback_destinations)


def add(actor: Actor, user_id: int, found: Browser, locale: str, earlier: str = "") -> str:
    """Add a browser, or take what it says anew, and return its public id; one of somebody else's becomes theirs.

    ``earlier`` is the address that the browser had until now, where it knows. Raises ``Invalid`` for keys or an address
    that nothing can be sent with, and where the person has too many.
    """
    browser = _checked(found)
    with transaction() as session:
        # Locked, so that two at the same moment are counted one after the other.
        session.get_one(User, user_id, with_for_update=True)
        device, taken = _find_own(session, user_id, earlier), _find(session, browser.endpoint)
        if device is None and taken is not None and taken.user_id == user_id:
            device = taken
        if taken is not None and taken is not device:
            session.delete(taken)
            session.flush()
        if device is None:
            _make_sure_of_room(session, user_id)
            device = PushDevice(user_id=user_id, created_at=datetime.now(UTC))
        device.endpoint, device.endpoint_hash, device.p256dh = browser.endpoint, _hash(browser.endpoint), browser.p256dh
        device.locale, device.user_agent = locale, (actor.user_agent or "")[:_USER_AGENT_LENGTH]
        device.last_error = None
        session.add(device)
        session.flush()  # what is sealed is bound to the number of its row
        device.auth = vault.seal(browser.auth, _place(device))
        record(session, actor, AuditAction.PUSH_DEVICE_ADDED, device.public_id)
        return device.public_id


def remove(actor: Actor, user_id: int, public_id: str) -> None:
    """Forget a browser, and with it what waits for it; raise ``NotFound`` for one that is not the person's."""
    with transaction() as session:
        session.delete(_get(session, user_id, public_id))
        record(session, actor, AuditAction.PUSH_DEVICE_REMOVED, public_id)


def test(actor: Actor, user_id: int, public_id: str) -> None:
    """Send a message to one browser that says it arrived; raise ``NotFound`` for one that is not the person's."""
    with transaction() as session:
        write_messages(session, [_get(session, user_id, public_id).id], [])
        record(session, actor, AuditAction.PUSH_TESTED, public_id)


def write_messages(session: Session, device_ids: Sequence[int], notifications: Sequence[int]) -> int:
    """Write a message to each device in the running transaction, to be sent once it is committed; return how many."""
    for device_id in device_ids:
        message = PushMessage(
            device_id=device_id, notifications=list(notifications), created_at=datetime.now(UTC), ended_at=None
        )
        session.add(message)
        session.flush()
        add_job(session, JobKind.PUSH_SEND, arguments={"message_id": message.id})
    return len(device_ids)


def open_browser(device: PushDevice) -> Browser:
    """Return what a message to a device is encrypted with; raise ``Unavailable`` where no key opens it."""
    return Browser(device.endpoint, device.p256dh, vault.unseal(device.auth or "", _place(device)))


def _checked(browser: Browser) -> Browser:
    """Return a browser whose keys are written in the one way that they are stored in."""
    try:
        parse_destination(browser.endpoint, destination_rules())
        return plain_browser(browser)
    except (DestinationRefused, BadSubscription) as error:
        raise Invalid(ErrorCode.PUSH_BROWSER_REFUSED) from error


def _make_sure_of_room(session: Session, user_id: int) -> None:
    count = select(func.count()).select_from(PushDevice).where(PushDevice.user_id == user_id)
    if (session.scalar(count) or 0) >= MAX_PER_USER:
        raise Invalid(ErrorCode.PUSH_DEVICES_FULL, maximum=MAX_PER_USER)


def _get(session: Session, user_id: int, public_id: str) -> PushDevice:
    query = select(PushDevice).where(PushDevice.user_id == user_id, PushDevice.public_id == public_id)
    device = session.scalars(query.with_for_update()).one_or_none()
    if device is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return device


def _find_own(session: Session, user_id: int, endpoint: str) -> PushDevice | None:
    device = _find(session, endpoint)
    return device if device is not None and device.user_id == user_id else None


def _find(session: Session, endpoint: str) -> PushDevice | None:
    query = select(PushDevice).where(PushDevice.endpoint_hash == _hash(endpoint)).with_for_update()
    return session.scalars(query).one_or_none()


def _hash(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _place(device: PushDevice) -> str:
    return f"push_device:{device.id}:auth"
