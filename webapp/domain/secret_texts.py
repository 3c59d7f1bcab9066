"""Secrets that are given out once, in a cookie or a link, and kept as a digest: whoever reads the database has none."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

# 256 random bits as URL-safe text; so many need no salt and no slow hash.
_BYTES: Final = 32
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """Return a new secret of 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def is_secret(text: str) -> bool:
    """Return whether a text has the form of a secret."""
    return _SHAPE.fullmatch(text) is not None


def digest_of(text: str) -> str:
    """Return the SHA-256 of a secret, or of whatever somebody shows as one, as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
