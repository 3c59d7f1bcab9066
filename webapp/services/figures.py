"""What Prometheus is told of the database: counted when it asks, each question bounded however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from webapp.models import ImportRun, ImportState, Job, JobState, database_now
from webapp.queue import JobKind, QueueName

# Counting goes no further: a scrape must stay quick when a table has grown for years.
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Figures:
    """How the work stands."""

    jobs: dict[tuple[str, str], int]
    """By kind and state, each state counted up to ``MOST``."""
    queue_ages: dict[str, int]
    """Seconds that the job waiting longest has been due, by queue; 0 where none waits."""
    expired_leases: int
    imports: dict[str, int]
    """By state, of the newest ``MOST``."""


def read_figures(connection: Connection) -> Figures:
    """Count what is there now."""
    now = connection.scalar(select(database_now())) or 0
    expired = select(Job.id).where(Job.state == JobState.RUNNING, Job.lease_until < now).limit(MOST).subquery()
    return Figures(
        jobs=dict(_count_jobs(connection)),
        queue_ages={queue.value: _oldest_age(connection, queue, now) for queue in QueueName},
        expired_leases=connection.scalar(select(func.count()).select_from(expired)) or 0,
        imports=_count_imports(connection),
    )


def _count_jobs(connection: Connection) -> Iterator[tuple[tuple[str, str], int]]:
    for state in JobState:
        some = select(Job.kind).where(Job.state == state).limit(MOST).subquery()
        found = {kind.value: 0 for kind in JobKind}
        found.update((kind, number) for kind, number in connection.execute(_tally(some.c.kind)))
        yield from (((kind.value, state.value), found[kind.value]) for kind in JobKind)


def _tally(column: ColumnElement[Any]) -> Select[Any, int]:
    return select(column, func.count()).group_by(column)


def _oldest_age(connection: Connection, queue: QueueName, now: int) -> int:
    waiting = select(Job.run_at).where(Job.state == JobState.QUEUED, Job.run_at <= now, Job.queue == queue)
    oldest = connection.scalar(waiting.order_by(Job.run_at).limit(1))
    return 0 if oldest is None else now - oldest


def _count_imports(connection: Connection) -> dict[str, int]:
    newest = select(ImportRun.state).order_by(ImportRun.id.desc()).limit(MOST).subquery()
    found: dict[str, int] = {state.value: number for state, number in connection.execute(_tally(newest.c.state))}
    return {state.value: found.get(state.value, 0) for state in ImportState}
