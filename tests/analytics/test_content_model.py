"""What is told of posts: the groups, what typically is got, and which verdict may be given at which number of posts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import expm1, log1p
from statistics import median
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from webapp.analytics.content.fit import ContentFit, Family, Measure, Refusal
from webapp.analytics.content.grouping import describe
from webapp.analytics.content.model import examine
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.analytics.content.typical import typical_of
from webapp.analytics.content.uses import count_sounds, count_tags
from webapp.domain.generic_tags import is_generic
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter, PostKind, Privacy, Standing, TagCount, TitleLength

HOUR, DAY = 3_600, 86_400
MONDAY = int(datetime(2025, 1, 6, tzinfo=UTC).timestamp())
TAGS = ("bread", "oven", "fyp", "rare", "cake")
BREAD, OVEN, FYP, RARE, CAKE = range(5)


def post(at: int, **more: Any) -> PostRow:
    """Return the post of a day at noon."""
    fields: dict[str, Any] = {
        "id": at,
        "public_id": f"{at:020}",
        "published_at": MONDAY + at * DAY + 12 * HOUR,
        "ordinal": 0,
        "kind": PostKind.VIDEO,
        "privacy": Privacy.EVERYONE.value,
        "standing": Standing.LISTED,
        "title": "words",
        "likes": 100,
    }
    return PostRow(**{**fields, **more})


def table_of(rows: Iterable[PostRow]) -> PostTable:
    rows = tuple(sorted(rows, key=lambda row: row.published_at))
    sounds = tuple(SoundName(f"sound{at}", f"Sound {at}", None, False) for at in range(3))
    as_of = max((row.published_at for row in rows), default=MONDAY) + 30 * DAY
    return PostTable(as_of, rows, sounds, tuple(TagName(tag, tag.title()) for tag in TAGS))


def noisy(count: int, better: Callable[[int], bool] = lambda at: False, **more: Any) -> list[PostRow]:
    """Return posts of which some get six times as much as the others."""
    source = random.Random(3)
    return [
        post(at, likes=int(100 * source.lognormvariate(0, 0.5) * (6 if better(at) else 1)), **more)
        for at in range(count)
    ]


def tagged(rows: Iterable[PostRow], tags: Callable[[int], tuple[int, ...]]) -> list[PostRow]:
    return [replace(row, hashtags=tags(at)) for at, row in enumerate(rows)]


def test_posts_that_are_not_counted_are_told_by_their_reason() -> None:
    rows = [
        post(0),
        post(1, privacy=Privacy.FRIENDS.value),
        post(2, privacy=Privacy.UNSTATED.value),
        post(3, likes=None),
        post(4, standing=Standing.DELETED),
        post(5, standing=Standing.GONE),
        post(33),
    ]
    table = table_of(rows)
    young = PostTable(MONDAY + 40 * DAY, table.rows, table.sounds, table.tags)
    fit = describe(young, "UTC")
    assert (fit.counted, fit.hidden, fit.young, fit.unknown) == (2, 1, 1, 1)
    assert (fit.as_of, fit.likes.posts) == (young.as_of, 2)


def test_every_group_is_the_posts_that_its_filter_keeps_and_their_typical_likes() -> None:
    source = random.Random(9)
    rows = [
        post(
            at,
            published_at=MONDAY + source.randrange(200 * DAY),
            kind=source.choice(list(PostKind)),
            title="x" * source.randrange(260),
            likes=source.randrange(2_000),
            hashtags=tuple(source.sample(range(5), source.randrange(5))),
            sound=source.choice([None, 0, 1, 2]),
        )
        for at in range(150)
    ]
    table, zone = table_of(rows), "America/New_York"
    fit = describe(table, zone).likes
    names: dict[str, tuple[Family, Callable[[str], Any]]] = {
        "kind": (fit.kinds, PostKind),
        "weekday": (fit.weekdays, int),
        "slot": (fit.slots, int),
        "title_length": (fit.lengths, TitleLength),
        "tag_count": (fit.tag_counts, TagCount),
    }
    groups = [(name, of(group.key), group) for name, (family, of) in names.items() for group in family.groups]
    groups += [("hour", int(group.key), group) for group in fit.hours]
    groups += [("hashtag", tag.group.key, tag.group) for tag in fit.hashtags]
    assert len(groups) == 2 + 7 + 8 + 5 + 5 + 24 + 5
    everything = PostFilter(Period(None, None, zone), counted=True)
    for name, key, group in groups:
        kept = select_posts(table, everything.with_(**{name: key}))
        assert group.posts == len(kept), (name, key)
        assert group.typical == typical_of(row.likes or 0 for row in kept)
        assert (group.effect, group.claim) == (None, False)
    assert len(fit.cells) == 168
    assert sum(posts for posts, _ in fit.cells) == 150
    for at in (0, 30, 77):
        kept = select_posts(table, everything.with_(weekday=at // 24, hour=at % 24))
        assert fit.cells[at] == (len(kept), typical_of(row.likes or 0 for row in kept))
    for use in count_tags(table):
        kept = select_posts(table, everything.with_(hashtag=use.tag))
        assert (use.posts, use.typical) == (len(kept), typical_of(row.likes or 0 for row in kept))
        assert (use.first_used, use.last_used) == (kept[0].published_at, kept[-1].published_at)
    for sound in count_sounds(table):
        kept = select_posts(table, everything.with_(sound=sound.sound.public_id))
        assert (sound.posts, sound.typical) == (len(kept), typical_of(row.likes or 0 for row in kept))
        assert sound.low is not None
        assert sound.high is not None
        assert sound.low <= sound.typical <= sound.high


def test_the_typical_figure_is_a_median_that_one_post_does_not_move() -> None:
    likes = [3, 8, 8, 20, 1_000_000]
    fit = describe(table_of(post(at, likes=number) for at, number in enumerate(likes)), "UTC")
    assert fit.likes.typical == 8 == pytest.approx(expm1(median(map(log1p, likes))))


@pytest.mark.parametrize(
    ("posts", "families", "tags"),
    [
        (39, Refusal.FEW_POSTS, Refusal.FEW_POSTS),
        (40, Refusal.FEW_POSTS, None),
        (59, Refusal.FEW_POSTS, None),
        (60, None, None),
    ],
)
def test_nothing_is_tested_below_the_minima(posts: int, families: Refusal | None, tags: Refusal | None) -> None:
    """Every fourth post is a photo with a hashtag and gets six times as much: it shows as soon as it may."""
    rows = tagged(noisy(posts, lambda at: at % 4 == 0), lambda at: (BREAD,) if at % 4 == 0 else ())
    rows = [row if not row.hashtags else photo(row) for row in rows]
    fit = examine(table_of(rows), "UTC").likes
    assert (fit.kinds.refusal, fit.hashtags_refusal) == (families, tags)
    assert [group.key for group in fit.kinds.claims] == ([] if families else [PostKind.PHOTO])
    assert [group.effect is None for group in fit.kinds.groups] == [families is not None] * 2
    assert (fit.spread is None, fit.kinds.power_posts is None) == (posts < 40, posts < 40)
    for claimed in fit.kinds.claims:
        assert claimed.at_least == claimed.low
        assert 1 < (claimed.low or 0) < (claimed.effect or 0) < (claimed.high or 0)
        assert claimed.p_value == 0.001


def photo(row: PostRow) -> PostRow:
    return replace(row, kind=PostKind.PHOTO)


def test_a_group_of_fewer_than_eight_posts_is_not_tested_and_one_alone_neither() -> None:
    rows = [photo(row) if row.id % 10 == 0 else row for row in noisy(70, lambda at: at % 10 == 0)]
    fit = examine(table_of(rows), "UTC").likes
    assert fit.kinds.refusal is Refusal.FEW_GROUPS
    assert [(group.posts, group.p_value, group.effect) for group in fit.kinds.groups] == [
        (63, None, None),
        (7, None, None),
    ]
    assert fit.slots.refusal is Refusal.FEW_GROUPS


def test_without_a_difference_it_says_so_and_how_many_posts_it_would_take() -> None:
    fit = examine(table_of(noisy(140)), "UTC").likes
    assert fit.weekdays.refusal is Refusal.NO_DIFFERENCE
    assert fit.spread is not None
    assert fit.spread == pytest.approx(0.5, abs=0.15)
    assert fit.weekdays.power_posts == pytest.approx(16 * fit.spread**2 / 0.405**2, abs=1)
    assert all(group.p_value is not None and group.effect is not None for group in fit.weekdays.groups)


def test_hashtags_that_the_same_posts_have_are_one_and_generic_ones_carry_no_advice() -> None:
    rows = tagged(
        noisy(80, lambda at: at % 4 == 0), lambda at: (BREAD, OVEN, FYP) if at % 4 == 0 else (CAKE,) if at % 3 else ()
    )
    told = {tag.group.key: tag for tag in examine(table_of(rows), "UTC").likes.hashtags}
    assert (told["bread"].merged, told["oven"].merged) == (("fyp", "oven"), ("bread", "fyp"))
    assert told["bread"].group.claim
    assert told["oven"].group.claim
    assert told["fyp"].is_generic
    assert not told["fyp"].group.claim
    assert told["fyp"].group.at_least is None
    assert told["bread"].group.p_value == told["oven"].group.p_value
    assert not told["cake"].group.claim
    assert list(told)[-1] == "cake"


def test_a_hashtag_of_nearly_every_post_or_of_few_is_not_tested() -> None:
    rows = tagged(noisy(50), lambda at: (FYP,) if at >= 4 else (RARE,))
    fit = examine(table_of(rows), "UTC").likes
    assert [(tag.group.key, tag.group.posts, tag.group.p_value) for tag in fit.hashtags] == [("fyp", 46, None)]
    assert fit.hashtags_refusal is Refusal.FEW_GROUPS


def test_without_captions_nothing_is_said_of_titles_and_hashtags() -> None:
    for posts in (10, 90):
        fit = examine(table_of(noisy(posts, title="")), "UTC")
        assert not fit.has_titles
        refusals = {fit.likes.lengths.refusal, fit.likes.tag_counts.refusal, fit.likes.hashtags_refusal}
        assert refusals == {Refusal.NO_TITLES}
        assert (fit.likes.lengths.groups, fit.pairs) == ((), ())


def test_what_the_newest_posts_have_far_more_often_rises() -> None:
    def tags(at: int) -> tuple[int, ...]:
        return (*((BREAD,) if at % 3 == 0 else ()), *((CAKE,) if at >= 60 and at % 4 == 0 else ()))

    rows = [row_with_sound(row) for row in tagged(noisy(80), tags)]
    fit = examine(table_of(rows), "UTC")
    (rising,) = fit.rising_tags
    assert (rising.key, rising.recent, rising.of_recent, rising.earlier, rising.of_earlier) == ("cake", 5, 20, 0, 60)
    # Five of the twenty newest of eighty, by the hypergeometric distribution.
    assert rising.p_value == pytest.approx(15504 / 24040016, abs=1e-6)
    assert [found.key for found in fit.rising_sounds] == ["sound1"]
    assert examine(table_of(rows[21:]), "UTC").rising_tags == ()


def row_with_sound(row: PostRow) -> PostRow:
    return replace(row, sound=1 if row.id >= 65 else 0)


def test_hashtags_used_together_are_counted() -> None:
    rows = tagged(noisy(12), lambda at: (BREAD, OVEN) if at < 7 else (CAKE, BREAD) if at < 9 else (CAKE, RARE, OVEN))
    fit = describe(table_of(rows), "UTC")
    assert [(pair.tag, pair.other, pair.posts) for pair in fit.pairs] == [
        ("bread", "oven", 7),
        ("cake", "oven", 3),
        ("cake", "rare", 3),
        ("oven", "rare", 3),
    ]


def test_other_measures_are_told_where_sixty_posts_have_them() -> None:
    def viewed(rows: list[PostRow], count: int) -> PostTable:
        return table_of(
            replace(row, views=(row.likes or 0) * 12, viewed_likes=row.likes, comments=2, shares=1)
            if at < count
            else row
            for at, row in enumerate(rows)
        )

    few, enough = (examine(viewed(noisy(70), count), "UTC") for count in (59, 60))
    assert (few.views, few.engagement_rate) == (None, None)
    views, rates = enough.by(Measure.VIEWS), enough.by(Measure.ENGAGEMENT_RATE)
    assert views is not None
    assert rates is not None
    assert (views.posts, rates.posts, enough.likes.posts) == (60, 60, 70)
    assert rates.typical == pytest.approx(1 / 12, abs=0.01)
    assert rates.weekdays.refusal is Refusal.NO_DIFFERENCE


def test_no_posts_and_posts_without_any_likes_are_told_as_well() -> None:
    empty = examine(table_of([]), "UTC")
    assert (empty.counted, empty.likes.typical, empty.likes.kinds.refusal) == (0, None, Refusal.FEW_POSTS)
    nought = examine(table_of(post(at, likes=0) for at in range(80)), "UTC")
    assert nought.likes.typical == 0
    assert nought.likes.weekdays.refusal is Refusal.NO_DIFFERENCE


def test_what_is_kept_is_read_back_as_it_was() -> None:
    rows = tagged(noisy(80, lambda at: at % 4 == 0), lambda at: (BREAD,) if at % 4 == 0 else (CAKE,))
    fit = examine(table_of(rows), "UTC")
    assert msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(fit)), type=ContentFit) == fit


def test_generic_hashtags_are_known_in_several_languages() -> None:
    assert all(map(is_generic, ("fyp", "pourtoi", "foryoupage", "viral", "parati", "fypシ")))
    assert not any(map(is_generic, ("recette", "fypical", "bread", "")))
