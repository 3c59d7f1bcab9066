"""Planned posts find the published ones by time and title, one for one, and nothing is sure that has a rival."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from webapp.domain.plan_matching import PlanFacts, PlanFound, PublishedFacts, match_plans, rank_published

NOON = 1_780_000_000
HOUR, DAY = 3_600, 86_400


def plan(key: str = "a", at: int = NOON, title: str = "", *refused: tuple[int, int]) -> PlanFacts:
    return PlanFacts(key, at, title, frozenset(refused))


def post(at: int, title: str = "", ordinal: int = 0) -> PublishedFacts:
    return PublishedFacts((at, ordinal), title)


FOLD = "Three ways to fold a map on the road #travel"
COOK = "Cooking with grandma, part two"


@pytest.mark.parametrize(
    ("planned", "published", "apart", "is_sure"),
    [
        (FOLD, FOLD, 20 * HOUR, True),
        (FOLD, FOLD.upper() + " ", 5, True),
        # Cut short by whoever wrote the export.
        (FOLD, FOLD[:30] + "…", HOUR, True),
        (FOLD, FOLD, 5 * DAY, False),
        (FOLD, FOLD, 31 * DAY, None),
        (FOLD, "Three ways to fold a map on a train #travel", 6 * HOUR, True),
        (FOLD, "Three ways to fold a map on a train #travel", 2 * DAY, False),
        (FOLD, "Cooking with grandma", 30 * 60, False),
        (FOLD, "Cooking with grandma", 2 * HOUR, None),
        # Without words the time alone speaks, and only where it is met.
        ("", FOLD, 4 * 60, True),
        (FOLD, "", 4 * 60, True),
        ("", "", 4 * 60, True),
        ("", FOLD, 3 * HOUR, False),
        ("", FOLD, 2 * DAY, None),
    ],
)
def test_how_sure_it_is_follows_from_the_words_and_the_time(
    planned: str, published: str, apart: int, is_sure: bool | None
) -> None:
    for second in (NOON - apart, NOON + apart):
        found = match_plans([plan(title=planned)], [post(second, published)])
        assert found == ({} if is_sure is None else {"a": PlanFound((second, 0), is_sure)})


def test_a_post_of_an_experiment_is_sure_within_its_slot() -> None:
    drawn = replace(plan(), is_drawn=True)
    assert match_plans([drawn], [post(NOON + 80 * 60, FOLD)])["a"].is_sure
    assert not match_plans([drawn], [post(NOON + 100 * 60, FOLD)])["a"].is_sure
    assert not match_plans([drawn], [post(NOON + 60 * 60, FOLD), post(NOON - 70 * 60, COOK)])["a"].is_sure


def test_of_posts_with_one_title_each_plan_gets_its_own() -> None:
    plans = [plan(str(day), NOON + day * DAY, "Daily question") for day in range(4)]
    posts = [post(NOON + day * DAY + 60 * (day + 1), "Daily question") for day in range(4)]
    for order in permutations(plans):
        found = match_plans(order, posts)
        assert found == {str(day): PlanFound(posts[day].identity, True) for day in range(4)}


def test_two_posts_that_fit_equally_well_are_asked_about() -> None:
    posts = [post(NOON - HOUR, FOLD), post(NOON + HOUR, FOLD)]
    assert match_plans([plan(title=FOLD)], posts) == {"a": PlanFound((NOON - HOUR, 0), False)}
    # Two posts of one second are told apart by nothing but a person.
    twins = [post(NOON, FOLD), post(NOON, FOLD, 1)]
    assert match_plans([plan(title=FOLD)], twins) == {"a": PlanFound((NOON, 0), False)}


def test_two_plans_never_get_the_same_post() -> None:
    found = match_plans([plan("a", NOON, FOLD), plan("b", NOON + 60, FOLD)], [post(NOON + 30, FOLD)])
    assert [match.is_sure for match in found.values()] == [False]


def test_words_go_before_time() -> None:
    plans = [plan("a", NOON, FOLD), plan("b", NOON + HOUR, COOK)]
    posts = [post(NOON, COOK), post(NOON + HOUR, FOLD)]
    found = match_plans(plans, posts)
    assert (found["a"].identity, found["b"].identity) == ((NOON + HOUR, 0), (NOON, 0))


def test_what_a_person_refused_or_gave_away_is_not_offered_again() -> None:
    posts = [post(NOON, FOLD), post(NOON + DAY, FOLD)]
    first, second = (each.identity for each in posts)
    assert match_plans([plan("a", NOON, FOLD, first)], posts)["a"].identity == second
    assert match_plans([plan(title=FOLD)], posts, {first})["a"].identity == second
    assert match_plans([plan("a", NOON, FOLD, first, second)], posts) == {}


def test_posts_to_choose_from_come_likeliest_first() -> None:
    posts = [post(NOON - DAY, "Another thing"), post(NOON + 60, "Yet another thing"), post(NOON + 2 * HOUR, FOLD)]
    ranked = rank_published(plan(title=FOLD), posts, 3)
    assert ranked == [posts[2].identity, posts[1].identity, posts[0].identity]
    assert rank_published(plan(title=FOLD), posts, 1) == ranked[:1]
