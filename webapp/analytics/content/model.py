"""Test what can be told from an account's posts; jobs alone run this, because it loads a numerical library."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from math import expm1
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from webapp.analytics.content.fit import (
    LEAST_EFFECT,
    NEEDS_IN_GROUP,
    NEEDS_POSTS,
    TAGS_NEED_POSTS,
    TAGS_NEED_USES,
    ContentFit,
    Family,
    Group,
    Measure,
    Performance,
    Refusal,
    TagEffect,
)
from webapp.analytics.content.grouping import (
    Labels,
    Sample,
    TagGroup,
    describe,
    describe_sample,
    label_families,
    name_tags,
    tag_groups,
    take_sample,
)
from webapp.analytics.content.halves import find_halves
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.rising import find_rising_sounds, find_rising_tags
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.content.typical import typical_of
from webapp.analytics.statistics.beta_binomial import steady_rates
from webapp.analytics.statistics.false_discovery import benjamini_hochberg
from webapp.analytics.statistics.max_t import max_t
from webapp.analytics.statistics.power import posts_each
from webapp.analytics.statistics.rank_sum import Ranks
from webapp.analytics.statistics.residuals import centred, log_figures, residuals, spread
from webapp.analytics.statistics.shrinkage import Shrunken, shrink
from webapp.analytics.visible import Reader

# How often at most chance alone may lift a group of a family, and the share of announced hashtags that may be false.
_ALPHA: Final = 0.05
_FALSE_TAGS: Final = 0.10
# The difference of which it is said how many posts it takes to see it.
_SEEN_DIFFERENCE: Final = 0.5
_DIGITS: Final = 6


def work_out(reader: Reader, timezone: str) -> ContentFit:
    """Return what can be told from the posts of an account, by the hours of a time zone."""
    table = find_posts(reader)
    return ContentFit() if table is None else examine(table, timezone)


def examine(table: PostTable, timezone: str) -> ContentFit:
    """Return what can be told from posts, by the hours of a time zone."""
    told = describe(table, timezone)
    return replace(
        told,
        likes=_test(table, take_sample(table, timezone, Measure.LIKES), told.likes),
        views=_test_many(table, timezone, Measure.VIEWS),
        engagement_rate=_test_many(table, timezone, Measure.ENGAGEMENT_RATE),
        rising_tags=find_rising_tags(table),
        rising_sounds=find_rising_sounds(table),
    )


def _test_many(table: PostTable, timezone: str, measure: Measure) -> Performance | None:
    """Return what posts tell by a measure that few of them may have."""
    sample = take_sample(table, timezone, measure)
    return _test(table, sample, describe_sample(table, sample)) if len(sample.rows) >= NEEDS_POSTS else None


def _test(table: PostTable, sample: Sample, told: Performance) -> Performance:
    """Return what was told of a sample with the verdicts of the tests, as far as there are posts enough."""
    if len(sample.rows) < TAGS_NEED_POSTS:
        return told
    found = residuals(log_figures(_figures(sample)))
    shifts, own_spread = _Shifts(centred(found)), spread(found)
    power_posts = posts_each(own_spread, _SEEN_DIFFERENCE)
    families = {name: labels for name, labels in label_families(table, sample) if labels is not None}
    changes: dict[str, Any] = {
        name: replace(family, power_posts=power_posts)
        for name, family in _test_families({name: getattr(told, name) for name in families}, families, sample, shifts)
    }
    if table.has_titles:
        tags = _test_tags(tag_groups(table, sample), sample, shifts)
        is_tested = any(tag.group.p_value is not None for tag in tags)
        refusal = _refusal(is_tested, any(tag.group.claim for tag in tags))
        changes |= {"hashtags": tuple(tags), "hashtags_refusal": refusal}
    return replace(told, spread=round(own_spread, _DIGITS), **changes)


class _Shifts:
    """How far posts lie from what was usual around them, on a logarithmic scale and around 0."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values
        self.variance = float(values.var())

    def mean(self, places: Sequence[int]) -> float:
        """Return the mean of some posts, by their places."""
        return float(self.values[np.asarray(places)].mean())


def _figures(sample: Sample) -> Sequence[float]:
    """Return what posts are compared by: rates of few views say little and are drawn towards the others."""
    if sample.measure is not Measure.ENGAGEMENT_RATE:
        return sample.values
    return steady_rates([_engaged(row) for row in sample.rows], [row.views or 0 for row in sample.rows])


def _engaged(row: PostRow) -> int:
    return sum(part or 0 for part in (row.viewed_likes, row.comments, row.shares))


def _test_families(
    told: dict[str, Family], labels: dict[str, Labels], sample: Sample, shifts: _Shifts
) -> list[tuple[str, Family]]:
    if len(sample.rows) < NEEDS_POSTS:
        return list(told.items())
    members = {name: _members(own) for name, own in labels.items()}
    masks = [[_mask(posts, len(sample.rows)) for posts in own.values()] for own in members.values()]
    tested = max_t(shifts.values, masks, _seed(sample))
    return [
        (name, _judge_family(told[name], own, p_values, shifts))
        for (name, own), p_values in zip(members.items(), tested, strict=True)
    ]


def _members(labels: Labels) -> dict[int, list[int]]:
    """Return the places of the posts of every group that has enough of them; nothing where there is but one."""
    found: dict[int, list[int]] = {}
    for at, place in enumerate(labels.places):
        found.setdefault(place, []).append(at)
    enough = {place: posts for place, posts in sorted(found.items()) if len(posts) >= NEEDS_IN_GROUP}
    return enough if len(enough) > 1 else {}


def _mask(posts: Sequence[int], count: int) -> NDArray[np.bool_]:
    mask = np.zeros(count, dtype=np.bool_)
    mask[np.asarray(posts)] = True
    return mask


def _judge_family(told: Family, members: dict[int, list[int]], p_values: Sequence[float], shifts: _Shifts) -> Family:
    groups = list(told.groups)
    shrunken = _shrink(list(members.values()), shifts)
    for place, effect, p_value in zip(members, shrunken, p_values, strict=True):
        groups[place] = _judge(groups[place], effect, p_value, passed=p_value <= _ALPHA)
        groups[place] = _look_at_halves(groups[place], members[place], shifts)
    refusal = _refusal(len(members) > 0, any(group.claim for group in groups))
    return replace(told, groups=tuple(groups), refusal=refusal)


def _test_tags(groups: Sequence[TagGroup], sample: Sample, shifts: _Shifts) -> list[TagEffect]:
    """Return the hashtags with their verdicts, those with the largest effect first."""
    told = [Group(key="", posts=len(own.posts), typical=_typical(sample, own)) for own in groups]
    tested = [at for at, own in enumerate(groups) if len(sample.rows) - len(own.posts) >= TAGS_NEED_USES]
    ranks = Ranks(shifts.values.tolist())
    p_values = {at: ranks.above(groups[at].posts) for at in tested}
    wanted = [at for at in tested if not groups[at].is_generic]
    stands = dict(zip(wanted, benjamini_hochberg([p_values[at] for at in wanted], _FALSE_TAGS), strict=True))
    for at, effect in zip(tested, _shrink([groups[at].posts for at in tested], shifts), strict=True):
        told[at] = _judge(told[at], effect, p_values[at], passed=stands.get(at, False))
        told[at] = _look_at_halves(told[at], groups[at].posts, shifts)
    named = [tag for own, group in zip(groups, told, strict=True) for tag in name_tags(own, group)]
    return sorted(named, key=lambda tag: (tag.group.effect is None, -(tag.group.effect or 0.0), tag.group.key))


def _typical(sample: Sample, own: TagGroup) -> float | None:
    return typical_of(sample.values[at] for at in own.posts)


def _shrink(members: Sequence[Sequence[int]], shifts: _Shifts) -> list[Shrunken]:
    return shrink([shifts.mean(posts) for posts in members], [len(posts) for posts in members], shifts.variance)


def _judge(told: Group, effect: Shrunken, p_value: float, *, passed: bool) -> Group:
    mean, low, high = (round(expm1(value), _DIGITS) for value in (effect.mean, effect.low, effect.high))
    claim = passed and low >= LEAST_EFFECT
    return replace(
        told,
        effect=mean,
        low=low,
        high=high,
        at_least=low if claim else None,
        p_value=round(p_value, _DIGITS),
        claim=claim,
    )


def _look_at_halves(told: Group, posts: Sequence[int], shifts: _Shifts) -> Group:
    """Return a group that may be announced with what either half of the posts says of it."""
    return replace(told, halves=find_halves(shifts.values.tolist(), posts)) if told.claim else told


def _refusal(is_tested: bool, claims: bool) -> Refusal | None:
    if not is_tested:
        return Refusal.FEW_GROUPS
    return None if claims else Refusal.NO_DIFFERENCE


def _seed(sample: Sample) -> int:
    """Return a number that the same posts always give, whatever their figures are multiplied with."""
    digest = sha256()
    for row in sample.rows:
        digest.update(f"{row.published_at}:{row.ordinal};".encode())
    return int.from_bytes(digest.digest()[:8], "big")
