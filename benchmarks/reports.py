"""B11: a month on paper, from the question to the PDF."""

from __future__ import annotations

import time

from benchmarks.lab import Lab
from benchmarks.measure import Goal, Line, Unit, median, repeat, timed
from webapp.analytics.reports.report import find_report
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Paper, Report
from webapp.extensions import db
from webapp.renderers.report_pdf import write_report_pdf
from webapp.services.access import find_account_scope

_RUNS = 10
_GOAL = Goal(2)


def paper(lab: Lab) -> list[Line]:
    """B11: seconds for a report of every part, read and drawn, against drawing it alone; the first with its fonts."""
    assert lab.first_import  # nosec B101: there must be numbers to tell

    def read() -> Report:
        with lab.app.app_context():
            scope = find_account_scope(lab.scope)
            assert scope  # nosec B101: the import above made an account
            report = find_report(scope, ReportQuery(PeriodQuery(Preset.DAYS_90)), int(time.time()))
            db.session.remove()
        return report

    def make() -> None:
        write_report_pdf(read(), "en", Paper.A4)

    with timed() as first:
        make()
    report = read()
    floor = median(repeat(lambda: write_report_pdf(report, "en", Paper.A4), _RUNS)) / 1000
    return [
        Line("B11", "report on paper, read and drawn", Unit.SECONDS, median(repeat(make, _RUNS)) / 1000, floor, _GOAL),
        Line("B11", "  the first, with its fonts", Unit.SECONDS, first.seconds, None, _GOAL),
    ]
