"""The words of a report: one for everything that a report can say, in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.reports import empty_report, sample_report
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostKind
from webapp.domain.reports import (
    ChangesPart,
    Figure,
    GoalMetric,
    GrowthPart,
    HashtagsPart,
    NewsCode,
    NewsItem,
    PostsPart,
    Report,
    ReportPerson,
    ReportSection,
    ReportSource,
    Scale,
    TimeClaim,
    TimingPart,
    Untold,
)
from webapp.domain.sections import Section
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.words import LANGUAGES

DAY, LATER = date(2026, 5, 1), date(2026, 5, 31)


@pytest.fixture
def words() -> ReportTexts:
    return ReportTexts("en")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_everything_that_a_report_can_say_has_words(locale: str) -> None:
    words = ReportTexts(locale)
    said = [words.section_title(section) for section in ReportSection]
    said += [words.untold(reason) for reason in Untold]
    said += [words.metric_label(key) + words.definition(key) + words.formula(key) for key in MetricKey]
    said += [words.post_kind(kind) for kind in PostKind] + [words.list_label(each) for each in list(Section)[:2]]
    for scale in Scale:
        for code in NewsCode:
            text = GoalMetric.POSTS.value if code in (NewsCode.GOAL_MET, NewsCode.GOAL_MISSED) else "words"
            said.append(words.news(NewsItem(code, 112.0, 2.0, DAY, LATER, text, scale)))
    assert all(text.strip() and "%(" not in text for text in said)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("report", [sample_report(), empty_report()], ids=["rich", "empty"])
def test_a_whole_report_is_said_without_a_hole(locale: str, report: Report) -> None:
    words, head = ReportTexts(locale), report.head
    said = [words.title(head), words.period(head), words.data_date(head), words.zone(head), words.made(head)]
    for figure in report.figures or ():
        said += [words.figure_label(figure), words.figure_value(figure)]
        assert bool(words.figure_why(figure)) is (figure.value is None)
    said += [words.news(item) for item in report.news or ()]
    said.append(words.changes_reading(report.changes or ChangesPart()))
    said.append(words.posts_reading(report.posts or PostsPart()))
    said.append(words.growth_reading(report.growth or GrowthPart()))
    assert all(said)


def test_a_period_is_named_as_people_name_it(words: ReportTexts) -> None:
    assert words.days(DAY, LATER) == "May 2026"
    assert words.days(DAY, DAY) == "May 1, 2026"
    assert words.days(date(2026, 5, 2), LATER) == "May 2, 2026 to May 31, 2026"
    assert words.days(None, LATER) == "up to May 31, 2026"
    assert words.days(None, None) == "All time"
    assert ReportTexts("fr").days(date(2024, 2, 1), date(2024, 2, 29)) == "février 2024"


def test_a_head_says_whose_numbers_they_are_only_where_it_may(words: ReportTexts) -> None:
    assert words.account(sample_report(head={"handle": "ada", "display_name": "Ada"}).head) == "Ada (@ada)"
    assert words.account(sample_report(head={"handle": "ada", "display_name": None}).head) == "@ada"
    assert words.account(sample_report(head={"handle": None, "display_name": None}).head) == ""
    head = sample_report(head={"base_last": None, "as_of": None, "is_sample": True}).head
    assert (words.base(head), words.data_date(head)) == ("", "No data yet")
    assert words.sample_note(head)


def test_a_size_is_compared_with_what_it_was(words: ReportTexts) -> None:
    figure = Figure(MetricKey.FOLLOWERS, 1_264.0, before=1_221.0, change=0.0352, net=43.0, since=DAY, as_of=LATER)
    assert words.figure_value(figure) == "1,264"
    assert words.figure_change(figure) == "+43 (+3.5%) since May 1, 2026"
    assert words.figure_note(figure) == "on the list of May 31, 2026"
    assert words.figure_direction(figure) == "up"
    fewer = replace(figure, net=-43.0, change=None)
    assert words.figure_change(fewer) == "−43 since May 1, 2026"
    assert words.figure_direction(fewer) == "down"
    same = replace(figure, net=0.0, change=None)
    assert (words.figure_change(same), words.figure_direction(same)) == ("unchanged since May 1, 2026", "flat")
    ratio = Figure(MetricKey.FOLLOWER_RATIO, 2.63, before=2.44, net=0.19, since=DAY)
    assert (words.figure_value(ratio), words.figure_change(ratio)) == ("2.63", "+0.19 since May 1, 2026")
    alone = Figure(MetricKey.FOLLOWERS, 3.0)
    assert (words.figure_change(alone), words.figure_direction(alone)) == ("", "")


def test_what_comes_and_goes_is_compared_by_the_day(words: ReportTexts) -> None:
    gained = Figure(MetricKey.GAINED, 55.0, before=36.0, change=0.16, since=DAY, as_of=LATER)
    assert words.figure_change(gained) == "+16% per day; before: 36"
    assert words.figure_note(gained) == "between May 1, 2026 and May 31, 2026"
    assert words.figure_change(replace(gained, change=None, before=6.0)) == "before: 6"
    assert words.figure_change(replace(gained, change=None, before=None)) == ""
    assert words.figure_change(Figure(MetricKey.NET, 43.0, before=-3.0)) == "before: −3"
    assert words.figure_value(Figure(MetricKey.NET, 43.0)) == "+43"
    likes = Figure(MetricKey.TYPICAL_LIKES, 53.0, before=99.0, change=-0.0041, n=9)
    assert words.figure_change(likes) == "0%; before: 99"
    assert (words.figure_note(likes), words.figure_direction(likes)) == ("n = 9", "flat")


def test_an_index_has_no_unit_and_no_earlier_number(words: ReportTexts) -> None:
    size = Figure(MetricKey.FOLLOWERS, 119.0, None, 100.0, 0.19, 19.0, DAY, scale=Scale.INDEX)
    assert (words.figure_value(size), words.figure_change(size)) == ("119", "+19% since May 1, 2026")
    gained = Figure(MetricKey.GAINED, 116.0, before=100.0, change=0.16, scale=Scale.INDEX)
    assert words.figure_change(gained) == "+16% per day against the time before"
    assert words.figure_change(replace(gained, metric=MetricKey.TYPICAL_LIKES)) == "+16% against the time before"
    assert words.scale_note(ReportSection.GROWTH, Scale.EXACT) == ""
    assert "100" in words.scale_note(ReportSection.GROWTH, Scale.INDEX)
    assert words.scale_note(ReportSection.NOTES, Scale.INDEX) == ""
    assert words.scale_note(ReportSection.POSTS, Scale.ROUNDED)


def test_a_source_is_named_by_its_moment_and_its_lists(words: ReportTexts) -> None:
    export = ReportSource(1_780_000_000, (Section.FOLLOWERS, Section.POSTS))
    assert words.source(export, "Europe/Paris").replace("\u202f", " ") == (
        "Export of May 28, 2026, 10:26 PM: Followers, Posts"
    )
    assert words.source(replace(export, sections=()), "UTC").startswith("TikTok Studio, download of May 28, 2026")


def test_one_is_not_many(words: ReportTexts) -> None:
    assert words.news(NewsItem(NewsCode.LEFT, 1.0)) == "1 person no longer follows the account."
    assert words.news(NewsItem(NewsCode.LEFT, 1_200.0)) == "1,200 people no longer follow the account."
    goal = NewsItem(NewsCode.GOAL_MET, 0.08, text=GoalMetric.ENGAGEMENT_RATE.value)
    assert words.news(goal) == "Goal met: Typical engagement rate (8.0%)."
    assert words.news(replace(goal, value=None)) == "Goal met: Typical engagement rate."
    best = NewsItem(NewsCode.BEST_POST, 1.0, first=DAY)
    assert words.news(best) == "The post of May 1, 2026 got the most likes: 1."
    assert words.news(replace(best, value=2.0, text="words")).endswith("got the most likes, 2: “words”")
    assert words.untold(Untold.TOO_FEW, 1).startswith("An honest comparison takes 1 post;")


def test_news_of_an_index_tells_no_count(words: ReportTexts) -> None:
    more = NewsItem(NewsCode.MORE_FOLLOWERS, 119.0, first=DAY, last=LATER, scale=Scale.INDEX)
    assert words.news(more) == "The account has more followers than on May 1, 2026: +19%."
    for code in (NewsCode.PEAK, NewsCode.BEST_POST, NewsCode.MORE_POSTS, NewsCode.FEWER_POSTS):
        said = words.news(NewsItem(code, None, first=DAY, scale=Scale.INDEX))
        assert not set("0123456789") & set(said.replace("May 1, 2026", ""))


def test_readings_say_what_stands_out_and_what_does_not(words: ReportTexts) -> None:
    report = sample_report()
    tags = report.hashtags or HashtagsPart()
    assert words.hashtags_reading(tags).startswith("#vacances (n = 41): these posts probably do at least 12% better")
    assert "Used more often lately: #vacances." in words.hashtags_reading(tags)
    assert words.tag_effect(tags.tags[0]) == "+34% (+12% to +60%)"
    assert words.tag_effect(replace(tags.tags[0], low=None)) == ""
    few = HashtagsPart(untold=Untold.TOO_FEW, needs=40)
    assert words.hashtags_reading(few) == "An honest comparison takes 40 posts; there are fewer so far."
    cells = tuple(float(hour // 24 == 2) for hour in range(168))
    assert words.timing_reading(TimingPart(cells, posts=24.0)) == (
        "The weekday with the most posts: Wednesday. This is told of all 24 posts that count, not of the period alone."
    )
    even = words.timing_reading(TimingPart((1.0,) * 168))
    assert even == "This is told of all posts that count, not of the period alone."
    assert words.timing_reading(TimingPart(untold=Untold.NO_CLAIM)) == words.untold(Untold.NO_CLAIM)
    assert words.time_name(TimeClaim("slots", "7", 0.1)).replace("\u00a0", " ") == "9 PM – 12 AM"
    assert words.time_claim(TimeClaim("weekdays", "6", 0.129)).startswith("Sunday: probably at least 12% more")
    assert (
        words.time_claim(TimeClaim("slots", "0", 0.2, 31.0))
        .replace("\u00a0", " ")
        .startswith("12 AM – 3 AM (n = 31): these posts probably do at least 20% better than the others.")
    )
    assert words.tag_claim(replace(tags.tags[0], posts=None)).startswith("#vacances: probably at least 12% more")
    assert ReportTexts("fr").time_claim(TimeClaim("weekdays", "6", 0.1)).startswith("Dimanche")


def test_who_stayed_is_told_with_the_range_where_there_is_one(words: ReportTexts) -> None:
    part = ChangesPart(kept_share=0.9871, kept_low=0.97, kept_high=0.995, returned=4.0, pair_first=DAY, pair_last=LATER)
    assert words.pair_reading(part) == (
        "Between the last two lists, of May 1, 2026 and May 31, 2026: 98.7% stayed (97.0% to 99.5%); came back: 4."
    )
    assert "99% stayed;" in words.pair_reading(replace(part, kept_low=None))
    assert words.pair_reading(replace(part, pair_last=None)) == ""
    assert words.changes_reading(ChangesPart(untold=Untold.ONE_LIST)) == words.untold(Untold.ONE_LIST)
    assert words.between(ReportPerson("ann", DAY, LATER)) == "between May 1, 2026 and May 31, 2026"
    assert words.between(ReportPerson("ann", DAY, DAY)) == "May 1, 2026"
