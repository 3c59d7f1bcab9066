"""The groups that counted posts are compared by, each with how many posts it has and what these typically get."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from webapp.analytics.content.fit import (
    NEEDS_POSTS,
    TAGS_NEED_USES,
    ContentFit,
    Family,
    Group,
    Measure,
    Pair,
    Performance,
    Refusal,
    TagEffect,
)
from webapp.analytics.content.selection import SLOT_HOURS, tag_count, title_length
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.content.typical import typical_of
from webapp.domain.generic_tags import is_generic
from webapp.domain.post_query import PostKind, Standing, TagCount, TitleLength

_WEEK_HOURS: Final = 7 * 24
_PAIR_USES, _PAIRS = 3, 300
FIGURES: Final[dict[Measure, Callable[[PostRow], float | None]]] = {
    Measure.LIKES: lambda row: row.likes,
    Measure.VIEWS: lambda row: row.views,
    Measure.ENGAGEMENT_RATE: lambda row: row.engagement_rate,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """The counted posts that have a measure, oldest first, their figures and the local times of publication."""

    measure: Measure
    rows: Sequence[PostRow]
    values: Sequence[float]
    times: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class Labels:
    """What divides posts into groups: the key of every group there can be, and of each post the place of its own."""

    keys: Sequence[str]
    places: Sequence[int]


@dataclass(frozen=True, slots=True)
class TagGroup:
    """Hashtags that the very same posts have, by their compared forms, and the places of those posts in a sample."""

    tags: Sequence[str]
    posts: Sequence[int]

    @property
    def is_generic(self) -> bool:
        """Return whether none of the hashtags says what a post is about."""
        return all(is_generic(tag) for tag in self.tags)


def describe(table: PostTable, timezone: str) -> ContentFit:
    """Return what can be said of posts without a test: counts and typical figures."""
    listed = [row for row in table.rows if row.standing is Standing.LISTED]
    public = [row for row in listed if row.is_public]
    known = [row for row in public if row.likes is not None]
    return ContentFit(
        as_of=table.as_of,
        has_titles=table.has_titles,
        counted=len(table.counted),
        hidden=len(listed) - len(public),
        young=len(known) - len(table.counted),
        unknown=len(public) - len(known),
        likes=describe_sample(table, take_sample(table, timezone, Measure.LIKES)),
        pairs=_pairs(table) if table.has_titles else (),
    )


def take_sample(table: PostTable, timezone: str, measure: Measure) -> Sample:
    """Return the counted posts whose figure is known."""
    figure = FIGURES[measure]
    pairs = [(row, value) for row in table.counted if (value := figure(row)) is not None]
    zone = ZoneInfo(timezone)
    times = [datetime.fromtimestamp(row.published_at, zone) for row, _ in pairs]
    return Sample(measure, [row for row, _ in pairs], [value for _, value in pairs], times)


def describe_sample(table: PostTable, sample: Sample) -> Performance:
    """Return the groups of a sample without any test."""
    families: dict[str, Any] = {name: describe_family(sample, own) for name, own in label_families(table, sample)}
    return Performance(
        measure=sample.measure,
        posts=len(sample.rows),
        typical=typical_of(sample.values),
        hours=tuple(count_groups(sample, label_hours(sample))),
        cells=tuple((group.posts, group.typical) for group in count_groups(sample, _label_cells(sample))),
        hashtags=tuple(describe_tags(sample, tag_groups(table, sample))),
        hashtags_refusal=Refusal.FEW_POSTS if table.has_titles else Refusal.NO_TITLES,
        **families,
    )


def label_families(table: PostTable, sample: Sample) -> Iterator[tuple[str, Labels | None]]:
    """Yield the families that are tested by the names of `Performance`; ``None`` for those of titles without any."""
    rows, times = sample.rows, sample.times
    yield "kinds", _label(list(PostKind), (row.kind for row in rows))
    yield "weekdays", Labels(_numbers(7), [time.weekday() for time in times])
    yield "slots", Labels(_numbers(24 // SLOT_HOURS), [time.hour // SLOT_HOURS for time in times])
    yield "lengths", _label(list(TitleLength), map(title_length, rows)) if table.has_titles else None
    yield "tag_counts", _label(list(TagCount), map(tag_count, rows)) if table.has_titles else None


def label_hours(sample: Sample) -> Labels:
    """Return the hours of the day."""
    return Labels(_numbers(24), [time.hour for time in sample.times])


def describe_family(sample: Sample, labels: Labels | None) -> Family:
    """Return a family without its test."""
    if labels is None:
        return Family(posts=len(sample.rows), refusal=Refusal.NO_TITLES)
    return Family(groups=tuple(count_groups(sample, labels)), posts=len(sample.rows), needs=NEEDS_POSTS)


def count_groups(sample: Sample, labels: Labels) -> Iterator[Group]:
    """Yield every group with how many posts it has and what they typically get."""
    values: list[list[float]] = [[] for _ in labels.keys]
    for place, value in zip(labels.places, sample.values, strict=True):
        values[place].append(value)
    for key, own in zip(labels.keys, values, strict=True):
        yield Group(key=key, posts=len(own), typical=typical_of(own))


def tag_groups(table: PostTable, sample: Sample) -> list[TagGroup]:
    """Return the hashtags that enough posts of a sample have, those of the very same posts together."""
    posts: defaultdict[int, list[int]] = defaultdict(list)
    for at, row in enumerate(sample.rows):
        for place in row.hashtags:
            posts[place].append(at)
    together: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for place, own in posts.items():
        if len(own) >= TAGS_NEED_USES:
            together[tuple(own)].append(table.tags[place].tag)
    return sorted((TagGroup(sorted(tags), own) for own, tags in together.items()), key=lambda group: group.tags[0])


def describe_tags(sample: Sample, groups: Iterable[TagGroup]) -> Iterator[TagEffect]:
    """Yield every hashtag of the groups without any test."""
    for group in groups:
        typical = typical_of(sample.values[at] for at in group.posts)
        yield from name_tags(group, Group(key=group.tags[0], posts=len(group.posts), typical=typical))


def name_tags(group: TagGroup, told: Group) -> Iterator[TagEffect]:
    """Yield what is told of a group for each of its hashtags."""
    for tag in group.tags:
        others = tuple(other for other in group.tags if other != tag)
        own = replace(told, key=tag)
        if is_generic(tag):
            own = replace(own, claim=False, at_least=None, p_value=None)
        yield TagEffect(group=own, merged=others, is_generic=is_generic(tag))


def _label_cells(sample: Sample) -> Labels:
    return Labels(_numbers(_WEEK_HOURS), [time.weekday() * 24 + time.hour for time in sample.times])


def _label(keys: Sequence[str], found: Iterable[str]) -> Labels:
    places = {key: place for place, key in enumerate(keys)}
    return Labels([str(key) for key in keys], [places[key] for key in found])


def _numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def _pairs(table: PostTable) -> tuple[Pair, ...]:
    """Return which hashtags are used together most, in the counted posts."""
    counts: Counter[tuple[int, int]] = Counter()
    for row in table.counted:
        counts.update(combinations(sorted(row.hashtags), 2))
    found = []
    for pair, posts in counts.items():
        if posts >= _PAIR_USES:
            tag, other = sorted(table.tags[place].tag for place in pair)
            found.append(Pair(tag, other, posts))
    return tuple(sorted(found, key=lambda pair: (-pair.posts, pair.tag, pair.other))[:_PAIRS])
