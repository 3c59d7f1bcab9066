"""The goals for what is told of posts (G4, G5, G10, G11), on creators whose truth is known.

Short by default. ``--creators 2000`` checks the same on so many: that is the form that the figures of
docs/decisions/0009-content-statistics.md come from.
"""

from __future__ import annotations

from collections.abc import Callable
from math import expm1, log1p
from statistics import fmean

import pytest
from msgspec.structs import replace

from tests.analytics.statistics.creators import Creator, Truth, make_creators
from webapp.analytics.content.fit import ContentFit, Group, Measure, Performance, Rising
from webapp.analytics.content.grouping import take_sample
from webapp.analytics.content.model import examine
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.statistics.proportions import wilson
from webapp.analytics.statistics.residuals import centred, log_figures, residuals

_SHORT = 120
_MANY_LIKES = Truth()
_FEW_LIKES = Truth(least_likes=1.5, most_likes=8.0)
_TESTED = ("kinds", "weekdays", "slots", "lengths", "tag_counts")


@pytest.fixture(scope="module")
def count(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--creators") or _SHORT)


@pytest.fixture(scope="module", params=[_MANY_LIKES, _FEW_LIKES], ids=["many likes", "few likes"])
def without_effects(request: pytest.FixtureRequest, count: int) -> list[ContentFit]:
    return [examine(creator.table, "UTC") for creator in make_creators(41, count, request.param)]


def is_rare(found: int, of: int, share: float) -> bool:
    """Return whether a share holds: in the long form for certain, that is by the upper end of its interval."""
    interval = wilson(found, of)
    assert interval is not None
    print(f"{found} of {of}: {interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})")
    return (interval.high if of > _SHORT else interval.value) <= share


@pytest.mark.parametrize("family", _TESTED)
def test_g4_without_an_effect_at_most_one_creator_in_ten_is_told_of_a_better_group(
    without_effects: list[ContentFit], family: str
) -> None:
    told = sum(bool(getattr(fit.likes, family).claims) for fit in without_effects)
    assert is_rare(told, len(without_effects), 0.10)


def test_g5_without_an_effect_at_most_one_creator_in_ten_is_told_of_a_hashtag(
    without_effects: list[ContentFit],
) -> None:
    told = sum(any(tag.group.claim for tag in fit.likes.hashtags) for fit in without_effects)
    assert is_rare(told, len(without_effects), 0.10)


@pytest.mark.parametrize("kind", ["rising_tags", "rising_sounds"])
def test_g10_nothing_rises_with_more_than_one_creator_in_twenty_whose_habits_stay(
    without_effects: list[ContentFit], kind: str
) -> None:
    told = sum(bool(getattr(fit, kind)) for fit in without_effects)
    assert is_rare(told, len(without_effects), 0.05)


def test_a_hashtag_that_rises_is_found(count: int) -> None:
    """Two of five newest posts have it, of those before one in thirty."""
    creators = list(make_creators(43, count // 2, Truth(rising=True)))
    found = sum(creator.rising in keys(examine(creator.table, "UTC").rising_tags) for creator in creators)
    print(f"{found} of {len(creators)}")
    assert found >= 0.8 * len(creators)


def keys(rising: tuple[Rising, ...]) -> set[str]:
    return {each.key for each in rising}


def test_g4_what_is_announced_of_slots_is_delivered_at_least_by_half_on_later_posts(count: int) -> None:
    promises = [
        (slot, later(creator, in_slot(slot.key)))
        for creator in make_creators(45, count * 2, Truth(slot_sd=0.2, least_posts=150))
        for slot in earlier(creator).slots.claims[:1]
    ]
    assert_delivered(promises, sign=0.6)


def test_g5_the_sign_of_a_hashtag_holds_later_in_three_of_five(count: int) -> None:
    promises = [
        (told.group, later(creator, with_tag(creator, told.group.key)))
        for creator in make_creators(46, count, Truth(tag_sd=0.2, least_posts=150))
        for told in earlier(creator).hashtags
        if told.group.claim
    ]
    assert_delivered(promises, sign=0.6)


def earlier(creator: Creator) -> Performance:
    return examine(creator.half(is_later=False), "UTC").likes


def in_slot(slot: str) -> Callable[[PostRow], bool]:
    return lambda row: row.published_at % 86_400 // 10_800 == int(slot)


def with_tag(creator: Creator, tag: str) -> Callable[[PostRow], bool]:
    place = next(place for place, name in enumerate(creator.table.tags) if name.tag == tag)
    return lambda row: place in row.hashtags


def later(creator: Creator, belongs: Callable[[PostRow], bool]) -> float | None:
    """Return by how much the posts of a group lie above those around them in the later half, on the log scale."""
    rows = creator.half(is_later=True).rows
    found = centred(residuals(log_figures([row.likes or 0 for row in rows])))
    own = [float(found[at]) for at, row in enumerate(rows) if belongs(row)]
    return fmean(own) if len(own) >= 5 else None


def assert_delivered(promises: list[tuple[Group, float | None]], *, sign: float) -> None:
    kept = [(log1p(group.at_least or 0.0), got) for group, got in promises if got is not None]
    announced, delivered = fmean(told for told, _ in kept), fmean(got for _, got in kept)
    held = sum(got > 0 for _, got in kept) / len(kept)
    print(f"n = {len(kept)}: announced {expm1(announced):.1%}, delivered {expm1(delivered):.1%}, sign holds {held:.0%}")
    assert len(kept) >= 10
    assert delivered >= announced / 2
    assert held >= sign


def multiplied(table: PostTable, constant: int) -> PostTable:
    rows = tuple(
        replace(
            row,
            likes=None if row.likes is None else row.likes * constant,
            views=None if row.views is None else row.views * constant,
        )
        for row in table.rows
    )
    return PostTable(table.as_of, rows, table.sounds, table.tags)


def verdicts(fit: Performance | None) -> list[object]:
    """Return everything that is said of groups but what they typically get, which is multiplied as well."""
    assert fit is not None
    families = [getattr(fit, name) for name in _TESTED]
    told = [replace(group, typical=None) for family in families for group in family.groups]
    tags = [replace(tag, group=replace(tag.group, typical=None)) for tag in fit.hashtags]
    return [told, tags, fit.hashtags_refusal, fit.spread, [(own.refusal, own.power_posts) for own in families]]


@pytest.mark.parametrize("truth", [_MANY_LIKES, _FEW_LIKES, Truth(slot_sd=0.4, tag_sd=0.4)])
def test_g11_no_verdict_changes_when_all_likes_and_views_are_multiplied(count: int, truth: Truth) -> None:
    """Few likes and none at all included: what is added before the logarithm grows with the account."""
    constants = range(2, 101) if count > _SHORT else (2, 3, 7, 10, 33, 100)
    for creator in make_creators(47, 2, truth):
        table = viewed(creator.table)
        fit = examine(table, "UTC")
        for constant in constants:
            other = examine(multiplied(table, constant), "UTC")
            assert verdicts(other.likes) == verdicts(fit.likes)
            assert verdicts(other.views) == verdicts(fit.views)
            assert (other.rising_tags, other.pairs) == (fit.rising_tags, fit.pairs)


def viewed(table: PostTable) -> PostTable:
    """Return the posts with views, comments and shares that follow from their likes and places."""
    rows = tuple(
        replace(row, views=(row.likes or 0) * (9 + at % 7) + 40 + at % 11, viewed_likes=row.likes, comments=1, shares=0)
        for at, row in enumerate(table.rows)
    )
    return PostTable(table.as_of, rows, table.sounds, table.tags)


def test_g11_the_same_posts_always_give_the_same_fit() -> None:
    for creator in make_creators(48, 3, Truth(slot_sd=0.3, tag_sd=0.3)):
        table = viewed(creator.table)
        assert examine(table, "Europe/Paris") == examine(table, "Europe/Paris")


def test_rates_are_compared_where_sixty_posts_have_them() -> None:
    (creator,) = make_creators(49, 1, Truth(least_posts=100, most_posts=100))
    table = viewed(creator.table)
    fit = examine(table, "UTC")
    assert fit.engagement_rate is not None
    assert fit.engagement_rate.posts == len(take_sample(table, "UTC", Measure.ENGAGEMENT_RATE).rows) == 100
    assert fit.engagement_rate.typical == pytest.approx(0.08, abs=0.03)
    few = PostTable(table.as_of, (*table.rows[:59], *creator.table.rows[59:]), table.sounds, table.tags)
    assert examine(few, "UTC").engagement_rate is None
    assert examine(few, "UTC").views is None
