"""The text that lies beside downloaded tables: what each of them is, of which data, and how to read it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from webapp.domain.data_exports import ExportContent, ExportForm, ExportTable
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import instant
from webapp.domain.text import N_
from webapp.renderers.words import Words

_WIDTH: Final = 100
CONTENT_TEXTS: Final[dict[ExportContent, str]] = {
    ExportContent.EVERYTHING: N_("Everything, in one ZIP"),
    ExportContent.POSTS: N_("Posts"),
    ExportContent.FOLLOWERS: N_("Followers"),
    ExportContent.FOLLOWING: N_("Following"),
    ExportContent.CHANGES: N_("Changes from export to export"),
    ExportContent.STATISTICS: N_("Statistics by day, week and month"),
}
TABLE_TEXTS: Final[dict[ExportTable, str]] = {
    ExportTable.POSTS: N_(
        "Every post with everything that the exports say of it: figures, caption, hashtags, sound, settings, link."
    ),
    ExportTable.FOLLOWERS: N_("Everybody on the newest follower list: name, since when, and whether you follow back."),
    ExportTable.FOLLOWING: N_(
        "Everybody on the newest following list: name, since when, and whether they follow back."
    ),
    ExportTable.CHANGES: N_(
        "Who came, left, came back, followed again or changed their name, on both lists, from each export to the next. "
        "Whoever came back also stands under gained, a deleted account also under lost."
    ),
    ExportTable.DAYS: N_("Followers, following, gained, lost, posts and likes of every day."),
    ExportTable.WEEKS: N_("Followers, following, gained, lost, posts and likes of every week."),
    ExportTable.MONTHS: N_("Followers, following, gained, lost, posts and likes of every month."),
    ExportTable.EXPORTS: N_("What each export counted, what changed since the one before, and how many stayed."),
    ExportTable.DAY_NOTES: N_("What was written about days."),
    ExportTable.MARKED: N_("Everybody with a tag or a note."),
    ExportTable.GOALS: N_("The goals of every month, and what became of them. A rate of 0.05 is 5 per cent."),
}
_STATISTICS: Final = (ExportTable.DAYS, ExportTable.WEEKS, ExportTable.MONTHS)
_METRICS: Final = (
    *(MetricKey.FOLLOWERS, MetricKey.FOLLOWING, MetricKey.MUTUALS, MetricKey.GAINED, MetricKey.LOST),
    *(MetricKey.AT_LEAST, MetricKey.ESTIMATE, MetricKey.DAY_FOLLOWS, MetricKey.STAYED, MetricKey.POSTS),
    *(MetricKey.LIKES_TOTAL, MetricKey.TYPICAL_LIKES, MetricKey.ENGAGEMENT_RATE),
)


@dataclass(frozen=True, slots=True)
class ReadmeFacts:
    """What the text speaks of: ``made_at`` and ``as_of`` (the newest export) are Unix seconds.

    ``files`` are the tables that are there, each with the name of its file or sheet and its number of rows;
    ``missing`` are those that no export has anything for.
    """

    handle: str
    timezone: str
    form: ExportForm
    made_at: int
    as_of: int | None
    files: tuple[tuple[ExportTable, str, int], ...]
    missing: tuple[ExportTable, ...]
    hides_names: bool
    hides_captions: bool


def write_readme(facts: ReadmeFacts, locale: str) -> str:
    """Return the text in a language, with the line ends that every system reads."""
    return "\r\n".join(_Readme(facts, locale).lines()) + "\r\n"


class _Readme(Words):
    """One text in one language."""

    def __init__(self, facts: ReadmeFacts, locale: str) -> None:
        super().__init__(locale)
        self._facts = facts

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text."""
        facts = self._facts
        yield from self._title(self.gettext("Data of @%(handle)s", handle=facts.handle), "=")
        made = self.moment(instant(facts.made_at, facts.timezone))
        yield from self._paragraph(
            self.gettext("Put together by TikTok Analytics on %(moment)s (%(zone)s).", moment=made, zone=facts.timezone)
        )
        if facts.as_of is not None:
            newest = self.moment(instant(facts.as_of, facts.timezone))
            yield from self._paragraph(self.gettext("The newest export in it was made on %(moment)s.", moment=newest))
        yield ""
        yield from self._title(self.gettext("What is in it"), "-")
        for table, name, count in facts.files:
            rows = self.ngettext("%(count)s row", "%(count)s rows", count, count=self.count(count))
            yield from self._item(f"{name} ({rows})", self.gettext(TABLE_TEXTS[table]))
        if facts.missing:
            names = ", ".join(table.value for table in facts.missing)
            missing = self.gettext("Not in it, because no export of the account holds it: %(names)s.", names=names)
            yield from self._paragraph(missing)
        yield ""
        yield from self._title(self.gettext("How to read it"), "-")
        for text in self._hints():
            yield from self._point(text)
        yield ""
        yield from self._title(self.gettext("What the words mean"), "-")
        for key in _METRICS:
            yield from self._item(self.gettext(METRICS[key].label), self.gettext(METRICS[key].definition))

    def _hints(self) -> Iterator[str]:
        facts = self._facts
        yield self.gettext("An empty cell means unknown or not stated. It is never a zero.")
        if facts.form is ExportForm.CSV:
            yield self.gettext(
                "Columns are separated by commas, texts are UTF-8, times are UTC (2026-05-31T18:00:00Z), fractions "
                "have a point."
            )
        elif facts.form is ExportForm.SPREADSHEET:
            yield self.gettext(
                "Columns are separated by semicolons, times are those of %(zone)s, fractions are written as in your "
                "language: a double click opens the files in a spreadsheet.",
                zone=facts.timezone,
            )
        else:
            yield self.gettext(
                "Dates, numbers and texts have their types; times are those of %(zone)s.", zone=facts.timezone
            )
        yield self.gettext(
            "A text that a spreadsheet could take for a formula has an apostrophe before it. Take it away to get the "
            "text as it was written."
        )
        if facts.form is ExportForm.SPREADSHEET:
            yield self.gettext(
                "Spreadsheets shorten long numbers such as platform_post_id; the workbook (XLSX) keeps them whole."
            )
        if any(table in _STATISTICS for table, _, _ in facts.files):
            yield self.gettext(
                "Followers and following are counted on the days of your exports alone. Gained and lost stand where "
                "the later of two lists was made; the columns “since” and “until” say between which two lists. Likes "
                "are those that the posts of the days have by now, not those that were given on these days."
            )
        if facts.hides_names:
            yield self.gettext("You do not see the names of people, so something else stands for each of them.")
        if facts.hides_captions:
            yield self.gettext("Captions were covered when this was asked for.")

    def _title(self, text: str, line: str) -> Iterator[str]:
        yield text
        yield line * len(text)

    def _paragraph(self, text: str) -> Iterator[str]:
        yield from textwrap.wrap(text, _WIDTH)

    def _point(self, text: str) -> Iterator[str]:
        yield from textwrap.wrap(text, _WIDTH, initial_indent="* ", subsequent_indent="  ")

    def _item(self, name: str, text: str) -> Iterator[str]:
        yield f"* {name}"
        yield from textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
