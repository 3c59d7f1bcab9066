"""The job that packs an account's long follow lists, so that searching them needs no scan of the tables.

It may run twice, be killed anywhere and meet another of its kind: pieces are written in short transactions beneath a
row that nobody reads, and the last transaction makes them ready, if the list is still the account's current one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from webapp.analytics import list_index
from webapp.analytics.packed_list import NotPacked, Rows, pack
from webapp.analytics.visible import count_kept, current, find_newest_complete, find_newest_lists
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Account, Export, Job, JobState, ListIndex, ListIndexPiece
from webapp.queue import JobKind
from webapp.services.batches import batches
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.transaction import transaction

logger = logging.getLogger(__name__)

_READ_ROWS: Final = 20_000
_PIECE_BYTES: Final = 1024 * 1024
_DELETED_PIECES: Final = 8


@dataclass(frozen=True, slots=True)
class _Reader:
    """An account at one of its revisions."""

    account_id: int
    revision: int


def queue_list_index(session: Session, account: Account, *, rings: bool = True) -> None:
    """Add the job to the transaction that ends a switch, if the account has a long list that is not packed yet."""
    reader = _Reader(account.id, account.revision)
    newest = find_newest_lists(reader)
    if any(
        export is not None and list_index.is_long(export, section) and not _is_ready(export, section)
        for section, export in newest.items()
    ):
        # Without a ring a command does it itself: there may be no worker.
        arguments = {"account_id": account.id}
        add_job(session, JobKind.LIST_INDEX, team_id=account.team_id, arguments=arguments, rings=rings)


def build(lease: Lease) -> None:
    """Pack every long list of the account that is not packed yet."""
    account_id = lease.arguments["account_id"]
    account = db.session.get(Account, account_id)
    if account is not None and account.deleted_at is None:
        reader = _Reader(account_id, account.revision)
        drop_lists(lease, _left_over(lease, account_id))
        for section in DIRECTIONS:
            newest = find_newest_complete(reader, section)
            if newest is not None and list_index.is_long(newest, section) and not _is_ready(newest, section):
                _build(lease, reader, section, newest)
    with transaction() as session:
        lease.finish(session)


def ended(session: Session, job: Job) -> None:
    """Delete what a job left that failed or was cancelled."""
    session.execute(delete(ListIndex).where(ListIndex.job_id == job.id, ~ListIndex.is_ready))


def _build(lease: Lease, reader: _Reader, section: Section, newest: Export) -> None:
    export_id, kept = newest.id, count_kept(newest, section)
    progress = _Progress(lease, 2 * kept)
    lease.begin_step("indexing", 2 * kept)
    try:
        parts = pack(
            _rows(progress, reader, section, is_by_date=True), _rows(progress, reader, section, is_by_date=False)
        )
        if progress.done != 2 * kept:
            raise NotPacked(f"{progress.done / 2:g} rows where the export has {kept}")
    except NotPacked as error:
        # An import went on meanwhile and cleared rows away; it has a job of its own that comes after this one.
        logger.warning("the %s of account %d were not packed: %s", section.value, reader.account_id, error)
        return
    index_id = _begin(lease, reader.account_id, section, export_id)
    size = 0
    for ordinal, content in enumerate(_pieces(parts)):
        size += len(content)
        piece = {"account_id": reader.account_id, "index_id": index_id, "ordinal": ordinal, "content": content}
        with transaction() as session:
            lease.hold(session)
            session.execute(insert(ListIndexPiece).values(**piece))
            reach(Failpoint.INDEX_BEFORE_COMMIT)
        reach(Failpoint.INDEX_AFTER_COMMIT)
    drop_lists(lease, _make_ready(lease, reader.account_id, section, export_id, index_id, size, kept))
    list_index.find_packed(db.session.get_one(Export, export_id), section)  # this machine has its copy at once


def _begin(lease: Lease, account_id: int, section: Section, export_id: int) -> int:
    with transaction() as session:
        lease.hold(session)
        index = ListIndex(
            account_id=account_id,
            section=section,
            export_id=export_id,
            job_id=lease.job_id,
            created_at=datetime.now(UTC),
        )
        session.add(index)
        session.flush()
        return index.id


def _make_ready(
    lease: Lease, account_id: int, section: Section, export_id: int, index_id: int, size: int, kept: int
) -> ColumnElement[bool]:
    """Let readers see the packed list in place of any earlier one; return the condition of what is of no use now.

    The list has other names, and their number differs from ``kept``, when somebody was erased meanwhile.
    """
    with transaction() as session:
        lease.hold(session)
        account = session.get_one(Account, account_id, with_for_update=True)
        newest = find_newest_complete(_Reader(account_id, account.revision), section)
        is_other = newest is None or newest.id != export_id or count_kept(newest, section) != kept
        if newest is None or is_other or _is_ready(newest, section):
            return ListIndex.id == index_id
        others = and_(ListIndex.account_id == account_id, ListIndex.section == section, ListIndex.is_ready)
        superseded = session.scalars(select(ListIndex.id).where(others)).all()
        session.execute(update(ListIndex).where(others).values(is_ready=False))
        session.execute(update(ListIndex).where(ListIndex.id == index_id).values(is_ready=True, size_bytes=size))
        reach(Failpoint.INDEX_BEFORE_COMMIT)
    reach(Failpoint.INDEX_AFTER_COMMIT)
    return ListIndex.id.in_(superseded)


def drop_lists(lease: Lease, condition: ColumnElement[bool]) -> None:
    """Delete packed lists that nobody reads, a few megabytes at a time."""
    indexes = db.session.scalars(select(ListIndex.id).where(condition)).all()
    pieces = db.session.scalars(select(ListIndexPiece.id).where(ListIndexPiece.index_id.in_(indexes))).all()
    for some in batches(pieces, _DELETED_PIECES):
        with transaction() as session:
            lease.hold(session)
            session.execute(delete(ListIndexPiece).where(ListIndexPiece.id.in_(some)))
    if indexes:
        with transaction() as session:
            lease.hold(session)
            session.execute(delete(ListIndex).where(ListIndex.id.in_(indexes)))


def _left_over(lease: Lease, account_id: int) -> ColumnElement[bool]:
    """Return the condition of what killed jobs left of this account, an earlier try of this one included."""
    running = select(Job.id).where(Job.state == JobState.RUNNING, Job.id != lease.job_id)
    return and_(ListIndex.account_id == account_id, ~ListIndex.is_ready, ListIndex.job_id.not_in(running))


def _is_ready(export: Export, section: Section) -> bool:
    query = select(ListIndex.id).where(
        ListIndex.account_id == export.account_id,
        ListIndex.section == section,
        ListIndex.export_id == export.id,
        ListIndex.is_ready,
    )
    return db.session.scalar(query) is not None


@dataclass(slots=True)
class _Progress:
    """Rows read so far, of how many."""

    lease: Lease
    total: int
    done: int = 0

    def add(self, rows: int) -> None:
        self.done += rows
        self.lease.tick(self.done, self.total)


def _rows(progress: _Progress, reader: _Reader, section: Section, *, is_by_date: bool) -> Iterator[Rows]:
    """Yield the current list in chunks, in the order of dates or of names."""
    model = DIRECTIONS[section]
    order = (model.followed_at, model.username_key) if is_by_date else (model.username_key,)
    chunk = select(model.username_key, model.followed_at).where(current(model, reader)).order_by(*order)
    statement = chunk
    while rows := [(name, second) for name, second in db.session.execute(statement.limit(_READ_ROWS))]:
        yield rows
        progress.add(len(rows))
        name, second = rows[-1]
        if is_by_date:
            after = and_(model.followed_at >= second, or_(model.followed_at > second, model.username_key > name))
        else:
            after = model.username_key > name
        statement = chunk.where(after)


def _pieces(parts: list[memoryview]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of one size, the last one shorter."""
    piece = bytearray()
    for part in parts:
        for start in range(0, len(part), _PIECE_BYTES):
            piece += part[start : start + _PIECE_BYTES]
            while len(piece) >= _PIECE_BYTES:
                yield bytes(piece[:_PIECE_BYTES])
                del piece[:_PIECE_BYTES]
    if piece:
        yield bytes(piece)
