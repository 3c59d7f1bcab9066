"""The follow lists: who is on them, in pages that cost the same at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from webapp.analytics.visible import current, find_newest_complete
from webapp.domain.names import name_key
from webapp.domain.query import Cursor, FollowQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Export, Follower, Following

_OTHER = {Section.FOLLOWERS: Section.FOLLOWING, Section.FOLLOWING: Section.FOLLOWERS}
_STREAM_ROWS = 5000

Direction = type[Follower] | type[Following]


@dataclass(frozen=True, slots=True)
class FollowRow:
    """A name on a list; ``is_mutual`` is ``None`` when the other list is unknown."""

    username: str
    followed_at: int
    is_mutual: bool | None


@dataclass(frozen=True, slots=True)
class FollowPage:
    """One page of a list.

    ``total`` counts all rows of the query and is ``None`` when no export holds the list. ``start`` is how many
    rows stand before this page. ``as_of`` is the export time of the list, in Unix seconds.
    """

    section: Section
    query: FollowQuery
    rows: tuple[FollowRow, ...]
    total: int | None
    start: int
    as_of: int | None
    next: Cursor | None
    previous: Cursor | None

    @property
    def is_unknown(self) -> bool:
        """Return whether no export of the account holds what it takes to know."""
        return self.total is None


def list_follows(scope: Scope, section: Section, query: FollowQuery) -> FollowPage:
    """Return one page of followers or following as the newest complete export has them."""
    newest = _find_source(scope, section, query)
    if newest is None:
        return FollowPage(section, query, (), None, 0, None, None, None)
    found = list(db.session.execute(_page_statement(scope, section, query)))
    has_more = len(found) > query.page_size
    found = found[: query.page_size]
    cursor = query.cursor
    if cursor and cursor.backwards:
        found.reverse()
        start = max(0, cursor.position - len(found))
        has_next, has_previous = True, has_more
    else:
        start = cursor.position if cursor else (query.page - 1) * query.page_size
        has_next, has_previous = has_more, start > 0
    mutual = find_mutual_keys(scope, section, [row.username_key for row in found])
    rows = tuple(
        FollowRow(row.username, row.followed_at, None if mutual is None else row.username_key in mutual)
        for row in found
    )
    return FollowPage(
        section=section,
        query=query,
        rows=rows,
        total=count_follows(scope, section, query),
        start=start,
        as_of=newest.exported_at,
        next=_cursor(found[-1], start + len(found)) if has_next and found else None,
        previous=_cursor(found[0], start, backwards=True) if has_previous and found else None,
    )


def count_follows(scope: Scope, section: Section, query: FollowQuery) -> int | None:
    """Return how many names the query finds; ``None`` when no export holds what it takes to know."""
    newest = _find_source(scope, section, query)
    if newest is None:
        return None
    if not query.is_filtered:
        # The list that is current is the newest complete one; its length was counted when it was read.
        return int(newest.sections[section.value]["kept"])
    model = DIRECTIONS[section]
    statement = select(func.count()).select_from(model).where(*_conditions(scope, section, query))
    return db.session.scalar(statement) or 0


def stream_follows(scope: Scope, section: Section, query: FollowQuery) -> Iterator[FollowRow]:
    """Yield every row of the query in its order, in chunks of constant memory."""
    place: FollowQuery | None = query.with_(page_size=_STREAM_ROWS, page=1, cursor=None)
    while place is not None:
        found = db.session.execute(_page_statement(scope, section, place)).all()
        rows = found[:_STREAM_ROWS]
        mutual = find_mutual_keys(scope, section, [row.username_key for row in rows])
        for row in rows:
            yield FollowRow(row.username, row.followed_at, None if mutual is None else row.username_key in mutual)
        place = place.with_(cursor=_cursor(rows[-1], 0)) if len(found) > _STREAM_ROWS else None


def find_mutual_keys(scope: Scope, section: Section, keys: Sequence[str]) -> set[str] | None:
    """Return those of the names that are on the other list too; ``None`` when that list is unknown."""
    other = _OTHER[section]
    if find_newest_complete(scope, other) is None:
        return None
    model = DIRECTIONS[other]
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        chunk = keys[start : start + 500]
        statement = select(model.username_key).where(current(model, scope), model.username_key.in_(chunk))
        found.update(db.session.scalars(statement))
    return found


def _find_source(scope: Scope, section: Section, query: FollowQuery) -> Export | None:
    """Return the export that answers the query; ``None`` when the list, or the other one it needs, is unknown."""
    if query.mutual_only and find_newest_complete(scope, _OTHER[section]) is None:
        return None
    return find_newest_complete(scope, section)


def _page_statement(scope: Scope, section: Section, query: FollowQuery) -> Select[str, str, int]:
    model = DIRECTIONS[section]
    is_descending = query.ordering.is_descending
    statement = select(model.username, model.username_key, model.followed_at).where(*_conditions(scope, section, query))
    if query.cursor is not None:
        statement = statement.where(_beyond(model, query, query.cursor))
        is_descending ^= query.cursor.backwards
    elif query.page > 1:
        statement = statement.offset((query.page - 1) * query.page_size)
    keys = (model.followed_at, model.username_key) if query.ordering.is_by_date else (model.username_key,)
    statement = statement.order_by(*(key.desc() if is_descending else key.asc() for key in keys))
    return statement.limit(query.page_size + 1)


def _beyond(model: Direction, query: FollowQuery, cursor: Cursor) -> ColumnElement[bool]:
    """Return the condition for the rows on the cursor's side."""
    is_down = query.ordering.is_descending ^ cursor.backwards
    name = model.username_key < cursor.name if is_down else model.username_key > cursor.name
    if not query.ordering.is_by_date:
        return name
    # Written as a range and a tie, so that both databases walk the index from there.
    edge = model.followed_at <= cursor.second if is_down else model.followed_at >= cursor.second
    past = model.followed_at < cursor.second if is_down else model.followed_at > cursor.second
    return and_(edge, or_(past, name))


def _conditions(scope: Scope, section: Section, query: FollowQuery) -> list[ColumnElement[bool]]:
    model = DIRECTIONS[section]
    conditions = [current(model, scope)]
    if query.search:
        conditions.append(model.username_key.contains(name_key(query.search), autoescape=True))
    if query.period.starts_at is not None:
        conditions.append(model.followed_at >= query.period.starts_at)
    if query.period.ends_at is not None:
        conditions.append(model.followed_at < query.period.ends_at)
    if query.mutual_only:
        other = DIRECTIONS[_OTHER[section]]
        conditions.append(exists().where(current(other, scope), other.username_key == model.username_key))
    return conditions


def _cursor(row: object, position: int, *, backwards: bool = False) -> Cursor:
    return Cursor(row.followed_at, row.username_key, position, backwards)  # type: ignore[attr-defined]
