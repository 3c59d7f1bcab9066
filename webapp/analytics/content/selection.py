"""Which posts of a table a filter keeps: the one place that says it, for lists, counts, charts and downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from webapp.analytics.content.keywords import compared_word
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.hashtags import tag_key
from webapp.domain.post_query import PostFilter, TagCount, TitleLength

SLOT_HOURS: Final = 3
_Test = Callable[[PostRow], bool]


def select_posts(table: PostTable, wanted: PostFilter) -> list[PostRow]:
    """Return the posts that a filter keeps, oldest first."""
    tests = list(_tests(table, wanted))
    return [row for row in table.rows if all(test(row) for test in tests)]


def title_length(row: PostRow) -> TitleLength:
    """Return the class of the length of a post's title, counted in characters without the space around it."""
    length = len((row.title or "").strip())
    if not length:
        return TitleLength.NONE
    if length <= 40:
        return TitleLength.SHORT
    if length <= 100:
        return TitleLength.MEDIUM
    return TitleLength.LONG if length <= 200 else TitleLength.VERY_LONG


def tag_count(row: PostRow) -> TagCount:
    """Return the class of how many different hashtags a post has."""
    count = len(row.hashtags)
    if not count:
        return TagCount.NONE
    if count <= 2:
        return TagCount.FEW
    if count <= 5:
        return TagCount.SOME
    return TagCount.MANY if count <= 10 else TagCount.VERY_MANY


def _tests(table: PostTable, wanted: PostFilter) -> Iterator[_Test]:
    """Yield one test a field that narrows, the quickest first."""
    starts, ends = wanted.period.starts_at, wanted.period.ends_at
    if starts is not None:
        yield lambda row: row.published_at >= starts
    if ends is not None:
        yield lambda row: row.published_at < ends
    for name in ("privacy", "kind", "standing"):
        value = getattr(wanted, name)
        if value is not None:
            yield _is(name, value)
    low, high = wanted.min_likes, wanted.max_likes
    if low is not None:
        yield lambda row: row.likes is not None and row.likes >= low
    if high is not None:
        yield lambda row: row.likes is not None and row.likes <= high
    for tag in (wanted.hashtag, wanted.with_hashtag):
        if tag:
            yield _has_tag(table, tag)
    if wanted.sound:
        name = wanted.sound.casefold()
        sounds = {place for place, sound in enumerate(table.sounds) if name in (sound.public_id, sound.name.casefold())}
        yield lambda row: row.sound in sounds
    if wanted.counted:
        yield table.counts
    yield from _time_tests(wanted)
    yield from _title_tests(table, wanted)


def _has_tag(table: PostTable, tag: str) -> _Test:
    key = tag_key(tag)
    places = {place for place, name in enumerate(table.tags) if name.tag == key}
    return lambda row: not places.isdisjoint(row.hashtags)


def _is(name: str, value: object) -> _Test:
    return lambda row: bool(getattr(row, name) == value)


def _time_tests(wanted: PostFilter) -> Iterator[_Test]:
    zone = ZoneInfo(wanted.period.timezone)
    weekday, hour, slot = wanted.weekday, wanted.hour, wanted.slot
    if weekday is not None:
        yield lambda row: datetime.fromtimestamp(row.published_at, zone).weekday() == weekday
    if hour is not None:
        yield lambda row: datetime.fromtimestamp(row.published_at, zone).hour == hour
    if slot is not None:
        yield lambda row: datetime.fromtimestamp(row.published_at, zone).hour // SLOT_HOURS == slot


def _title_tests(table: PostTable, wanted: PostFilter) -> Iterator[_Test]:
    if wanted.title_length is not None:
        yield lambda row: title_length(row) is wanted.title_length
    if wanted.tag_count is not None:
        yield lambda row: tag_count(row) is wanted.tag_count
    if wanted.search:
        text = wanted.search.casefold()
        yield lambda row: text in (row.title or "").casefold()
    if wanted.word:
        places = table.words.get(compared_word(wanted.word), ())
        ids = {table.rows[place].id for place in places}
        yield lambda row: row.id in ids
