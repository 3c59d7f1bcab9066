"""The tables of the analysis of posts as rows of values, the same as the pages show in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from webapp.analytics.content.fit import Family, Measure
from webapp.analytics.content.selection import SLOT_HOURS
from webapp.renderers.content_csv import Table
from webapp.renderers.table_csv import Moment, Row
from webapp.web.content.families import FamilyKey, family_of
from webapp.web.content.hashtags import HashtagsPage
from webapp.web.content.performance import PerformancePage, count_by_privacy
from webapp.web.content.sounds import SoundsPage
from webapp.web.content.timing import TimingPage

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def performance_rows(page: PerformancePage, table: Table) -> Iterable[Row] | None:
    """Return the rows of a table of the tab; ``None`` where it has no such table, or the page says why not."""
    if table is Table.PRIVACY:
        return _privacy(page)
    if table not in (Table.KINDS, Table.LENGTHS, Table.TAG_COUNTS) or page.found is None:
        return None
    return _groups(family_of(page.found, FamilyKey(table.value)), page.measure, str)


def timing_rows(page: TimingPage, table: Table) -> Iterable[Row] | None:
    """Return the rows of a table of the tab; ``None`` where it has no such table."""
    likes = page.fit.likes
    if table is Table.HOURS:
        return ((_WEEKDAYS[place // 24], place % 24, *cell) for place, cell in enumerate(likes.cells))
    if table is Table.WEEKDAYS:
        return _groups(likes.weekdays, Measure.LIKES, lambda key: _WEEKDAYS[int(key)])
    if table is Table.SLOTS:
        return _groups(likes.slots, Measure.LIKES, lambda key: int(key) * SLOT_HOURS)
    return None


def hashtag_rows(page: HashtagsPage, table: Table) -> Iterable[Row] | None:
    """Return the rows of a table of the tab; ``None`` where it has no such table, or there are no titles."""
    if not page.has_titles:
        return None
    if table is Table.PAIRS:
        return ((pair.tag, pair.other, pair.posts) for pair in page.fit.pairs)
    return _hashtags(page) if table is Table.HASHTAGS else None


def sound_rows(page: SoundsPage, table: Table) -> Iterable[Row] | None:
    """Return the rows of the table of the tab, all of them; ``None`` for any other."""
    return _sounds(page) if table is Table.SOUNDS else None


def _groups(family: Family, measure: Measure, name: Callable[[str], str | int]) -> Iterator[Row]:
    for group in family.groups:
        yield (
            *(name(group.key), measure.value, group.posts, group.typical, group.effect, group.low, group.high),
            *(group.at_least, group.claim, group.p_value is not None),
        )


def _privacy(page: PerformancePage) -> Iterator[Row]:
    for privacy, posts, typical in count_by_privacy(page.table, page.open_filter):
        yield privacy.value, posts, typical.value


def _hashtags(page: HashtagsPage) -> Iterator[Row]:
    rising = {found.key for found in page.fit.rising_tags}
    for use in page.listed.items:
        effect = page.effects.get(use.tag)
        compared: Row = (None, None, None, False, False)
        merged = ""
        if effect is not None:
            group, merged = effect.group, " ".join(f"#{tag}" for tag in effect.merged)
            compared = (group.effect, group.low, group.high, group.claim, effect.is_generic)
        yield (
            *(use.tag, use.posts, use.typical, *compared, use.tag in rising, merged),
            *(Moment(use.first_used), Moment(use.last_used)),
        )


def _sounds(page: SoundsPage) -> Iterator[Row]:
    rising = {found.key for found in page.fit.rising_sounds}
    for use in page.listed.items:
        sound = use.sound
        yield (
            *(sound.name, sound.author, sound.is_original, use.posts, use.typical, use.low, use.high),
            *(sound.public_id in rising, Moment(use.first_used), Moment(use.last_used)),
        )
