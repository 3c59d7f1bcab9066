"""Give each reader who sees no names pseudonyms of their own."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from webapp.domain.errors import ErrorCode, LoginNeeded
from webapp.domain.redaction import NOTHING_HIDDEN, NameDisplay, NumberDisplay, Redaction
from webapp.extensions import settings
from webapp.models import AuditAction, LoginSession
from webapp.services import audit
from webapp.services.audit import Actor
from webapp.services.login_sessions import OpenSession
from webapp.services.transaction import transaction


class SivCipher:
    """Names sealed with AES-SIV (RFC 5297), deterministic on purpose: one person has one stand-in."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, content: bytes) -> bytes:
        """Return what stands for some bytes."""
        return self._cipher.encrypt(content, None)

    def unseal(self, sealed: bytes) -> bytes | None:
        """Return the bytes; ``None`` for what this key did not seal."""
        try:
            return self._cipher.decrypt(sealed, None)
        except InvalidTag:
            return None


def redaction_of(user_id: int, hides_names: bool) -> Redaction:
    """Return what is kept from a member."""
    return Redaction(names=NameDisplay.PSEUDONYMS, cipher=_cipher_of(user_id)) if hides_names else NOTHING_HIDDEN


def mask(user_id: int, redaction: Redaction, *, rounds_numbers: bool) -> Redaction:
    """Return what is left to see for a person who hides names, captions and addresses from those who look on."""
    return Redaction(
        names=NameDisplay.PSEUDONYMS,
        numbers=NumberDisplay.ROUNDED if rounds_numbers else NumberDisplay.ABSOLUTE,
        hides_captions=True,
        cipher=_cipher_of(user_id),
        hides_addresses=True,
    ).laid_over(redaction)


def keep_mask(opened: OpenSession, actor: Actor, *, before: str, after: str) -> None:
    """Note in a browser's session how much it covers."""
    with transaction() as session:
        row = session.get(LoginSession, opened.id)
        if row is None:
            raise LoginNeeded(ErrorCode.LOGIN_NEEDED)
        row.data = {**row.data, "masked": after}
        audit.record(
            session,
            actor,
            AuditAction.USER_PREFERENCES_CHANGED,
            opened.public_id,
            before={"masked": before},
            after={"masked": after},
        )


def _cipher_of(user_id: int) -> SivCipher:
    """Return the cipher of a person's pseudonyms: another one's pseudonyms tell nothing about theirs."""
    secret = settings().secret_key.encode()
    return _cipher(hmac.new(secret, f"pseudonyms:{user_id}".encode(), hashlib.sha512).digest())


def link_cipher(public_id: str) -> SivCipher:
    """Return the cipher of a public link's pseudonyms: two links of one report cannot be laid side by side."""
    secret = settings().secret_key.encode()
    return _cipher(hmac.new(secret, f"pseudonyms:link:{public_id}".encode(), hashlib.sha512).digest())


@lru_cache(maxsize=256)
def _cipher(key: bytes) -> SivCipher:
    return SivCipher(key)
