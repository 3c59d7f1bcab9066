"""The page of downloads in words: what there is at once, and how each file stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.data_exports import ExportRow
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import find_newest_complete, find_newest_lists
from webapp.domain.data_exports import LIFETIME, ExportForm, ExportTable
from webapp.domain.errors import AppError, ErrorCode
from webapp.domain.formatting import format_bytes, format_count
from webapp.domain.period_query import Preset
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.text import N_
from webapp.models import DIRECTIONS
from webapp.renderers.csv import Dialect
from webapp.renderers.export_readme import CONTENT_TEXTS, TABLE_TEXTS
from webapp.web.i18n import locale, moment_of
from webapp.web.messages import message

FORM_TEXTS: Final[dict[ExportForm, str]] = {
    ExportForm.XLSX: N_("Workbook (XLSX), with dates and numbers"),
    ExportForm.SPREADSHEET: N_("CSV for a spreadsheet"),
    ExportForm.CSV: N_("CSV, standard"),
}
_SHORT_FORMS: Final[dict[ExportForm, str]] = {
    ExportForm.XLSX: N_("XLSX"),
    ExportForm.SPREADSHEET: N_("CSV for a spreadsheet"),
    ExportForm.CSV: N_("CSV, standard"),
}
_TABLE_NAMES: Final[dict[ExportTable, str]] = {
    ExportTable.POSTS: N_("Posts"),
    ExportTable.FOLLOWERS: N_("Followers"),
    ExportTable.FOLLOWING: N_("Following"),
    ExportTable.CHANGES: N_("Changes from export to export"),
    ExportTable.DAYS: N_("Statistics by day"),
    ExportTable.WEEKS: N_("Statistics by week"),
    ExportTable.MONTHS: N_("Statistics by month"),
    ExportTable.EXPORTS: N_("Exports"),
    ExportTable.DAY_NOTES: N_("Notes on days"),
    ExportTable.MARKED: N_("Marked people"),
    ExportTable.GOALS: N_("Goals"),
}
_STATISTICS: Final = (ExportTable.DAYS, ExportTable.WEEKS, ExportTable.MONTHS)
# The tables that no other page offers.
STREAMED: Final = frozenset(table.value for table in (ExportTable.CHANGES, *_STATISTICS))
# Where the pages of the others offer them.
_OFFERED: Final[dict[ExportTable, tuple[str, dict[str, Any]]]] = {
    ExportTable.POSTS: ("posts.download", {}),
    ExportTable.FOLLOWERS: ("audience.followers_csv", {}),
    ExportTable.FOLLOWING: ("audience.following_csv", {}),
    ExportTable.EXPORTS: ("analysis.download", {"period": Preset.ALL.value}),
    ExportTable.DAY_NOTES: ("annotations.download", {}),
    ExportTable.MARKED: ("people.index_csv", {}),
    ExportTable.GOALS: ("goals.download", {}),
}


@dataclass(frozen=True, slots=True)
class OfferedTable:
    """A table that can be downloaded at once."""

    name: str
    text: str
    standard: str
    spreadsheet: str


class DownloadsPage:
    """What can be downloaded, and the files that the reader had put together."""

    days = LIFETIME.days

    def __init__(self, scope: Scope, rows: tuple[ExportRow, ...]) -> None:
        self.scope = scope
        self.rows = rows

    @property
    def is_working(self) -> bool:
        """Return whether the page is to look again in a moment."""
        return any(row.is_working for row in self.rows)

    @property
    def tables(self) -> list[OfferedTable]:
        """Return the tables that there is anything for."""
        return [
            OfferedTable(_(_TABLE_NAMES[table]), _(TABLE_TEXTS[table]), _href(table), _href(table, Dialect.EXCEL))
            for table in self._known()
        ]

    def name_of(self, row: ExportRow) -> str:
        """Return what a file is called."""
        return str(_(CONTENT_TEXTS[row.wishes.content]))

    def label_of(self, row: ExportRow) -> str:
        """Return what a file is called, told from the others for those who do not see where it stands."""
        return f"{self.name_of(row)}, {_(_SHORT_FORMS[row.wishes.form])}, {moment_of(row.created_at)}"

    def state(self, row: ExportRow) -> tuple[str, str]:
        """Return how a file stands, and the kind of its badge."""
        if row.is_ready:
            return _("Ready"), "good"
        return (_("In work"), "accent") if row.is_working else (_("Not made"), "bad")

    def facts(self, row: ExportRow) -> list[str]:
        """Return what is to be known of a file before it is fetched."""
        told = [str(_(_SHORT_FORMS[row.wishes.form]))]
        if row.is_ready and row.size is not None and row.rows is not None:
            told.append(format_bytes(row.size, locale()))
            told.append(ngettext("%(count)s row", "%(count)s rows", row.rows, count=format_count(row.rows, locale())))
            told.append(_("until %(moment)s", moment=moment_of(row.expires_at)))
        else:
            told.append(_("asked for on %(moment)s", moment=moment_of(row.created_at)))
        return told

    def error_text(self, row: ExportRow) -> str:
        """Return why a file could not be made; an empty text where nothing went wrong."""
        if row.error is None:
            return ""
        if row.error in list(ErrorCode):
            return message(AppError(ErrorCode(row.error), attempts=3))
        return str(_("It was stopped."))

    def progress(self, row: ExportRow) -> dict[str, Any]:
        """Return how far a file is, as the bar shows it."""
        if row.step is None:
            return {"label": _("Waiting for its turn"), "done": 0, "total": 0, "text": None}
        text = None
        if row.total:
            done, total = format_count(row.done, locale()), format_count(row.total, locale())
            text = _("%(done)s of %(total)s rows", done=done, total=total)
        return {"label": _(_TABLE_NAMES[ExportTable(row.step)]), "done": row.done, "total": row.total, "text": text}

    def _known(self) -> Iterator[ExportTable]:
        """Yield the tables that the exports hold, and those that people write."""
        scope = self.scope
        lists = find_newest_lists(scope)
        has_posts = find_newest_complete(scope, Section.POSTS) is not None
        has_lists = any(lists.values())
        known = {
            ExportTable.POSTS: has_posts,
            ExportTable.FOLLOWERS: lists[Section.FOLLOWERS] is not None,
            ExportTable.FOLLOWING: lists[Section.FOLLOWING] is not None,
            ExportTable.CHANGES: any(len(find_timeline(scope, section).exports) > 1 for section in DIRECTIONS),
            **dict.fromkeys(_STATISTICS, has_posts or has_lists),
            ExportTable.EXPORTS: has_lists,
        }
        return (table for table in ExportTable if known.get(table, True))


def _href(table: ExportTable, dialect: Dialect = Dialect.STANDARD) -> str:
    arguments: dict[str, Any] = {} if dialect is Dialect.STANDARD else {"dialect": dialect.value}
    if table.value in STREAMED:
        return url_for("data_exports.table_csv", name=table.value, **arguments)
    endpoint, fixed = _OFFERED[table]
    return url_for(endpoint, **{**fixed, **arguments})
