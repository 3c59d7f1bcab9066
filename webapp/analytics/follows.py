"""The follow lists: who is on them, in pages that cost the same at any depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any, NamedTuple, cast

from sqlalchemy import select

from webapp.analytics.follow_statements import (
    OTHER,
    PageStatement,
    among_statement,
    count_statement,
    few_count_statement,
    few_page_statement,
    first_page_statement,
    page_statement,
    tagged_count_statement,
)
from webapp.analytics.keyset import cut_page
from webapp.analytics.list_index import find_packed, is_long
from webapp.analytics.marks import Tags, find_tags, has_tag, has_tags
from webapp.analytics.mutual_count import count_mutuals
from webapp.analytics.packed_list import PackedList
from webapp.analytics.packed_pages import PackedQuery
from webapp.analytics.packed_stream import Columns, PackedStream
from webapp.analytics.visible import count_kept, current, find_newest_lists, values_of
from webapp.domain.period import Period
from webapp.domain.query import Cursor, FollowQuery, Ignored, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.tags import IGNORE
from webapp.extensions import db
from webapp.models import DIRECTIONS, Export

_STREAM_ROWS = 5000
# The first rows leave before the others are read.
_FIRST_ROWS = 200
# A list of so many names is held in memory, or looked up name by name, without a thought.
_SHORT_LIST = 50_000
# Names a statement may bring along: SQLite of old took 999 values.
_NAMES_AT_ONCE = 500


class FollowRow(NamedTuple):
    """A name on a list; ``is_mutual`` is ``None`` when the other list is unknown."""

    username: str
    followed_at: int
    is_mutual: bool | None


@dataclass(frozen=True, slots=True)
class FollowPage:
    """One page of a list.

    ``total`` counts all rows of the query; it is ``None`` when no export holds the list, and when it was not asked
    for at any price and would have taken long. ``left_out`` counts people who would be rows as well, were they not
    marked as ignored; ``has_tags`` says whether anybody of the account has a tag, and ``tags`` who of the rows has
    which. ``start`` is how many rows stand before this page. ``as_of`` is the export time of the list, in Unix seconds,
    ``None`` when no export holds it.
    """

    section: Section
    query: FollowQuery
    rows: tuple[FollowRow, ...]
    total: int | None
    start: int
    as_of: int | None
    next: Cursor | None
    previous: Cursor | None
    left_out: int = 0
    has_tags: bool = False
    tags: Mapping[str, Tags] = field(default_factory=dict)

    @property
    def is_unknown(self) -> bool:
        """Return whether no export of the account holds what it takes to know."""
        return self.as_of is None


def list_follows(scope: Scope, section: Section, query: FollowQuery, *, counts_all: bool = True) -> FollowPage:
    """Return one page of followers or following as the newest complete export has them.

    Without ``counts_all`` the total is left out where counting would keep the page waiting.
    """
    asked = _ask(scope, section, query)
    if asked is None:
        return FollowPage(section, query, (), None, 0, None, None, None)
    found = asked.read()
    total = asked.count_beside(found, counts_all=counts_all)
    cut = cut_page(found, query, scope.redaction)
    names = [row.username_key for row in cut.rows]
    mutual = _find_mutual(scope, section, asked.other, names)
    is_tagged = has_tags(scope)
    tags = find_tags(scope, names) if is_tagged else {}
    called = [scope.redaction.name(row.username) for row in cut.rows]
    rows = tuple(
        FollowRow(name, row.followed_at, None if mutual is None else row.username_key in mutual)
        for name, row in zip(called, cut.rows, strict=True)
    )
    return FollowPage(
        section=section,
        query=query,
        rows=rows,
        total=total,
        start=cut.start,
        as_of=asked.newest.exported_at,
        next=cut.next,
        previous=cut.previous,
        left_out=asked.count_left_out(),
        has_tags=is_tagged,
        tags={
            name: tags[row.username_key] for name, row in zip(called, cut.rows, strict=True) if row.username_key in tags
        },
    )


def is_known(scope: Scope, section: Section, query: FollowQuery) -> bool:
    """Return whether the exports hold what it takes to answer the query."""
    return _ask(scope, section, query) is not None


def stream_follows(scope: Scope, section: Section, query: FollowQuery) -> Iterator[tuple[str, int, bool | None]]:
    """Yield every row of the query in its order, as the fields of ``FollowRow``, in chunks of constant memory."""
    asked = _ask(scope, section, query)
    if asked is None:
        return
    all_mutual: set[str] | None = None
    if asked.other is not None and count_kept(asked.other, OTHER[section]) <= _SHORT_LIST:
        model = DIRECTIONS[OTHER[section]]
        all_mutual = set(db.session.scalars(select(model.username_key).where(current(model, scope))))
    for names, keys, seconds in asked.stream():
        mutual = all_mutual
        if mutual is None:
            mutual = _find_mutual(scope, section, asked.other, keys)
        called = map(scope.redaction.name, names) if scope.redaction.hides_names else names
        are_mutual = repeat(None, len(keys)) if mutual is None else map(mutual.__contains__, keys)
        yield from zip(called, seconds, are_mutual, strict=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query with the exports that answer it: the newest with the list, and with the other one, if any."""

    scope: Scope
    section: Section
    query: FollowQuery
    newest: Export
    other: Export | None
    packed: PackedList | None

    def read(self) -> list[Any]:
        """Return the rows of the page and one more, in the direction of reading."""
        query = self.query
        if self.packed is not None and not query.asks_about_people:
            in_packed = PackedQuery(self.packed, query)
            if query.search or not (query.ordering.is_by_date or query.period.is_open):
                edge = self._find_edge()
                names = [] if query.cursor and edge is None else in_packed.names(edge)
                found = None if names is None else self._look_up(names)
                if found is not None:
                    return found
            elif query.page > 1 and query.cursor is None:
                cursor = in_packed.jump()
                if cursor is None:
                    return []
                query = query.with_(cursor=cursor)
        if query.page == 1 and query.cursor is None and not query.is_filtered:
            first = first_page_statement(self.section, query.ordering, query.page_size)
            return list(db.session.connection().execute(first, values_of(self.scope)))
        return list(db.session.execute(self.statement(query)))

    def stream(self) -> Iterator[Columns]:
        """Yield all rows of the query, part by part: whoever reads may end the transaction between two rows."""
        is_packed = is_long(self.newest, self.section)
        packed = PackedStream(self.scope, self.section, self.query, self.newest.id)
        place = self.query.with_(page_size=_FIRST_ROWS, page=1, cursor=None)
        while rows := list(_fetch_plainly(self.statement(place))):
            names, keys, seconds, _ = zip(*rows, strict=True)
            yield names, keys, seconds
            if len(rows) <= place.page_size:
                return
            cursor = Cursor(seconds[-1], keys[-1])
            if is_packed:
                is_packed = False
                for columns in packed.read(cursor):
                    yield columns
                    cursor = Cursor(columns[2][-1], columns[1][-1])
            place = place.with_(page_size=_STREAM_ROWS, cursor=cursor)

    def statement(self, query: FollowQuery) -> PageStatement:
        """Return the page of a query with the same filters."""
        if self._is_few(query):
            return few_page_statement(self.scope, self.section, query, other_is_shorter=self._other_is_shorter())
        return page_statement(self.scope, self.section, query)

    def count_beside(self, found: Sequence[Any], *, counts_all: bool) -> int | None:
        """Return the total of the query whose page was read, from the page where it says so."""
        if self.query.page == 1 and self.query.cursor is None and len(found) <= self.query.page_size:
            return len(found)
        if found and found[0].total is not None:
            return int(found[0].total)
        return self.count(counts_all=counts_all)

    def count(self, *, counts_all: bool) -> int | None:
        """Return how many names the query finds; ``None`` if that takes long and ``counts_all`` does not insist."""
        return self._count(self.query, counts_all=counts_all)

    def count_left_out(self) -> int:
        """Return how many names the query would find as well, were they not marked as ignored."""
        query = self.query
        if not query.hides_ignored:
            return 0
        if not query.tag:
            return self._count_few(query.with_(tag=IGNORE, ignored=Ignored.SHOW))
        return self._count_few(query.with_(ignored=Ignored.SHOW)) - self._count_few(query)

    def _count(self, query: FollowQuery, *, counts_all: bool) -> int | None:
        if not query.is_filtered:
            # The list that is current is the newest complete one; its length was counted when it was read.
            return count_kept(self.newest, self.section)
        if query.mutual_only and self.other is not None and not query.with_(relation=Relation.ALL).is_filtered:
            is_followers = self.section is Section.FOLLOWERS
            both = (self.newest, self.other) if is_followers else (self.other, self.newest)
            return count_mutuals(self.scope, *both)
        if self._is_few(query):
            return self._count_few(query)
        if query.asks_about_people and not query.mutual_only:
            return self._count_rest(query, counts_all=counts_all)
        if self.packed is not None and not query.mutual_only:
            return PackedQuery(self.packed, query).count(counts_all=counts_all)
        if counts_all or not is_long(self.newest, self.section):
            return db.session.scalar(count_statement(self.scope, self.section, query)) or 0
        return None

    def _count_rest(self, query: FollowQuery, *, counts_all: bool) -> int | None:
        """Return the count of who is left when mutuals, people with marks or both are taken away: by subtraction."""
        everybody = query.with_(unmarked=False, ignored=Ignored.SHOW)
        whole = self._count(everybody.with_(relation=Relation.ALL), counts_all=counts_all)
        if whole is None:
            return None
        marked = 0
        if query.unmarked:
            marked = db.session.scalar(tagged_count_statement(self.scope, self.section, query)) or 0
        elif query.hides_ignored:
            marked = self._count_few(everybody.with_(tag=IGNORE))
        if not query.not_mutual:
            return whole - marked
        mutual = self._count(everybody.with_(relation=Relation.MUTUAL), counts_all=counts_all)
        return None if mutual is None else whole - mutual - marked

    def _count_few(self, query: FollowQuery) -> int:
        shorter = self._other_is_shorter()
        statement = few_count_statement(self.scope, self.section, query, other_is_shorter=shorter)
        return db.session.scalar(statement) or 0

    def _is_few(self, query: FollowQuery) -> bool:
        """Return whether those who fit are best found before anything is put into order."""
        if query.tag:
            return True
        if not query.mutual_only or self.other is None:
            return False
        return min(count_kept(self.newest, self.section), self._count_other()) <= _SHORT_LIST

    def _other_is_shorter(self) -> bool:
        return self._count_other() < count_kept(self.newest, self.section)

    def _count_other(self) -> int:
        return 0 if self.other is None else count_kept(self.other, OTHER[self.section])

    def _find_edge(self) -> tuple[int, str] | None:
        """Return the first row of the whole list beyond the query's cursor; only the database knows its order."""
        if self.query.cursor is None:
            return None
        whole = FollowQuery(Period(None, None, "UTC"), ordering=self.query.ordering, cursor=self.query.cursor)
        row = db.session.execute(page_statement(self.scope, self.section, whole).limit(1)).first()
        return (row.followed_at, row.username_key) if row else None

    def _look_up(self, names: Sequence[str]) -> list[Any] | None:
        """Return the rows of the names in their order; ``None`` if one is not there."""
        model = DIRECTIONS[self.section]
        rows: dict[str, Any] = {}
        for start in range(0, len(names), _NAMES_AT_ONCE):
            one_page = FollowQuery(Period(None, None, "UTC"), page_size=_NAMES_AT_ONCE)
            statement = page_statement(self.scope, self.section, one_page).order_by(None)
            among = model.username_key.in_(names[start : start + _NAMES_AT_ONCE])
            rows |= {row.username_key: row for row in db.session.execute(statement.where(among))}
        return [rows[name] for name in names] if all(name in rows for name in names) else None


def _ask(scope: Scope, section: Section, query: FollowQuery) -> _Asked | None:
    """Return the query with its exports; ``None`` when the list, or the other one it needs, is unknown."""
    query = query.opened(scope.redaction)
    exports = find_newest_lists(scope)
    newest, other = exports[section], exports[OTHER[section]]
    if newest is None or (query.relation is not Relation.ALL and other is None):
        return None
    if query.hides_ignored and not has_tag(scope, IGNORE):
        query = replace(query, ignored=Ignored.SHOW)
    if query.unmarked and not has_tags(scope):
        query = replace(query, unmarked=False, ignored=Ignored.SHOW)
    # A plain page is found by its place in an index of the table, mutuals from the shorter list, tags from the marks.
    is_scan = (query.is_filtered or query.page > 1) and not query.mutual_only and not query.tag
    return _Asked(scope, section, query, newest, other, find_packed(newest, section) if is_scan else None)


def _fetch_plainly(statement: PageStatement) -> Iterable[tuple[str, str, int, None]]:
    """Return the rows as the driver gives them: texts and whole numbers need no more, and it takes half the time."""
    rows: Any = db.session.connection().execute(statement).cursor
    return cast("Iterable[tuple[str, str, int, None]]", rows)


def _find_mutual(scope: Scope, section: Section, other: Export | None, keys: Sequence[str]) -> set[str] | None:
    """Return those of the names that are on the other list too; ``None`` when that list is unknown."""
    if other is None:
        return None
    statement = among_statement(OTHER[section])
    found: set[str] = set()
    for start in range(0, len(keys), _NAMES_AT_ONCE):
        chunk = keys[start : start + _NAMES_AT_ONCE]
        values = {**values_of(scope), "names": chunk}
        found.update(db.session.connection().scalars(statement, values))
    return found
