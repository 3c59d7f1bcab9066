"""Write accounts beside each other as CSV: one row an account, and one with their totals."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from babel.numbers import format_decimal

from webapp.analytics.account_comparison import AccountComparison, Figure
from webapp.domain.period import instant
from webapp.renderers.csv import Dialect, neutralise

_HEADERS: Final = ("account", "as_of", *(figure.value for figure in Figure), "from", "to")
# No account can be called so.
_TOTAL: Final = "(total)"


def render_accounts(
    comparison: AccountComparison, named: Sequence[tuple[str, str]], dialect: Dialect, locale: str
) -> Iterator[bytes]:
    """Yield the table; ``named`` are name and time zone of each account. What is unknown is an empty cell."""
    is_excel = dialect is Dialect.EXCEL
    language = locale if is_excel else ""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if is_excel else ",", lineterminator="\r\n")
    buffer.write("\ufeff" if is_excel else "")
    writer.writerow(_HEADERS)
    for account, (name, timezone) in zip(comparison.accounts, named, strict=True):
        change = account.change
        times = (account.as_of, None, None) if change is None else (account.as_of, change.begins_at, change.ends_at)
        as_of, begins, ends = (_written(second, timezone if is_excel else "") for second in times)
        figures = [_cell(account.value(figure), language) for figure in Figure]
        writer.writerow((neutralise(name), as_of, *figures, begins, ends))
    totals = [comparison.total(figure) for figure in Figure]
    cells = ["" if total is None else _cell(total.value, language) for total in totals]
    writer.writerow((_TOTAL, "", *cells, "", ""))
    yield buffer.getvalue().encode()


def _written(second: int | None, timezone: str) -> str:
    if second is None:
        return ""
    if timezone:
        return instant(second, timezone).strftime("%Y-%m-%d %H:%M:%S")
    return instant(second).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(value: float | Decimal | None, locale: str) -> str:
    """Return a cell; a spreadsheet reads fractions with the comma of its reader's language."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return format_decimal(value, format="0.######", locale=locale) if locale else f"{round(float(value), 6)}"
