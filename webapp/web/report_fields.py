"""The fields of forms that ask for a report: which days, which parts, what its author adds."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.formatting import format_day, format_month
from webapp.domain.period_query import Preset
from webapp.domain.report_query import MAX_NOTES, ReportQuery
from webapp.domain.reports import ReportSection
from webapp.domain.text import N_
from webapp.renderers.report_texts import ReportTexts
from webapp.web.i18n import locale

# Not a preset of its own: the days of a month that is named beside it.
WHOLE_MONTH: Final = "whole_month"
_PERIODS: Final = (
    (Preset.DAYS_28.value, N_("The last 28 days of data")),
    (Preset.WEEK.value, N_("The last 7 days of data")),
    (Preset.DAYS_90.value, N_("The last 90 days of data")),
    (Preset.YEAR.value, N_("The last 365 days of data")),
    (Preset.LAST_IMPORT.value, N_("Since the last import")),
    (WHOLE_MONTH, N_("A whole month")),
    (Preset.CUSTOM.value, N_("From day to day")),
    (Preset.ALL.value, N_("All time")),
)


def _period_choices() -> list[SelectChoice]:
    return [SelectChoice(value, _(text)) for value, text in _PERIODS]


def _section_choices() -> list[SelectChoice]:
    texts = ReportTexts(locale())
    return [SelectChoice(section.value, texts.section_title(section)) for section in ReportSection]


def period_text(query: ReportQuery) -> str:
    """Return which days a report tells of, as its form asks for them."""
    period = query.period
    if period.preset is not Preset.CUSTOM:
        return next((_(text) for value, text in _PERIODS if value == period.preset.value), period.preset.value)
    if period.first is not None and period.is_month:
        return format_month(period.first, locale(), "yMMMM")
    first, last = (format_day(day, locale()) if day else "…" for day in (period.first, period.last))
    return f"{first} – {last}"


class PeriodFieldsForm(FlaskForm):
    """Which days of an account something tells of."""

    period = SelectField(_l("Period"), choices=_period_choices, default=Preset.DAYS_28.value)
    month = StringField(_l("Month"), render_kw={"type": "month", "placeholder": "2026-05"})
    date_from = StringField(_l("From"), render_kw={"type": "date", "placeholder": "2026-05-01"})
    date_to = StringField(_l("To"), render_kw={"type": "date", "placeholder": "2026-05-31"})

    def period_fields(self) -> list[tuple[str, str]]:
        """Return the fields of the days as a report's query reads them; raise ``Invalid`` where one is missing."""
        is_month, is_custom = self.period.data == WHOLE_MONTH, self.period.data == Preset.CUSTOM.value
        needed = self.month if is_month else self.date_from
        if (is_month or is_custom) and not (needed.data or "").strip():
            raise Invalid(ErrorCode.FIELD_INVALID, field=needed.name, value="")
        if is_month:
            return [("month", self.month.data or "")]
        sent = [("period", self.period.data)]
        if is_custom:
            sent += [("date_from", self.date_from.data or ""), ("date_to", self.date_to.data or "")]
        return sent


class ReportFieldsForm(PeriodFieldsForm):
    """Which days and parts of an account a report tells of."""

    section = SelectMultipleField(
        _l("Parts"),
        choices=_section_choices,
        default=[section.value for section in ReportSection],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    notes = TextAreaField(_l("Your notes"), render_kw={"maxlength": MAX_NOTES, "rows": 4})

    def query(self) -> ReportQuery:
        """Return what the form asks for; raise ``Invalid`` naming the field of a refused value."""
        sections = [("section", value) for value in self.section.data or ()]
        return ReportQuery.parse(MultiDict([*self.period_fields(), *sections, ("notes", self.notes.data or "")]))
