"""Seal secrets that must be read again, such as an authenticator's, so that a copy of the database gives none away.

A sealed secret is ``KEY:BASE64``: the name of its key, then nonce and ciphertext of AES-256-GCM. The place it is kept
in is bound to it: in another row or column it opens as little as with another key.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.domain.errors import ErrorCode, Unavailable
from webapp.extensions import settings

_NONCE_BYTES = 12


def seal(text: str, place: str) -> str:
    """Return the text sealed for one place, such as ``user:17:totp_secret``, with the first of the keys."""
    key = settings().encryption_keys[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key.key).encrypt(nonce, text.encode(), _bound_to(key.id, place))
    return f"{key.id}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """Return the text; raise ``Unavailable`` without its key, and for what was changed or moved."""
    key_id, _, encoded = sealed.partition(":")
    for key in settings().encryption_keys:
        if key.id == key_id:
            try:
                content = base64.b64decode(encoded.encode(), altchars=b"-_", validate=True)
                opened = AESGCM(key.key).decrypt(
                    content[:_NONCE_BYTES], content[_NONCE_BYTES:], _bound_to(key_id, place)
                )
            except (InvalidTag, ValueError, binascii.Error) as error:
                raise Unavailable(ErrorCode.SECRET_UNREADABLE) from error
            return opened.decode()
    raise Unavailable(ErrorCode.SECRET_UNREADABLE)


def current_key_id() -> str:
    """Return the name of the key that seals now; what it sealed begins with it and a colon."""
    return settings().encryption_keys[0].id


def _bound_to(key_id: str, place: str) -> bytes:
    return f"{key_id}\0{place}".encode()
