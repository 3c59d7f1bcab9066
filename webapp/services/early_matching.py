"""Match the follow lists of a file with the ledger while another process still reads the file.

Whose file it is, and whether it is the newest, shows at its end. So this bets on the account that it is meant for, or
on the team's only one; when the bet is lost, the lists are compared afterwards, as if nobody had tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.sections import Platform, Section
from webapp.extensions import db
from webapp.importers.child import ROWS_NAME
from webapp.importers.rows_file import GrowingRows
from webapp.models import DIRECTIONS, Account, ImportRun
from webapp.services.accounts import find_account
from webapp.services.ledger_matching import Matching
from webapp.services.ledger_reading import StoredSpells


class EarlyMatching:
    """The lists of a file as far as they were matched with the ledger of one account, at one revision."""

    def __init__(self, folder: Path, account_id: int | None, revision: int) -> None:
        self._account_id = account_id
        self._revision = revision
        self._rows = GrowingRows(folder / ROWS_NAME)
        self._matchings: dict[Section, Matching] = {}
        if account_id is not None:
            for section in DIRECTIONS:
                self._matchings[section] = Matching(StoredSpells(db.session(), account_id, revision, section))

    @classmethod
    def of(cls, run: ImportRun, folder: Path) -> Self:
        """Return what can be matched of an import's file before it was read; nothing where no account is likely."""
        account = _likely_account(db.session(), run)
        return cls(folder, account.id, account.revision) if account is not None else cls(folder, None, 0)

    def __enter__(self) -> Self:
        """Begin to match."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Forget the rows."""
        self._rows.close()
        self._forget()

    def advance(self) -> Iterator[None]:
        """Match what has been read of the file by now, a chunk at a time."""
        if not self._matchings:
            return
        is_idle = True
        for section, chunk in self._rows.chunks():
            is_idle = False
            self._matchings[section].take(chunk)
            yield
            if self._matchings[section].is_in_vain:
                self._forget()
                return
        if is_idle:
            # Something else of the file is being read; the list of followers is the one that may be long.
            self._matchings[Section.FOLLOWERS].look_ahead()

    def finish(self, account: Account | None) -> None:
        """Match the rest of the file that was read, or forget all when it is another account's or has changed since."""
        if account is None or (account.id, account.revision) != (self._account_id, self._revision):
            self._forget()
        for _ in self.advance():
            pass
        if not self._rows.is_finished():
            self._forget()

    def _forget(self) -> None:
        for matching in self._matchings.values():
            matching.close()
        self._matchings.clear()

    def take(self, section: Section, revision: int) -> Matching | None:
        """Return what was matched of a list whose rows are all in it, ``None`` where that has to be done yet."""
        return self._matchings.get(section) if revision == self._revision else None


def _likely_account(session: Session, run: ImportRun) -> Account | None:
    if run.wanted_handle is not None:
        return find_account(session, run.team_id, Platform.TIKTOK, run.wanted_handle)
    query = select(Account).where(
        Account.team_id == run.team_id, Account.deleted_at.is_(None), Account.awaits_import.is_(False)
    )
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None
