"""What each list of posts shows that it alone decides: posts judged at last, lasting changes, what is used far more.

A post is judged once, by the first list on which it is mature. This is dear, and a list never changes: it is kept
(`NoticeState.body`) by the list and the one before it, which are all that it comes from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from webapp.analytics.content.fit import Rising
from webapp.analytics.content.rising import find_rising_sounds, find_rising_tags
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.analytics.forecasts.fit import Checked, LevelChange
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.analytics.forecasts.history import examine_outliers
from webapp.analytics.notices.history import NoticeHistory
from webapp.analytics.notices.past_posts import PastPosts
from webapp.domain.anomalies import PostLabel
from webapp.domain.generic_tags import is_generic
from webapp.domain.period import DAY_SECONDS
from webapp.models import Export

# Counts up when what is kept changes, or how it is worked out.
_LAYOUT: Final = 1
# Counted posts before those that are judged; what was usual before these is not any more.
_BEFORE: Final = 500
# A change may be found some posts earlier than the newest ones: by the likes that those before got meanwhile.
_LATE: Final = 10
_EXCEPTIONAL: Final = frozenset({PostLabel.PEAK, PostLabel.FLOP})

# A post by its Unix second and number within it, which no import gives it.
PostName = tuple[int, int]


class Outlier(msgspec.Struct, frozen=True, array_like=True):
    """An exceptional post: its likes, what was expected of it, and its distance in robust sd."""

    post: PostName
    is_peak: bool
    likes: int
    low: int
    typical: int
    high: int
    z: float


class Shift(msgspec.Struct, frozen=True, array_like=True):
    """A lasting change as one list shows it; ``is_late`` marks those found among posts that older lists judged."""

    found: PostName
    started: PostName
    factor: float
    posts: int
    is_late: bool


class Rise(msgspec.Struct, frozen=True, array_like=True):
    """A hashtag in its compared form, or a sound by the id of its row, and how often it was used: `Rising`."""

    key: str
    recent: int
    of_recent: int
    earlier: int
    of_earlier: int


class PostList(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of posts shows; the first one of an account judges no post."""

    outliers: tuple[Outlier, ...] = ()
    shifts: tuple[Shift, ...] = ()
    tags: tuple[Rise, ...] = ()
    sounds: tuple[Rise, ...] = ()


class Earlier(NamedTuple):
    """The list of posts before: its Unix second, and the rows of the posts that it holds."""

    at: int
    listed: frozenset[int]


def list_post_lists(history: NoticeHistory) -> Iterator[tuple[Export, PostList]]:
    """Yield every whole list of posts, oldest first, and what it shows."""
    past = PastPosts(history.reader)
    before: Export | None = None
    for export in past.exports:
        kept = history.keep(_key_of(export, before), partial(_examine, past, export, before))
        yield export, msgspec.convert(kept, PostList)
        before = export


def _key_of(export: Export, before: Export | None) -> str:
    made = [(each.id, each.exported_at) for each in (export, before) if each is not None]
    return ":".join(str(part) for part in ("posts", _LAYOUT, *(part for pair in made for part in pair)))


def _examine(past: PastPosts, export: Export, before: Export | None) -> Any:
    table = past.table(export)
    earlier = None if before is None else Earlier(before.exported_at, past.listed(before))
    outliers, shifts = judge_posts(table, earlier)
    found = PostList(
        outliers=outliers,
        shifts=shifts,
        tags=tuple(_rise(each) for each in find_rising_tags(table) if not is_generic(each.key)),
        sounds=tuple(_rise(each) for each in find_rising_sounds(table)),
    )
    return msgspec.to_builtins(found)


def judge_posts(table: PostTable, earlier: Earlier | None) -> tuple[tuple[Outlier, ...], tuple[Shift, ...]]:
    """Return the exceptional posts that no earlier list could judge, and the lasting changes.

    The first list of an account judges no post. One that is older than the list before and not on it was hidden then:
    what it got is not what the others got.
    """
    counted = table.counted
    if not counted:
        return (), ()
    mature_by = table.as_of if earlier is None else earlier.at - MATURE_DAYS * DAY_SECONDS
    judged = bisect_right(counted, mature_by, key=_published_at)
    rows = counted[max(0, judged - _BEFORE) :]
    checked, changes = examine_outliers(PostTable(table.as_of, rows, table.sounds, table.tags))
    fresh = {row.public_id: row for row in counted[judged:] if earlier is not None and _was_shown(row, earlier)}
    outliers = tuple(
        _outlier(each, fresh[each.post]) for each in checked if each.label in _EXCEPTIONAL and each.post in fresh
    )
    by_id = {row.public_id: row for row in rows}
    since = counted[max(0, judged - _LATE)].published_at
    return outliers, tuple(_shift(each, by_id, since) for each in changes)


def _published_at(row: PostRow) -> int:
    return row.published_at


def _was_shown(row: PostRow, earlier: Earlier) -> bool:
    return row.published_at > earlier.at or row.id in earlier.listed


def _outlier(checked: Checked, row: PostRow) -> Outlier:
    low, typical, high = (rounded_likes(likes) for likes in (checked.low, checked.typical, checked.high))
    return Outlier(_name(row), checked.label is PostLabel.PEAK, checked.actual, low, typical, high, checked.z)


def _shift(change: LevelChange, rows: dict[str, PostRow], since: int) -> Shift:
    found, started = _name(rows[change.post]), _name(rows[change.started])
    return Shift(found, started, change.factor, change.posts, is_late=found[0] < since)


def _name(row: PostRow) -> PostName:
    return row.published_at, row.ordinal


def _rise(rising: Rising) -> Rise:
    return Rise(rising.key, rising.recent, rising.of_recent, rising.earlier, rising.of_earlier)
