"""Posts over time: what is counted, compared, left out and refused, on made-up tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.ledgers import at
from webapp.analytics.content.ages import Ages, TooFewReadings, ages_of
from webapp.analytics.content.figures import figure_of, rows_behind
from webapp.analytics.content.like_spread import find_spread
from webapp.analytics.content.rhythm import Pause, find_rhythm
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.standing import Uncounted
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.content.trends import Trends, find_trends
from webapp.analytics.content.word_counts import count_words
from webapp.domain.metrics import MetricKey
from webapp.domain.period import DAY_SECONDS, Period, Span
from webapp.domain.post_query import PostFilter, PostKind, Standing
from webapp.domain.steps import Step

AS_OF = at("2026-06-01 08:00:00")
ZONE = "Europe/Paris"


def post(when: str, likes: int | None = 10, title: str = "", number: int = 0, **facts: object) -> PostRow:
    """Return a public post on the newest list."""
    second = at(when)
    return PostRow(
        id=second + number,
        public_id=f"{second + number:020x}",
        published_at=second,
        ordinal=number,
        kind=PostKind.VIDEO,
        privacy=str(facts.pop("privacy", "everyone")),
        standing=facts.pop("standing", Standing.LISTED),  # type: ignore[arg-type]
        title=title,
        likes=likes,
        **facts,  # type: ignore[arg-type]
    )


def table(*rows: PostRow) -> PostTable:
    return PostTable(AS_OF, tuple(sorted(rows, key=lambda row: row.published_at)), (), ())


def trends(found: PostTable, first: str, step: Step = Step.MONTH, base: Span | None = None) -> Trends:
    return find_trends(found, Span(at(first) - 7200 - 1, AS_OF), base, ZONE, step)


def test_every_post_of_a_step_is_counted_and_only_mature_public_ones_have_typical_likes() -> None:
    found = table(
        post("2026-04-03", 100),
        post("2026-04-04", 10_000),
        post("2026-04-05", 200),
        post("2026-04-06", 5, privacy="friends"),
        post("2026-04-07", 7, standing=Standing.GONE),
        post("2026-05-02", None),
        post("2026-05-30", 3),
    )
    april, may, june = trends(found, "2026-04-01").steps
    assert (april.posts, april.likes.n, round(april.likes.value or 0)) == (5, 3, 200)
    assert (april.low, april.high) == (150, 5100)
    assert (may.posts, may.likes.value, may.young) == (2, None, 1)
    assert (june.posts, june.is_over, april.is_over) == (0, False, True)
    left_out = trends(found, "2026-04-01").left_out
    assert left_out == {Uncounted.HIDDEN: 1, Uncounted.GONE: 1, Uncounted.UNKNOWN: 1, Uncounted.YOUNG: 1}


def test_days_are_those_of_the_account_and_the_steps_are_what_a_filter_finds() -> None:
    found = table(post("2026-03-31 22:30:00"), post("2026-04-30 21:30:00"), post("2026-04-30 22:30:00"))
    april = trends(found, "2026-04-01").steps[0]
    days = Period(april.bucket.first, april.bucket.last, ZONE)
    assert april.posts == len(select_posts(found, PostFilter(days))) == 2


def test_what_lies_after_the_newest_list_is_unknown_and_not_zero() -> None:
    found = find_trends(table(post("2026-05-20")), Span(at("2026-05-18"), at("2026-07-31")), None, ZONE, Step.MONTH)
    assert [each.posts for each in found.steps] == [1, 0, None]


def test_a_period_is_compared_by_pace_and_typical_likes_only_where_both_sides_have_enough() -> None:
    many = [post(f"2026-04-{day:02}", 40, number=day) for day in range(1, 11)]
    now = [post(f"2026-05-{day:02}", 50, number=day) for day in range(1, 16)]
    span, base = Span(at("2026-05-01") - 7201, AS_OF), Span(at("2026-04-01") - 7201, at("2026-05-01") - 7201)
    compared = find_trends(table(*many, *now), span, base, ZONE, Step.MONTH).compared
    assert compared is not None
    assert compared.posts == 10
    assert compared.pace == pytest.approx(15 / (span.days or 1) / (10 / 30) - 1)
    assert compared.likes == pytest.approx(0.25)
    few = find_trends(table(*many[:9], *now), span, base, ZONE, Step.MONTH).compared
    assert few is not None
    assert (few.posts, few.pace, few.likes) == (9, None, None)
    tiny = [post(f"2026-04-{day:02}", 3, number=day) for day in range(1, 12)]
    hardly = find_trends(table(*tiny, *now), span, base, ZONE, Step.MONTH).compared
    assert hardly is not None
    assert hardly.likes is None
    assert find_trends(table(*now), span, None, ZONE, Step.MONTH).compared is None


@pytest.mark.parametrize(("every", "step"), [(1, Step.WEEK), (6, Step.MONTH)])
def test_without_a_step_the_shortest_is_chosen_that_tells_something(every: int, step: Step) -> None:
    first = date(2025, 12, 1)
    days = [first + timedelta(days=number) for number in range(0, 170, every)]
    found = table(*(post(day.isoformat(), 10) for day in days))
    assert find_trends(found, Span(None, AS_OF), None, ZONE).step is step


def test_the_rhythm_tells_pauses_and_weeks_in_a_row() -> None:
    days = [date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 4), date(2026, 3, 12), date(2026, 4, 1)]
    found = find_rhythm(days, date(2026, 3, 1), date(2026, 4, 9))
    assert (found.posts, found.active_days, found.days) == (5, 4, 40)
    assert found.per_week == pytest.approx(0.875)
    assert found.between == 8
    assert found.pause == Pause(date(2026, 3, 13), date(2026, 3, 31))
    assert found.ongoing == Pause(date(2026, 4, 2), date(2026, 4, 9))
    assert found.run is not None
    assert (found.run.weeks, found.run.first, found.run.last) == (2, date(2026, 3, 2), date(2026, 3, 15))
    nothing = find_rhythm([], date(2026, 3, 1), date(2026, 3, 3))
    assert (nothing.per_week, nothing.between, nothing.pause, nothing.run) == (None, None, None, None)


def test_likes_spread_over_classes_by_powers_of_ten_and_the_typical_one_is_marked() -> None:
    likes = [0, 1, 2, 3, 9, 10, 29, 30, 30, 1500, 2999]
    found = find_spread([post("2026-01-01", each, number=number) for number, each in enumerate(likes)])
    assert found is not None
    assert [(each.low, each.high, each.posts) for each in found.classes] == [
        (0, 0, 1), (1, 2, 2), (3, 9, 2), (10, 29, 2), (30, 99, 2), (100, 299, 0), (300, 999, 0), (1000, 2999, 2),
    ]  # fmt: skip
    assert [each.low for each in found.classes if each.has_typical] == [10]
    assert found.posts == sum(each.posts for each in found.classes) == len(likes)
    exact = find_spread([post("2026-01-01", 30, number=number) for number in range(10)])
    assert exact is not None
    assert [(each.low, each.has_typical) for each in exact.classes] == [(30, True)]
    assert find_spread([post("2026-01-01", 5, number=number) for number in range(9)]) is None


def test_likes_rise_with_age_by_the_posts_that_several_exports_show() -> None:
    rows = [post("2026-01-01", 100, number=number) for number in range(12)]
    published = rows[0].published_at
    readings = {
        row.id: [
            (published + DAY_SECONDS // 2, 30),
            (published + 3 * DAY_SECONDS, 60),
            (published + 100 * DAY_SECONDS, 100),
        ]
        for row in rows
    }
    found = ages_of(rows, readings, 3)
    assert isinstance(found, Ages)
    assert [(each.first, each.last, each.readings) for each in found.classes] == [(0, 1, 12), (2, 4, 12), (90, 365, 12)]
    assert [each.per_day for each in found.classes] == [pytest.approx(30), pytest.approx(20), pytest.approx(1)]
    assert [each.share for each in found.classes] == [pytest.approx(0.3), pytest.approx(0.6), None]
    once = {row.id: [(published + DAY_SECONDS, 30)] for row in rows}
    assert ages_of(rows, {**once, rows[0].id: readings[rows[0].id]}, 2) == TooFewReadings(1, 2)


def test_words_are_counted_over_posts_and_lead_to_those_posts() -> None:
    found = table(
        post("2026-01-01", 10, "L'été à la plage #fyp", 1),
        post("2026-01-02", 30, "Un ÉTÉ, un été!", 2),
        post("2026-01-03", 90, "été e\u0301te\u0301 @été", 3),
        post("2026-05-31", 999, "été", 4),
        post("2026-01-04", 5, "la la la #été", 5),
    )
    wanted = PostFilter(Period(None, None, ZONE))
    words = count_words(found, wanted)
    assert words is not None
    assert [(each.word, each.posts, each.likes.n) for each in words] == [("été", 4, 3)]
    assert round(words[0].likes.value or 0) == 30
    assert len(select_posts(found, wanted.with_(word="été"))) == 4
    assert len(select_posts(found, wanted.with_(word="l’Été"))) == 4
    assert count_words(table(post("2026-01-01")), wanted) is None
    narrow = wanted.with_(period=Period(date(2026, 1, 2), date(2026, 1, 3), ZONE))
    assert [(each.word, each.posts) for each in count_words(found, narrow) or []] == [("été", 2)]


def test_a_figure_rests_on_the_posts_that_have_it() -> None:
    seen = post("2026-01-01", 10, views=1000, comments=4, shares=6, viewed_likes=90, viewed_at=AS_OF)
    rows = [seen, post("2026-01-02", None), post("2026-01-03", 40)]
    assert figure_of(rows, MetricKey.POSTS).value == 3
    likes = figure_of(rows, MetricKey.TYPICAL_LIKES)
    assert (likes.n, round(likes.value or 0)) == (2, 20)
    assert figure_of(rows, MetricKey.LIKES_TOTAL).value == 50
    rate = figure_of(rows, MetricKey.ENGAGEMENT_RATE)
    assert rate.n == 1
    assert rate.value == pytest.approx(0.1)
    assert rows_behind(rows, MetricKey.ENGAGEMENT_RATE) == (seen,)
    nothing = figure_of([rows[1]], MetricKey.LIKES_TOTAL)
    assert (nothing.value, nothing.n) == (None, 0)
