"""The parts of the page of goals, each computed when the template asks for it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from webapp.analytics.content.table import MATURE_DAYS
from webapp.analytics.goals import get_goal, list_goals, list_months
from webapp.domain import formatting
from webapp.domain.formatting import format_month
from webapp.domain.goals import GoalsQuery, typed_target
from webapp.domain.period import last_of_month
from webapp.domain.reports import GoalMetric
from webapp.domain.scope import Permission, Scope
from webapp.renderers.goal_texts import GoalTexts
from webapp.web.audience_tabs import Tab
from webapp.web.goal_cards import GoalMonth, in_months
from webapp.web.i18n import locale
from webapp.web.paging_texts import shown_text
from webapp.web.reminders import today_in
from webapp.web.report_tabs import report_tabs

# For how many months before this one and after it the form offers goals.
_BACK: Final = 3
_AHEAD: Final = 12
# How many months of the past a page shows.
_MONTHS: Final = 12


class GoalForm(FlaskForm):
    """A goal: its month, what it is set for, and how much."""

    # Which months are taken says the service, because a goal of long ago may be changed too.
    month = SelectField(_l("Month"), validate_choice=False)
    metric = SelectField(_l("Goal for"))
    target = StringField(
        _l("To reach"),
        [InputRequired(_l("Enter the number to reach, such as 12000, or 4.5 for a rate."))],
        render_kw={"inputmode": "decimal", "autocomplete": "off", "maxlength": 24},
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        texts = GoalTexts(locale())
        self.metric.choices = [SelectChoice(metric.value, texts.goal_label(metric)) for metric in GoalMetric]

    @classmethod
    def of(cls, month: date, metric: GoalMetric, target: float) -> GoalForm:
        """Return the form of a goal as it is."""
        data = {"month": f"{month:%Y-%m}", "metric": metric.value, "target": typed_target(metric, target)}
        return cls(formdata=None, data=data)

    def offer(self, months: list[date]) -> None:
        """Offer months, and the one that was chosen before if it is none of them."""
        shown = {f"{month:%Y-%m}": format_month(month, locale(), "yMMMM") for month in months}
        chosen = self.month.data
        if chosen and chosen not in shown:
            shown = {chosen: chosen, **shown}
        self.month.choices = [SelectChoice(value, label) for value, label in shown.items()]


class GoalsPage:
    """What the page shows of one account."""

    def __init__(
        self, scope: Scope, query: GoalsQuery, *, form: GoalForm | None = None, deleted: GoalForm | None = None
    ) -> None:
        self.scope = scope
        self.query = query
        self.deleted = deleted
        self.may_write = scope.allows(Permission.GOAL_WRITE)
        self.mature_days = MATURE_DAYS
        self._sent = form

    @property
    def tabs(self) -> list[Tab]:
        """Return the tabs of the room."""
        return report_tabs("goals.index")

    @cached_property
    def _this_month(self) -> date:
        return today_in(self.scope.timezone).replace(day=1)

    @property
    def is_change(self) -> bool:
        """Return whether the form is for a goal that there is."""
        return bool(self.query.edit)

    @cached_property
    def form(self) -> GoalForm:
        """Return the form: what was sent, the goal to change, or a new one of this month."""
        months = _months_around(self._this_month)
        if self._sent is not None:
            form = self._sent
        elif self.query.edit:
            goal = get_goal(self.scope, self.query.edit)
            form, months = GoalForm.of(goal.month, goal.metric, goal.target), [goal.month]
            form.metric.choices = [choice for choice in form.metric.choices if choice.value == goal.metric.value]
            if formatting.ROUNDS.get():
                # This browser covers exact numbers: the field asks for the new one.
                form.target.data = ""
        else:
            form = GoalForm(formdata=None, data={"month": f"{self._this_month:%Y-%m}"})
        form.offer(months)
        return form

    @cached_property
    def ahead(self) -> list[GoalMonth]:
        """Return the goals of this month and of those to come."""
        return in_months(list_goals(self.scope, self._this_month))

    @cached_property
    def _past(self) -> list[date]:
        return [month for month in list_months(self.scope) if month < self._this_month]

    @cached_property
    def history(self) -> list[GoalMonth]:
        """Return the goals of one page of the months that are over, newest first."""
        shown = self._past[self._start : self._start + _MONTHS]
        if not shown:
            return []
        return in_months(list_goals(self.scope, shown[-1], last_of_month(shown[0])))[::-1]

    @property
    def is_empty(self) -> bool:
        """Return whether there is no goal at all."""
        return not self.ahead and not self._past

    @property
    def _start(self) -> int:
        return (self.query.page - 1) * _MONTHS

    @property
    def range_text(self) -> str:
        """Return which months of how many this page shows."""
        return shown_text(self._start, len(self.history), len(self._past))

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        has_next = self._start + _MONTHS < len(self._past)
        return url_for("goals.index", page=self.query.page + 1) if has_next else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return url_for("goals.index", page=self.query.page - 1) if self.query.page > 1 else None

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download."""
        return url_for("goals.download", dialect=dialect or None)


def _months_around(month: date) -> list[date]:
    months = [month]
    for _ in range(_BACK):
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    for _ in range(_AHEAD):
        months.append(last_of_month(months[-1]) + timedelta(days=1))
    return months
