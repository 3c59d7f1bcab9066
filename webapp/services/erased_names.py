"""Leave out of an import the names of people whose data were erased.

An erasure keeps no name, only a keyed digest of it: enough to know the name again when a later file brings it, and of
no use to whoever has the database without the key. The key is made from ``SECRET_KEY``; digests made with an earlier
one are known as long as it stands in ``SECRET_KEY_FALLBACKS``. Without it they match nothing any more, and later
imports would bring erased people back.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable
from itertools import compress
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.sections import Section
from webapp.extensions import db, settings
from webapp.importers.child import ROWS_NAME, write_summary
from webapp.importers.records import SectionSummary, Summary
from webapp.importers.rows_file import RowsFile, RowsWriter
from webapp.models import DIRECTIONS, Account, Erasure

SKIPPED: Final = "erased"
_PURPOSE: Final = b"names of erased people"


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
    path = folder / ROWS_NAME
    rows = RowsFile(path)
    found, kept = _find(rows, _recogniser(account.public_id, digests))
    if found:
        _rewrite(path, rows, found)
        # What was compared with the names in it is compared anew.
        for compared in folder.glob("comparison.*"):
            compared.unlink(missing_ok=True)
    # Told from the rows alone, so that it is right as well after a process that died between the two files.
    sections = {
        section: _with_kept(said, kept.get(section, 0)) if section in DIRECTIONS else said
        for section, said in summary.sections.items()
    }
    changed = msgspec.structs.replace(summary, sections=sections)
    if changed != summary:
        write_summary(folder, changed)
    return changed


def digester_of(account_public_id: str) -> Callable[[str], str]:
    """Return what makes the digests of an account's names."""
    return _digester(settings().secret_key, account_public_id)


def _digester(secret: str, account_public_id: str) -> Callable[[str], str]:
    # A key of its own for this purpose, derived as HKDF's first step does (RFC 5869).
    key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
    start = f"{account_public_id}\0"
    return lambda username_key: hmac.digest(key, f"{start}{username_key}".encode(), "sha256").hex()


def _recogniser(account_public_id: str, digests: frozenset[str]) -> Callable[[str], bool]:
    """Return what knows the names of erased people, whichever of the keys their digests were made with."""
    digesters = [_digester(secret, account_public_id) for secret in settings().secret_keys]
    return lambda username_key: any(digest_of(username_key) in digests for digest_of in digesters)


def _find(rows: RowsFile, is_erased: Callable[[str], bool]) -> tuple[frozenset[str], dict[Section, int]]:
    """Return the compared names in the file that were erased, and how many rows of each list are left without them."""
    found: set[str] = set()
    kept: Counter[Section] = Counter()
    for section in DIRECTIONS:
        for chunk in rows.follows(section):
            erased = {key for key in chunk.keys if is_erased(key)}
            kept[section] += len(chunk.keys) - len(erased)
            found |= erased
    return frozenset(found), dict(kept)


def _rewrite(path: Path, rows: RowsFile, erased: frozenset[str]) -> None:
    """Write the file without these names; it is there whole or as it was."""
    writer = RowsWriter(path)
    try:
        for section in DIRECTIONS:
            for keys, names, seconds in rows.follows(section):
                is_kept = [key not in erased for key in keys]
                writer.follows(section, list(compress(names, is_kept)), list(compress(seconds, is_kept)))
        for chunk in rows.posts():
            writer.posts(chunk.section, chunk.posts)
        writer.end_lists()
        writer.finish()
    except BaseException:
        writer.discard()
        raise


def _with_kept(said: SectionSummary, kept: int) -> SectionSummary:
    """Return what is said of a list of which so many rows are kept; what nothing else explains was erased."""
    others = {reason: number for reason, number in said.skipped.items() if reason != SKIPPED}
    erased = said.read - kept - sum(others.values())
    return msgspec.structs.replace(said, kept=kept, skipped={**others, SKIPPED: erased} if erased else others)
