"""The sample account: made-up exports that take the way of real ones."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import Select, select

from webapp.domain.errors import Conflict, ErrorCode, NotFound
from webapp.domain.scope import TeamScope
from webapp.extensions import db
from webapp.importers.synthetic import demo_series
from webapp.models import Account, ImportOrigin, ImportRun, ImportState
from webapp.services.accounts import delete_account
from webapp.services.audit import Actor
from webapp.services.imports import ImportWishes, ReceivedFile, cancel_import, create_import
from webapp.services.uploads import uploads_path


def load_sample(actor: Actor, scope: TeamScope) -> str:
    """Queue the imports of the sample account's exports; return the public id of the newest.

    Raises ``Conflict`` when the team has the sample already, or it is on its way.
    """
    if _find_sample(scope) is not None or db.session.scalar(_loading(scope).limit(1)) is not None:
        raise Conflict(ErrorCode.SAMPLE_EXISTS)
    public_id = ""
    for name, content in demo_series(datetime.now(UTC)):
        file = _receive(name, content)
        public_id = create_import(actor, scope, file, ImportOrigin.SAMPLE, ImportWishes(commits_itself=True))
    return public_id


def remove_sample(actor: Actor, scope: TeamScope) -> None:
    """Delete the sample account and stop what is still on its way there; raise ``NotFound`` without either."""
    loading = db.session.scalars(_loading(scope)).all()
    for public_id in loading:
        with contextlib.suppress(Conflict):  # it came to its end meanwhile
            cancel_import(actor, scope, public_id)
    account = _find_sample(scope)
    if account is not None:
        delete_account(scope, account.public_id, account.handle, actor)
    elif not loading:
        raise NotFound(ErrorCode.NOT_FOUND)


def _find_sample(scope: TeamScope) -> Account | None:
    query = select(Account).where(
        Account.team_id == scope.team_id, Account.is_sample.is_(True), Account.deleted_at.is_(None)
    )
    return db.session.scalars(query.limit(1)).first()


def _loading(scope: TeamScope) -> Select[str]:
    ended = [state for state in ImportState if state.is_ended]
    return select(ImportRun.public_id).where(
        ImportRun.team_id == scope.team_id, ImportRun.origin == ImportOrigin.SAMPLE, ImportRun.state.not_in(ended)
    )


def _receive(name: str, content: bytes) -> ReceivedFile:
    folder = uploads_path()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f"{secrets.token_hex(16)}.part"
    part.write_bytes(content)
    return ReceivedFile(part, name, len(content), hashlib.sha256(content).hexdigest())
