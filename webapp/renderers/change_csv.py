"""Write lists of changes as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from webapp.analytics.change_pages import Row
from webapp.analytics.changes import RenameRow
from webapp.analytics.comparison import ChangeRow
from webapp.domain.changes import ChangeKind
from webapp.domain.period import instant
from webapp.domain.sections import Section
from webapp.renderers.csv import Dialect, neutralise
from webapp.renderers.table_csv import Moment
from webapp.renderers.table_csv import Row as TableRow

_ROWS: Final = 1000
_PEOPLE: Final = ("username", "date_followed", "was_mutual", "between_from", "between_to")
_HEADERS: Final[dict[ChangeKind, Sequence[str]]] = {
    **dict.fromkeys(ChangeKind, _PEOPLE),
    ChangeKind.RENAMED: ("from", "to", "date_followed", "confirmed", "between_from", "between_to"),
    ChangeKind.REFOLLOWED: ("username", "date_previous", "date_followed", "between_from", "between_to"),
}
# All lists and kinds in one table.
CHANGES_HEAD: Final = (
    "list", "change", "username", "new_username", "date_followed", "date_previous", "was_mutual", "confirmed",
    "between_from", "between_to",
)  # fmt: skip


def render_changes(
    kind: ChangeKind, rows: Iterable[Row], timezone: str, dialect: Dialect, locale: str
) -> Iterator[bytes]:
    """Yield a list of changes in chunks; what is unknown or not decided is an empty cell."""
    cells = _Cells(timezone, dialect, locale)
    is_excel = dialect is Dialect.EXCEL
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if is_excel else ",", lineterminator="\r\n")
    buffer.write("\ufeff" if is_excel else "")
    writer.writerow(_HEADERS[kind])
    iterator = iter(rows)
    while True:
        chunk = list(islice(iterator, _ROWS))
        writer.writerows(cells.of(row) for row in chunk)
        yield buffer.getvalue().encode()
        if len(chunk) < _ROWS:
            return
        buffer.seek(0)
        buffer.truncate()


class _Cells:
    """Turn rows into cells in the form of a dialect."""

    def __init__(self, timezone: str, dialect: Dialect, locale: str) -> None:
        self._is_excel = dialect is Dialect.EXCEL
        self._timezone = timezone
        words = {"en": ("yes", "no"), "fr": ("oui", "non")}[locale] if self._is_excel else ("true", "false")
        self._words = {True: words[0], False: words[1], None: ""}
        self._times: dict[int, str] = {}

    def of(self, row: Row) -> tuple[str, ...]:
        """Return the cells of a row."""
        ends = tuple(self._shared(second) for second in row.between)
        followed = self._time(row.date_followed)
        if isinstance(row, RenameRow):
            names = (neutralise(row.from_username), neutralise(row.to_username))
            return (*names, followed, self._words[row.confirmed], *ends)
        if isinstance(row, ChangeRow):
            return (neutralise(row.username), followed, self._words[row.was_mutual], *ends)
        return (neutralise(row.username), self._time(row.date_previous), followed, *ends)

    def _shared(self, second: int) -> str:
        """Return a time of an export as text; many rows have the same."""
        if second not in self._times:
            self._times[second] = self._time(second)
        return self._times[second]

    def _time(self, second: int) -> str:
        if self._is_excel:
            return instant(second, self._timezone).strftime("%Y-%m-%d %H:%M:%S")
        return instant(second).strftime("%Y-%m-%dT%H:%M:%SZ")


def all_change_rows(changes: Iterable[tuple[Section, ChangeKind, Row]]) -> Iterator[TableRow]:
    """Yield changes of any list and kind as rows of one table."""
    for section, kind, row in changes:
        begins, ends = (Moment(second) for second in row.between)
        followed = Moment(row.date_followed)
        if isinstance(row, RenameRow):
            names: TableRow = (row.from_username, row.to_username)
            yield section.value, kind.value, *names, followed, None, None, row.confirmed, begins, ends
            continue
        previous = None if row.date_previous is None else Moment(row.date_previous)
        mutual = row.was_mutual if isinstance(row, ChangeRow) else None
        yield section.value, kind.value, row.username, None, followed, previous, mutual, None, begins, ends
