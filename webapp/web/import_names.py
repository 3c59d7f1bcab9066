"""The names behind one count of a comparison, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.imports import ImportView
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.formatting import format_count
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.domain.text import N_
from webapp.models import DIRECTIONS
from webapp.services.comparison_file import list_names
from webapp.web.i18n import locale
from webapp.web.import_sections import has_names, names_href
from webapp.web.masking import current_redaction
from webapp.web.paging_texts import shown_text

PAGE_ROWS: Final = 100
_CSV_ROWS: Final = 5_000

# What each list of names is, for followers and for those the account follows.
_TITLES: dict[tuple[Section, str], str] = {
    (Section.FOLLOWERS, "new"): N_("New followers in this file"),
    (Section.FOLLOWERS, "returned"): N_("Followers who are back in this file"),
    (Section.FOLLOWERS, "refollowed"): N_("Followers who followed again"),
    (Section.FOLLOWERS, "gone"): N_("Followers who are not in this file"),
    (Section.FOLLOWING, "new"): N_("New people you follow in this file"),
    (Section.FOLLOWING, "returned"): N_("People you follow again"),
    (Section.FOLLOWING, "refollowed"): N_("People you followed again, on a newer date"),
    (Section.FOLLOWING, "gone"): N_("People you followed who are not in this file"),
}


class NamesPage:
    """One page of names of a comparison; raises ``NotFound`` once the import no longer waits."""

    def __init__(self, view: ImportView, section: str, kind: str, number: int) -> None:
        self.run = view.run
        self.timezone = view.account.timezone if view.account else "UTC"
        self.number = number
        self.kind = kind
        self.section = _section(section)
        if (self.section, kind) not in _TITLES:
            raise Invalid(ErrorCode.FIELD_INVALID, field="show", value=kind[:40])
        if not has_names(self.run, self.section):
            raise NotFound(ErrorCode.NOT_FOUND)
        self.title = _(_TITLES[self.section, kind])
        self._redaction = current_redaction()
        self.section_label = _(SECTION_LABELS[self.section])

    @cached_property
    def total(self) -> int:
        """Return how many names there are."""
        return int((self.run.preview or {})["sections"][self.section.value].get(self.kind, 0))

    @property
    def total_text(self) -> str:
        """Return how many names there are, in words."""
        shown = format_count(self.total, locale())
        return str(ngettext("%(count)s person", "%(count)s people", self.total, count=shown))

    @cached_property
    def rows(self) -> list[tuple[str, int]]:
        """Return the names of this page, each with the second of the follow."""
        return self._read((self.number - 1) * PAGE_ROWS, PAGE_ROWS)

    def stream(self) -> Iterator[tuple[str, int, None]]:
        """Yield all names for a download."""
        start = 0
        while rows := self._read(start, _CSV_ROWS):
            for name, at in rows:
                yield name, at, None
            start += len(rows)

    @property
    def file_name(self) -> str:
        """Return the name of the download."""
        return f"{self.section.value}-{self.kind}.csv"

    @property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        return shown_text((self.number - 1) * PAGE_ROWS, len(self.rows), self.total)

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self._href(self.number - 1) if self.number > 1 else None

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        return self._href(self.number + 1) if self.number * PAGE_ROWS < self.total else None

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of all these names."""
        values: dict[str, Any] = {"list": self.section.value, "show": self.kind, "dialect": dialect or None}
        return url_for("imports.names_csv", public_id=self.run.public_id, **values)

    def _read(self, start: int, most: int) -> list[tuple[str, int]]:
        found = list_names(self.run.public_id, self.section, self.kind, start, most)
        shown = [(self._redaction.name(name), at) for name, at in found]
        # They come in order of name, which would tell who is among them.
        return sorted(shown) if self._redaction.hides_names else shown

    def _href(self, number: int) -> str:
        return f"{names_href(self.run, self.section, self.kind)}&page={number}"


def _section(text: str) -> Section:
    found = next((section for section in DIRECTIONS if section.value == text), None)
    if found is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="list", value=text[:40])
    return found
