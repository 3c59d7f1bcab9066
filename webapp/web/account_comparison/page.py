"""The parts of the page that shows the accounts of a team beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from babel.numbers import format_decimal
from flask import request, url_for
from flask_babel import gettext as _

from webapp.analytics.account_comparison import (
    AccountComparison,
    AccountFigures,
    Counted,
    Figure,
    Total,
    compare_accounts,
)
from webapp.analytics.accounts import AccountRow
from webapp.domain.accounts_query import MOST_ACCOUNTS, AccountsQuery, Scale
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_ratio
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import day_of
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.text import N_
from webapp.web.account_comparison.chart import AccountsChart
from webapp.web.account_comparison.choice import ChosenAccount
from webapp.web.analysis_tabs import analysis_tabs
from webapp.web.audience_tabs import Tab, audience_tabs
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import Opened
from webapp.web.period_bar import Choice, PeriodBar

_ENDPOINT: Final = "account_comparison.show"
_METRICS: Final[dict[Figure, MetricKey]] = {
    Figure.FOLLOWERS: MetricKey.FOLLOWERS,
    Figure.FOLLOWING: MetricKey.FOLLOWING,
    Figure.MUTUALS: MetricKey.MUTUALS,
    Figure.RATIO: MetricKey.FOLLOWER_RATIO,
    Figure.GAINED: MetricKey.GAINED,
    Figure.LOST: MetricKey.LOST,
    Figure.NET: MetricKey.NET,
}
_SCALES: dict[Scale, str] = {Scale.ABSOLUTE: N_("Followers"), Scale.INDEX: N_("Indexed to 100")}


@dataclass(frozen=True, slots=True)
class Box:
    """An account to choose."""

    public_id: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table; a cell is ``None`` where it is unknown."""

    name: str
    colour: int
    as_of: str | None
    cells: tuple[str | None, ...]
    between: str | None


class _Bar(PeriodBar):
    """The period without what it is compared with: here accounts are compared with each other."""

    @property
    def comparisons(self) -> list[Choice]:
        """Return nothing to choose."""
        return []

    @property
    def base_text(self) -> str:
        """Return nothing."""
        return ""


class AccountComparisonPage:
    """The parts of the page, each computed when the template asks for it."""

    def __init__(self, chosen: Sequence[ChosenAccount], rows: Iterable[AccountRow], query: AccountsQuery) -> None:
        self.chosen = chosen
        self.query = query
        self._rows = list(rows)
        self._locale = locale()
        self._opened = Opened()

    @cached_property
    def comparison(self) -> AccountComparison:
        """Return the figures of the accounts."""
        return compare_accounts([each.scope for each in self.chosen], self.query.period)

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about the audience."""
        return audience_tabs("analysis.show")

    @property
    def analysis_tabs(self) -> list[Tab]:
        """Return the pages of the analysis."""
        return analysis_tabs(_ENDPOINT, self.query.period)

    @cached_property
    def leader(self) -> ChosenAccount:
        """Return the account from whose lists the period is counted."""
        return self.chosen[self.comparison.leader]

    @cached_property
    def bar(self) -> PeriodBar:
        """Return the bar that chooses the period."""
        return _Bar(self.leader.scope, self.query.period, _ENDPOINT, kept=self.query.own_args())

    @property
    def period_note(self) -> str | None:
        """Return from whose lists the period is counted; ``None`` where there is but one account."""
        if len(self.chosen) < 2:
            return None
        return str(
            _(
                "The period is counted from the newest list of %(name)s and is the same for every account.",
                name=self.leader.name,
            )
        )

    @property
    def boxes(self) -> list[Box]:
        """Return the accounts to choose from."""
        chosen = {each.row.public_id for each in self.chosen}
        return [Box(row.public_id, f"@{row.handle}", row.public_id in chosen) for row in self._rows]

    @property
    def most(self) -> int:
        """Return how many accounts can be chosen."""
        return MOST_ACCOUNTS

    @property
    def action(self) -> str:
        """Return the address of the page without any argument; a form brings its own."""
        return url_for(_ENDPOINT, account=None)

    @property
    def hidden(self) -> dict[str, str]:
        """Return the arguments that the form brings along: all but the accounts."""
        account = request.args.get("account")
        kept = {name: value for name, value in self.query.to_args().items() if name != "accounts"}
        return {**({"account": account} if account else {}), **kept}

    @property
    def scales(self) -> list[Tab]:
        """Return the two ways to draw the lines."""
        return [
            Tab(_(text), self._href(self.query.with_(scale=scale)), scale is self.query.scale)
            for scale, text in _SCALES.items()
        ]

    @cached_property
    def chart(self) -> AccountsChart:
        """Return the lines with their sentence and their table."""
        return AccountsChart(self.chosen, self.comparison.accounts, self.query.scale)

    @property
    def heads(self) -> list[str]:
        """Return the heads of the figures of the table."""
        return [*(_(METRICS[metric].label) for metric in _METRICS.values()), _("Net, a day")]

    @property
    def lines(self) -> list[Line]:
        """Return the table, an account a row."""
        return [
            Line(
                each.name,
                each.colour,
                None if figures.as_of is None else self._day(figures.as_of, each),
                tuple(self._cell(figure, figures, each) for figure in Figure),
                self._between(figures, each),
            )
            for each, figures in zip(self.chosen, self.comparison.accounts, strict=True)
        ]

    @property
    def totals(self) -> list[tuple[str, str | None]]:
        """Return the sums: as text, and what is missing from it where an account's figure is unknown."""
        return [self._total(figure, self.comparison.total(figure)) for figure in Figure]

    @property
    def unknown_text(self) -> str:
        """Return why a figure of an account may be unknown."""
        return str(_("Its exports do not tell it for this period."))

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        arguments: dict[str, Any] = {**self.query.to_args(), "dialect": dialect or None}
        return url_for("account_comparison.download", **arguments)

    def _total(self, figure: Figure, total: Total | None) -> tuple[str, str | None]:
        if total is None:
            return "–", None
        shown = self._text(figure, total.known)
        if not total.missing:
            return shown, None
        names = ", ".join(self.chosen[place].name for place in total.missing)
        if len(total.missing) == len(self.chosen):
            return "–", None
        return "", str(_("%(sum)s without %(names)s", sum=shown, names=names))

    def _cell(self, figure: Figure, figures: AccountFigures, chosen: ChosenAccount) -> str | None:
        value = figures.value(figure)
        if value is None:
            return None
        text = self._text(figure, value)
        asked = _asked(figure, figures)
        if asked is None:
            return text
        label = f"{chosen.name}, {_(METRICS[asked.metric].label)}"
        return self._opened(text, figure_href(asked, chosen.row.public_id), label)

    def _text(self, figure: Figure, value: float | Decimal) -> str:
        if figure is Figure.RATIO:
            return format_ratio(Decimal(value), self._locale)
        if figure is Figure.PACE:
            pace = round(float(value), 1)
            return _signed(str(format_decimal(abs(pace), format="#,##0.0", locale=self._locale)), pace)
        if figure is Figure.NET:
            return _signed(format_count(abs(int(value)), self._locale), value)
        return format_count(int(value), self._locale)

    def _between(self, figures: AccountFigures, chosen: ChosenAccount) -> str | None:
        change = figures.change
        if change is None:
            return None
        return f"{self._day(change.begins_at, chosen)} – {self._day(change.ends_at, chosen)}"

    def _day(self, second: int, chosen: ChosenAccount) -> str:
        return format_day(day_of(second, chosen.scope.timezone), self._locale)

    def _href(self, query: AccountsQuery) -> str:
        arguments: dict[str, Any] = query.to_args()
        return url_for(_ENDPOINT, **arguments)


def _asked(figure: Figure, figures: AccountFigures) -> FigureQuery | None:
    """Return the question whose answer stands behind a figure; ``None`` for what has no answer of its own."""
    if figure is Figure.PACE or (figure is Figure.RATIO and not _is_one_export(figures)):
        return None
    metric, change = _METRICS[figure], figures.change
    if figure in (Figure.GAINED, Figure.LOST, Figure.NET):
        if change is None:
            return None
        period = PeriodQuery(Preset.EXPORTS, from_id=change.from_export, to_id=change.to_export)
        return FigureQuery(metric, period=period)
    counted: dict[Figure, Counted | None] = {
        Figure.FOLLOWERS: figures.followers,
        Figure.FOLLOWING: figures.following,
        Figure.MUTUALS: figures.mutuals,
        Figure.RATIO: figures.followers,
    }
    found = counted[figure]
    return None if found is None else FigureQuery(metric, export=found.export)


def _is_one_export(figures: AccountFigures) -> bool:
    followers, following = figures.followers, figures.following
    return followers is not None and following is not None and followers.export == following.export


def _signed(shown: str, value: float | Decimal) -> str:
    return f"+{shown}" if value > 0 else f"−{shown}" if value < 0 else shown
