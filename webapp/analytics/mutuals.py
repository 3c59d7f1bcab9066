"""Who is on both lists, with both dates: ordered by the later of the two, since when it is mutual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select

from webapp.analytics.follow_statements import in_order, marked, narrowed
from webapp.analytics.keyset import cut_page
from webapp.analytics.marks import Tags, find_tags, has_tags
from webapp.analytics.visible import count_kept, current, find_newest_lists
from webapp.domain.query import Cursor, FollowQuery, Ignored
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, Follower, Following

_STREAM_ROWS = 1000


class MutualRow(NamedTuple):
    """A name on both lists; dates are Unix seconds, ``since`` the later of the two."""

    username: str
    key: str
    followed_at: int
    following_at: int
    since: int


@dataclass(frozen=True, slots=True)
class MutualPage:
    """One page of the people on both lists.

    ``total`` and ``as_of``, the Unix second of the older of the two lists, are ``None`` where one of them is unknown.
    ``left_out`` counts people who would be rows as well, were they not marked as ignored; ``has_tags`` says whether
    anybody of the account has a tag, and ``tags`` who of the rows has which, by username.
    """

    query: FollowQuery
    rows: tuple[MutualRow, ...] = ()
    total: int | None = None
    start: int = 0
    as_of: int | None = None
    next: Cursor | None = None
    previous: Cursor | None = None
    left_out: int = 0
    has_tags: bool = False
    tags: Mapping[str, Tags] = field(default_factory=dict)

    @property
    def is_unknown(self) -> bool:
        """Return whether no export of the account holds what it takes to know."""
        return self.as_of is None


def list_mutuals(scope: Scope, query: FollowQuery) -> MutualPage:
    """Return one page of who is on both newest lists; search, days and order of the query hold for ``since``."""
    asked = query.opened(scope.redaction)
    both = _find_both(scope)
    if both is None:
        return MutualPage(query)
    found = list(db.session.execute(_page(scope, asked, both)))
    cut = cut_page(found, asked, scope.redaction)
    total = found[0].total if found else _count(scope, asked, both)
    is_tagged = has_tags(scope)
    tags = find_tags(scope, [row.username_key for row in cut.rows]) if is_tagged else {}
    shows = asked.with_(ignored=Ignored.SHOW)
    rows = tuple(_row(scope, row) for row in cut.rows)
    return MutualPage(
        query=query,
        rows=rows,
        total=total,
        start=cut.start,
        as_of=min(export.exported_at for export in both),
        next=cut.next,
        previous=cut.previous,
        left_out=_count(scope, shows, both) - total if query.hides_ignored and is_tagged else 0,
        has_tags=is_tagged,
        tags={
            shown.username: tags[row.username_key]
            for shown, row in zip(rows, cut.rows, strict=True)
            if row.username_key in tags
        },
    )


def stream_mutuals(scope: Scope, query: FollowQuery) -> Iterator[MutualRow]:
    """Yield every row of the query in its order, in chunks of constant memory."""
    both = _find_both(scope)
    query = query.opened(scope.redaction)
    place: FollowQuery | None = query.with_(page_size=_STREAM_ROWS, page=1, cursor=None)
    while both is not None and place is not None:
        cut = cut_page(list(db.session.execute(_page(scope, place, both))), place)
        for row in cut.rows:
            yield _row(scope, row)
        place = place.with_(cursor=cut.next) if cut.next else None


def _row(scope: Scope, row: Any) -> MutualRow:
    name = scope.redaction.name(row.username)
    key = name if scope.redaction.hides_names else row.username_key
    return MutualRow(name, key, row.date_followed, row.date_following, row.followed_at)


Both = tuple[Export, Export]
"""The newest exports that hold the followers and the following whole."""


def _find_both(scope: Scope) -> Both | None:
    newest = find_newest_lists(scope)
    followers, following = newest[Section.FOLLOWERS], newest[Section.FOLLOWING]
    return None if followers is None or following is None else (followers, following)


def _page(scope: Scope, query: FollowQuery, both: Both) -> Any:
    found = _join(scope, query, both)
    conditions = narrowed(found.c, query)
    total = select(func.count()).select_from(found).where(*conditions).scalar_subquery()
    columns = (*found.c, total.label("total"))
    return in_order(select(*columns).where(*conditions), found.c, query)


def _count(scope: Scope, query: FollowQuery, both: Both) -> int:
    found = _join(scope, query, both)
    statement: Select[int] = select(func.count()).select_from(found).where(*narrowed(found.c, query))
    return db.session.scalar(statement) or 0


def _join(scope: Scope, query: FollowQuery, both: Both) -> Any:
    """Return everybody on both lists, found from the shorter one: an index leads from each name to the longer."""
    since: ColumnElement[int] = case(
        (Follower.followed_at > Following.followed_at, Follower.followed_at), else_=Following.followed_at
    )
    columns = (
        Follower.username,
        Follower.username_key,
        since.label("followed_at"),
        Follower.followed_at.label("date_followed"),
        Following.followed_at.label("date_following"),
    )
    followers, following = both
    is_following_shorter = count_kept(following, Section.FOLLOWING) < count_kept(followers, Section.FOLLOWERS)
    shorter, longer = (Following, Follower) if is_following_shorter else (Follower, Following)
    joined = select(*columns).select_from(shorter).join(longer, Follower.username_key == Following.username_key)
    there = (current(Follower, scope), current(Following, scope), *marked(scope, Follower.username_key, query))
    return joined.where(*there).cte("both_lists").prefix_with("MATERIALIZED")
