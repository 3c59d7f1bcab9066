"""The insights against a slow reading of the exports themselves."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import expm1, log1p
from statistics import median, quantiles

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, parse_here, written
from webapp.analytics.growth import find_growth
from webapp.analytics.growth_model import DayFollows, GrowthFit, PeakDay, Point
from webapp.analytics.insights import not_back
from webapp.analytics.insights.engagement import Engagement, Step, find_engagement
from webapp.analytics.insights.hours import HOURS, LEAST_FOLLOWS, LEVELS, WeekHours, find_week_hours
from webapp.analytics.insights.left import find_left
from webapp.analytics.insights.months import MonthTable, find_month_table
from webapp.analytics.insights.not_back import find_suggestions, list_not_back, stream_suggestions
from webapp.analytics.insights.peaks import chances_of
from webapp.analytics.insights.post_gains import GainOrder, Windows, find_post_gains
from webapp.analytics.insights.posts import PublicPost, PublicPosts, find_public_posts
from webapp.analytics.insights.shortages import Lack, Shortage
from webapp.analytics.statistics.false_discovery import benjamini_hochberg
from webapp.analytics.statistics.proportions import wilson
from webapp.analytics.timeline import find_timeline
from webapp.domain.period import day_of, instant
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import Account
from webapp.services.people import add_tag

DAY = 86_400
ZONE = "Pacific/Auckland"
BEGIN = at("2025-02-20T09:00:00")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@dataclass(frozen=True)
class Lists:
    """What the exports of an account hold: times, followers and following by name, and posts with likes."""

    times: tuple[int, ...]
    followers: tuple[dict[str, int], ...]
    following: dict[str, int]
    posts: tuple[tuple[int, int | None, str], ...]

    def first_of(self, name: str) -> int:
        return next(place for place, listed in enumerate(self.followers) if name in listed)

    def everybody(self) -> dict[str, int]:
        return {name: second for listed in self.followers for name, second in listed.items()}


def draw_lists(seed: int) -> Lists:
    """Return five lists a month apart with people who come and leave, and a post every few days."""
    draw = random.Random(seed)
    times = tuple(BEGIN + number * 30 * DAY + draw.randrange(DAY) for number in range(5))
    people = {
        f"p{number:04}": (times[-1] - draw.randrange(220 * DAY), draw.expovariate(1 / 200)) for number in range(700)
    }
    followers = tuple(
        {name: second for name, (second, days) in people.items() if second <= time < second + days * DAY}
        for time in times
    )
    following = {f"p{number:04}": times[-1] - draw.randrange(400 * DAY) for number in range(0, 700, 5)}
    posts = tuple(
        (times[-1] - number * 3 * DAY - draw.randrange(DAY), draw.choice([None, *range(5, 900, 7)]), privacy)
        for number, privacy in enumerate(draw.choices(["Everyone", "Only You"], (9, 1), k=90))
    )
    return Lists(times, followers, following, posts)


def import_lists(session: Session, member: Member, lists: Lists) -> Scope:
    posts = [
        {"Date": written(second), "Link": "", "Title": f"post {second}", "WhoCanView": privacy}
        | ({} if likes is None else {"Likes": str(likes)})
        for second, likes, privacy in lists.posts
    ]
    for time, followers in zip(lists.times, lists.followers, strict=True):
        rows = [[(name, written(second)) for name, second in each.items()] for each in (followers, lists.following)]
        shown = [post for post in posts if at(post["Date"].replace(" ", "T")) <= time]
        import_done(member, export_json(*rows, posts=shown), exported_at=time, losses_confirmed=True)
    session.execute(update(Account).values(timezone=ZONE))
    session.commit()
    return account_scope(member)


def fit_of(scope: Scope) -> GrowthFit:
    fit = find_growth(scope, PeriodQuery(Preset.ALL)).fit
    assert fit is not None
    return fit


@pytest.fixture
def lists() -> Lists:
    return draw_lists(1)


@pytest.fixture
def scope(session: Session, alice: Member, lists: Lists) -> Scope:
    return import_lists(session, alice, lists)


def window(day: date) -> set[date]:
    return {day + timedelta(days=number) for number in range(4)}


def test_the_follows_after_a_post_are_those_that_a_plain_reading_finds(lists: Lists, scope: Scope) -> None:
    gains = find_post_gains(scope, find_public_posts(scope), fit_of(scope))
    assert not isinstance(gains, Shortage)
    people = lists.everybody()
    days = {name: day_of(second, ZONE) for name, second in people.items()}
    public = sorted(second for second, _, privacy in lists.posts if privacy == "Everyone" and second <= lists.times[-1])
    assert [gain.published_at for gain in gains] == public[-20:][::-1]
    last = day_of(lists.times[-1], ZONE)
    every = [min(days.values()) + timedelta(days=number) for number in range((last - min(days.values())).days)]
    for gain in gains:
        came = [name for name, day in days.items() if day in window(gain.day)]
        of = [name for name in came if lists.first_of(name) < 4]
        kept = [name for name in of if name in lists.followers[lists.first_of(name) + 1]]
        assert (gain.came, gain.kept, gain.of) == (len(came), len(kept), len(of))
        assert gain.is_complete == (max(window(gain.day)) < last)
        around = [
            sum(day in window(first) for day in days.values())
            for first in every
            if window(first) <= set(every)
            and not window(first) & window(gain.day)
            and abs((first - gain.day).days) <= 28
        ]
        assert gain.usual == (median(around) if len(around) >= 14 else None)
        others = [second for second in public if second != gain.published_at]
        assert gain.others == sum(bool(window(day_of(second, ZONE)) & window(gain.day)) for second in others)
        assert gain.share == (wilson(gain.kept, gain.of) if gain.of >= 10 else None)
        assert gain.title == f"post {gain.published_at}"


def test_posts_stand_in_the_order_of_their_follows_when_that_is_asked_for(scope: Scope) -> None:
    gains = find_post_gains(scope, find_public_posts(scope), fit_of(scope), GainOrder.GAIN)
    assert not isinstance(gains, Shortage)
    counts = [gain.came for gain in gains]
    assert counts == sorted(counts, key=lambda count: -(count or 0))


def test_a_post_after_the_newest_list_has_no_number_and_one_just_before_it_is_not_complete() -> None:
    follows = tuple(DayFollows(date(2025, 1, 1) + timedelta(days=n), 5, 0, 0) for n in range(60))
    windows = Windows(follows, at("2025-03-01T12:00:00"), "UTC")
    assert windows.count(date(2025, 3, 2)) == (None, 0, 0)
    assert windows.count(date(2025, 3, 1)) == (5, 0, 0)
    assert [windows.is_complete(date(2025, 2, day)) for day in (25, 26)] == [True, False]
    # 28 February is the last whole day: 22 windows end by then and share no day with that of 27 February.
    assert windows.usual(date(2025, 2, 27)) == 20
    assert windows.usual(date(2025, 5, 1)) is None


def test_who_stayed_by_month_is_what_a_plain_reading_finds(lists: Lists, scope: Scope) -> None:
    table = find_month_table(scope, fit_of(scope))
    assert isinstance(table, MonthTable)
    exports = find_timeline(scope, Section.FOLLOWERS).exports
    assert [(each.export, each.at) for each in table.lists] == [(e.public_id, e.exported_at) for e in exports[1:]]
    months = {name: day_of(second, ZONE).replace(day=1) for name, second in lists.everybody().items()}
    found = {}
    for month in set(months.values()):
        later = [place for place, time in enumerate(lists.times) if day_of(time, ZONE).replace(day=1) > month]
        if len(later) > 1:
            there = {name for name in lists.followers[later[0]] if months[name] == month}
            kept = {place: len(there & lists.followers[place].keys()) for place in later[1:]}
            found[month] = (len(there), lists.times[later[0]], kept)
    assert len(found) > 3
    assert [row.month for row in table.rows] == sorted(found, reverse=True)
    for row in table.rows:
        people, first, kept = found[row.month]
        assert (row.people, row.first.at) == (people, first)
        cells = {place: cell.kept for place, cell in enumerate(row.cells, 1) if cell is not None}
        assert cells == kept
        assert all(cell is None or cell.of == people for cell in row.cells)


def test_only_the_newest_months_and_lists_are_shown_and_the_others_counted(scope: Scope) -> None:
    whole = find_month_table(scope, fit_of(scope), None, None)
    part = find_month_table(scope, fit_of(scope), 2, 2)
    assert isinstance(whole, MonthTable)
    assert isinstance(part, MonthTable)
    assert part.lists == whole.lists[-2:]
    assert [row.cells for row in part.rows] == [row.cells[-2:] for row in whole.rows[:2]]
    assert (part.earlier, part.older) == (len(whole.rows) - 2, 2)


def test_the_hours_of_the_week_are_those_of_the_account(lists: Lists, scope: Scope) -> None:
    hours = find_week_hours(fit_of(scope))
    assert isinstance(hours, WeekHours)
    moments = [instant(second, ZONE) for second in lists.everybody().values()]
    counted = Counter(moment.weekday() * 24 + moment.hour for moment in moments)
    assert hours.counts == tuple(counted[hour] for hour in range(HOURS))
    days = Counter(moment.date() for moment in moments)
    assert (hours.busiest.came, days[hours.busiest.day]) == (max(days.values()), max(days.values()))


@pytest.mark.parametrize("counts", [(1,), (3, 1), (40, 7, 3, 1), (1000, 999, 40, 39, 1), (26, 25, 24, 4, 3, 2, 1)])
def test_every_count_is_drawn_in_the_step_that_the_key_names(counts: tuple[int, ...]) -> None:
    hours = WeekHours((*counts, 0), DayFollows(date(2025, 1, 1), 1, 0, 0))
    assert hours.level(len(counts)) == 0
    assert hours.level(0) == LEVELS
    for place, count in enumerate(counts):
        assert [level for level, low, high in hours.steps if low <= count <= high] == [hours.level(place)]


def test_the_typical_likes_are_medians_of_mature_public_posts(lists: Lists, scope: Scope) -> None:
    posts, fit = find_public_posts(scope), fit_of(scope)
    found = find_engagement(posts, fit, ZONE)
    assert isinstance(found, Engagement)
    listed = [post for post in lists.posts if post[0] <= lists.times[-1]]
    public = [post for post in listed if post[2] == "Everyone"]
    mature = [post for post in public if post[0] <= lists.times[-1] - 7 * DAY]
    known = sorted((second, likes) for second, likes, _ in mature if likes is not None)
    assert (found.hidden, found.young) == (len(listed) - len(public), len(public) - len(mature))
    assert (found.unknown, found.mature, found.earlier) == (len(mature) - len(known), len(known), 0)
    assert found.step is Step.MONTH
    for bucket in found.buckets:
        likes = [count for second, count in known if day_of(second, ZONE).replace(day=1) == bucket.first]
        assert bucket.likes is not None
        assert bucket.likes.posts == len(likes)
        assert bucket.likes.typical == pytest.approx(typical(likes))
        if len(likes) >= 3:
            low, _, high = quantiles(likes, n=4, method="inclusive")
            assert (bucket.likes.low, bucket.likes.high) == (low, high)
        else:
            assert (bucket.likes.low, bucket.likes.high) == (None, None)
        inside = [point for point in fit.points if day_of(point.at, ZONE).replace(day=1) == bucket.first]
        assert bucket.followers == (inside[-1] if inside else None)
    assert sum(bucket.likes.posts for bucket in found.buckets if bucket.likes) == len(known)
    older, newer = found.halves
    assert older.likes.typical == pytest.approx(typical(likes for _, likes in known[: len(known) // 2]))
    assert newer.likes.typical == pytest.approx(typical(likes for _, likes in known[len(known) // 2 :]))


def test_a_short_time_is_shown_by_weeks_and_a_week_without_posts_is_a_gap() -> None:
    first = at("2025-01-01T12:00:00")  # a Wednesday
    days = (0, 1, 2, 3, 5, 6, 21, 22, 23, 24)
    posts = PublicPosts(first + 60 * DAY, tuple(PublicPost(str(n), first + n * DAY, 10 + n) for n in days), 0)
    fit = GrowthFit(points=(Point(first, 5), Point(first + 6 * DAY, 9)))
    found = find_engagement(posts, fit, "UTC")
    assert isinstance(found, Engagement)
    assert [bucket.first for bucket in found.buckets] == [date(2024, 12, 30) + timedelta(days=7 * n) for n in range(4)]
    assert [bucket.likes.posts if bucket.likes else None for bucket in found.buckets] == [4, 2, None, 4]
    assert [bucket.followers.least if bucket.followers else None for bucket in found.buckets] == [5, 9, None, None]
    sundays = find_engagement(posts, fit, "UTC", first_weekday=6)
    assert isinstance(sundays, Engagement)
    assert sundays.buckets[0].first == date(2024, 12, 29)


def test_too_few_posts_are_no_answer() -> None:
    young = PublicPosts(100 * DAY, tuple(PublicPost(str(n), (94 + n % 3) * DAY, 5) for n in range(40)), 0)
    unknown = PublicPosts(100 * DAY, tuple(PublicPost(str(n), n * DAY, None) for n in range(40)), 0)
    for posts in (young, unknown):
        assert find_engagement(posts, None, "UTC") == Shortage(Lack.TOO_FEW, 0, 10)
    assert find_engagement(None, None, "UTC") == Shortage(Lack.NO_POSTS)


def test_too_few_follows_are_no_table_and_work_in_progress_is_said() -> None:
    few = GrowthFit(times=(1,), hours=(LEAST_FOLLOWS - 1, *([0] * 167)))
    assert find_week_hours(few) == Shortage(Lack.TOO_FEW, LEAST_FOLLOWS - 1, LEAST_FOLLOWS)
    assert find_week_hours(GrowthFit()) == Shortage(Lack.NO_LIST)
    assert find_week_hours(None) == Shortage(Lack.WORKING)


def test_who_is_suggested_has_no_mark_and_was_followed_a_while_ago(
    lists: Lists, scope: Scope, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_back_names = [name for name in lists.following if name not in lists.followers[-1]]
    add_tag(alice.actor, scope, not_back_names[:3], "keep")
    add_tag(alice.actor, scope, not_back_names[2:7], "my friends")
    newest = day_of(lists.times[-1], ZONE)
    marked = set(not_back_names[:7])
    old = [
        name
        for name in not_back_names
        if name not in marked and (newest - day_of(lists.following[name], ZONE)).days >= 30
    ]
    old.sort(key=lambda name: (lists.following[name], name))
    found = find_suggestions(scope)
    assert found is not None
    assert [row.username for row in found.rows] == old[:10]
    assert (found.total, found.marked) == (len(old), 7)
    assert found.recent == len(not_back_names) - 7 - len(old)
    assert found.recent > 0
    assert [row.username for row in stream_suggestions(scope)] == old
    assert (found.followers_at, found.following_at) == (lists.times[-1], lists.times[-1])
    everybody = sorted(not_back_names, key=lambda name: (lists.following[name], name))
    page = list_not_back(scope)
    assert [row.username for row in page.rows] == everybody[:10]
    assert page.total == len(everybody)
    monkeypatch.setattr(not_back, "LEAST_DAYS", 1000)
    assert list(stream_suggestions(scope)) == []


def test_people_marked_as_ignored_do_not_stand_among_those_who_do_not_follow_back(
    lists: Lists, scope: Scope, alice: Member
) -> None:
    first = list_not_back(scope).rows[0].username
    add_tag(alice.actor, scope, [first], "ignore")
    page = list_not_back(scope)
    assert first not in {row.username for row in page.rows}
    assert page.left_out == 1


def test_who_left_lately_are_those_missing_on_the_newest_list(lists: Lists, scope: Scope) -> None:
    before, newest = lists.followers[-2:]
    gone = {name: second for name, second in before.items() if name not in newest}
    left = find_left(scope)
    assert (left.total, left.known) == (len(gone), len(gone))
    assert left.mutual == sum(name in lists.following for name in gone)
    assert left.typical_days == int(median((lists.times[-2] - second) // DAY for second in gone.values()))
    assert {row.username for row in left.page.rows} <= gone.keys()  # type: ignore[union-attr]


def test_the_chance_of_a_peak_is_never_below_its_adjusted_p_value() -> None:
    draw = random.Random(4)
    for _ in range(50):
        p_values = [draw.random() for _ in range(200)] + [draw.random() * 10 ** -draw.uniform(2, 8) for _ in range(9)]
        passed = [p for p, stands in zip(p_values, benjamini_hochberg(p_values, 0.05), strict=True) if stands]
        # Some days pass the test and are no peaks, because they are not twice what is usual.
        kept = [p for p in passed if draw.random() < 0.6]
        peaks = [PeakDay(date(2025, 1, 1) + timedelta(days=n), 9, 1.0, p) for n, p in enumerate(kept)]
        chances = chances_of(peaks, len(p_values))
        for peak in peaks:
            assert adjusted(p_values, peak.p_value) <= chances[peak.day] <= 0.05


def typical(likes: Iterable[int]) -> float:
    """Return the median of the logarithms, turned back."""
    return expm1(median(map(log1p, likes)))


def adjusted(p_values: Iterable[float], wanted: float) -> float:
    ranked = sorted(p_values)
    return min(p * len(ranked) / rank for rank, p in enumerate(ranked, 1) if p >= wanted)


def test_posts_that_are_not_public_or_deleted_are_left_out_and_counted(session: Session, alice: Member) -> None:
    posts = [
        {"Date": f"2025-01-0{day} 10:00:00", "Link": "", "Likes": str(day), "Title": str(day), **more}
        for day, more in (
            (1, {}),
            (2, {"WhoCanView": "Everyone"}),
            (3, {"WhoCanView": "Friends"}),
            (4, {"WhoCanView": "Only You"}),
            (5, {"DateDeleted": "2025-01-06 10:00:00"}),
        )
    ]
    import_done(alice, export_json(posts=posts), exported_at=at("2025-02-01"))
    scope = account_scope(alice)
    found = find_public_posts(scope)
    assert found is not None
    assert [post.likes for post in found.posts] == [1, 2]
    assert (found.hidden, found.as_of) == (2, at("2025-02-01"))
    # A post that the newest list lacks is no longer public as far as anybody knows.
    import_done(alice, export_json(posts=posts[1:]), exported_at=at("2025-03-01"))
    later = find_public_posts(account_scope(alice))
    assert later is not None
    assert [post.likes for post in later.posts] == [2]
    import_done(alice, export_json(), exported_at=at("2025-04-01"))
    assert find_public_posts(account_scope(alice)) == later


def test_one_list_and_no_list_say_nothing_of_who_stayed(session: Session, alice: Member) -> None:
    import_done(alice, export_json([("a", "2025-01-01 00:00:00")], []), exported_at=at("2025-02-01"))
    scope = account_scope(alice)
    assert find_month_table(scope, fit_of(scope)) == Shortage(Lack.ONE_LIST)
    assert find_month_table(scope, GrowthFit()) == Shortage(Lack.NO_LIST)
    assert find_month_table(scope, None) == Shortage(Lack.WORKING)
    assert find_post_gains(scope, find_public_posts(scope), fit_of(scope)) == Shortage(Lack.NO_POSTS)
    assert find_left(scope).total == 0
