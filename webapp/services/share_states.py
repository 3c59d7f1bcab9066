"""How public links stand: their list, and whether one opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Permission, Scope
from webapp.domain.shares import ShareState
from webapp.extensions import db
from webapp.models import ShareLink, SharePayload
from webapp.services import access


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A link as its list shows it; ``made_at`` is the moment of what it shows now, ``None`` before the first."""

    share: ShareLink
    state: ShareState
    made_at: datetime | None


def list_shares(scope: Scope) -> list[ShareRow]:
    """Return the links of the account, newest first."""
    require(scope)
    query = (
        select(ShareLink)
        .where(ShareLink.account_id == scope.account_id)
        .order_by(ShareLink.created_at.desc(), ShareLink.id.desc())
    )
    return _rows(db.session(), db.session.scalars(query).all())


def get_share(scope: Scope, public_id: str) -> ShareRow:
    """Return one link of the account; raise ``NotFound`` for any other."""
    require(scope)
    query = select(ShareLink).where(ShareLink.account_id == scope.account_id, ShareLink.public_id == public_id)
    share = db.session.scalars(query).one_or_none()
    if share is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return _rows(db.session(), [share])[0]


def find_body(share: ShareLink) -> str | None:
    """Return the report that a link shows, as text; ``None`` where it shows none."""
    return db.session.scalar(select(SharePayload.body).where(SharePayload.id == share.payload_id))


def is_usable(session: Session, share: ShareLink) -> bool:
    """Return whether whoever made a link may still share its account."""
    if share.created_by is None:
        return False
    return access.find_scope_of(session, share.created_by, share.account_id, Permission.SHARE_WRITE) is not None


def require(scope: Scope) -> None:
    """Raise ``Forbidden`` for who may not share the account."""
    if not scope.allows(Permission.SHARE_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def state_of(share: ShareLink, now: datetime, *, may_share: bool) -> ShareState:
    """Return how a link stands at a moment; what is final comes first."""
    states = (
        (share.revoked_at is not None, ShareState.REVOKED),
        (share.expires_at <= now, ShareState.EXPIRED),
        (not may_share, ShareState.ORPHANED),
        (share.max_views is not None and share.views >= share.max_views, ShareState.USED_UP),
        (share.paused_at is not None, ShareState.PAUSED),
        (share.payload_id is None and share.error is not None, ShareState.FAILED),
        (share.payload_id is None, ShareState.MAKING),
    )
    return next((state for holds, state in states if holds), ShareState.OPEN)


def _rows(session: Session, shares: Sequence[ShareLink]) -> list[ShareRow]:
    made = {row.id: row.made_at for row in session.execute(_made_at([share.payload_id for share in shares]))}
    usable: dict[int | None, bool] = {}
    for share in shares:
        if share.created_by not in usable:
            usable[share.created_by] = is_usable(session, share)
    now = datetime.now(UTC)
    return [
        ShareRow(share, state_of(share, now, may_share=usable[share.created_by]), made.get(share.payload_id or 0))
        for share in shares
    ]


def _made_at(payload_ids: Sequence[int | None]) -> Select[int, datetime]:
    wanted = [payload_id for payload_id in payload_ids if payload_id is not None]
    return select(SharePayload.id, SharePayload.made_at).where(SharePayload.id.in_(wanted))
