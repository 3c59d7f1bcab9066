"""Orders, pages and leaders of posts, on tables made by hand."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from webapp.analytics.content.listing import in_months, list_posts, ordered_posts
from webapp.analytics.content.ranking import TopSpan, find_top
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.errors import Invalid
from webapp.domain.period import DAY_SECONDS, Period
from webapp.domain.post_query import PostFilter, PostKind, PostOrder, PostQuery, Privacy, Standing
from webapp.domain.query import Cursor

PARIS = "Europe/Paris"
AS_OF = 1_767_225_600  # 1 January 2026, 00:00 UTC: already 01:00 there
ALL = PostFilter(Period(None, None, PARIS))


def post(number: int, published_at: int, likes: int | None = 10, **more: Any) -> PostRow:
    return PostRow(
        id=number,
        public_id=f"{number:020x}",
        published_at=published_at,
        ordinal=more.pop("ordinal", 0),
        kind=PostKind.VIDEO,
        privacy=Privacy.EVERYONE,
        standing=more.pop("standing", Standing.LISTED),
        title="",
        likes=likes,
        **more,
    )


def table(*rows: PostRow) -> PostTable:
    ordered = sorted(rows, key=lambda row: (row.published_at, row.ordinal))
    return PostTable(as_of=AS_OF, rows=tuple(ordered), sounds=(), tags=())


@pytest.fixture
def crowd() -> PostTable:
    """Posts with many equal and some unknown figures, two of them of one second."""
    chance = random.Random(6)
    rows = [
        post(
            number,
            AS_OF - 400 * DAY_SECONDS + number * DAY_SECONDS,
            chance.choice([None, 0, 1, 1, 2, 5, 900]),
            views=chance.choice([None, 0, 7, 7, 20]),
            standing=chance.choice([Standing.LISTED, Standing.GONE]),
        )
        for number in range(150)
    ]
    return table(*rows, post(150, rows[9].published_at, 1, ordinal=1))


def ids(rows: object) -> list[int]:
    return [row.id for row in rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize("ordering", list(PostOrder))
def test_pages_forwards_and_backwards_show_every_post_once_and_in_order(crowd: PostTable, ordering: PostOrder) -> None:
    whole = ids(ordered_posts(crowd, ALL, ordering))
    assert sorted(whole) == sorted(ids(crowd.rows))
    page = list_posts(crowd, PostQuery(ALL, ordering, page_size=7))
    assert page.previous is None
    seen = [page]
    while page.next is not None:
        cursor = Cursor.decode(page.next.encode())
        page = list_posts(crowd, PostQuery(ALL, ordering, page_size=7, cursor=cursor))
        seen.append(page)
    assert [number for each in seen for number in ids(each.rows)] == whole
    assert [each.start for each in seen] == list(range(0, 151, 7))
    for earlier, later in pairwise(seen):
        assert later.previous is not None
        back = list_posts(crowd, PostQuery(ALL, ordering, page_size=7, cursor=Cursor.decode(later.previous.encode())))
        assert (back.rows, back.start) == (earlier.rows, earlier.start)


@pytest.mark.parametrize("ordering", [order for order in PostOrder if order.measure != "published_at"])
def test_unknown_figures_come_last_in_either_way_and_of_equal_ones_the_newest_first(
    crowd: PostTable, ordering: PostOrder
) -> None:
    def value(row: PostRow) -> float | None:
        return crowd.likes_per_day(row) if ordering.measure == "likes_per_day" else getattr(row, ordering.measure)

    rows = ordered_posts(crowd, ALL, ordering)
    values = [value(row) for row in rows]
    known = [each for each in values if each is not None]
    assert values[len(known) :] == [None] * (len(rows) - len(known))
    assert known == sorted(known, reverse=ordering.is_descending)
    assert len(known) < len(rows)
    for (first, one), (second, other) in pairwise(zip(values, rows, strict=True)):
        if first == second:
            assert (one.published_at, one.ordinal) > (other.published_at, other.ordinal)


def test_a_page_by_its_number_is_the_one_that_cursors_reach(crowd: PostTable) -> None:
    query = PostQuery(ALL, PostOrder.LIKES_DESC, page=3, page_size=20)
    page = list_posts(crowd, query)
    assert ids(page.rows) == ids(ordered_posts(crowd, ALL, PostOrder.LIKES_DESC)[40:60])
    assert (page.start, page.total) == (40, 151)
    assert list_posts(crowd, PostQuery(ALL, page=99)).rows == ()


@pytest.mark.parametrize(
    "name", ["", "7", "-likes 0 1.0", "-published_at x 1.0", "-published_at 0 x", "-published_at 0 nan"]
)
def test_a_cursor_of_another_order_or_list_is_refused(crowd: PostTable, name: str) -> None:
    with pytest.raises(Invalid):
        list_posts(crowd, PostQuery(ALL, cursor=Cursor(AS_OF, name)))


def test_an_order_is_that_of_its_own_table() -> None:
    first, second = table(post(1, AS_OF - 9)), table(post(2, AS_OF - 9))
    assert ids(ordered_posts(first, ALL, PostOrder.LIKES)) == [1]
    assert ids(ordered_posts(second, ALL, PostOrder.LIKES)) == [2]
    assert ids(ordered_posts(first, ALL, PostOrder.LIKES)) == [1]


def test_months_are_those_of_the_account_s_zone_and_count_all_their_posts() -> None:
    # 23:30 of 30 November in UTC is December in Paris.
    seconds = [1_764_545_400, 1_764_545_401, 1_761_951_600, 1_761_951_599]
    posts = table(*(post(number, second) for number, second in enumerate(seconds)))
    months = in_months(posts, list_posts(posts, PostQuery(ALL, page_size=3)))
    assert [(month.first, ids(month.rows), month.total) for month in months] == [
        (date(2025, 12, 1), [1, 0], 2),
        (date(2025, 11, 1), [2], 1),
    ]
    last = list_posts(posts, PostQuery(ALL, page=2, page_size=1))
    assert in_months(posts, last)[0].total == 2


def test_the_ten_that_lead_share_places_and_say_who_is_left_out() -> None:
    likes = [50, 50, 40, 30, 20, 9, 8, 7, 6, 5, 5, 5, None]
    posts = table(*(post(number, AS_OF - number * DAY_SECONDS, like) for number, like in enumerate(likes)))
    top = find_top(posts, ALL, TopSpan.ALL, "likes")
    assert [ranked.place for ranked in top.shown] == [1, 1, 3, 4, 5, 6, 7, 8, 9, 10]
    assert [ranked.is_tied for ranked in top.shown] == [True, True, *[False] * 7, True]
    assert ids(ranked.row for ranked in top.shown)[-1] == 9  # of three with 5 likes the newest
    assert (top.of, top.unknown, top.left_out) == (13, 1, 2)
    assert (top.window, top.before, top.after) == (None, None, None)


def test_a_window_ends_with_the_day_of_the_newest_list_and_can_be_turned_until_no_post_lies_that_way() -> None:
    day = DAY_SECONDS
    posts = table(post(1, AS_OF - 3600), post(2, AS_OF - 3 * day), post(3, AS_OF - 20 * day))
    week = find_top(posts, ALL, TopSpan.WEEK, "likes")
    assert week.window == Period(date(2025, 12, 26), date(2026, 1, 1), PARIS)
    assert ids(ranked.row for ranked in week.shown) == [1, 2]
    assert (week.before, week.after, week.nearest) == (date(2025, 12, 25), None, None)
    earlier = find_top(posts, ALL, TopSpan.WEEK, "likes", until=week.before)
    assert (earlier.shown, earlier.of) == ((), 0)
    assert (earlier.nearest, earlier.after) == (date(2025, 12, 12), date(2026, 1, 1))
    found = find_top(posts, ALL, TopSpan.WEEK, "likes", until=earlier.nearest)
    assert ids(ranked.row for ranked in found.shown) == [3]
    assert (found.before, found.after) == (None, date(2025, 12, 19))


def test_a_day_is_one_of_the_account_s_zone_and_none_is_after_the_newest_list() -> None:
    # Half past midnight of 1 January in Paris, and half past eleven the evening before.
    posts = table(post(1, AS_OF - 1800), post(2, AS_OF - 3601))
    top = find_top(posts, ALL, TopSpan.DAY, "likes", until=date(2030, 1, 1))
    assert top.window == Period(date(2026, 1, 1), date(2026, 1, 1), PARIS)
    assert ids(ranked.row for ranked in top.shown) == [1]


def test_a_month_is_of_thirty_days_and_keeps_to_the_filter() -> None:
    posts = table(post(1, AS_OF - 29 * DAY_SECONDS, 5), post(2, AS_OF - 30 * DAY_SECONDS, 9), post(3, AS_OF - 1, 1))
    top = find_top(posts, ALL.with_(min_likes=2), TopSpan.MONTH, "likes")
    assert ids(ranked.row for ranked in top.shown) == [1]
    views = find_top(posts, ALL, TopSpan.MONTH, "views")
    assert (views.shown, views.of, views.unknown) == ((), 2, 2)
