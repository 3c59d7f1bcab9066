"""The pair of keys by which push services know this installation: made once, sealed, never changed.

Another pair would make every browser that was added deaf: each has bound its subscription to the public key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.extensions import db
from webapp.integrations.web_push import ServerKeys, make_keys
from webapp.models import PushKey
from webapp.services import vault
from webapp.services.transaction import transaction

# There is one row: of two processes that make it at the same moment the second takes what the first has made.
_ROW: Final = 1


def public_key() -> str:
    """Return what browsers need to subscribe, base64url; the first to ask has the pair made."""
    found = _find_public(db.session())
    if found is not None:
        return found
    with transaction() as session:
        _make(session)
        return session.scalars(select(PushKey.public_key).where(PushKey.id == _ROW)).one()


def find_keys(session: Session) -> ServerKeys | None:
    """Return the pair; ``None`` while no browser has asked for it. Raises ``Unavailable`` where no key opens it."""
    row = session.get(PushKey, _ROW)
    if row is None or row.private_key is None:
        return None
    return ServerKeys(row.public_key, vault.unseal(row.private_key, _place()))


def _find_public(session: Session) -> str | None:
    return session.scalar(select(PushKey.public_key).where(PushKey.id == _ROW))


def _make(session: Session) -> None:
    keys = make_keys()
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(PushKey)
        .values(
            id=_ROW,
            public_key=keys.public,
            private_key=vault.seal(keys.private, _place()),
            created_at=datetime.now(UTC),
        )
        .on_conflict_do_nothing()
    )


def _place() -> str:
    return f"push_key:{_ROW}:private_key"
