"""Codes that stand in for a lost authenticator: ten of 125 random bits, each good once."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.models import RecoveryCode

COUNT = 10
# Without letters that look like others; 25 of 32 make 125 bits, enough for a plain hash.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 25
_GROUP = 5
_SHAPE = re.compile(rf"[{_ALPHABET}]{{{_LENGTH}}}")
_LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v"})
_GAPS = re.compile(r"[\s-]+")
_LONGEST = 60


def digest_of(text: str) -> str | None:
    """Return the hash of a recovery code as it was typed, or ``None`` for what has not the form of one."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    code = _GAPS.sub("", text).lower().translate(_LOOKALIKES)
    return hashlib.sha256(code.encode()).hexdigest() if _SHAPE.fullmatch(code) else None


def renew(session: Session, user_id: int) -> list[str]:
    """Make new codes inside the running transaction and return them; only their hashes are kept, the old ones end."""
    forget(session, user_id)
    codes = [_new_code() for _ in range(COUNT)]
    now = datetime.now(UTC)
    session.add_all(RecoveryCode(user_id=user_id, code_hash=digest_of(code), created_at=now) for code in codes)
    session.flush()
    return codes


def forget(session: Session, user_id: int) -> None:
    """Delete the person's codes inside the running transaction."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def count_left(session: Session, user_id: int) -> int:
    """Return how many codes the person has not used."""
    query = select(func.count()).select_from(RecoveryCode)
    return session.scalar(query.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))) or 0


def are_valid(session: Session, user_id: int, codes: list[str]) -> bool:
    """Return whether all of these are unused codes of the person."""
    known = session.scalars(
        select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    )
    return bool(codes) and {digest_of(code) for code in codes} <= set(known)


def _new_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
