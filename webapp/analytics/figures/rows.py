"""The people or posts behind a number: which they are, one page of them, and all of them one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from webapp.analytics.change_pages import Row, select_rows
from webapp.analytics.changes import find_changes
from webapp.analytics.comparison import ChangeRow
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.figures.hour_people import list_hour, stream_hour
from webapp.analytics.figures.past_lists import list_past, stream_past
from webapp.analytics.follows import list_follows, stream_follows
from webapp.analytics.mutuals import MutualRow, list_mutuals, stream_mutuals
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import Export

PAGE_SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class PeopleRows:
    """Those of the current list whom a query finds."""

    section: Section
    query: FollowQuery


@dataclass(frozen=True, slots=True)
class MutualRows:
    """Those on both current lists."""

    query: FollowQuery


@dataclass(frozen=True, slots=True)
class PastRows:
    """The names on the list of an export, those followed in a period alone; ``count`` is how many they are."""

    section: Section
    export: Export
    period: Period
    count: int


@dataclass(frozen=True, slots=True)
class HourRows:
    """Those of today's followers who followed at an hour of the week, 0 to 167 from Monday on."""

    hour: int


@dataclass(frozen=True, slots=True)
class Step:
    """Two lists that follow each other, and how many came or went between them."""

    from_export: Export
    to_export: Export
    count: int


@dataclass(frozen=True, slots=True)
class ChangedRows:
    """Those who came, or who left, from list to list; the newest step first."""

    section: Section
    kind: ChangeKind
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PostRows:
    """Posts of a table, newest first; ``selection`` finds them among all posts, ``None`` where no filter does."""

    table: PostTable
    posts: tuple[PostRow, ...]
    selection: PostFilter | None


FigureRows = PeopleRows | MutualRows | PastRows | HourRows | ChangedRows | PostRows


class FigureRow(NamedTuple):
    """Somebody behind a number; the dates are Unix seconds, what does not belong to the number is ``None``."""

    username: str
    followed_at: int
    following_at: int | None = None
    is_mutual: bool | None = None
    change: ChangeRow | None = None


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of the people or of the posts behind a number.

    ``total`` is ``None`` while nobody can count them quickly.
    """

    rows: tuple[FigureRow, ...]
    total: int | None
    start: int
    has_next: bool
    posts: tuple[PostRow, ...] = ()


def list_rows(scope: Scope, rows: FigureRows, page: int) -> RowPage:
    """Return one page of the people or posts behind a number."""
    start = (page - 1) * PAGE_SIZE
    if isinstance(rows, PostRows):
        posts = rows.posts[start : start + PAGE_SIZE]
        return RowPage((), len(rows.posts), start, start + len(posts) < len(rows.posts), posts)
    if isinstance(rows, PeopleRows):
        people = list_follows(scope, rows.section, rows.query.with_(page=page, page_size=PAGE_SIZE))
        found = tuple(FigureRow(name, second, is_mutual=is_mutual) for name, second, is_mutual in people.rows)
        return RowPage(found, people.total, start, people.next is not None)
    if isinstance(rows, MutualRows):
        mutuals = list_mutuals(scope, rows.query.with_(page=page, page_size=PAGE_SIZE))
        found = tuple(FigureRow(row.username, row.followed_at, row.following_at) for row in mutuals.rows)
        return RowPage(found, mutuals.total, start, mutuals.next is not None)
    if isinstance(rows, ChangedRows):
        return _list_changed(scope, rows, start)
    if isinstance(rows, PastRows):
        past = list_past(scope, rows.section, rows.export, rows.period, rows.count, start, PAGE_SIZE)
        found = tuple(FigureRow(name, second) for name, second in past)
        return RowPage(found, rows.count, start, start + len(found) < rows.count)
    total, at_hour = list_hour(scope, rows.hour, start, PAGE_SIZE)
    found = tuple(FigureRow(name, second) for name, second in at_hour)
    return RowPage(found, total, start, total is not None and start + len(found) < total)


def stream_people(scope: Scope, rows: PeopleRows) -> Iterator[tuple[str, int, bool | None]]:
    """Yield everybody a query finds, as ``stream_follows`` does."""
    return stream_follows(scope, rows.section, rows.query)


def stream_both(scope: Scope, rows: MutualRows) -> Iterator[MutualRow]:
    """Yield everybody on both lists."""
    return stream_mutuals(scope, rows.query)


def stream_changed(scope: Scope, rows: ChangedRows) -> Iterator[Row]:
    """Yield everybody who came, or who left, one step in memory at a time."""
    for step in rows.steps:
        yield from _changed(scope, rows, step)


def stream_dated(scope: Scope, rows: PastRows | HourRows) -> Iterator[tuple[str, int]]:
    """Yield name and follow second of everybody on a past list, or of an hour."""
    if isinstance(rows, PastRows):
        return stream_past(scope, rows.section, rows.export, rows.period)
    return stream_hour(scope, rows.hour)


def _list_changed(scope: Scope, rows: ChangedRows, start: int) -> RowPage:
    """Return a page; only the steps that the page shows are compared."""
    total = sum(step.count for step in rows.steps)
    found: list[FigureRow] = []
    first, before = start, 0
    for step in rows.steps:
        if first < before + step.count and len(found) < PAGE_SIZE:
            people = _changed(scope, rows, step)
            at = max(0, first - before)
            wanted = people[at : at + PAGE_SIZE - len(found)]
            found += [
                FigureRow(row.username, row.date_followed, change=row) for row in wanted if isinstance(row, ChangeRow)
            ]
            first += len(wanted)
        before += step.count
    return RowPage(tuple(found), total, start, start + len(found) < total)


def _changed(scope: Scope, rows: ChangedRows, step: Step) -> list[Row]:
    """Return who came or left between two lists, the latest follow first, as the page of changes shows them."""
    changes = find_changes(scope, rows.section, step.from_export, step.to_export)
    return select_rows(changes, ChangeQuery(section=rows.section, kind=rows.kind))
