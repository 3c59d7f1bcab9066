"""The form of a new experiment, and how many posts and days it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from webapp.analytics.experiments import ExperimentView, find_power, find_running
from webapp.domain.experiment_query import ExperimentQuery, parse_effect
from webapp.domain.experiments import (
    EFFECTS,
    MOST_DAYS,
    MOST_EACH,
    ExperimentDraft,
    ExperimentKind,
    parse_arms,
    parse_first_day,
    parse_time,
)
from webapp.domain.hashtags import MAX_TAG
from webapp.domain.scope import Scope
from webapp.renderers.experiment_texts import ExperimentTexts
from webapp.web.audience_tabs import Tab
from webapp.web.i18n import locale
from webapp.web.planner_tabs import planner_tabs
from webapp.web.reminders import today_in

# What a form begins with: two parts of the day that are far apart, and a time of day.
_SLOTS: Final = ("6", "4")
_TIME: Final = "18:00"
_NUMBER_TEXT: Final = _l("Enter a whole number of days from 1 to 14.")


class ExperimentForm(FlaskForm):
    """What both kinds of experiments ask for."""

    kind = HiddenField()
    effect = SelectField(_l("Difference to be seen"))
    first = StringField(
        _l("Day of the first post"),
        [InputRequired(_l("Choose the day of the first post."))],
        render_kw={"type": "date"},
    )
    every = IntegerField(
        _l("Days from a post to the next"),
        [InputRequired(_NUMBER_TEXT), NumberRange(1, MOST_DAYS, _NUMBER_TEXT)],
        render_kw={"type": "number", "min": 1, "max": MOST_DAYS, "inputmode": "numeric"},
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        texts = ExperimentTexts(locale())
        self.effect.choices = [SelectChoice(f"{effect:g}", texts.effect(effect)) for effect in EFFECTS]

    def _draft(self, today: date, kind: ExperimentKind, arms: tuple[str, str], at: str) -> ExperimentDraft:
        first = parse_first_day(self.first.data or "", today)
        return ExperimentDraft(kind, *arms, parse_effect(self.effect.data), first, self.every.data, parse_time(at))


class SlotsForm(ExperimentForm):
    """An experiment with two parts of the day."""

    arm_a = SelectField(_l("One time of day"))
    arm_b = SelectField(_l("The other"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        texts = ExperimentTexts(locale())
        slots = [SelectChoice(str(slot), texts.slot(slot)) for slot in range(8)]
        self.arm_a.choices, self.arm_b.choices = slots, slots

    def draft(self, today: date) -> ExperimentDraft:
        """Return the experiment that is asked for; raise ``Invalid`` naming the field of what cannot be one."""
        arms = parse_arms(ExperimentKind.SLOTS, self.arm_a.data, self.arm_b.data, "")
        return self._draft(today, ExperimentKind.SLOTS, arms, _TIME)


class HashtagForm(ExperimentForm):
    """An experiment with and without a hashtag."""

    tag = StringField(
        _l("Hashtag"),
        [InputRequired(_l("Enter the hashtag that every other post is to have."))],
        render_kw={"maxlength": MAX_TAG, "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )
    at = StringField(
        _l("Time of day of the posts"),
        [InputRequired(_l("Enter a time of day as in 18:30."))],
        render_kw={"type": "time"},
    )

    def draft(self, today: date) -> ExperimentDraft:
        """Return the experiment that is asked for; raise ``Invalid`` naming the field of what cannot be one."""
        arms = parse_arms(ExperimentKind.HASHTAG, "", "", self.tag.data or "")
        return self._draft(today, ExperimentKind.HASHTAG, arms, self.at.data or "")


@dataclass(frozen=True, slots=True)
class SizeRow:
    """How large an experiment is for one difference, in words."""

    effect: str
    posts: str
    until: str
    pace: str


class NewExperimentPage:
    """What the page of a new experiment shows."""

    def __init__(self, scope: Scope, query: ExperimentQuery, form: SlotsForm | HashtagForm | None = None) -> None:
        self.scope = scope
        self.query = query
        self.today = today_in(scope.timezone)
        self.texts = ExperimentTexts(locale())
        self._sent = form

    @property
    def tabs(self) -> list[Tab]:
        """Return the tabs of the room."""
        return planner_tabs("experiments.index")

    @property
    def kinds(self) -> list[Tab]:
        """Return the two kinds of experiments."""
        labels = {ExperimentKind.SLOTS: _("Two times of day"), ExperimentKind.HASHTAG: _("With and without a hashtag")}
        return [
            Tab(label, url_for("experiments.new", kind=kind.value), kind is self.query.kind)
            for kind, label in labels.items()
        ]

    @property
    def is_slots(self) -> bool:
        """Return whether two times of day are compared."""
        return self.query.kind is ExperimentKind.SLOTS

    @cached_property
    def running(self) -> ExperimentView | None:
        """Return the experiment that has to end first."""
        return find_running(self.scope)

    @cached_property
    def form(self) -> SlotsForm | HashtagForm:
        """Return the form: what was sent, else what the address asks for."""
        if self._sent is not None:
            return self._sent
        query = self.query
        data = {
            "kind": query.kind.value,
            "effect": f"{query.effect:g}",
            "first": self._first.isoformat(),
            "every": query.every,
        }
        if self.is_slots:
            arms = [str(slot) for slot in (query.arm_a, query.arm_b) if slot is not None]
            free = [slot for slot in _SLOTS if slot not in arms]
            arm_a = arms[0] if query.arm_a is not None else free[0]
            arm_b = arms[-1] if query.arm_b is not None else next(slot for slot in _SLOTS[::-1] if slot != arm_a)
            return SlotsForm(formdata=None, data={**data, "arm_a": arm_a, "arm_b": arm_b})
        return HashtagForm(formdata=None, data={**data, "tag": query.tag, "at": query.at or _TIME})

    @property
    def _first(self) -> date:
        """Return the day of the first post: what was asked for, else tomorrow."""
        if self._sent is not None:
            try:
                return date.fromisoformat(self._sent.first.data or "")
            except ValueError:
                return self.today
        return self.query.first or self.today + timedelta(days=1)

    @property
    def _every(self) -> int:
        """Return the days from a post to the next, one where the form holds no such number."""
        sent = self.query.every if self._sent is None else self._sent.every.data
        return sent if isinstance(sent, int) and 1 <= sent <= MOST_DAYS else 1

    @cached_property
    def power_text(self) -> str:
        """Return what the number of posts comes from."""
        return self.texts.spread(find_power(self.scope))

    @cached_property
    def pace_head(self) -> str:
        """Return the present pace."""
        return self.texts.pace_head(find_power(self.scope))

    @cached_property
    def sizes(self) -> list[SizeRow]:
        """Return how many posts and how long it takes to see each difference."""
        power = find_power(self.scope)
        rows = []
        for effect in EFFECTS:
            size = power.size(effect)
            last = self._first + timedelta(days=(size.posts - 1) * self._every)
            until = self.texts.until(last) if size.each <= MOST_EACH else "–"
            rows.append(SizeRow(self.texts.effect(effect), self.texts.size(size), until, self.texts.pace(size, power)))
        return rows

    @property
    def most_posts(self) -> str:
        """Return how many posts an experiment has at most."""
        return self.texts.count(2 * MOST_EACH)
