"""Write to the ledger in short transactions that nobody sees: what a list changes, or what its absence does."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session, aliased

from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, NEVER, SINCE_OLDEST
from webapp.services.batches import batches
from webapp.services.bulk import one_of
from webapp.services.lease import Lease
from webapp.services.ledger import BATCH, Comparison, Neighbours, NewSpell, write_added, write_replaced
from webapp.services.transaction import transaction

# Rows a transaction that both ends rows and adds others in their place.
REWRITTEN = 10_000
_COPIED: Final = ("account_id", "username", "username_key", "followed_at")
_EXPORTS: Final = ("first_export_id", "last_export_id", "gone_export_id")

Hold = Callable[[Session], None]
"""Renews the lease in a batch's transaction."""
_Rewriting = tuple[Sequence[int], Callable[[Session, list[int]], None]]
"""Ids of rows, and what is done with some of them in a transaction."""


def write_changes(
    hold: Hold, account_id: int, section: Section, part: Comparison, revision: int, size: int = BATCH
) -> None:
    """Write what one range of names changes, with a revision that nobody reads yet."""
    for ids, rows in zip_longest(batches(part.replaced, size), batches(part.added, size), fillvalue=()):
        with transaction() as session:
            hold(session)
            write_replaced(session, section, ids, revision)
            write_added(session, section, account_id, rows, revision)
            reach(Failpoint.BATCH_BEFORE_COMMIT)
        reach(Failpoint.BATCH_AFTER_COMMIT)


@dataclass(slots=True)
class Removal:
    """A complete list on its way out of the ledger; the lists around it become neighbours.

    Only spells that begin, end or are last seen with the list are touched. They are found by their indexes and, but
    for those that are joined again, rewritten inside the database.
    """

    account_id: int
    section: Section
    export_id: int
    around: Neighbours
    revision: int

    def run(self, lease: Lease, step: str) -> None:
        """Write the ledger without the list, with a revision that nobody reads yet."""
        work = self._without_oldest() if self.around.before is None else self._without_later()
        done, total = 0, sum(len(ids) for ids, _ in work)
        lease.begin_step(step, total)
        for ids, write in work:
            for some in batches(ids, REWRITTEN):
                done += len(some)
                with transaction() as session:
                    lease.hold(session, done=done, total=total)
                    write(session, some)
                    reach(Failpoint.BATCH_BEFORE_COMMIT)
                reach(Failpoint.BATCH_AFTER_COMMIT)

    def _without_oldest(self) -> Sequence[_Rewriting]:
        """Return what changes without the oldest list: the next one is the oldest then, as far as there is one."""
        model: Any = DIRECTIONS[self.section]
        since_oldest = model.first_export_id == SINCE_OLDEST
        if self.around.after is None:
            return [(self._ids(since_oldest), self._end)]
        # Who was on this list alone vanishes.
        return [
            (self._ids(since_oldest, model.gone_export_id == self.around.after), self._end),
            (self._ids(model.first_export_id == self.around.after), self._rewrite_next),
        ]

    def _without_later(self) -> Sequence[_Rewriting]:
        """Return what changes without a list that others came before."""
        model: Any = DIRECTIONS[self.section]
        # Who began with the list goes first: of a name there is one current spell.
        work = [
            (self._ids(model.first_export_id == self.export_id), self._rewrite_begun),
            (self._ids(model.gone_export_id == self.export_id), self._rewrite_ended),
        ]
        if self.around.after is not None:
            seen_here = and_(model.last_export_id == self.export_id, model.first_export_id != self.export_id)
            work.append((self._ids(model.gone_export_id == self.around.after, seen_here), self._rewrite_seen))
        return work

    def _rewrite_next(self, session: Session, ids: list[int]) -> None:
        """Let the spells that begin with the next list be there since the oldest."""
        model: Any = DIRECTIONS[self.section]
        self._end(session, ids)
        rows = self._copies(literal(SINCE_OLDEST), model.last_export_id, model.gone_export_id)
        self._add(session, rows.where(one_of(session, model.id, ids)))

    def _rewrite_begun(self, session: Session, ids: list[int]) -> None:
        """Let spells begin with the next list instead; those that it does not show vanish."""
        model: Any = DIRECTIONS[self.section]
        self._end(session, ids)
        if self.around.after is not None:
            goes_on = or_(model.gone_export_id.is_(None), model.gone_export_id != self.around.after)
            rows = self._copies(literal(self.around.after), model.last_export_id, model.gone_export_id)
            self._add(session, rows.where(one_of(session, model.id, ids), goes_on))

    def _rewrite_ended(self, session: Session, ids: list[int]) -> None:
        """Let spells go on, or end with the next list; where that has the same follow the two are one spell."""
        model: Any = DIRECTIONS[self.section]
        joined: list[NewSpell] = []
        if self.around.after is None:
            self._end(session, ids)
            rows = self._copies(model.first_export_id, null(), null())
        else:
            pairs = self._continued(session, ids)
            ids = sorted(set(ids) - {pair[0] for pair in pairs})
            joined = [tuple(pair[2:]) for pair in pairs]
            self._end(session, [*ids, *(i for pair in pairs for i in pair[:2])])
            rows = self._copies(model.first_export_id, model.last_export_id, literal(self.around.after))
        self._add(session, rows.where(one_of(session, model.id, ids)))
        write_added(session, self.section, self.account_id, joined, self.revision)

    def _rewrite_seen(self, session: Session, ids: list[int]) -> None:
        """Let spells that the next list ends be last seen in the list before."""
        model: Any = DIRECTIONS[self.section]
        self._end(session, ids)
        rows = self._copies(model.first_export_id, literal(self.around.before), model.gone_export_id)
        self._add(session, rows.where(one_of(session, model.id, ids)))

    def _continued(self, session: Session, ids: list[int]) -> list[Any]:
        """Return those that ended whose follow the next list shows again: both ids, then the one spell they are."""
        model: Any = DIRECTIONS[self.section]
        old, new = aliased(model), aliased(model)
        found: list[Any] = []
        for is_there in (new.gone_export_id.is_(None), new.gone_export_id.is_not(None)):
            # Each half has an index by name; the sum keeps the one by export from being taken for the inner loop.
            query = (
                select(old.id, new.id, old.username, old.username_key, old.followed_at, old.first_export_id)
                .add_columns(new.last_export_id, new.gone_export_id)
                .join(new, and_(new.account_id == old.account_id, new.username_key == old.username_key))
                .where(one_of(session, old.id, ids), new.followed_at == old.followed_at, is_there)
                .where(new.first_export_id + 0 == self.around.after, new.removed_revision == NEVER)
            )
            found += session.execute(query).all()
        return found

    def _ids(self, *conditions: ColumnElement[bool]) -> array[int]:
        """Return the ids of living rows, eight bytes each."""
        model = DIRECTIONS[self.section]
        query = select(model.id).where(model.account_id == self.account_id, model.removed_revision == NEVER)
        cursor: Any = db.session.connection().execute(query.where(*conditions)).cursor
        return array("q", (row[0] for row in cursor))

    def _end(self, session: Session, ids: list[int]) -> None:
        model = DIRECTIONS[self.section]
        session.execute(
            update(model)
            .where(one_of(session, model.id, ids))
            .values(removed_revision=self.revision)
            .execution_options(synchronize_session=False)
        )

    def _copies(self, first: Any, last: Any, gone: Any) -> Select[Any]:
        """Return the rows of the next revision that are like stored ones but for the exports they name."""
        model = DIRECTIONS[self.section]
        columns = [getattr(model, name) for name in _COPIED]
        return select(*columns, first, last, gone, literal(self.revision), literal(NEVER))

    def _add(self, session: Session, rows: Select[Any]) -> None:
        names = [*_COPIED, *_EXPORTS, "added_revision", "removed_revision"]
        session.execute(insert(DIRECTIONS[self.section]).from_select(names, rows, include_defaults=False))
