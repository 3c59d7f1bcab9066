"""Who is followed and does not follow back, and whom one might unfollow: nobody with a mark, nobody of late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from webapp.analytics.follows import FollowPage, FollowRow, list_follows, stream_follows
from webapp.analytics.visible import find_newest_lists
from webapp.domain.period import Period, day_of
from webapp.domain.query import FollowOrder, FollowQuery, Ignored, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section

# Whoever was followed later than that may still follow back.
LEAST_DAYS: Final = 30
MOST_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class Suggestions:
    """People to look at, longest followed first; ``total`` of them, of whom ``rows`` are the first.

    Not suggested are ``marked`` people, who have a tag, and ``recent`` ones, followed in the last ``LEAST_DAYS`` days.
    ``followers_at`` and ``following_at`` are the Unix seconds of the two lists.
    """

    rows: tuple[FollowRow, ...]
    total: int
    marked: int
    recent: int
    followers_at: int
    following_at: int


def not_back_query(timezone: str) -> FollowQuery:
    """Return the question who does not follow back, longest first; people marked as ignored are left out."""
    everybody = Period(None, None, timezone)
    return FollowQuery(everybody, relation=Relation.NOT_MUTUAL, ordering=FollowOrder.DATE_FOLLOWED, page_size=MOST_ROWS)


def suggestions_query(timezone: str, as_of: int) -> FollowQuery:
    """Return the question who is suggested, as of the Unix second of the list of those who are followed."""
    last = day_of(as_of, timezone) - timedelta(days=LEAST_DAYS)
    return not_back_query(timezone).with_(period=Period(None, last, timezone), ignored=Ignored.SHOW, unmarked=True)


def list_not_back(scope: Scope) -> FollowPage:
    """Return the first of those who do not follow back."""
    return list_follows(scope, Section.FOLLOWING, not_back_query(scope.timezone))


def find_suggestions(scope: Scope) -> Suggestions | None:
    """Return whom one might unfollow; ``None`` where one of the lists is unknown."""
    newest = find_newest_lists(scope)
    followers, following = newest[Section.FOLLOWERS], newest[Section.FOLLOWING]
    if followers is None or following is None:
        return None
    query = suggestions_query(scope.timezone, following.exported_at)
    anytime = query.with_(period=Period(None, None, scope.timezone), page_size=1)
    found = list_follows(scope, Section.FOLLOWING, query)
    unmarked = list_follows(scope, Section.FOLLOWING, anytime)
    everybody = list_follows(scope, Section.FOLLOWING, anytime.with_(unmarked=False))
    total, without_mark = found.total or 0, unmarked.total or 0
    return Suggestions(
        rows=found.rows,
        total=total,
        marked=(everybody.total or 0) - without_mark,
        recent=without_mark - total,
        followers_at=followers.exported_at,
        following_at=following.exported_at,
    )


def stream_suggestions(scope: Scope) -> Iterator[FollowRow]:
    """Yield everybody who is suggested, longest followed first; nobody where one of the lists is unknown."""
    newest = find_newest_lists(scope)
    following = newest[Section.FOLLOWING]
    if newest[Section.FOLLOWERS] is None or following is None:
        return
    for row in stream_follows(scope, Section.FOLLOWING, suggestions_query(scope.timezone, following.exported_at)):
        yield FollowRow(*row)
