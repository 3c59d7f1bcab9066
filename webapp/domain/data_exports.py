"""What can be downloaded of an account: which tables, as which kind of file, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

# How long a file that was put together can be fetched.
LIFETIME: Final = timedelta(days=7)
# Of one person in one account at a time.
MAX_FILES: Final = 20


class ExportTable(StrEnum):
    """The tables, by the names of their files."""

    POSTS = "posts"
    FOLLOWERS = "followers"
    FOLLOWING = "following"
    CHANGES = "changes"
    DAYS = "statistics-by-day"
    WEEKS = "statistics-by-week"
    MONTHS = "statistics-by-month"
    EXPORTS = "exports"
    DAY_NOTES = "notes-on-days"
    MARKED = "marked-people"
    GOALS = "goals"


class ExportContent(StrEnum):
    """What is put together into one file."""

    EVERYTHING = "everything"
    POSTS = "posts"
    FOLLOWERS = "followers"
    FOLLOWING = "following"
    CHANGES = "changes"
    STATISTICS = "statistics"

    @property
    def tables(self) -> tuple[ExportTable, ...]:
        """Return the tables that it holds, in their order."""
        return _TABLES[self]


class ExportForm(StrEnum):
    """How tables are written."""

    CSV = "csv"  # RFC 4180, UTC
    SPREADSHEET = "spreadsheet"  # CSV that a spreadsheet in the reader's language opens by a double click
    XLSX = "xlsx"  # a workbook with typed columns, a sheet a table


_TABLES: Final = {
    ExportContent.EVERYTHING: tuple(ExportTable),
    ExportContent.POSTS: (ExportTable.POSTS,),
    ExportContent.FOLLOWERS: (ExportTable.FOLLOWERS,),
    ExportContent.FOLLOWING: (ExportTable.FOLLOWING,),
    ExportContent.CHANGES: (ExportTable.CHANGES,),
    ExportContent.STATISTICS: (ExportTable.DAYS, ExportTable.WEEKS, ExportTable.MONTHS),
}


@dataclass(frozen=True, slots=True)
class ExportWishes:
    """One file: what is in it, and how it is written."""

    content: ExportContent
    form: ExportForm

    @property
    def is_archive(self) -> bool:
        """Return whether it is a ZIP of several files with one that explains them."""
        is_workbook = self.form is ExportForm.XLSX
        return self.content is ExportContent.EVERYTHING or (len(self.content.tables) > 1 and not is_workbook)

    @property
    def ending(self) -> str:
        """Return how its name ends, without the dot."""
        if self.is_archive:
            return "zip"
        return "xlsx" if self.form is ExportForm.XLSX else "csv"
