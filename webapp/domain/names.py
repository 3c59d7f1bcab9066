"""Compare and write the names of accounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

MAX_HANDLE: Final = 64
# Letters, digits and marks of any script: the platforms allow less today, but the export decides.
_HANDLE = re.compile(r"[\w.\-]+")


def name_key(username: str) -> str:
    """Return the form in which names are compared: NFC, without regard to case, without the at sign."""
    return unicodedata.normalize("NFC", username).removeprefix("@").casefold()


def name_keys(usernames: Sequence[str]) -> list[str]:
    """Return ``name_key`` of many names; plain ones are done all at once."""
    joined = "\n".join(usernames)
    if usernames and joined.isascii() and "@" not in joined and joined.count("\n") == len(usernames) - 1:
        return joined.lower().split("\n")
    return [name_key(username) for username in usernames]


def is_handle(name: str) -> bool:
    """Return whether an account can have this name, given in NFC and without the at sign."""
    is_named = _HANDLE.fullmatch(name) is not None and name.strip(".-") != ""
    return is_named and len(name) <= MAX_HANDLE and len(name_key(name)) <= MAX_HANDLE


def initial(username: str) -> str:
    """Return the letter or digit that stands for a name in an avatar."""
    return next((character for character in username if character.isalnum()), "?").upper()
