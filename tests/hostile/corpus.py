"""What a hostile input is: its name, how it is made, and what the reader must do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from webapp.domain.errors import ErrorCode
from webapp.domain.sections import Section


class Outcome(StrEnum):
    """What becomes of an input."""

    REFUSED = "refused"
    WARNED = "read with warnings"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Input:
    """One named input; ``codes`` are the refusals that fit it, ``kept`` the rows that must be left of it."""

    name: str
    write: Callable[[Path], None]
    outcome: Outcome
    codes: tuple[ErrorCode, ...] = ()
    file_name: str = "user_data_tiktok.json"
    kept: dict[Section, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def bytes_of(make: Callable[[], bytes]) -> Callable[[Path], None]:
    """Return a writer of bytes that are made only when they are needed."""

    def write(path: Path) -> None:
        path.write_bytes(make())

    return write


def pieces_of(make: Callable[[], Iterable[bytes]]) -> Callable[[Path], None]:
    """Return a writer of a file too large to be made in memory."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.writelines(make())

    return write
