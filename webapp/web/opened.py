"""Numbers that lead to what is behind them, for tables and charts with hundreds of them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from markupsafe import Markup, escape

from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period_query import Comparison, PeriodQuery, Preset
from webapp.web.figure_links import figure_href

# Stand for the days in an address until each point puts its own there.
_ANY_DAY, _ANY_LAST = date(2000, 1, 1), date(2000, 1, 2)


class Opened:
    """Cells as `ui.opened` draws them, without its htmx attributes: app.js opens them, so hundreds weigh little."""

    def __call__(self, text: str, href: str, label: str) -> Markup:
        """Return a number as the link that opens it; ``label`` says which number it is."""
        shown = escape(text)
        cell = f'<a class="opened" href="{escape(href)}" aria-label="{escape(label)}: {shown}">{shown}</a>'
        return Markup(cell)  # nosec B704


@lru_cache(maxsize=8192)
def escaped(text: str) -> str:
    """Return a text as HTML has it; of short ones that a page writes over and over: numbers, days, public ids."""
    return str(escape(text))


class OpenedColumn:
    """The same cells for one number of many things, one word of the address apart; what they share is made once."""

    def __init__(self, address: str, word: str, label: str) -> None:
        before, _word, after = address.partition(word)
        self._before = f'<a class="opened" href="{escape(before)}'
        self._after = f'{escape(after)}" aria-label="{escape(label)}: '

    def __call__(self, text: str, word: str) -> Markup:
        """Return the number of the thing that ``word`` names in its address."""
        shown = escaped(text)
        return Markup(f'{self._before}{escaped(word)}{self._after}{shown}">{shown}</a>')  # nosec B704


class DayLinks:
    """The addresses of one figure on many days; asking the router for each would take longer than the page."""

    def __init__(self, metric: MetricKey) -> None:
        self._before, _day, self._after = figure_href(FigureQuery(metric, day=_ANY_DAY)).partition(_ANY_DAY.isoformat())

    def __getitem__(self, day: date) -> str:
        """Return the address of the figure on a day."""
        return f"{self._before}{day.isoformat()}{self._after}"

    @property
    def template(self) -> str:
        """Return the address with ``{day}`` for the day in ISO form."""
        return f"{self._before}{{day}}{self._after}"


class SpanLinks:
    """The addresses of one figure over many spans of days, for the same reason."""

    def __init__(self, metric: MetricKey) -> None:
        period = PeriodQuery(Preset.CUSTOM, _ANY_DAY, _ANY_LAST, comparison=Comparison.NONE)
        address = figure_href(FigureQuery(metric, period=period)).replace("{", "{{").replace("}", "}}")
        self._address = address.replace(_ANY_DAY.isoformat(), "{first}").replace(_ANY_LAST.isoformat(), "{last}")

    def __getitem__(self, days: tuple[date, date]) -> str:
        """Return the address of the figure from one day to another, both inclusive."""
        first, last = days
        return self._address.format(first=first.isoformat(), last=last.isoformat())
