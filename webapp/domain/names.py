"""Compare and write the names of accounts."""

from __future__ import annotations

import unicodedata


def name_key(username: str) -> str:
    """Return the form in which names are compared: NFC, without regard to case, without the at sign."""
    return unicodedata.normalize("NFC", username).removeprefix("@").casefold()


def initial(username: str) -> str:
    """Return the letter or digit that stands for a name in an avatar."""
    return next((character for character in username if character.isalnum()), "?").upper()
