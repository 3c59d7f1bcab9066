"""What changed with a person, in words; never more than two exports can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from webapp.analytics.change_pages import ChangePage, Row
from webapp.analytics.changes import RenameRow
from webapp.analytics.comparison import ChangeRow, Interval, RefollowRow
from webapp.domain.changes import ChangeKind
from webapp.domain.formatting import format_day, format_second, format_whole_span
from webapp.domain.period import day_of, instant
from webapp.domain.sections import Section
from webapp.web.i18n import locale


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the page shows it; a badge is a text and its kind."""

    username: str
    text: str
    note: str
    badges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RenameLine:
    """A pair of names as the page shows it."""

    before: str
    after: str
    text: str
    note: str
    confirmed: bool | None
    can_decide: bool


class ChangeTexts:
    """Write the rows of one page; what many rows share is written once."""

    def __init__(self, section: Section, timezone: str) -> None:
        self._is_follower = section is Section.FOLLOWERS
        self._timezone = timezone
        self._now = self._mutual_badges(_("Mutual"))
        self._then = self._mutual_badges(_("Was mutual"))
        self._intervals: dict[Interval, str] = {}

    def lines(self, page: ChangePage) -> list[Line]:
        """Return the rows of a list of people; whoever may not have left or come at all is marked."""
        lines = []
        for row in page.rows:
            if isinstance(row, ChangeRow):
                line = self.line(page.query.kind, row)
                lines.append(replace(line, badges=(*line.badges, *self._doubts(page, row.key))))
            elif isinstance(row, RefollowRow):
                lines.append(self._refollowed(row))
        return lines

    def line(self, kind: ChangeKind, row: ChangeRow) -> Line:
        """Return the row of somebody who came or went."""
        writers: dict[ChangeKind, Callable[[ChangeRow], Line]] = {
            ChangeKind.GAINED: self._gained,
            ChangeKind.LOST: self._lost,
            ChangeKind.RETURNED: self._returned,
            ChangeKind.DELETED: self._deleted,
        }
        return writers[kind](row)

    def _doubts(self, page: ChangePage, key: str) -> Iterator[tuple[str, str]]:
        if key in page.doubtful:
            yield _("Perhaps renamed"), "warn"
        if key in page.deleted and page.query.kind is ChangeKind.LOST:
            yield _("Deleted account"), "neutral"

    def renames(self, rows: tuple[Row, ...]) -> list[RenameLine]:
        """Return the rows of a list of renames."""
        return [
            RenameLine(
                before=row.from_username,
                after=row.to_username,
                text=_(
                    "Both have the follow time %(moment)s.",
                    moment=format_second(instant(row.date_followed, self._timezone), locale()),
                ),
                note=_("Renamed since %(interval)s", interval=self.since(row.between)),
                confirmed=row.confirmed,
                can_decide=row.can_decide,
            )
            for row in rows
            if isinstance(row, RenameRow)
        ]

    def since(self, between: Interval) -> str:
        """Return when something happened, as closely as the exports tell, to stand behind “since”."""
        if between not in self._intervals:
            first, last = self._day(between[0]), self._day(between[1])
            self._intervals[between] = (
                _("some time on %(day)s", day=last)
                if first == last
                else _("some day between %(first)s and %(last)s", first=first, last=last)
            )
        return self._intervals[between]

    def _gained(self, row: ChangeRow) -> Line:
        text = _("Follows you since %(day)s") if self._is_follower else _("Followed by you since %(day)s")
        note = ""
        if row.date_followed < row.between[0]:
            # The date is older than a list without the name: renamed, or away for a while.
            note = _("On the list since %(interval)s", interval=self.since(row.between))
        return Line(row.username, text % {"day": self._day(row.date_followed)}, note, self._now[row.was_mutual])

    def _lost(self, row: ChangeRow) -> Line:
        text = (
            _("No longer follows you since %(interval)s")
            if self._is_follower
            else _("No longer followed by you since %(interval)s")
        )
        text %= {"interval": self.since(row.between)}
        return Line(row.username, text, self._length(row), self._then[row.was_mutual])

    def _deleted(self, row: ChangeRow) -> Line:
        text = _("Account deleted or banned since %(interval)s", interval=self.since(row.between))
        return Line(row.username, text, self._length(row), self._then[row.was_mutual])

    def _returned(self, row: ChangeRow) -> Line:
        if row.date_previous is not None and row.date_followed != row.date_previous:
            text = _("Back on the list, followed again on %(day)s", day=self._day(row.date_followed))
            note = _("Followed before since %(day)s", day=self._day(row.date_previous))
        else:
            text = _("Back on the list since %(interval)s", interval=self.since(row.between))
            note = _("With the same follow date, %(day)s", day=self._day(row.date_followed))
        return Line(row.username, text, note, self._now[row.was_mutual])

    def _refollowed(self, row: RefollowRow) -> Line:
        text = _("Followed again on %(day)s", day=self._day(row.date_followed))
        note = _("Followed before since %(day)s", day=self._day(row.date_previous))
        return Line(row.username, text, note)

    def _length(self, row: ChangeRow) -> str:
        first, last = day_of(row.date_followed, self._timezone), day_of(row.between[0], self._timezone)
        if first >= last:
            return str(_("Followed since %(day)s", day=self._day(row.date_followed)))
        span, day = format_whole_span(first, last, locale()), self._day(row.date_followed)
        return str(_("Followed for at least %(span)s, since %(day)s", span=span, day=day))

    @staticmethod
    def _mutual_badges(mutual: str) -> dict[bool | None, tuple[tuple[str, str], ...]]:
        return {
            True: ((mutual, "mutual"),),
            False: ((_("Not mutual"), "neutral"),),
            None: ((_("Mutual unknown"), "neutral"),),
        }

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self._timezone), locale())
