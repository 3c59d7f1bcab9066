"""Match the follow lists of a file with the ledger while another process still reads the file.

Whose file it is, and whether it is the newest, shows at its end. So this bets: on the account that the file is meant
for, on the team's only one, or on the one that has most names of the file. When the bet is lost, the lists are compared
afterwards, as if nobody had tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.sections import Platform, Section
from webapp.extensions import db
from webapp.importers.child import ROWS_NAME
from webapp.importers.rows_file import FollowChunk, GrowingRows
from webapp.models import DIRECTIONS, Account, ImportRun
from webapp.services.accounts import find_account
from webapp.services.ledger_matching import Matching
from webapp.services.ledger_reading import StoredSpells

# Accounts of a team among which that of a file is looked for, and names of each chunk that they are asked about.
_MOST_CANDIDATES: Final = 20
_ASKED_NAMES: Final = 100
# Names that may wait for the first chunk that an account knows: the newest ones of a list are new to all.
_MOST_WAITING: Final = 50_000


class EarlyMatching:
    """The lists of a file as far as they were matched with the ledger of one account, at one revision."""

    def __init__(self, folder: Path, candidates: Sequence[Account]) -> None:
        self._rows = GrowingRows(folder / ROWS_NAME)
        self._candidates = [(account.id, account.revision) for account in candidates]
        self._account_id: int | None = None
        self._revision = 0
        self._matchings: dict[Section, Matching] = {}
        self._waiting: list[tuple[Section, FollowChunk]] = []
        if len(self._candidates) == 1:
            self._bet_on(*self._candidates[0])

    @classmethod
    def of(cls, run: ImportRun, folder: Path) -> Self:
        """Return what can be matched of an import's file before it was read; nothing where no account is likely."""
        return cls(folder, _likely_accounts(db.session(), run))

    def __enter__(self) -> Self:
        """Begin to match."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Forget the rows."""
        self._rows.close()
        self._forget()

    def advance(self) -> Iterator[None]:
        """Match what has been read of the file by now, a chunk at a time."""
        if not self._candidates:
            return
        is_idle = True
        for section, chunk in self._rows.chunks():
            is_idle = False
            self._waiting.append((section, chunk))
            if not self._matchings:
                self._choose(section, chunk)
            yield from self._match()
            if not self._candidates:
                return
        if is_idle and self._matchings:
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

    def _choose(self, section: Section, chunk: FollowChunk) -> None:
        """Bet on the account that has most of a chunk's names, if one has half of them."""
        keys = chunk.keys[:: max(len(chunk.keys) // _ASKED_NAMES, 1)]
        known = {(StoredSpells(db.session(), *each, section).count_named(keys), each) for each in self._candidates}
        count, best = max(known)
        if 2 * count >= len(keys):
            self._bet_on(*best)
        elif sum(len(waiting.keys) for _, waiting in self._waiting) > _MOST_WAITING:
            self._forget()

    def _bet_on(self, account_id: int, revision: int) -> None:
        self._account_id, self._revision = account_id, revision
        for section in DIRECTIONS:
            self._matchings[section] = Matching(StoredSpells(db.session(), account_id, revision, section))

    def _match(self) -> Iterator[None]:
        """Match the chunks that wait, if it is known with what."""
        while self._waiting and self._matchings:
            section, chunk = self._waiting.pop(0)
            self._matchings[section].take(chunk)
            yield
            if self._matchings[section].is_in_vain:
                self._forget()

    def _forget(self) -> None:
        for matching in self._matchings.values():
            matching.close()
        self._matchings.clear()
        self._candidates.clear()
        self._waiting.clear()

    def take(self, section: Section, revision: int) -> Matching | None:
        """Return what was matched of a list whose rows are all in it, ``None`` where that has to be done yet."""
        return self._matchings.get(section) if revision == self._revision else None


def _likely_accounts(session: Session, run: ImportRun) -> Sequence[Account]:
    if run.wanted_handle is not None:
        found = find_account(session, run.team_id, Platform.TIKTOK, run.wanted_handle)
        return [] if found is None else [found]
    query = select(Account).where(
        Account.team_id == run.team_id, Account.deleted_at.is_(None), Account.awaits_import.is_(False)
    )
    return session.scalars(query.limit(_MOST_CANDIDATES)).all()
