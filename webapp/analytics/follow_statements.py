"""The follow lists as SQL: one page, one count, and who is on both."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, exists, func, literal, or_, select

from webapp.analytics.marks import tagged_keys
from webapp.analytics.visible import ANY_READER, Reader, current
from webapp.domain.names import name_key
from webapp.domain.period import Period
from webapp.domain.query import Cursor, FollowOrder, FollowQuery, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.tags import IGNORE
from webapp.models import DIRECTIONS, Follower, Following

OTHER: Final = {Section.FOLLOWERS: Section.FOLLOWING, Section.FOLLOWING: Section.FOLLOWERS}

Direction = type[Follower] | type[Following]
PageStatement = Select[str, str, int, int | None]


def page_statement(scope: Reader, section: Section, query: FollowQuery) -> PageStatement:
    """Return the rows of a page and one more: username, compared name, second, and an empty total.

    Read backwards from a cursor that points back.
    """
    model = DIRECTIONS[section]
    statement = select(model.username, model.username_key, model.followed_at, literal(None).label("total"))
    return in_order(statement.where(*_conditions(scope, section, query)), model, query)


@lru_cache(maxsize=64)
def first_page_statement(section: Section, ordering: FollowOrder, page_size: int) -> PageStatement:
    """Return the first page of a whole list, for any reader: most visits ask no more, so it is made once."""
    query = FollowQuery(Period(None, None, "UTC"), ordering=ordering, page_size=page_size)
    return page_statement(ANY_READER, section, query)


@cache
def among_statement(section: Section) -> Select[str]:
    """Return which of the ``names`` are on a list, for any reader."""
    model = DIRECTIONS[section]
    names = model.username_key.in_(bindparam("names", expanding=True))
    return select(model.username_key).where(current(model, ANY_READER), names)


def count_statement(scope: Scope, section: Section, query: FollowQuery) -> Select[int]:
    """Return the count of all rows of the query."""
    return select(func.count()).select_from(DIRECTIONS[section]).where(*_conditions(scope, section, query))


def spelled_statement(scope: Reader, section: Section) -> Select[str, str]:
    """Return compared name and username of everybody on a list in whose name the two differ."""
    model = DIRECTIONS[section]
    return select(model.username_key, model.username).where(current(model, scope), model.username != model.username_key)


def few_page_statement(scope: Reader, section: Section, query: FollowQuery, *, other_is_shorter: bool) -> PageStatement:
    """Return the same page of a query that few fit, with its total in every row.

    For who is on both lists, or has a tag. They are found first: mutuals from the shorter list, people with a tag from
    their marks; an index leads from each name to the list.
    """
    few = _few(scope, section, query, other_is_shorter=other_is_shorter)
    conditions = narrowed(few.c, query)
    total = select(func.count()).select_from(few).where(*conditions).scalar_subquery()
    statement = select(few.c.username, few.c.username_key, few.c.followed_at, total.label("total"))
    return in_order(statement.where(*conditions), few.c, query)


def few_count_statement(scope: Reader, section: Section, query: FollowQuery, *, other_is_shorter: bool) -> Select[int]:
    """Return the count of a query that few fit, as ``few_page_statement`` finds them."""
    few = _few(scope, section, query, other_is_shorter=other_is_shorter)
    return select(func.count()).select_from(few).where(*narrowed(few.c, query))


def tagged_count_statement(scope: Reader, section: Section, query: FollowQuery) -> Select[int]:
    """Return the count of those of a query who have any tag."""
    model = DIRECTIONS[section]
    has_tag = model.username_key.in_(tagged_keys(scope))
    statement = select(model.username_key, model.followed_at).where(current(model, scope), has_tag)
    few = statement.where(*_related(scope, section, query)).cte("few").prefix_with("MATERIALIZED")
    return select(func.count()).select_from(few).where(*narrowed(few.c, query))


def _few(scope: Reader, section: Section, query: FollowQuery, *, other_is_shorter: bool) -> FromClause:
    model, other = DIRECTIONS[section], DIRECTIONS[OTHER[section]]
    statement = select(model.username, model.username_key, model.followed_at).where(current(model, scope))
    if query.mutual_only and other_is_shorter and not query.tag:
        names = select(other.username_key).where(current(other, scope))
        conditions = [model.username_key.in_(names), *marked(scope, model.username_key, query)]
    else:
        conditions = [*_related(scope, section, query), *marked(scope, model.username_key, query)]
    # Otherwise the order of the page may lead the database to walk the longer list.
    return statement.where(*conditions).cte("few").prefix_with("MATERIALIZED")


def in_order(statement: Any, columns: Any, query: FollowQuery) -> PageStatement:
    """Return a page of a statement and one row more; ``columns`` hold the second and the compared name."""
    is_descending = query.ordering.is_descending
    if query.cursor is not None:
        statement = statement.where(_beyond(columns, query, query.cursor))
        is_descending ^= query.cursor.backwards
    elif query.page > 1:
        statement = statement.offset((query.page - 1) * query.page_size)
    keys = (columns.followed_at, columns.username_key) if query.ordering.is_by_date else (columns.username_key,)
    ordered = statement.order_by(*(key.desc() if is_descending else key.asc() for key in keys))
    limited: PageStatement = ordered.limit(query.page_size + 1)
    return limited


def _beyond(columns: Any, query: FollowQuery, cursor: Cursor) -> ColumnElement[bool]:
    """Return the condition for the rows on the cursor's side."""
    is_down = query.ordering.is_descending ^ cursor.backwards
    name: ColumnElement[bool] = columns.username_key < cursor.name if is_down else columns.username_key > cursor.name
    if not query.ordering.is_by_date:
        return name
    # Written as a range and a tie, so that both databases walk the index from there.
    edge = columns.followed_at <= cursor.second if is_down else columns.followed_at >= cursor.second
    past = columns.followed_at < cursor.second if is_down else columns.followed_at > cursor.second
    return and_(edge, or_(past, name))


def _conditions(scope: Reader, section: Section, query: FollowQuery) -> list[ColumnElement[bool]]:
    model = DIRECTIONS[section]
    people = [*_related(scope, section, query), *marked(scope, model.username_key, query)]
    return [current(model, scope), *narrowed(model, query), *people]


def _related(scope: Reader, section: Section, query: FollowQuery) -> list[ColumnElement[bool]]:
    if query.relation is Relation.ALL:
        return []
    model, other = DIRECTIONS[section], DIRECTIONS[OTHER[section]]
    is_there = exists().where(current(other, scope), other.username_key == model.username_key)
    return [is_there if query.mutual_only else ~is_there]


def marked(scope: Reader, name: Any, query: FollowQuery) -> list[ColumnElement[bool]]:
    """Return what a query asks about the marks of people; ``name`` is the column of compared names."""
    conditions: list[ColumnElement[bool]] = []
    if query.tag:
        conditions.append(name.in_(tagged_keys(scope, query.tag)))
    if query.unmarked:
        conditions.append(name.not_in(tagged_keys(scope)))
    if query.hides_ignored:
        conditions.append(name.not_in(tagged_keys(scope, IGNORE)))
    return conditions


def narrowed(columns: Any, query: FollowQuery) -> list[ColumnElement[bool]]:
    """Return the search and the days of a query as conditions on the second and the compared name."""
    conditions: list[ColumnElement[bool]] = []
    if query.search:
        conditions.append(columns.username_key.contains(name_key(query.search), autoescape=True))
    if query.period.starts_at is not None:
        conditions.append(columns.followed_at >= query.period.starts_at)
    if query.period.ends_at is not None:
        conditions.append(columns.followed_at < query.period.ends_at)
    return conditions
