"""Jobs that keep the house clean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

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
    Notice,
    NoticeRule,
    NoticeState,
    Notification,
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
from webapp.services import person_files
from webapp.services.batches import delete_in_batches
from webapp.services.covers import discard_covers, sweep_media
from webapp.services.data_exports import discard_account_exports
from webapp.services.devices import delete_forgotten_devices
from webapp.services.digests import forget_over
from webapp.services.lease import Lease, NotYet
from webapp.services.list_index import drop_lists
from webapp.services.login_sessions import delete_expired_sessions
from webapp.services.mailed_tokens import delete_old_tokens
from webapp.services.mails import delete_old_mails
from webapp.services.reports import discard_reports
from webapp.services.revisions import is_writing
from webapp.services.transaction import transaction
from webapp.services.uploads import discard_upload, sweep_uploads
from webapp.services.verification import forget_abandoned

_WRITING_SECONDS = 5
# How long it can be looked up whether a mail was sent, and told that a link was used before.
_MAILS_KEPT = timedelta(days=30)
# Children before parents, so that no cascade does in one long lock what batches do in many short ones.
_OWNED: tuple[Any, ...] = (
    Notification,
    Notice,
    NoticeState,
    NoticeRule,
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
    delete_rows_of(lease, account_id)
    sweep_copies()
    with transaction() as session:
        delete_row_of(session, account_id)
        lease.finish(session)


def delete_rows_of(lease: Lease, account_id: int) -> None:
    """Delete what belongs to an account, in short batches, and its files; raise ``NotYet`` while an import writes."""
    account = db.session.get(Account, account_id)
    if account is not None and is_writing(db.session(), account):
        raise NotYet(_WRITING_SECONDS)
    for public_id in db.session.scalars(select(ImportRun.public_id).where(ImportRun.account_id == account_id)):
        discard_upload(public_id)
    discard_covers(account_id)
    discard_reports(account_id)
    discard_account_exports(account_id)
    for model in DIRECTIONS.values():
        # In two parts, because each has an index of its own.
        delete_in_batches(lease, model, (model.account_id == account_id) & model.gone_export_id.is_(None))
        delete_in_batches(lease, model, (model.account_id == account_id) & model.gone_export_id.is_not(None))
    drop_lists(lease, ListIndex.account_id == account_id)
    for owned in _OWNED:
        reach(Failpoint.PURGE_MID)
        delete_in_batches(lease, owned, owned.account_id == account_id)


def delete_row_of(session: Session, account_id: int) -> None:
    """Delete the row of an account that was deleted, inside the running transaction."""
    session.execute(delete(Account).where(Account.id == account_id, Account.deleted_at.is_not(None)))


def sweep(lease: Lease) -> None:
    """Delete uploaded files that no open import needs, images of no cover, and copies whose time is over."""
    sweep_uploads()
    sweep_media()
    sweep_copies()
    person_files.sweep()
    with transaction() as session:
        lease.finish(session)


def purge_sessions(lease: Lease) -> None:
    """Delete what is over: sessions, devices nobody uses, mails and links, sign-ups that nobody came back to."""
    with transaction() as session:
        delete_expired_sessions(session)
        delete_forgotten_devices(session)
        before = datetime.now(UTC) - _MAILS_KEPT
        delete_old_mails(session, before)
        delete_old_tokens(session, before)
        forget_abandoned(session)
        forget_over(session, datetime.now(UTC))
        lease.finish(session)
