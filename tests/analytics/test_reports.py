"""Reports: every figure is that of the pages, and what is unknown says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many
from tests.ledgers import at, parse_here
from tests.reported import APRIL, BRANDS, CIPHER, MAY, import_history, read, reported, sure, typical
from webapp.analytics.content.figures import figure_of
from webapp.analytics.content.fit import ContentFit, Family, Group, Measure, Performance, Refusal, Rising, TagEffect
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.selection import select_posts
from webapp.analytics.figures.explain import explain
from webapp.analytics.figures.rows import ChangedRows, list_rows
from webapp.analytics.growth import find_growth
from webapp.analytics.key_figures import KeyFigures
from webapp.analytics.reports import material
from webapp.analytics.spans import find_base, find_span
from webapp.analytics.top_posts import find_top_posts
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period, Span, day_of
from webapp.domain.period_query import Comparison, PeriodQuery, Preset
from webapp.domain.post_query import PostFilter
from webapp.domain.redaction import NameDisplay, NumberDisplay, Redaction
from webapp.domain.report_query import ReportQuery, month_period
from webapp.domain.reports import (
    GoalMetric,
    NewsCode,
    NewsItem,
    ReportSection,
    TimeClaim,
    Untold,
)
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db

reads_here = pytest.mark.usefixtures("files_are_read_here")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HIDDEN = Redaction(NameDisplay.HIDDEN, NumberDisplay.INDEXED, cipher=CIPHER)


@pytest.fixture
def files_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process."""
    parse_here(monkeypatch)


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Scope]:
    with reported(tmp_path_factory.mktemp("reports"), empty_sqlite) as found:
        yield found


def test_a_month_is_told_by_the_numbers_of_the_pages(scope: Scope) -> None:
    report = read(scope, MAY)
    growth = find_growth(scope, MAY.period)
    figures = KeyFigures(scope, growth)
    shown = {figure.metric: figure for figure in report.figures or ()}
    for metric in (MetricKey.FOLLOWERS, MetricKey.FOLLOWING, MetricKey.MUTUALS, MetricKey.FOLLOWER_RATIO):
        size = figures.size(metric)
        assert shown[metric].value == float(size.value or 0) > 0
        assert shown[metric].as_of == date(2025, 5, 31)
    assert (shown[MetricKey.FOLLOWERS].value, shown[MetricKey.FOLLOWERS].before) == (264, 221)
    assert shown[MetricKey.FOLLOWERS].net == 43
    for metric in (MetricKey.GAINED, MetricKey.LOST, MetricKey.NET):
        told = explain(scope, FigureQuery(metric, period=MAY.period))
        assert shown[metric].value == told.value
    assert shown[MetricKey.GAINED].change == figures.gained.pace
    table = find_posts(scope)
    assert table is not None
    days = PostFilter(Period(date(2025, 5, 1), date(2025, 5, 31), scope.timezone))
    assert shown[MetricKey.POSTS].value == len(select_posts(table, days)) == 14
    counted = select_posts(table, days.with_(counted=True))
    for metric in (MetricKey.TYPICAL_LIKES, MetricKey.LIKES_TOTAL):
        found = figure_of(counted, metric)
        assert (shown[metric].value, shown[metric].n) == (found.value, found.n)


def test_a_month_that_is_over_is_told_as_it_was(scope: Scope) -> None:
    report = read(scope, APRIL)
    followers = report.figure(MetricKey.FOLLOWERS)
    assert followers is not None
    assert (followers.value, followers.before, followers.as_of) == (221, 200, date(2025, 4, 30))
    assert report.head.base_first == date(2025, 3, 1)
    gained = report.figure(MetricKey.GAINED)
    assert gained is not None
    assert (gained.value, gained.before) == (26, None)
    assert report.changes is not None
    assert report.changes.last == date(2025, 4, 30)


@pytest.mark.parametrize(
    ("first", "comparison", "base"),
    [
        (date(2025, 5, 1), Comparison.PREVIOUS, (date(2025, 4, 1), date(2025, 4, 30))),
        (date(2024, 3, 1), Comparison.PREVIOUS, (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2025, 1, 1), Comparison.PREVIOUS, (date(2024, 12, 1), date(2024, 12, 31))),
        (date(2025, 2, 1), Comparison.LAST_YEAR, (date(2024, 2, 1), date(2024, 2, 29))),
    ],
)
def test_a_calendar_month_is_compared_with_a_calendar_month(
    first: date, comparison: Comparison, base: tuple[date, date]
) -> None:
    query, zone = month_period(first, comparison), "Europe/Paris"
    period = Period(query.first, query.last, zone)
    span = Span((period.starts_at or 0) - 1, (period.ends_at or 0) - 1)
    found = find_base(query, span, zone)
    assert found is not None
    assert found.since is not None
    assert (day_of(found.since + 1, zone), day_of(found.until, zone)) == base
    assert Period(*base, zone).starts_at == found.since + 1
    assert find_base(query.with_(comparison=Comparison.NONE), span, zone) is None
    days = query.with_(last=date(query.first.year, query.first.month, 20)) if query.first else query
    shorter = find_base(days, span, zone)
    assert shorter is not None
    assert shorter.days == span.days


def test_who_came_and_left_are_those_behind_the_numbers(scope: Scope) -> None:
    part = read(scope, MAY).changes
    assert part is not None
    assert (part.gained, part.lost, part.net, part.returned) == (55, 12, 43, 4)
    for metric, people in ((MetricKey.GAINED, part.came), (MetricKey.LOST, part.left)):
        rows = explain(scope, FigureQuery(metric, period=MAY.period)).rows
        assert isinstance(rows, ChangedRows)
        behind = [row.username for row in list_rows(scope, rows, 1).rows]
        assert [person.name for person in people] == behind[: len(people)] != []
    assert (part.pair_first, part.pair_last) == (date(2025, 5, 10), date(2025, 5, 31))
    stayed = explain(scope, FigureQuery(MetricKey.STAYED))
    assert (part.kept_share, part.kept_low, part.kept_high) == (stayed.value, stayed.low, stayed.high)


def test_the_curve_holds_every_list_and_the_flows_add_up(scope: Scope) -> None:
    report = read(scope, MAY)
    part = report.growth
    assert part is not None
    curve = next(curve for curve in part.curves if curve.section is Section.FOLLOWERS)
    assert [(point.day, point.exact) for point in curve.points if point.exact] == [
        (date(2025, 5, 10), 235),
        (date(2025, 5, 31), 264),
    ]
    gained = report.figure(MetricKey.GAINED)
    assert gained is not None
    assert sum(flow.gained for flow in part.flows) == gained.value
    assert [point.day for point in curve.points] == sorted(point.day for point in curve.points)


def test_the_best_posts_are_those_of_the_dashboard(scope: Scope) -> None:
    part = read(scope, MAY).posts
    assert part is not None
    found = find_top_posts(scope, find_span(scope, MAY.period), 10)
    assert [(post.post, post.likes) for post in part.top] == [(post.public_id, post.likes) for post in found.posts]
    assert (part.public, part.without_likes, part.private) == (13, 1, 1)
    assert part.top[0].likes == 54_321
    assert part.top[0].factor == pytest.approx(54_321 / typical(scope))


def test_hashtags_and_times_are_those_of_the_tests(scope: Scope) -> None:
    report, fit, table = read(scope, MAY), find_fit(scope), find_posts(scope)
    assert report.hashtags is not None
    assert report.timing is not None
    assert fit is not None
    assert table is not None
    assert [tag.tag for tag in report.hashtags.tags] == ["bread"]
    assert report.hashtags.tags[0].posts == 23
    assert report.hashtags.untold is Untold.TOO_FEW
    assert report.hashtags.needs == fit.likes.hashtags_need
    assert report.timing.cells == tuple(float(posts) for posts, _ in fit.likes.cells)
    assert sum(report.timing.cells) == report.timing.posts == len(table.counted) == 23
    assert report.timing.untold is Untold.TOO_FEW


def test_what_passed_a_test_is_claimed_and_rising_hashtags_are_news(
    scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = Group(key="6", posts=19, effect=0.3, low=0.12, high=0.5, at_least=0.12, claim=True)
    bread = Group(key="bread", posts=23, typical=30_000.0, effect=0.2, low=0.06, high=0.4, at_least=0.06, claim=True)
    likes = Performance(
        measure=Measure.LIKES,
        posts=23,
        cells=((1, 30_000.0),) * 168,
        slots=Family(groups=(evening,), posts=23, refusal=None),
        weekdays=Family(refusal=Refusal.NO_DIFFERENCE),
        hashtags=(TagEffect(group=bread),),
        hashtags_refusal=None,
    )
    rising = Rising(key="bread", recent=9, of_recent=20, earlier=2, of_earlier=60, p_value=0.001)
    fit = ContentFit(as_of=1, has_titles=True, counted=23, likes=likes, rising_tags=(rising,))
    monkeypatch.setattr(material, "find_fit", lambda _scope: fit)
    report = read(scope, MAY)
    assert report.timing is not None
    assert report.timing.claims == (TimeClaim("slots", "6", 0.12, 19.0),)
    assert report.timing.untold is None
    assert report.hashtags is not None
    assert report.hashtags.untold is None
    (tag,) = report.hashtags.tags
    assert (tag.effect, tag.low, tag.high, tag.is_claimed, tag.is_rising) == (0.2, 0.06, 0.4, True, True)
    assert NewsItem(NewsCode.RISING_TAG, text="bread") in (report.news or ())
    shown = read(replace(scope, redaction=HIDDEN), MAY)
    assert sure(shown.timing).claims == (TimeClaim("slots", "6", 0.12),)
    assert [each.posts for each in sure(shown.hashtags).tags] == [None]
    monkeypatch.setattr(material, "find_fit", lambda _scope: None)
    waiting = read(scope, MAY)
    assert sure(waiting.timing).untold is sure(waiting.hashtags).untold is Untold.NOT_YET


def test_goals_notes_and_news_are_told(scope: Scope) -> None:
    report = read(scope, MAY.with_(notes="Next month: less @person00003."))
    assert report.goals is not None
    assert report.notes is not None
    assert report.news is not None
    assert [(goal.metric, goal.actual) for goal in report.goals.goals] == [
        (GoalMetric.FOLLOWERS, 264),
        (GoalMetric.POSTS, 14),
    ]
    assert report.notes.author == "Next month: less @person00003."
    assert [note.day for note in report.notes.days] == [date(2025, 5, 12)]
    told = {item.code: item for item in report.news}
    assert told[NewsCode.MORE_FOLLOWERS].value == 43
    assert told[NewsCode.LEFT].value == 12
    assert told[NewsCode.CAME_BACK].value == 4
    assert (told[NewsCode.BEST_POST].value, told[NewsCode.BEST_POST].first) == (54_321, date(2025, 5, 12))
    assert (told[NewsCode.MORE_POSTS].value, told[NewsCode.MORE_POSTS].other) == (14, 12)
    assert told[NewsCode.LIKES_UP].value == sure(report.figure(MetricKey.TYPICAL_LIKES)).change
    assert told[NewsCode.GOAL_MET].text == GoalMetric.FOLLOWERS.value


def test_the_sources_are_every_export_behind_a_number(scope: Scope) -> None:
    part = read(scope, MAY).sources
    assert part is not None
    days = [day_of(source.exported_at, scope.timezone) for source in part.exports]
    assert days == [date(2025, 5, 31), date(2025, 5, 10), date(2025, 4, 30), date(2025, 4, 1)]
    assert all(source.file and re.fullmatch("[0-9a-f]{64}", source.sha256 or "") for source in part.exports)
    assert part.exports[0].sections == (Section.FOLLOWERS, Section.FOLLOWING, Section.POSTS)
    assert {MetricKey.FOLLOWERS, MetricKey.GAINED, MetricKey.STAYED, MetricKey.POST_LIKES} <= set(part.metrics)


def test_only_the_parts_that_are_asked_for_are_there(scope: Scope) -> None:
    for section in ReportSection:
        report = read(scope, MAY.with_(sections=(section,)))
        assert [name.value for name in ReportSection if getattr(report, name.value) is not None] == [section.value]


@on_sqlite
@reads_here
def test_an_account_without_exports_says_so_in_every_part(
    session: Session, alice: Member, files_are_read_here: None
) -> None:
    import_done(alice, export_json(None, None, posts=None, profile={"bioDescription": "x"}))
    report = read(account_scope(alice), MAY)
    assert (report.head.first, report.head.as_of) == (date(2025, 5, 1), None)
    assert {figure.untold for figure in report.figures or ()} == {Untold.NO_LIST}
    parts = (report.growth, report.changes, report.posts, report.hashtags, report.timing)
    assert [part.untold for part in parts if part is not None] == [Untold.NO_LIST] * 5
    assert report.sources is not None
    assert report.news == ()
    assert report.sources.exports == ()


@on_sqlite
@reads_here
def test_one_list_is_nothing_to_compare_with(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(3), many(2, "brand"), posts=[]), exported_at=at("2025-05-10"))
    report = read(account_scope(alice), MAY)
    followers, gained = report.figure(MetricKey.FOLLOWERS), report.figure(MetricKey.GAINED)
    assert followers is not None
    assert (followers.value, followers.before, followers.net) == (3, None, None)
    assert gained is not None
    assert gained.untold is Untold.ONE_LIST
    assert report.posts is not None
    assert report.posts.untold is Untold.NO_POSTS
    later = read(account_scope(alice), ReportQuery(month_period(date(2025, 7, 1))))
    assert later.news is not None
    assert [item.code for item in later.news] == [NewsCode.NO_NEW_DATA]


@on_sqlite
@reads_here
def test_where_only_the_other_list_is_exported_it_is_told(
    session: Session, alice: Member, files_are_read_here: None
) -> None:
    for when, brands in (("2025-05-01", BRANDS[:20]), ("2025-05-20", BRANDS[2:])):
        import_done(alice, export_json(None, brands), exported_at=at(when), losses_confirmed=True)
    report = read(account_scope(alice), ReportQuery(PeriodQuery(Preset.ALL)))
    assert report.changes is not None
    assert report.changes.section is Section.FOLLOWING
    assert (report.changes.gained, report.changes.lost) == (15, 2)
    assert report.figure(MetricKey.FOLLOWING_GAINED) is not None
    assert report.news is not None
    assert [item.code for item in report.news if item.value] == []


@reads_here
def test_the_numbers_of_another_data_version_can_be_told_again(session: Session, alice: Member) -> None:
    before = import_history(alice)
    import_done(alice, export_json(many(300), BRANDS), exported_at=at("2025-05-31 20:00"), losses_confirmed=True)
    db.session.rollback()
    now = account_scope(alice)
    assert now.revision > before.revision
    then = read(before, MAY).figure(MetricKey.FOLLOWERS)
    assert then is not None
    assert then.value == 264
    newest = read(now, MAY).figure(MetricKey.FOLLOWERS)
    assert newest is not None
    assert newest.value == 300
