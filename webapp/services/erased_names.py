"""Leave out of an import the names of people whose data were erased.

An erasure keeps no name, only a keyed digest of it: enough to know the name again when a later file brings it, and of
no use to whoever has the database without the key. The key is made from ``SECRET_KEY``. After a change of that setting
the digests match nothing any more, so later imports would bring erased people back; they must then be erased again.
"""

from __future__ import annotations

import hmac
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.names import name_key, name_keys
from webapp.domain.sections import Section
from webapp.extensions import db, settings
from webapp.importers.child import ROWS_NAME, SUMMARY_NAME
from webapp.importers.records import FollowRow, SectionSummary, Summary
from webapp.importers.rows_file import Names
from webapp.models import DIRECTIONS, Account, Erasure

SKIPPED: Final = "erased"
_PURPOSE: Final = b"names of erased people"
_HEAD: Final = msgspec.json.Decoder(tuple[Section, Names | None, msgspec.Raw])
_FOLLOWS: Final = msgspec.json.Decoder(list[FollowRow])


def digest(account_public_id: str, username_key: str) -> str:
    """Return what an erasure keeps of a name: HMAC-SHA256 (RFC 2104) of account and name, in hexadecimal.

    Accounts have digests of their own, so that two of them cannot be compared.
    """
    return digester_of(account_public_id)(username_key)


def erased_digests(session: Session, account_id: int) -> frozenset[str]:
    """Return the digests of everybody whose data were erased, or are about to be."""
    return frozenset(session.scalars(select(Erasure.digest).where(Erasure.account_id == account_id)))


def leave_out_erased(account: Account, folder: Path, summary: Summary) -> Summary:
    """Take erased names out of the rows that were read for an account; return what the file says without them.

    They count as skipped. The upload itself stays as it came until the import ends. Doing it again changes nothing.
    """
    digests = erased_digests(db.session(), account.id)
    if not digests:
        return summary
    rows = folder / ROWS_NAME
    found, kept = _find(rows, digester_of(account.public_id), digests)
    if found:
        _rewrite(rows, found)
        # What was compared with the names in it is compared anew.
        for path in folder.glob("comparison.*"):
            path.unlink(missing_ok=True)
    # Told from the rows alone, so that it is right as well after a process that died between the two files.
    sections = {
        section: _with_kept(said, kept.get(section, 0)) if section in DIRECTIONS else said
        for section, said in summary.sections.items()
    }
    changed = msgspec.structs.replace(summary, sections=sections)
    if changed != summary:
        _replace(folder / SUMMARY_NAME, iter([msgspec.json.encode(changed)]))
    return changed


def digester_of(account_public_id: str) -> Callable[[str], str]:
    """Return what makes the digests of an account's names."""
    # A key of its own for this purpose, derived as HKDF's first step does (RFC 5869).
    key = hmac.digest(settings().secret_key.encode(), _PURPOSE, "sha256")
    start = f"{account_public_id}\0"
    return lambda username_key: hmac.digest(key, f"{start}{username_key}".encode(), "sha256").hex()


def _find(
    rows: Path, digest_of: Callable[[str], str], digests: frozenset[str]
) -> tuple[frozenset[str], dict[Section, int]]:
    """Return the compared names in the file that were erased, and how many rows of each list are left without them."""
    found: set[str] = set()
    kept: Counter[Section] = Counter()
    with rows.open("rb") as lines:
        for line in lines:
            section, names, encoded = _HEAD.decode(line)
            if names is not None:
                keys = name_keys([name for name, _ in _FOLLOWS.decode(encoded)])
                erased = {key for key in keys if digest_of(key) in digests}
                kept[section] += len(keys) - len(erased)
                found |= erased
    return frozenset(found), dict(kept)


def _rewrite(rows: Path, erased: frozenset[str]) -> None:
    """Write the file without these names."""

    def kept_lines() -> Iterator[bytes]:
        with rows.open("rb") as lines:
            for line in lines:
                section, names, encoded = _HEAD.decode(line)
                chunk = [] if names is None else _FOLLOWS.decode(encoded)
                kept = [row for row in chunk if name_key(row[0]) not in erased]
                if len(kept) == len(chunk):
                    yield line
                elif kept:
                    ends = (name_key(kept[0][0]), name_key(kept[-1][0]))
                    yield msgspec.json.encode((section, ends, kept)) + b"\n"

    _replace(rows, kept_lines())


def _with_kept(said: SectionSummary, kept: int) -> SectionSummary:
    """Return what is said of a list of which so many rows are kept; what nothing else explains was erased."""
    others = {reason: number for reason, number in said.skipped.items() if reason != SKIPPED}
    erased = said.read - kept - sum(others.values())
    return msgspec.structs.replace(said, kept=kept, skipped={**others, SKIPPED: erased} if erased else others)


def _replace(path: Path, parts: Iterator[bytes]) -> None:
    """Write a file that is there whole or as it was."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        for content in parts:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
