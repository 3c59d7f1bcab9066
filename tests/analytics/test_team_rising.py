"""What rises over several accounts: each is compared with its own past, and the chances are added up exactly."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import comb

import pytest

from tests.analytics.statistics.creators import Truth, make_creators
from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.analytics.content.team_rising import team_rising
from webapp.analytics.statistics.hypergeometric import hypergeometric_tail, pooled_tail
from webapp.domain.post_query import PostKind, Privacy, Standing

DAY = 86_400
BEGUN = 1_736_121_600


def table(count: int, *, tag: str = "bread", has: range = range(0), sound: SoundName | None = None) -> PostTable:
    """Return a post a day, of which those of a range have a hashtag and a sound."""
    rows = tuple(
        PostRow(
            id=at,
            public_id=f"{at:020x}",
            published_at=BEGUN + at * DAY,
            ordinal=0,
            kind=PostKind.VIDEO,
            privacy=Privacy.EVERYONE,
            standing=Standing.LISTED,
            title="words",
            likes=100,
            hashtags=(0,) if at in has else (),
            sound=0 if sound is not None and at in has else None,
        )
        for at in range(count)
    )
    sounds = () if sound is None else (sound,)
    return PostTable(BEGUN + (count + 20) * DAY, rows, sounds, (TagName(tag.casefold(), f"#{tag}"),))


def test_one_lot_is_fishers_exact_test_and_two_are_every_pair_of_draws() -> None:
    for found in range(6):
        assert pooled_tail(found, [(20, 6, 80)]) == pytest.approx(hypergeometric_tail(found, 20, 6, 80))
    lots = [(4, 3, 10), (5, 2, 9)]
    for found in range(6):
        chance = sum(
            comb(3, a) * comb(7, 4 - a) / comb(10, 4) * comb(2, b) * comb(7, 5 - b) / comb(9, 5)
            for a, b in product(range(4), range(3))
            if a + b >= found
        )
        assert pooled_tail(found, lots) == pytest.approx(chance)
    assert pooled_tail(0, lots) == pytest.approx(1.0)
    assert pooled_tail(6, lots) == 0.0


def test_a_hashtag_that_several_accounts_began_to_use_rises_with_the_uses_of_each() -> None:
    found = team_rising([table(60, has=range(55, 60)), table(80, tag="Bread", has=range(74, 80)), table(50)])
    (rising,) = found.tags
    assert (rising.name, found.looked_at, found.posts) == ("#Bread", (0, 1, 2), 190)
    assert [(use.account, use.recent, use.earlier, use.of_earlier) for use in rising.uses] == [
        (0, 5, 0, 40),
        (1, 6, 0, 60),
        (2, 0, 0, 30),
    ]
    assert [use.account for use in rising.users] == [0, 1]
    assert (rising.recent, rising.of_recent, rising.earlier, rising.of_earlier) == (11, 60, 0, 130)
    assert 0 <= rising.p_value < 0.001


def test_an_account_that_always_had_it_is_no_news_for_the_others() -> None:
    always = table(200, has=range(200))
    assert team_rising([always, table(60, has=range(58, 60)), table(60)]).tags == ()


def test_what_one_account_uses_is_told_on_its_own_page_alone() -> None:
    assert team_rising([table(60, has=range(50, 60)), table(60), table(60)]).tags == ()


def test_accounts_with_too_few_posts_and_teams_of_one_are_not_looked_at() -> None:
    full = table(60, has=range(55, 60))
    few = table(39, has=range(35, 39))
    assert team_rising([full, few, None]).looked_at == (0,)
    assert not team_rising([full, few, None]).is_enough
    assert team_rising([]).tags == ()
    assert team_rising([full, full]).is_enough


def test_original_sounds_are_one_by_their_author_and_none_without() -> None:
    ada = SoundName("aa" * 10, "son original", "Ada", True)
    eda = SoundName("bb" * 10, "original sound", "ADA", True)
    nobody = SoundName("cc" * 10, "original sound", None, True)
    has = range(54, 60)
    (rising,) = team_rising([table(60, has=has, sound=ada), table(60, has=has, sound=eda)]).sounds
    assert (rising.author, rising.recent) == ("ADA", 12)
    assert team_rising([table(60, has=has, sound=nobody), table(60, has=has, sound=nobody)]).sounds == ()


def test_teams_of_creators_who_change_nothing_are_told_so_hardly_ever() -> None:
    creators = [creator.table for creator in make_creators(907, 60, Truth(least_posts=60, most_posts=160))]
    teams = [creators[at : at + 3] for at in range(0, 60, 3)]
    false = sum(bool(found.tags or found.sounds) for found in map(team_rising, teams))
    assert false <= 2


def test_a_hashtag_that_truly_rises_is_found_in_most_teams() -> None:
    seen = 0
    for seed in range(8):
        made = make_creators(300 + seed, 3, Truth(rising=True, least_posts=80, most_posts=160))
        tables = [_renamed(creator.table, creator.rising or "") for creator in made]
        seen += "news" in {rising.name for rising in team_rising(tables).tags}
    assert seen >= 7


def _renamed(own: PostTable, rising: str) -> PostTable:
    """Return a table whose rising hashtag is called as that of every other."""
    tags = tuple(TagName("news", "news") if name.tag == rising else name for name in own.tags)
    return replace(own, tags=tags)
