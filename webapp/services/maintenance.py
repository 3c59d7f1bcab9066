"""Jobs that keep the house clean."""

from __future__ import annotations

from sqlalchemy import delete, select

from webapp.extensions import db
from webapp.models import (
    Account,
    Export,
    Follower,
    FollowerSnapshot,
    Following,
    ImportRun,
    Post,
    PostDetail,
    PostReading,
)
from webapp.services.jobs import Lease
from webapp.services.login_sessions import delete_expired_sessions
from webapp.services.transaction import transaction
from webapp.services.uploads import discard_upload, sweep_uploads

_PURGE_BATCH = 5000
# Children before parents, so that no cascade does in one long lock what batches do in many short ones.
_OWNED = (Follower, Following, FollowerSnapshot, PostReading, PostDetail, Post, Export, ImportRun)


def purge_account(lease: Lease) -> None:
    """Delete every row of an account that a person deleted, in short batches."""
    account_id = lease.arguments["account_id"]
    for upload in db.session.scalars(select(ImportRun.public_id).where(ImportRun.account_id == account_id)).all():
        discard_upload(upload)
    done = 0
    for model in _OWNED:
        while True:
            with transaction() as session:
                ids = session.scalars(select(model.id).where(model.account_id == account_id).limit(_PURGE_BATCH)).all()
                done += len(ids)
                lease.hold(session, done=done)
                session.execute(delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False))
            if len(ids) < _PURGE_BATCH:
                break
    with transaction() as session:
        session.execute(delete(Account).where(Account.id == account_id, Account.deleted_at.is_not(None)))
        lease.finish(session)


def sweep(lease: Lease) -> None:
    """Delete uploaded files that no open import needs."""
    sweep_uploads()
    with transaction() as session:
        lease.finish(session)


def purge_sessions(lease: Lease) -> None:
    """Delete sessions that have ended."""
    with transaction() as session:
        delete_expired_sessions(session)
        lease.finish(session)
