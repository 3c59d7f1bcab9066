"""What a reader does not get to see: names of people, exact numbers, captions, small groups."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from math import floor, log10
from typing import Final, Protocol

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.names import name_key

# What stands where nothing is told.
UNTOLD: Final = "•••"
# The longest stand-in of a name: 64 characters of at most four bytes, with the tag, in letters of five bits.
MAX_STAND_IN: Final = 450

_PSEUDONYM: Final = "person."
_HIDDEN: Final = "hidden."
_STAND_IN: Final = re.compile(rf"(?:{re.escape(_PSEUDONYM)}|{re.escape(_HIDDEN)})[a-z2-7]{{39,440}}")
# So many letters of a stand-in are shown: of a hundred thousand people hardly two are called alike.
_SHOWN_LETTERS: Final = 8
# Names are filled up to a multiple of that, so that their length tells little.
_BLOCK: Final = 8
_SIGNIFICANT_DIGITS: Final = 2
_MENTION: Final = re.compile(r"(?<![\w@.])[@＠]([\w.\-]+)")
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+")


class NameDisplay(StrEnum):
    """How people on the lists are called."""

    SHOWN = "shown"
    PSEUDONYMS = "pseudonyms"
    HIDDEN = "hidden"


class NumberDisplay(StrEnum):
    """How exact numbers are."""

    ABSOLUTE = "absolute"
    ROUNDED = "rounded"
    INDEXED = "indexed"


class NameCipher(Protocol):
    """Turns names into what stands for them with a secret: the same name into the same, and no two into one."""

    def seal(self, content: bytes) -> bytes:
        """Return what stands for some bytes; without the secret it tells nothing of them but their length."""

    def unseal(self, sealed: bytes) -> bytes | None:
        """Return the bytes; ``None`` for what this secret did not seal."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is kept from a reader; ``cipher`` makes pseudonyms stable for one link or reader, and different for others.

    ``smallest_group`` is the least number of people that is told; smaller groups are suppressed, 0 tells all. Names
    are hidden with a cipher alone. ``hides_addresses`` is about the e-mail addresses of those who sign in.
    """

    names: NameDisplay = NameDisplay.SHOWN
    numbers: NumberDisplay = NumberDisplay.ABSOLUTE
    hides_captions: bool = False
    smallest_group: int = 0
    cipher: NameCipher | None = None
    hides_addresses: bool = False

    @property
    def hides_names(self) -> bool:
        """Return whether people on the lists are called something else."""
        return self.names is not NameDisplay.SHOWN

    def name(self, username: str) -> str:
        """Return what stands for a person: the name, or the same stand-in for every spelling of it.

        A stand-in never holds the name and is turned back into it with the secret alone, so it is good for addresses.
        ``called`` makes of it what a person reads.
        """
        if not self.hides_names:
            return username
        content = name_key(username).encode("utf-8", "surrogatepass")
        # Also of a name without any letter, such as "@": there is no cipher for nothing.
        sealed = self._cipher.seal(content + b"\0" * (-len(content) % _BLOCK or (0 if content else _BLOCK)))
        start = _PSEUDONYM if self.names is NameDisplay.PSEUDONYMS else _HIDDEN
        return start + base64.b32encode(sealed).decode().rstrip("=").lower()

    def person(self, text: str) -> str | None:
        """Return the name that a reader means: any where names are shown, else only that of a stand-in of theirs."""
        if not self.hides_names:
            return text
        if _STAND_IN.fullmatch(text) is None:
            return None
        letters = text.partition(".")[2].upper()
        try:
            sealed = base64.b32decode(letters + "=" * (-len(letters) % _BLOCK))
        except ValueError:
            return None
        content = self._cipher.unseal(sealed)
        return None if content is None else content.rstrip(b"\0").decode("utf-8", "surrogatepass")

    def refuse_search(self, search: str) -> None:
        """Raise ``Invalid`` for a search by name where names are not shown: what it finds would tell them."""
        if search and self.hides_names:
            raise Invalid(ErrorCode.NAMES_HIDDEN, field="search")

    def refuse_order(self, ordering: str) -> None:
        """Raise ``Invalid`` for an order by name where names are not shown: who stands between whom would tell them."""
        if self.hides_names and ordering.removeprefix("-") == "username":
            raise Invalid(ErrorCode.NAMES_HIDDEN, field="ordering")

    def caption(self, text: str) -> str:
        """Return the words of a post, or a mark in their place; mentions of people go where names are not shown."""
        if not text or (self.hides_captions and text.strip()):
            return UNTOLD if text else text
        return self.remark(text)

    def remark(self, text: str) -> str:
        """Return what somebody of the team wrote, without the people it mentions where names are not shown."""
        return _MENTION.sub(f"@{UNTOLD}", text) if self.hides_names else text

    def number(self, value: float, base: float | None = None) -> float | None:
        """Return a number as the reader may know it; indexed, it is a percentage of a base, unknown without one."""
        if self.numbers is NumberDisplay.ABSOLUTE:
            return value
        if self.numbers is NumberDisplay.ROUNDED:
            return rounded(value)
        return round(100 * value / base) if base else None

    def group(self, count: int) -> int | None:
        """Return how many people are in a group; ``None`` for a small one, which could tell who they are."""
        return None if 0 < count < self.smallest_group else count

    def address(self, text: str) -> str:
        """Return a text without the e-mail addresses in it, where those are not shown."""
        return _ADDRESS.sub(UNTOLD, text) if self.hides_addresses else text

    def laid_over(self, other: Redaction) -> Redaction:
        """Return what is left to see when both apply; the pseudonyms stay those of ``other`` where it has some."""
        return Redaction(
            names=max(self.names, other.names, key=list(NameDisplay).index),
            numbers=max(self.numbers, other.numbers, key=list(NumberDisplay).index),
            hides_captions=self.hides_captions or other.hides_captions,
            smallest_group=max(self.smallest_group, other.smallest_group),
            cipher=other.cipher or self.cipher,
            hides_addresses=self.hides_addresses or other.hides_addresses,
        )

    @property
    def _cipher(self) -> NameCipher:
        if self.cipher is None:
            raise ValueError("names cannot be hidden without a cipher")
        return self.cipher


NOTHING_HIDDEN = Redaction()


def without_mentions(text: str, keys: Collection[str]) -> str:
    """Return a text with a mark in place of the people it mentions whose compared names are among ``keys``."""

    def told(found: re.Match[str]) -> str:
        # A full stop at the end may be the name's or the sentence's.
        name = found[1]
        short = name.rstrip(".-")
        for end in (len(name), len(short)):
            if name_key(name[:end]) in keys:
                return f"@{UNTOLD}{name[end:]}"
        return found[0]

    return _MENTION.sub(told, text)


def called(name: str) -> str:
    """Return a name as a person reads it: a stand-in in short, everything else as it is."""
    if _STAND_IN.fullmatch(name) is None:
        return name
    return UNTOLD if name.startswith(_HIDDEN) else name[: len(_PSEUDONYM) + _SHOWN_LETTERS]


def is_stand_in(name: str) -> bool:
    """Return whether a text has the form of what stands for a name."""
    return _STAND_IN.fullmatch(name) is not None


def rounded(value: float) -> float:
    """Return a number with its two leading digits alone; of whole numbers a whole one."""
    if not value:
        return value
    digits = _SIGNIFICANT_DIGITS - 1 - floor(log10(abs(value)))
    return type(value)(round(value, digits))
