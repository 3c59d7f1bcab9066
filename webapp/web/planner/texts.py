"""The words of planned posts."""

from __future__ import annotations

from datetime import time
from typing import Final

from babel.dates import format_skeleton, format_time
from flask_babel import gettext as _

from webapp.domain.formatting import format_day
from webapp.domain.period import instant
from webapp.domain.planner import PlanDraft, PlanExpected, PlanScore, PlanState
from webapp.domain.post_query import PostKind
from webapp.domain.text import N_
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.i18n import locale
from webapp.web.post_texts import short_title

STATE_TEXTS: Final = {
    PlanState.IDEA: N_("Idea"),
    PlanState.PLANNED: N_("Planned"),
    PlanState.PUBLISHED: N_("Posted"),
    PlanState.DROPPED: N_("Dropped"),
}
KIND_TEXTS: Final = {PostKind.VIDEO: N_("Video"), PostKind.PHOTO: N_("Photos")}
STATE_BADGES: Final = {
    PlanState.IDEA: "estimated",
    PlanState.PLANNED: "accent",
    PlanState.PUBLISHED: "good",
    PlanState.DROPPED: "neutral",
}
_SCORES: Final = {
    PlanScore.YOUNG: (N_("still growing"), "neutral"),
    PlanScore.UNKNOWN: (N_("likes unknown"), "neutral"),
    PlanScore.NO_RANGE: (N_("no range was stored"), "neutral"),
    PlanScore.INSIDE: (N_("in its range"), "good"),
    PlanScore.ABOVE: (N_("above its range"), "accent"),
    PlanScore.BELOW: (N_("below its range"), "warn"),
}


def state_text(state: PlanState) -> str:
    """Return where a planned post stands."""
    return str(_(STATE_TEXTS[state]))


def score_text(score: PlanScore) -> tuple[str, str] | None:
    """Return how a post did against its range, and the kind of its badge; ``None`` before an export shows it."""
    found = _SCORES.get(score)
    return None if found is None else (str(_(found[0])), found[1])


def name_of(draft: PlanDraft) -> str:
    """Return what a planned post is called: its words, else its hashtags."""
    return short_title(draft.title) or " ".join(f"#{tag}" for tag in draft.hashtags[:4]) or str(_("Post without words"))


def time_text(second: int, timezone: str) -> str:
    """Return the time of day of a Unix second by the account's clock."""
    return clock_text(instant(second, timezone).timetz().replace(tzinfo=None))


def clock_text(clock: time) -> str:
    """Return a time of day."""
    return str(format_time(clock, format="short", locale=locale()))


def moment_text(second: int, timezone: str) -> str:
    """Return a Unix second as weekday, day and time of day."""
    moment = instant(second, timezone)
    day = format_skeleton("yMMMEd", moment, tzinfo=moment.tzinfo, locale=locale())
    return str(_("%(day)s, %(time)s", day=day, time=time_text(second, timezone)))


def expected_text(expected: PlanExpected | None) -> str | None:
    """Return the range that was stored with a plan, in short; ``None`` where there is none."""
    if expected is None or expected.low is None or expected.high is None:
        return None
    return ForecastTexts(locale()).span(expected.low, expected.high)


def day_text(second: int, timezone: str) -> str:
    """Return the day of a Unix second by the account's calendar."""
    return format_day(instant(second, timezone).date(), locale())
