"""Who is on both follow lists and who is on one only: one shape for the page, the API and the download."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from webapp.analytics.follows import FollowPage, is_known, list_follows, stream_follows
from webapp.analytics.marks import Tags
from webapp.analytics.mutuals import MutualPage, list_mutuals, stream_mutuals
from webapp.domain.audience import AudiencePart
from webapp.domain.query import Cursor, FollowQuery
from webapp.domain.scope import Scope


class PartRow(NamedTuple):
    """A name with the Unix seconds of both follows; that of a list without the name is ``None``."""

    username: str
    followed_at: int | None
    following_at: int | None


@dataclass(frozen=True, slots=True)
class PartPage:
    """One page of a part of the audience.

    ``total`` and ``as_of``, the Unix second of the list, of both the older one, are ``None`` where a list is unknown.
    ``left_out``, ``has_tags`` and ``tags`` are those of ``FollowPage``.
    """

    part: AudiencePart
    query: FollowQuery
    rows: tuple[PartRow, ...]
    total: int | None
    start: int
    as_of: int | None
    next: Cursor | None
    previous: Cursor | None
    left_out: int
    has_tags: bool
    tags: Mapping[str, Tags]

    @property
    def is_unknown(self) -> bool:
        """Return whether no export of the account holds what it takes to know."""
        return self.as_of is None


def list_part(scope: Scope, part: AudiencePart, query: FollowQuery) -> PartPage:
    """Return one page of a part; days and order go by the date of its list, for mutuals by the later of the two."""
    query = part.narrow(query)
    if part is AudiencePart.MUTUALS:
        both = list_mutuals(scope, query)
        rows = tuple(PartRow(row.username, row.followed_at, row.following_at) for row in both.rows)
        return _page(part, query, rows, both)
    one = list_follows(scope, part.section, query)
    return _page(part, query, tuple(_one_sided(part, row.username, row.followed_at) for row in one.rows), one)


def stream_part(scope: Scope, part: AudiencePart, query: FollowQuery) -> Iterator[PartRow]:
    """Yield every row of a part in the order of the query, in chunks of constant memory."""
    query = part.narrow(query)
    if part is AudiencePart.MUTUALS:
        for row in stream_mutuals(scope, query):
            yield PartRow(row.username, row.followed_at, row.following_at)
        return
    for username, second, _ in stream_follows(scope, part.section, query):
        yield _one_sided(part, username, second)


def is_part_known(scope: Scope, part: AudiencePart, query: FollowQuery) -> bool:
    """Return whether the exports hold both lists."""
    return is_known(scope, part.section, part.narrow(query))


def _one_sided(part: AudiencePart, username: str, second: int) -> PartRow:
    if part is AudiencePart.FOLLOWERS_ONLY:
        return PartRow(username, second, None)
    return PartRow(username, None, second)


def _page(
    part: AudiencePart, query: FollowQuery, rows: tuple[PartRow, ...], found: FollowPage | MutualPage
) -> PartPage:
    return PartPage(
        part=part,
        query=query,
        rows=rows,
        total=found.total,
        start=found.start,
        as_of=found.as_of,
        next=found.next,
        previous=found.previous,
        left_out=found.left_out,
        has_tags=found.has_tags,
        tags=found.tags,
    )
