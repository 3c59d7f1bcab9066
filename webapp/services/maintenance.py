"""Jobs that keep the house clean."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from webapp.analytics.list_index import sweep_copies
from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db
from webapp.models import (
    DIRECTIONS,
    Account,
    Export,
    FollowerSnapshot,
    Hashtag,
    ImportRun,
    ListIndex,
    ListIndexPiece,
    Post,
    PostDetail,
    PostHashtag,
    PostReading,
    Sound,
    StudioChoice,
    StudioDay,
    StudioHour,
    StudioShare,
    StudioVideo,
)
from webapp.services.batches import delete_in_batches
from webapp.services.covers import discard_covers, sweep_media
from webapp.services.lease import Lease, NotYet
from webapp.services.list_index import drop_lists
from webapp.services.login_sessions import delete_expired_sessions
from webapp.services.revisions import is_writing
from webapp.services.transaction import transaction
from webapp.services.uploads import discard_upload, sweep_uploads

_WRITING_SECONDS = 5
# Children before parents, so that no cascade does in one long lock what batches do in many short ones.
_OWNED: tuple[Any, ...] = (
    ListIndexPiece,
    ListIndex,
    FollowerSnapshot,
    StudioVideo,
    StudioDay,
    StudioHour,
    StudioShare,
    StudioChoice,
    PostHashtag,
    PostReading,
    PostDetail,
    Post,
    Hashtag,
    Sound,
    Export,
    ImportRun,
)


def purge_account(lease: Lease) -> None:
    """Delete every row of an account that a person deleted, in short batches.

    Raises ``NotYet`` while an import of the account still writes.
    """
    account_id = lease.arguments["account_id"]
    account = db.session.get(Account, account_id)
    if account is not None and is_writing(db.session(), account):
        raise NotYet(_WRITING_SECONDS)
    for public_id in db.session.scalars(select(ImportRun.public_id).where(ImportRun.account_id == account_id)):
        discard_upload(public_id)
    discard_covers(account_id)
    for model in DIRECTIONS.values():
        # In two parts, because each has an index of its own.
        delete_in_batches(lease, model, (model.account_id == account_id) & model.gone_export_id.is_(None))
        delete_in_batches(lease, model, (model.account_id == account_id) & model.gone_export_id.is_not(None))
    drop_lists(lease, ListIndex.account_id == account_id)
    for owned in _OWNED:
        reach(Failpoint.PURGE_MID)
        delete_in_batches(lease, owned, owned.account_id == account_id)
    sweep_copies()
    with transaction() as session:
        session.execute(delete(Account).where(Account.id == account_id, Account.deleted_at.is_not(None)))
        lease.finish(session)


def sweep(lease: Lease) -> None:
    """Delete uploaded files that no open import needs, images of no cover, and copies of lists that are no more."""
    sweep_uploads()
    sweep_media()
    sweep_copies()
    with transaction() as session:
        lease.finish(session)


def purge_sessions(lease: Lease) -> None:
    """Delete sessions that have ended."""
    with transaction() as session:
        delete_expired_sessions(session)
        lease.finish(session)
