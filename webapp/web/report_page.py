"""The pages of reports in words: how each stands, and what it says in short."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from webapp.analytics.report_runs import ReportList, ReportRow
from webapp.domain.formatting import format_bytes, format_count
from webapp.domain.reports import Paper, Report
from webapp.domain.scope import Permission, Scope
from webapp.domain.text import N_
from webapp.models import JobState
from webapp.renderers.charts.growth import draw_growth
from webapp.renderers.report_texts import ReportTexts
from webapp.services.report_files import find_file
from webapp.services.report_queries import read_query
from webapp.web.i18n import LANGUAGES, locale, moment_of
from webapp.web.masking import shown_address
from webapp.web.messages import text_of
from webapp.web.report_fields import period_text

PAPER_TEXTS: dict[Paper, str] = {Paper.A4: N_("A4"), Paper.LETTER: N_("Letter")}
_STEPS = {"computing": N_("Reckoning the numbers"), "drawing": N_("Drawing the pages")}
# In pixels, for desks and for phones.
_WIDE, _NARROW = (720, 240), (340, 220)


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A key figure of a report in words."""

    label: str
    value: str
    change: str
    note: str


@dataclass(frozen=True, slots=True)
class ShownChart:
    """A chart of a report for desks and for phones, with the sentence beneath it."""

    title: str
    wide: Markup
    narrow: Markup
    reading: str


class ReportsPage:
    """The list of reports."""

    def __init__(self, scope: Scope, found: ReportList) -> None:
        self.rows = found.rows
        self.kept_back = found.kept_back
        self.may_write = scope.allows(Permission.REPORT_WRITE)

    @property
    def is_working(self) -> bool:
        """Return whether the page is to look again in a moment."""
        return any(row.is_working for row in self.rows)

    @property
    def total_text(self) -> str:
        """Return how many reports there are, in words."""
        total = len(self.rows)
        return str(ngettext("%(count)s report", "%(count)s reports", total, count=format_count(total, locale())))

    @property
    def kept_back_text(self) -> str:
        """Return how many reports tell more than the reader gets to see; an empty text for none."""
        if not self.kept_back:
            return ""
        return str(
            ngettext(
                "%(count)s report is not listed, because it shows what is covered for you.",
                "%(count)s reports are not listed, because they show what is covered for you.",
                self.kept_back,
                count=format_count(self.kept_back, locale()),
            )
        )

    def name_of(self, row: ReportRow) -> str:
        """Return what a report is called."""
        return name_of(row)

    def state(self, row: ReportRow) -> tuple[str, str]:
        """Return how a report stands, and the kind of its badge."""
        return state_of(row)

    def step_text(self, row: ReportRow) -> str:
        """Return what is being done for a report at this moment."""
        return step_of(row)

    def facts(self, row: ReportRow) -> list[str]:
        """Return what is to be known of a report before it is opened."""
        told = [_("asked for on %(moment)s", moment=moment_of(row.created_at))]
        if row.by is not None:
            told.append(_("by %(person)s", person=shown_address(row.by)))
        told += [LANGUAGES.get(row.locale, row.locale), _(PAPER_TEXTS[row.paper])]
        if row.is_made:
            told.append(_size(row))
        return told


class ReportPage:
    """One report: how it stands, and what it says in short."""

    def __init__(self, scope: Scope, row: ReportRow, report: Report | None) -> None:
        self.row = row
        self.report = report
        self.may_write = scope.allows(Permission.REPORT_WRITE)
        self.title = name_of(row)
        self.state = state_of(row)
        self.step_text = step_of(row)
        self.texts = ReportTexts(locale())

    @property
    def has_file(self) -> bool:
        """Return whether the PDF can be downloaded."""
        return self.row.is_made and find_file(self.row.public_id) is not None

    @property
    def error_text(self) -> str:
        """Return why it could not be made; an empty text where nothing went wrong."""
        if self.row.error is None:
            return ""
        if self.row.error == JobState.CANCELLED.value:
            return str(_("It was stopped."))
        return text_of(self.row.error, self.row.error_params)

    @property
    def again_of_href(self) -> str | None:
        """Return the address of the report it was made again from."""
        return url_for("reports.show", public_id=self.row.again_of) if self.row.again_of else None

    def facts(self) -> list[dict[str, str]]:
        """Return which days the report is of, by which data, and how it looks."""
        told = [{"label": _("Period"), "value": self._period}]
        head = self.row.head
        if head is not None:
            told += [{"label": _("Data"), "value": self.texts.data_date(head)}]
            if head.base_last is not None:
                told.append({"label": _("Compared with"), "value": self.texts.days(head.base_first, head.base_last)})
        told.append({"label": _("Language"), "value": LANGUAGES.get(self.row.locale, self.row.locale)})
        told.append({"label": _("Paper"), "value": _(PAPER_TEXTS[self.row.paper])})
        if self.row.is_made:
            told.append({"label": _("PDF"), "value": _size(self.row)})
        return told

    @cached_property
    def figures(self) -> list[ShownFigure]:
        """Return the key figures."""
        texts = self.texts
        return [
            ShownFigure(
                texts.figure_label(figure),
                texts.figure_value(figure),
                texts.figure_change(figure),
                texts.figure_why(figure) or texts.figure_note(figure),
            )
            for figure in (self.report.figures if self.report else None) or ()
        ]

    @cached_property
    def news(self) -> list[str]:
        """Return what changed, in sentences."""
        return [self.texts.news(item) for item in (self.report.news if self.report else None) or ()]

    @cached_property
    def charts(self) -> list[ShownChart]:
        """Return the curves of the lists."""
        part = self.report.growth if self.report else None
        shown = []
        for curve in part.curves if part else ():
            title, reading = self.texts.list_label(curve.section), self.texts.curve_reading(curve)
            label = f"{title}. {reading}"
            # The drawing escapes every text in it.
            wide, narrow = (
                Markup(draw_growth(curve, self.texts, label=label, width=width, height=height))  # nosec B704
                for width, height in (_WIDE, _NARROW)
            )
            if wide:
                shown.append(ShownChart(title, wide, narrow, reading))
        return shown

    @property
    def _period(self) -> str:
        head = self.row.head
        return period_text(read_query(self.row.query)) if head is None else self.texts.period(head)


def name_of(row: ReportRow) -> str:
    """Return what a report is called: its title, or its days."""
    if row.title:
        return row.title
    return period_text(read_query(row.query)) if row.head is None else ReportTexts(locale()).title(row.head)


def state_of(row: ReportRow) -> tuple[str, str]:
    """Return how a report stands in a word, and the kind of its badge."""
    if row.is_made:
        return _("ready"), "good"
    return (_("being made"), "neutral") if row.error is None else (_("could not be made"), "bad")


def step_of(row: ReportRow) -> str:
    """Return what is being done for a report at this moment."""
    return str(_(_STEPS[row.step]) if row.step in _STEPS else _("Waiting for its turn"))


def _size(row: ReportRow) -> str:
    pages = str(ngettext("%(num)d page", "%(num)d pages", row.pages or 0))
    return pages if row.size is None else f"{pages}, {format_bytes(row.size, locale())}"
