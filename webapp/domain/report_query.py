"""What a report is asked to tell: its period, its parts, and how it looks to its readers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import last_of_month
from webapp.domain.period_query import Comparison, PeriodQuery, Preset
from webapp.domain.query import Arguments, parse_choice, single
from webapp.domain.reports import ReportSection

MAX_NOTES: Final = 4000
_ALL: Final = tuple(ReportSection)


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """The question that a report answers; kept with it, so that it can be asked again.

    ``notes`` are the author's own words. ``shows_account`` is whether readers learn whose numbers they are.
    """

    period: PeriodQuery = field(default_factory=PeriodQuery)
    sections: tuple[ReportSection, ...] = _ALL
    notes: str = ""
    shows_account: bool = True

    FIELDS: ClassVar[tuple[str, ...]] = (*PeriodQuery.FIELDS, "section", "notes")

    @classmethod
    def parse(cls, arguments: Arguments, default: Preset = Preset.DAYS_28) -> ReportQuery:
        """Return the report that the arguments ask for; raise ``Invalid`` naming the field of a bad value.

        ``month=2026-05`` asks for a whole month of the account's zone. ``section`` may be given many times; without
        any the report has every part.
        """
        month = parse_month(single(arguments, "month"))
        period = PeriodQuery.parse(arguments, default)
        if month is not None:
            period = month_period(month, period.comparison)
        wanted = {parse_choice(ReportSection, "section", text) for text in arguments.getlist("section")}
        sections = tuple(section for section in ReportSection if section in wanted) or _ALL
        notes = single(arguments, "notes").strip()
        if len(notes) > MAX_NOTES:
            raise Invalid(ErrorCode.NOTE_TOO_LONG, field="notes", maximum=MAX_NOTES, found=len(notes))
        return cls(period, sections, notes)

    def with_(self, **changes: object) -> ReportQuery:
        """Return a copy with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def asks_for(self, section: ReportSection) -> bool:
        """Return whether a part is wanted."""
        return section in self.sections


def month_period(first: date, comparison: Comparison = Comparison.PREVIOUS) -> PeriodQuery:
    """Return a calendar month by its first day; the month before is its base, however many days either has."""
    return PeriodQuery(Preset.CUSTOM, first=first, last=last_of_month(first), comparison=comparison)


def parse_month(text: str) -> date | None:
    """Return the first day of ``YYYY-MM``, ``None`` of nothing; raise ``Invalid`` for all else.

    As elsewhere only 1970 to 2100 are taken.
    """
    if not text:
        return None
    year, dash, month = text.partition("-")
    is_month = len(year) == 4 and len(month) == 2 and dash and (year + month).isascii() and (year + month).isdigit()
    if not is_month or not 1 <= int(month) <= 12 or not 1970 <= int(year) <= 2100:
        raise Invalid(ErrorCode.FIELD_INVALID, field="month", value=text[:20])
    return date(int(year), int(month), 1)
