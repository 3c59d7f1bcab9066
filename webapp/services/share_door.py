"""The door of a public link: who may look, how often, and what is written down of it.

Of visitors nothing is kept but the network they came from, and that in the record of actions alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, or_, select, update

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.networks import truncated
from webapp.domain.secret_texts import digest_of, is_secret
from webapp.extensions import db
from webapp.models import Account, AuditAction, ShareLink, SharePayload
from webapp.services import passwords
from webapp.services.audit import Actor, record, record_alone
from webapp.services.share_files import SHARE_FILES
from webapp.services.share_states import is_usable
from webapp.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class Door:
    """A link that stands, as a visitor meets it; ``asks`` is whether it opens only by a press of a button."""

    share_id: int
    team_id: int
    public_id: str
    title: str
    recipient: str
    locale: str
    password_version: int
    has_password: bool
    is_limited: bool
    is_used_up: bool
    allows_pdf: bool

    @property
    def asks(self) -> bool:
        """Return whether looking takes more than the address: a reader's program that fetches it spends no view."""
        return self.has_password or self.is_limited


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link shows: a report as text, and its files."""

    body: str
    pdf: Path | None
    image: Path | None


def find_door(token: str) -> Door:
    """Return the door that a secret leads to; raise ``NotFound``, always the same, for every other text.

    A link that is paused, revoked, expired, without a payload, or whose maker may not share any more is none.
    """
    # A text that no secret has is hashed and looked for like any other.
    digest = digest_of(token if is_secret(token) else "")
    session = db.session()
    query = (
        select(ShareLink, Account.team_id)
        .join(Account, Account.id == ShareLink.account_id)
        .where(ShareLink.token_hash == digest, *_stands(datetime.now(UTC)))
    )
    found = session.execute(query).one_or_none()
    if found is None or not is_usable(session, found[0]):
        raise NotFound(ErrorCode.NOT_FOUND)
    share, team_id = found
    return Door(
        share.id,
        team_id,
        share.public_id,
        share.title,
        share.recipient,
        share.locale,
        share.password_version,
        share.password_hash is not None,
        share.max_views is not None,
        share.max_views is not None and share.views >= share.max_views,
        share.allows_pdf,
    )


def check_password(door: Door, password: str, ip: str | None) -> None:
    """Raise ``Invalid`` for a password that does not open a link, and write down that somebody was refused."""
    stored = db.session.scalar(select(ShareLink.password_hash).where(ShareLink.id == door.share_id))
    if not passwords.verify_password(stored, password):
        record_alone(_visitor(door, ip), AuditAction.SHARE_REFUSED, door.public_id)
        raise Invalid(ErrorCode.SHARE_PASSWORD_WRONG, field="password")


def enter(door: Door, ip: str | None) -> None:
    """Count that a link was opened; raise ``NotFound`` when it was closed or its last view taken a moment ago."""
    now = datetime.now(UTC)
    with transaction() as session:
        entered = session.scalar(
            update(ShareLink)
            .where(
                ShareLink.id == door.share_id,
                ShareLink.password_version == door.password_version,
                or_(ShareLink.max_views.is_(None), ShareLink.views < ShareLink.max_views),
                *_stands(now),
            )
            .values(views=ShareLink.views + 1, last_opened_at=now)
            .returning(ShareLink.id)
            .execution_options(synchronize_session=False)
        )
        if entered is None:
            raise NotFound(ErrorCode.NOT_FOUND)
        record(session, _visitor(door, ip), AuditAction.SHARE_OPENED, door.public_id)


def note_download(door: Door, ip: str | None) -> None:
    """Write down that a link's sheet was taken away; it was opened before, so that counts as no view."""
    record_alone(_visitor(door, ip), AuditAction.SHARE_OPENED, door.public_id, part="pdf")


def find_shown(door: Door) -> Shown:
    """Return what a link shows; raise ``NotFound`` when it was closed meanwhile."""
    query = (
        select(SharePayload.body, SharePayload.pdf, SharePayload.image)
        .join(ShareLink, ShareLink.payload_id == SharePayload.id)
        .where(ShareLink.id == door.share_id, *_stands(datetime.now(UTC)))
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return Shown(found.body, SHARE_FILES.find(found.pdf) if door.allows_pdf else None, SHARE_FILES.find(found.image))


def _stands(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        ShareLink.revoked_at.is_(None),
        ShareLink.paused_at.is_(None),
        ShareLink.expires_at > now,
        ShareLink.payload_id.is_not(None),
    )


def _visitor(door: Door, ip: str | None) -> Actor:
    return Actor(team_id=door.team_id, ip=truncated(ip))
