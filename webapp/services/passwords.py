"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import gzip
import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.domain.errors import ErrorCode, Invalid

# Without a second factor; counted in code points, because that is what a person can count.
MIN_LENGTH = 15
MIN_LENGTH_WITH_SECOND_FACTOR = 10
MAX_LENGTH = 256
# What must be left of a password when the guessable words are taken out of it.
_MIN_REST = 8
_APP_WORDS = ("tiktokanalytics", "tiktok", "analytics")
_MIN_WORD = 3
_MIN_UNIT = 5

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Each run takes 19 MiB; a crowd at the door waits instead of filling the memory.
_slots = threading.BoundedSemaphore(4)
# A well-formed hash that no password has: the missing person costs what the real one costs.
_NOBODY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}$"
    "bm9ib2R5IGF0IGFsbCEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def least_length(*, has_second_factor: bool) -> int:
    """Return how long a password must be."""
    return MIN_LENGTH_WITH_SECOND_FACTOR if has_second_factor else MIN_LENGTH


def check_password(password: str, email: str, minimum: int = MIN_LENGTH) -> str:
    """Return the password in its one spelling (NFKC); raise ``Invalid`` when it is too short, too long or guessable."""
    if len(password) > MAX_LENGTH:
        raise Invalid(ErrorCode.PASSWORD_TOO_LONG, field="password", maximum=MAX_LENGTH)
    password = unicodedata.normalize("NFKC", password)
    if len(password) < minimum:
        raise Invalid(ErrorCode.PASSWORD_TOO_SHORT, field="password", minimum=minimum, found=len(password))
    if _is_personal(password, email):
        raise Invalid(ErrorCode.PASSWORD_PERSONAL, field="password")
    if _is_common(password):
        raise Invalid(ErrorCode.PASSWORD_COMMON, field="password")
    return password


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    with _slots:
        return _hasher.hash(unicodedata.normalize("NFKC", password))


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether the password has the stored hash; without one, take as long and say no."""
    if len(password) > MAX_LENGTH:
        return False
    password = unicodedata.normalize("NFKC", password)
    try:
        with _slots:
            return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Return whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _is_personal(password: str, email: str) -> bool:
    """Return whether little is left of the password without the address and the app's name."""
    plain = _letters_and_digits(password)
    local = email.rpartition("@")[0]
    rest = plain
    for word in _longest_first(_letters_and_digits(word) for word in (email, local, *_APP_WORDS)):
        if len(word) >= _MIN_WORD:
            rest = rest.replace(word, "")
    return rest != plain and len(rest) < _MIN_REST


def _is_common(password: str) -> bool:
    """Return whether the password, its repeated unit or its core is on the list of common ones."""
    known = _common_passwords()
    plain = password.casefold()
    unit = _repeated_unit(plain)
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return unit in known or core in known or len(unit) < _MIN_UNIT


@cache
def _common_passwords() -> frozenset[str]:
    packed = resources.files("webapp.services").joinpath("data/common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().splitlines())


def _repeated_unit(text: str) -> str:
    """Return the shortest text that, repeated, gives the whole: "abab" -> "ab"."""
    return text[: (text + text).find(text, 1)]


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)
