"""The sample account: made-up exports that take the way of real ones."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import select

from webapp.domain.errors import Conflict, ErrorCode, NotFound
from webapp.domain.scope import TeamScope
from webapp.extensions import db
from webapp.importers.synthetic import demo_series
from webapp.models import Account, ImportOrigin, ImportRun, ImportState
from webapp.services.accounts import delete_account
from webapp.services.audit import Actor
from webapp.services.imports import ImportWishes, ReceivedFile, create_import
from webapp.services.uploads import uploads_path


def load_sample(actor: Actor, scope: TeamScope) -> str:
    """Queue the imports of the sample account's exports; return the public id of the newest.

    Raises ``Conflict`` when the team has the sample already, or it is on its way.
    """
    if _find_sample(scope) is not None or _is_loading(scope):
        raise Conflict(ErrorCode.SAMPLE_EXISTS)
    public_id = ""
    for name, content in demo_series(datetime.now(UTC)):
        file = _receive(name, content)
        public_id = create_import(actor, scope, file, ImportOrigin.SAMPLE, ImportWishes(commits_itself=True))
    return public_id


def remove_sample(actor: Actor, scope: TeamScope) -> None:
    """Delete the sample account; raise ``NotFound`` when there is none."""
    account = _find_sample(scope)
    if account is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    delete_account(scope, account.public_id, account.handle, actor)


def _find_sample(scope: TeamScope) -> Account | None:
    query = select(Account).where(
        Account.team_id == scope.team_id, Account.is_sample.is_(True), Account.deleted_at.is_(None)
    )
    return db.session.scalars(query.limit(1)).first()


def _is_loading(scope: TeamScope) -> bool:
    ended = [state for state in ImportState if state.is_ended]
    query = select(ImportRun.id).where(
        ImportRun.team_id == scope.team_id, ImportRun.origin == ImportOrigin.SAMPLE, ImportRun.state.not_in(ended)
    )
    return db.session.scalar(query.limit(1)) is not None


def _receive(name: str, content: bytes) -> ReceivedFile:
    folder = uploads_path()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f"{secrets.token_hex(16)}.part"
    part.write_bytes(content)
    return ReceivedFile(part, name, len(content), hashlib.sha256(content).hexdigest())
