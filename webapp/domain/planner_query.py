"""What is asked of the planner: which days, drawn how, and which plans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import last_of_month
from webapp.domain.planner import PlanState
from webapp.domain.query import Arguments, parse_choice, parse_day, single

MAX_PLAN_SEARCH: Final = 64
_WEEK: Final = 7


class PlannerView(StrEnum):
    """How days are drawn."""

    MONTH = "month"
    WEEK = "week"
    LIST = "list"  # of a month


@dataclass(frozen=True, slots=True)
class PlannerQuery:
    """Some days of the planner; ``day`` is one of them, ``None`` for the one it is.

    Without a ``state`` everything is shown but what was dropped; with one only plans in it. ``search`` are letters of
    titles and hashtags of plans and posts.
    """

    view: PlannerView = PlannerView.MONTH
    day: date | None = None
    state: PlanState | None = None
    search: str = ""

    FIELDS: ClassVar[tuple[str, ...]] = ("view", "day", "state", "search")

    @classmethod
    def parse(cls, arguments: Arguments) -> PlannerQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        search = single(arguments, "search")
        if len(search) > MAX_PLAN_SEARCH or "\0" in search:
            raise Invalid(ErrorCode.FIELD_INVALID, field="search", value=search[:40])
        return cls(
            view=parse_choice(PlannerView, "view", single(arguments, "view")) or PlannerView.MONTH,
            day=parse_day("day", single(arguments, "day")),
            state=parse_choice(PlanState, "state", single(arguments, "state")),
            search=search,
        )

    def with_(self, **changes: object) -> PlannerQuery:
        """Return a copy with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "view": "" if self.view is PlannerView.MONTH else self.view.value,
            "day": self.day.isoformat() if self.day else "",
            "state": self.state.value if self.state else "",
            "search": self.search,
        }
        return {name: value for name, value in arguments.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Return whether anything but the days narrows what is shown."""
        return self.state is not None or bool(self.search)

    def first(self, today: date, first_weekday: int) -> date:
        """Return the first of the days; ``first_weekday`` is 0 for weeks that begin on Monday."""
        day = self.day or today
        if self.view is PlannerView.WEEK:
            return day - timedelta(days=(day.weekday() - first_weekday) % _WEEK)
        return day.replace(day=1)

    def last(self, today: date, first_weekday: int) -> date:
        """Return the last of the days."""
        first = self.first(today, first_weekday)
        return first + timedelta(days=_WEEK - 1) if self.view is PlannerView.WEEK else last_of_month(first)

    def before(self, today: date, first_weekday: int) -> PlannerQuery:
        """Return the same of the week or month before."""
        first = self.first(today, first_weekday)
        if self.view is PlannerView.WEEK:
            return self.with_(day=first - timedelta(days=_WEEK))
        return self.with_(day=(first - timedelta(days=1)).replace(day=1))

    def after(self, today: date, first_weekday: int) -> PlannerQuery:
        """Return the same of the week or month after."""
        return self.with_(day=self.last(today, first_weekday) + timedelta(days=1))
