"""What posts suggest: from passed tests alone, what speaks against it, what was tried, and what would tell more."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from webapp.analytics.content.fit import Group, Measure, Performance, Refusal
from webapp.analytics.content.grouping import describe
from webapp.analytics.content.halves import find_halves
from webapp.analytics.content.model import examine
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.analytics.experiments import Power, power_of
from webapp.analytics.planner import PlanRow
from webapp.analytics.recommendations.advice import Advice, advise
from webapp.analytics.recommendations.proposals import propose_hashtag, propose_slots
from webapp.analytics.recommendations.tried import Tried, TriedExperiment, TriedPair, TriedPlans
from webapp.domain.experiments import ExperimentKind, ExperimentState, Verdict
from webapp.domain.planner import PlanDraft, PlanMatch, PlanScore, PlanState
from webapp.domain.post_query import PostKind, Privacy, Standing
from webapp.domain.recommendations import AdviceKind, AdviceRefusal, DoubtKind

HOUR, DAY = 3_600, 86_400
MONDAY = int(datetime(2025, 1, 6, tzinfo=UTC).timestamp())
TAGS = (TagName("bread", "#Bread"), TagName("oven", "#oven"), TagName("fyp", "#fyp"))
SOUNDS = (SoundName("aa" * 10, "Slow morning", "The Loaves", False),)
BREAD, OVEN, FYP = range(3)
NOTHING = Tried()


def table_of(count: int, likes: Callable[[int], int | None], **more: Any) -> PostTable:
    """Return a post a day: every third in the evening, every fourth with #Bread, every second with #fyp."""
    rows = tuple(
        PostRow(
            id=at,
            public_id=f"{at:020x}",
            published_at=MONDAY + at * DAY + (18 if at % 3 == 0 else 9) * HOUR,
            ordinal=0,
            kind=PostKind.VIDEO,
            privacy=Privacy.EVERYONE,
            standing=Standing.LISTED,
            title="words",
            likes=likes(at),
            sound=0,
            hashtags=tuple(place for place, every in ((BREAD, 4), (FYP, 2)) if at % every == 0),
        )
        for at in range(count)
    )
    as_of = (rows[-1].published_at if rows else MONDAY) + 20 * DAY
    return PostTable(as_of, rows, SOUNDS, TAGS, **more)


def noisy(better: Callable[[int], bool], times: int = 6, seed: int = 3) -> Callable[[int], int]:
    source = random.Random(seed)
    return lambda at: int(100 * source.lognormvariate(0, 0.5) * (times if better(at) else 1))


def ask(table: PostTable, tried: Tried = NOTHING) -> Advice:
    return advise(table, examine(table, "UTC"), tried, "UTC")


def kinds(advice: Advice) -> set[tuple[AdviceKind, str]]:
    return {(each.kind, each.group.key) for each in advice.recommendations}


def test_what_passed_a_test_is_recommended_with_its_number_its_range_and_both_halves() -> None:
    table = table_of(160, noisy(lambda at: at % 3 == 0))
    advice = ask(table)
    assert (AdviceKind.SLOT, "6") in kinds(advice)
    (slot,) = (each for each in advice.recommendations if each.kind is AdviceKind.SLOT)
    group = slot.group
    assert (group.posts, slot.of) == (54, 160) == (len(select_posts(table, slot.posts("UTC"))), advice.posts)
    assert group.low is not None
    assert group.high is not None
    assert group.effect is not None
    assert group.at_least == group.low < group.effect < group.high
    assert group.halves is not None
    older, newer = group.halves
    assert older.posts + newer.posts == group.posts
    assert min(older.effect, newer.effect) > 0
    assert slot.doubts == ()
    assert slot.proposal is not None
    assert (slot.proposal.arm_a, slot.proposal.arm_b) == ("6", "3")
    assert (advice.refused, advice.proposals) == (None, ())


def claimed(**more: Any) -> Group:
    return Group(key="6", posts=60, typical=140.0, effect=0.3, low=0.2, high=0.4, at_least=0.2, claim=True, **more)


def told(table: PostTable, group: Group, tried: Tried = NOTHING, views: Performance | None = None) -> Advice:
    """Return what is advised where a job says that evenings stand out."""
    fit = describe(table, "UTC")
    family = replace(fit.likes.slots, groups=(group,), refusal=None)
    likes = replace(fit.likes, slots=family, spread=1.1)
    return advise(table, replace(fit, likes=likes, views=views), tried, "UTC")


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(lambda at: 1.0, []), (lambda at: 0.0 if at >= 90 else 1.0, [DoubtKind.GONE_LATELY]),
     (lambda at: 0.25 if at >= 90 else 1.0, [DoubtKind.OLDER_HALF])],
)  # fmt: skip
def test_what_the_newer_half_does_not_show_is_doubted(shift: Callable[[int], float], expected: list[DoubtKind]) -> None:
    source = random.Random(5)
    shifts = [source.gauss(0, 1) for _ in range(180)]
    places = range(0, 180, 3)
    for half in (range(90), range(90, 180)):
        own = [at for at in half if at % 3 == 0]
        rest = [at for at in half if at % 3]
        # Exactly the shift that is wanted, whatever the noise.
        gap = sum(shifts[at] for at in own) / len(own) - sum(shifts[at] for at in rest) / len(rest)
        for at in own:
            shifts[at] += shift(at) - gap
    halves = find_halves(shifts, list(places))
    assert halves is not None
    assert [half.posts for half in halves] == [30, 30]
    (found,) = told(table_of(180, lambda at: 100 + at), claimed(halves=halves)).recommendations
    assert [doubt.kind for doubt in found.doubts] == expected


def test_halves_with_too_few_posts_are_not_looked_at_and_that_is_said() -> None:
    assert find_halves([0.0] * 60, [1, 2, 3, 4, 40, 41, 42, 43, 44]) is None
    (found,) = told(table_of(70, lambda at: 100 + at), claimed()).recommendations
    assert [doubt.kind for doubt in found.doubts] == [DoubtKind.UNCHECKED]


def test_another_measure_that_says_the_opposite_is_told() -> None:
    table = table_of(70, lambda at: 100 + at)
    below = replace(claimed(), effect=-0.3, low=-0.4, high=-0.1, claim=False, at_least=None)
    slots = replace(describe(table, "UTC").likes.slots, groups=(below,))
    views = Performance(measure=Measure.VIEWS, posts=70, slots=slots)
    (found,) = told(table, claimed(), views=views).recommendations
    assert [(doubt.kind, doubt.group) for doubt in found.doubts][-1] == (DoubtKind.VIEWS, below)


def an_experiment(verdict: Verdict | None, difference: float, arms: tuple[str, str] = ("6", "3")) -> TriedPair:
    state = ExperimentState.RUNNING if verdict is None else ExperimentState.ENDED
    begun = datetime(2025, 3, 1, tzinfo=UTC)
    seen = TriedExperiment("ee" * 10, state, begun, verdict, difference, difference - 0.2, difference + 0.2)
    return TriedPair(ExperimentKind.SLOTS, arms, seen)


@pytest.mark.parametrize(
    ("pair", "is_doubted"),
    [
        (an_experiment(Verdict.CLEAR, 0.4), False),
        (an_experiment(Verdict.CLEAR, -0.4), True),
        (an_experiment(Verdict.CLEAR, -0.4, ("3", "6")), False),
        (an_experiment(Verdict.UNCLEAR, 0.1), True),
        (an_experiment(Verdict.INDICATIVE, -0.4), False),
        (an_experiment(None, 0.0), False),
    ],
)
def test_an_experiment_that_did_not_show_it_speaks_against_it(pair: TriedPair, is_doubted: bool) -> None:
    table = table_of(70, lambda at: 100 + at)
    (found,) = told(table, claimed(), tried=Tried(experiments=(pair,))).recommendations
    assert (DoubtKind.EXPERIMENT in [doubt.kind for doubt in found.doubts]) is is_doubted
    assert [each.public_id for each in found.experiments] == ["ee" * 10]


def test_an_experiment_about_something_else_is_no_part_of_it() -> None:
    table = table_of(70, lambda at: 100 + at)
    other = an_experiment(Verdict.CLEAR, -0.4, ("2", "3"))
    (found,) = told(table, claimed(), tried=Tried(experiments=(other,))).recommendations
    assert found.experiments == ()


def test_planned_posts_are_counted_once_it_is_sure_which_post_they_are() -> None:
    table = table_of(70, lambda at: 100 + at)
    evenings, morning = [row for row in table.rows if row.id % 3 == 0], table.rows[1]
    plans = [
        planned(evenings[0], PlanScore.INSIDE),
        planned(evenings[1], PlanScore.ABOVE),
        planned(evenings[2], PlanScore.YOUNG),
        planned(evenings[3], PlanScore.BELOW, PlanMatch.CONFIRMED),
        planned(evenings[4], PlanScore.INSIDE, PlanMatch.UNSURE),
        planned(morning, PlanScore.BELOW),
    ]
    (found,) = told(table, claimed(), tried=Tried(plans=tuple(plans))).recommendations
    assert found.plans == TriedPlans(above=1, inside=1, below=1, waiting=1)


def planned(row: PostRow, score: PlanScore, match: PlanMatch = PlanMatch.SURE) -> PlanRow:
    return PlanRow(
        public_id=f"{row.id:020}",
        draft=PlanDraft(row.published_at, state=PlanState.PUBLISHED),
        day=None,
        expected=None,
        match=match,
        post=row,
        score=score,
        actual=row.likes,
        experiment=None,
        arm=None,
        sequence=0,
        changed_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("count", "likes", "refused"),
    [
        (0, lambda at: 1, AdviceRefusal.NONE_COUNTED),
        (5, lambda at: at, AdviceRefusal.FEW_POSTS),
        (12, lambda at: at, AdviceRefusal.FEW_POSTS),
        (40, lambda at: 100, AdviceRefusal.NOTHING),
        (100, lambda at: 0, AdviceRefusal.NOTHING),
        (100, lambda at: None, AdviceRefusal.NONE_COUNTED),
        (100, lambda at: 100 if at < 50 else 10_000, AdviceRefusal.NOTHING),
    ],
)
def test_where_nothing_can_be_told_nothing_is(
    count: int, likes: Callable[[int], int | None], refused: AdviceRefusal
) -> None:
    advice = ask(table_of(count, likes))
    assert (advice.refused, advice.recommendations) == (refused, ())
    has_proposal = refused is not AdviceRefusal.NONE_COUNTED
    assert bool(advice.proposals) is has_proposal
    for proposal in advice.proposals:
        assert all(size.each > 1 for size in proposal.sizes)


def test_without_posts_or_while_a_job_is_at_it_the_reason_is_named() -> None:
    assert advise(None, None, NOTHING, "UTC").refused is AdviceRefusal.NO_POSTS
    waiting = advise(table_of(70, lambda at: at), None, NOTHING, "UTC")
    assert (waiting.refused, waiting.posts) == (AdviceRefusal.NOT_READY, 70)


def test_multiplying_all_likes_changes_no_advice() -> None:
    likes = noisy(lambda at: at % 3 == 0)
    values = [likes(at) for at in range(120)]
    one, other = (ask(table_of(120, lambda at, times=times: values[at] * times)) for times in (1, 7))  # type: ignore[misc]
    assert kinds(one)
    assert [replace(each.group, typical=None) for each in one.recommendations] == [
        replace(each.group, typical=None) for each in other.recommendations
    ]


def test_an_experiment_alternates_the_likeliest_time_and_the_most_used_one() -> None:
    table = table_of(70, lambda at: 100 + at)
    fit = describe(table, "UTC")
    power = power_of(fit, table)
    proposal = propose_slots(fit.likes, power)
    assert proposal is not None
    assert (proposal.arm_a, proposal.arm_b, proposal.posts_a, proposal.posts_b) == ("3", "6", 46, 24)
    groups = tuple(replace(group, effect=0.2 if group.key == "6" else 0.1) for group in fit.likes.slots.groups)
    compared = replace(fit.likes, slots=replace(fit.likes.slots, groups=groups))
    found = propose_slots(compared, power)
    assert found is not None
    assert (found.arm_a, found.arm_b) == ("6", "3")
    one_time = replace(fit.likes, slots=replace(fit.likes.slots, groups=(Group(key="6", posts=70),)))
    alone = propose_slots(one_time, power)
    assert alone is not None
    assert (alone.arm_a, alone.arm_b, alone.posts_b) == ("6", "4", 0)


def test_a_hashtag_that_says_nothing_is_never_put_to_the_test() -> None:
    table = table_of(70, lambda at: 100 + at)
    fit = describe(table, "UTC")
    proposal = propose_hashtag(fit.likes, power_of(fit, table))
    assert proposal is not None
    assert (proposal.arm_a, proposal.arm_b, proposal.posts_a, proposal.posts_b) == ("bread", "", 18, 52)
    generic = replace(fit.likes, hashtags=tuple(tag for tag in fit.likes.hashtags if tag.is_generic))
    assert propose_hashtag(generic, power_of(fit, table)) is None
    assert propose_hashtag(replace(fit.likes, hashtags_refusal=Refusal.NO_TITLES), power_of(fit, table)) is None


def test_the_size_of_an_experiment_comes_from_the_power_formula_and_its_time_from_the_pace() -> None:
    fit = describe(table_of(70, lambda at: 100 + at), "UTC")
    daily = propose_slots(fit.likes, Power(1.1, False, 7.0))
    assert daily is not None
    assert [(size.effect, size.each, daily.days(size)) for size in daily.sizes] == [
        (0.25, 389, 778),
        (0.5, 118, 236),
        (1.0, 41, 82),
    ]
    resting = propose_slots(fit.likes, Power(1.1, False, 0.0))
    assert resting is not None
    assert resting.days(resting.sizes[0]) is None


def test_of_sounds_and_of_hashtags_that_say_nothing_the_usage_alone_is_told() -> None:
    advice = ask(table_of(70, noisy(lambda at: at % 2 == 0)))
    assert [(use.tag, use.posts) for use in advice.generic] == [("fyp", 35)]
    assert [(use.sound.name, use.posts) for use in advice.sounds] == [("Slow morning", 70)]
    assert (AdviceKind.HASHTAG, "fyp") not in kinds(advice)
