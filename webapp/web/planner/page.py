"""The parts of the planner's calendar, each computed when the template asks for it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from babel import Locale
from babel.dates import format_interval, format_skeleton
from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostRow
from webapp.analytics.planner import PlanRow, list_ideas, list_matched, list_plans, list_unsure
from webapp.domain.formatting import format_count, format_day, format_month
from webapp.domain.period import day_of, instant, start_of_day
from webapp.domain.planner import PlanState
from webapp.domain.planner_moves import SLOT_HOURS, USUAL_HOUR
from webapp.domain.planner_query import PlannerQuery, PlannerView
from webapp.domain.scope import Permission, Scope
from webapp.web.audience_tabs import Tab
from webapp.web.content.families import slot_name
from webapp.web.i18n import locale
from webapp.web.masking import shown_caption
from webapp.web.planner.entries import Entry, plan_entry, post_entry
from webapp.web.planner.questions import Question, question_of
from webapp.web.planner.scores import ScoreCard, score_card
from webapp.web.planner.texts import STATE_TEXTS
from webapp.web.planner_tabs import planner_tabs
from webapp.web.reminders import today_in

# How many entries a day shows; the others are one click away.
_IN_MONTH: Final = 4
_IN_WEEK: Final = 40
_IN_LIST: Final = 100
# Posts whose hour of publication says which hour is usual.
_USUAL_OF: Final = 50
_SLOTS: Final = 24 // SLOT_HOURS
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Day:
    """A day with what stands on it; ``more`` are those there is no room for, at ``href``."""

    day: date
    number: str
    name: str
    label: str
    entries: list[Entry]
    more: int
    href: str
    new_href: str
    is_outside: bool
    is_today: bool

    @property
    def iso(self) -> str:
        """Return the day as addresses have it."""
        return self.day.isoformat()

    @property
    def more_text(self) -> str:
        """Return how many entries are not shown."""
        return str(ngettext("%(count)s more", "%(count)s more", self.more, count=format_count(self.more, locale())))


@dataclass(frozen=True, slots=True)
class SlotCell:
    """Three hours of a day in the week."""

    slot: int
    label: str
    entries: list[Entry]
    new_href: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What was just done, and how it is undone: ``fields`` are sent to ``href``."""

    text: str
    href: str
    fields: dict[str, str]
    warning: str | None = None


class PlannerPage:
    """What the planner shows of one account."""

    def __init__(self, scope: Scope, query: PlannerQuery, done: Moved | None = None) -> None:
        self.scope = scope
        self.query = query
        self.done = done
        self.may_write = scope.allows(Permission.PLAN_WRITE)
        self.today = today_in(scope.timezone)
        self.first_weekday = int(Locale.parse(locale()).first_week_day)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages of the planner."""
        return planner_tabs("planner.index")

    @property
    def zone_text(self) -> str:
        """Return the account's time zone."""
        return self.scope.timezone.replace("_", " ")

    # ---- which days ----

    @cached_property
    def first(self) -> date:
        """Return the first of the days."""
        return self.query.first(self.today, self.first_weekday)

    @cached_property
    def last(self) -> date:
        """Return the last of the days."""
        return self.query.last(self.today, self.first_weekday)

    @cached_property
    def _shown(self) -> tuple[date, date]:
        """Return the days that are drawn: a month is drawn in whole weeks."""
        if self.query.view is not PlannerView.MONTH:
            return self.first, self.last
        before = (self.first.weekday() - self.first_weekday) % _WEEK
        after = (self.first_weekday - 1 - self.last.weekday()) % _WEEK
        return self.first - timedelta(days=before), self.last + timedelta(days=after)

    @property
    def title(self) -> str:
        """Return which days are shown."""
        if self.query.view is PlannerView.WEEK:
            return str(format_interval(self.first, self.last, "yMMMd", locale=locale()))
        return format_month(self.first, locale(), "yMMMM")

    @property
    def views(self) -> list[Tab]:
        """Return the ways of drawing, each for the same days."""
        labels = {PlannerView.MONTH: _("Month"), PlannerView.WEEK: _("Week"), PlannerView.LIST: _("List")}
        day = self.query.day
        return [
            Tab(label, self.address(self.query.with_(view=view, day=day)), view is self.query.view)
            for view, label in labels.items()
        ]

    @property
    def before_href(self) -> str:
        """Return the address of the week or month before."""
        return self.address(self.query.before(self.today, self.first_weekday))

    @property
    def after_href(self) -> str:
        """Return the address of the week or month after."""
        return self.address(self.query.after(self.today, self.first_weekday))

    @property
    def today_href(self) -> str | None:
        """Return the address of the days around today; ``None`` where they are shown."""
        if self.first <= self.today <= self.last:
            return None
        return self.address(self.query.with_(day=None))

    @property
    def weekdays(self) -> list[str]:
        """Return the short names of the days of a week, in the reader's order."""
        first = self._shown[0]
        return [format_skeleton("E", first + timedelta(days=place), locale=locale()) for place in range(_WEEK)]

    # ---- which plans ----

    @property
    def states(self) -> list[tuple[str, str]]:
        """Return what the plans can be narrowed to."""
        return [("", _("All but dropped")), *((state.value, _(text)) for state, text in STATE_TEXTS.items())]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what a form about which plans carries along."""
        return [(name, value) for name, value in self.query.to_args().items() if name in ("view", "day")]

    @cached_property
    def plans(self) -> list[PlanRow]:
        """Return the plans of the days that are drawn, by time."""
        return [row for row in list_plans(self.scope, *self._shown) if self._asked(row)]

    @property
    def inside(self) -> list[PlanRow]:
        """Return the plans of the month or week itself, without those of the days drawn around it."""
        return [row for row in self.plans if row.day is not None and self.first <= row.day <= self.last]

    @cached_property
    def idea_rows(self) -> list[PlanRow]:
        """Return the plans without a time."""
        return [row for row in list_ideas(self.scope) if self._asked(row)]

    @cached_property
    def ideas(self) -> list[Entry]:
        """Return the plans without a time as they are drawn."""
        return [self._entry(row) for row in self.idea_rows]

    @cached_property
    def _posts(self) -> list[PostRow]:
        """Return the published posts of the days that are drawn, but those that a plan of the same day is."""
        table = find_posts(self.scope)
        if table is None or self.query.state is not None:
            return []
        first, last = self._shown
        timezone = self.scope.timezone
        start, end = (start_of_day(day, timezone) for day in (first, last + timedelta(days=1)))
        places = (bisect_left(table.rows, second, key=lambda row: row.published_at) for second in (start, end))
        planned = {(row.post.public_id, row.day) for row in self.plans if row.post is not None}
        return [
            row
            for row in table.rows[slice(*places)]
            if (row.public_id, day_of(row.published_at, timezone)) not in planned and self._holds(row.title, ())
        ]

    def _asked(self, row: PlanRow) -> bool:
        state = row.draft.state
        is_wanted = state is not PlanState.DROPPED if self.query.state is None else state is self.query.state
        return is_wanted and self._holds(row.draft.title, row.draft.hashtags)

    def _holds(self, title: str, hashtags: tuple[str, ...]) -> bool:
        """Return whether words have the letters that are searched for; covered words have none."""
        if not self.query.search:
            return True
        words = " ".join((shown_caption(title), *(f"#{tag}" for tag in hashtags)))
        return self.query.search.casefold() in words.casefold()

    # ---- the days ----

    @cached_property
    def _entries(self) -> dict[date, list[Entry]]:
        found: defaultdict[date, list[Entry]] = defaultdict(list)
        timezone = self.scope.timezone
        entries = [*(self._entry(row) for row in self.plans), *(post_entry(row, timezone) for row in self._posts)]
        for entry in sorted(entries, key=lambda entry: entry.at or 0):
            found[day_of(entry.at or 0, timezone)].append(entry)
        return found

    @cached_property
    def days(self) -> list[Day]:
        """Return all days of the month or week, in whole weeks."""
        return list(self._days())

    @property
    def listed(self) -> list[Day]:
        """Return the days of the list that have something, and today."""
        return [day for day in self.days if day.entries]

    @cached_property
    def slots(self) -> list[str]:
        """Return the names of the hours that the week is drawn in."""
        return [slot_name(str(slot)) for slot in range(_SLOTS)]

    def cells(self, day: Day) -> list[SlotCell]:
        """Return the slots of a day of the week."""
        found: defaultdict[int, list[Entry]] = defaultdict(list)
        for entry in day.entries:
            found[instant(entry.at or 0, self.scope.timezone).hour // SLOT_HOURS].append(entry)
        return [
            SlotCell(
                slot,
                f"{day.label}, {self.slots[slot]}",
                found[slot],
                self._new_href(at=f"{day.iso}T{slot * SLOT_HOURS:02}:00"),
            )
            for slot in range(_SLOTS)
        ]

    def _days(self) -> Iterator[Day]:
        first, last = self._shown
        most = {PlannerView.MONTH: _IN_MONTH, PlannerView.WEEK: _IN_WEEK, PlannerView.LIST: _IN_LIST}[self.query.view]
        for place in range((last - first).days + 1):
            day = first + timedelta(days=place)
            entries = self._entries.get(day, [])
            # A place that holds "1 more" can hold that one as well.
            shown = entries if len(entries) <= most else entries[: most - 1]
            yield Day(
                day=day,
                number=format_skeleton("d", day, locale=locale()),
                name=format_skeleton("E", day, locale=locale()),
                label=format_day(day, locale(), "full"),
                entries=shown,
                more=len(entries) - len(shown),
                href=self._day_href(day),
                new_href=self._new_href(day=day.isoformat()),
                is_outside=not self.first <= day <= self.last,
                is_today=day == self.today,
            )

    @property
    def is_empty(self) -> bool:
        """Return whether nothing at all stands on the days that are shown."""
        return not any(self._entries.values())

    @cached_property
    def usual_hour(self) -> int:
        """Return the hour at which most of the newest posts were published, the earlier one on a tie."""
        table = find_posts(self.scope)
        hours = Counter(
            instant(row.published_at, self.scope.timezone).hour for row in (table.rows[-_USUAL_OF:] if table else ())
        )
        return min(hours, key=lambda hour: (-hours[hour], hour)) if hours else USUAL_HOUR

    # ---- beside the calendar ----

    @cached_property
    def questions(self) -> list[Question]:
        """Return the plans of which somebody is asked whether a published post is the one."""
        return [question_of(row, self.scope.timezone) for row in list_unsure(self.scope)]

    @cached_property
    def scores(self) -> ScoreCard | None:
        """Return how plans that were published did against their ranges; ``None`` before any was."""
        return score_card(list_matched(self.scope), self.scope.timezone)

    # ---- addresses ----

    @property
    def new_href(self) -> str:
        """Return the address of the form for a post on the first day that is shown and not over."""
        return self._new_href(day=max(self.first, min(self.today, self.last)).isoformat())

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of these plans."""
        arguments: dict[str, Any] = self.query.to_args()
        return url_for("planner.download", **arguments, dialect=dialect or None)

    def address(self, query: PlannerQuery) -> str:
        """Return the address of other days, or of these drawn otherwise."""
        arguments: dict[str, Any] = query.to_args()
        return url_for("planner.index", **arguments)

    @property
    def here_href(self) -> str:
        """Return the address of this view."""
        return self.address(self.query)

    @property
    def clear_href(self) -> str:
        """Return the address of these days with everything on them."""
        return self.address(self.query.with_(state=None, search=""))

    def _day_href(self, day: date) -> str:
        return f"{self.address(self.query.with_(view=PlannerView.WEEK, day=day))}#day-{day.isoformat()}"

    def _new_href(self, **arguments: Any) -> str:
        return url_for("planner.new", **arguments, view=self.query.to_args().get("view"))

    def _entry(self, row: PlanRow) -> Entry:
        return plan_entry(row, self.query, self.scope.timezone, may_move=self.may_write)
