"""What fills the mail of a digest: a report in a few lines, each as every other page writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from webapp.analytics.next_step import NextStep, Step
from webapp.domain.digests import DigestKind
from webapp.domain.metrics import MetricKey
from webapp.domain.post_titles import shortened
from webapp.domain.reports import Figure, GoalProgress, Report, ReportPost, Scale
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.step_texts import step_text
from webapp.renderers.words import Words

TOP_POSTS: Final = 3
# What a week is told by; a month is told by all that its report has.
_OF_A_WEEK: Final = (
    *(MetricKey.FOLLOWERS, MetricKey.GAINED, MetricKey.LOST),
    *(MetricKey.FOLLOWING_GAINED, MetricKey.FOLLOWING_LOST),
    *(MetricKey.POSTS, MetricKey.TYPICAL_LIKES),
)
_LONGEST_TITLE: Final = 90


@dataclass(frozen=True, slots=True)
class WayOn:
    """Where the mail leads a member to, as absolute addresses: the same period, the next step, and their digests."""

    page: str
    step: NextStep
    step_link: str
    settings: str


def digest_values(report: Report, locale: str, kind: DigestKind, way_on: WayOn | None) -> dict[str, object]:
    """Return what fills the mail of a digest; without a way on it is for somebody outside the team."""
    words, head = ReportTexts(locale), report.head
    figures = [each for each in report.figures or () if kind is DigestKind.MONTHLY or each.metric in _OF_A_WEEK]
    news = [said for item in report.news or () if (said := words.news(item))]
    return {
        "account": f"@{head.handle}" if head.handle is not None else words.title(head),
        "period": words.period(head),
        "last_day": "" if head.last is None else words.day(head.last),
        "facts": " · ".join(filter(None, (words.base(head), words.data_date(head), words.sample_note(head)))),
        "summary": news[0] if news else " · ".join(_in_short(words, each) for each in figures[:TOP_POSTS]),
        "figures": [[words.figure_label(each), words.figure_value(each), _aside(words, each)] for each in figures],
        "news": [[said, ""] for said in news],
        "posts": _posts(words, report),
        "posts_note": "" if report.posts is None else words.posts_note(report.posts),
        "goals": [_goal(words, goal) for goal in (report.goals.goals if report.goals else ())],
        "way_on": None if way_on is None else _way_on(words, way_on),
    }


def reminder_values(handle: str, locale: str, until: date | None, *, was_asked: bool, link: str) -> dict[str, object]:
    """Return what fills the mail that asks for a new export; ``until`` is the day that the data reach to."""
    words = Words(locale)
    said = step_text(words, NextStep(Step.FETCH_EXPORT if was_asked else Step.ASK_AGAIN))
    return {
        "account": f"@{handle}",
        "until": "" if until is None else words.day(until),
        "step": {"title": said.title, "text": said.text, "label": said.label, "link": link},
    }


def _in_short(words: ReportTexts, figure: Figure) -> str:
    return f"{words.figure_label(figure)} {words.figure_value(figure)}"


def _aside(words: ReportTexts, figure: Figure) -> str:
    """Return what a figure is compared with, else of what it is made or why it is unknown."""
    return words.figure_why(figure) or words.figure_change(figure) or words.figure_note(figure)


def _posts(words: ReportTexts, report: Report) -> list[list[str]]:
    if report.posts is None:
        return []
    scale = report.posts.scale
    return [
        [shortened(words.post_title(post), _LONGEST_TITLE), _of_post(words, post, scale)]
        for post in report.posts.top[:TOP_POSTS]
    ]


def _of_post(words: ReportTexts, post: ReportPost, scale: Scale) -> str:
    day = words.day(post.published_on)
    if post.likes is None or scale is Scale.INDEX:
        return day
    count = words.count(post.likes)
    return words.ngettext(
        "%(count)s like, %(day)s", "%(count)s likes, %(day)s", round(post.likes), count=count, day=day
    )


def _goal(words: ReportTexts, goal: GoalProgress) -> list[str]:
    return [
        f"{words.goal_label(goal.metric)}, {words.goal_month(goal)}",
        words.goal_state(goal.state),
        words.goal_sentence(goal),
    ]


def _way_on(words: ReportTexts, way_on: WayOn) -> dict[str, str]:
    said = step_text(words, way_on.step)
    return {
        "page": way_on.page,
        "title": said.title,
        "text": said.text,
        "label": said.label,
        "link": way_on.step_link,
        "settings": way_on.settings,
    }
