"""What only the clock brings about: links about to expire are told of, and what was read long ago is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Notification, PushMessage, ShareLink
from webapp.services.batches import batches, delete_in_batches
from webapp.services.lease import Lease
from webapp.services.notice_messages import tell_link_expiring
from webapp.services.share_states import is_usable
from webapp.services.transaction import transaction

# So long before its end a link is told of; one that was made for less was never meant to last.
NOTICE_PERIOD: Final = timedelta(days=3)
# How long what was read, or was never to be in the app, can be looked up.
KEPT: Final = timedelta(days=180)
# How long it can be looked up what became of a message to a device.
_PUSHES_KEPT: Final = timedelta(days=7)
_LINKS: Final = 100


def watch(lease: Lease) -> None:
    """Tell of the links that are about to expire, and delete what nobody needs any more."""
    now = datetime.now(UTC)
    lease.begin_step("links")
    for ids in batches(_expiring(now), _LINKS):
        with transaction() as session:
            lease.hold(session)
            for share in session.scalars(select(ShareLink).where(ShareLink.id.in_(ids))).all():
                if is_usable(session, share):
                    tell_link_expiring(session, share)
    lease.begin_step("forgetting")
    delete_in_batches(lease, Notification, Notification.read_at < now - KEPT)
    delete_in_batches(lease, Notification, Notification.is_shown.is_(False) & (Notification.created_at < now - KEPT))
    delete_in_batches(lease, PushMessage, PushMessage.ended_at < now - _PUSHES_KEPT)
    with transaction() as session:
        lease.finish(session)


def _expiring(now: datetime) -> list[int]:
    """Return the row ids of the links that open now and will not in three days."""
    query = select(ShareLink.id, ShareLink.created_at, ShareLink.expires_at).where(
        ShareLink.expires_at > now,
        ShareLink.expires_at <= now + NOTICE_PERIOD,
        ShareLink.paused_at.is_(None),
        ShareLink.revoked_at.is_(None),
    )
    rows = db.session.execute(query.order_by(ShareLink.id))
    return [link_id for link_id, made_at, ends_at in rows if ends_at - made_at > NOTICE_PERIOD]
