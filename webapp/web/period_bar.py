"""The bar that chooses a period and what it is compared with; what is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from webapp.analytics.spans import find_base, find_post_span, find_span
from webapp.analytics.timeline import Timeline, find_timeline
from webapp.domain.formatting import format_day
from webapp.domain.period import Span, day_of
from webapp.domain.period_query import Comparison, PeriodQuery, Preset
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.text import N_
from webapp.models import DIRECTIONS
from webapp.web.export_texts import export_texts
from webapp.web.i18n import locale

_PRESETS: dict[Preset, str] = {
    Preset.WEEK: N_("7 days"),
    Preset.DAYS_28: N_("28 days"),
    Preset.DAYS_90: N_("90 days"),
    Preset.YEAR: N_("365 days"),
    Preset.ALL: N_("All time"),
    Preset.LAST_IMPORT: N_("Since the last import"),
}
_OTHERS: dict[Preset, str] = {
    Preset.MONTH: N_("30 days"),
    Preset.EXPORTS: N_("Between two exports"),
    Preset.CUSTOM: N_("From day to day"),
}
_COMPARISONS: dict[Comparison, str] = {
    Comparison.PREVIOUS: N_("Previous period"),
    Comparison.LAST_YEAR: N_("Last year"),
    Comparison.NONE: N_("No comparison"),
}
_BUTTONS: dict[Comparison, str] = {
    Comparison.PREVIOUS: N_("vs previous period"),
    Comparison.LAST_YEAR: N_("vs last year"),
    Comparison.NONE: N_("No comparison"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a menu: where it leads, and whether it is the one that is shown."""

    text: str
    href: str
    is_current: bool


@dataclass(frozen=True)
class PeriodBar:
    """The parts of the bar above a page of an account, each computed when the template asks for it.

    ``target`` is the id of the part of the page that is swapped; ``kept`` are the page's other arguments.
    ``is_of_posts`` counts the period back from the newest list of posts. Without ``compares``
    there is nothing that it is compared with.
    """

    scope: Scope
    query: PeriodQuery
    endpoint: str
    target: str = "analysis"
    default: Preset = Preset.DAYS_28
    kept: Mapping[str, str] = field(default_factory=dict)
    is_of_posts: bool = False
    compares: bool = True

    @cached_property
    def span(self) -> Span | None:
        """Return the seconds of the period; ``None`` where there is no list to count it from."""
        return find_post_span(self.scope, self.query) if self.is_of_posts else find_span(self.scope, self.query)

    @property
    def text(self) -> str:
        """Return the name of the period."""
        return str(_((_PRESETS | _OTHERS)[self.query.preset]))

    @property
    def comparison_text(self) -> str:
        """Return what the period is compared with, in short."""
        return str(_(_BUTTONS[self.query.comparison]))

    @property
    def interval_text(self) -> str:
        """Return the days of the period and of what it is compared with."""
        if self.span is None:
            return ""
        return self._between(self.span)

    @property
    def base_text(self) -> str:
        """Return the days that the period is compared with; nothing where there are none."""
        base = find_base(self.query, self.span, self.scope.timezone) if self.compares else None
        return "" if base is None else str(_("compared with %(interval)s", interval=self._between(base)))

    @property
    def presets(self) -> list[Choice]:
        """Return the periods that are one click away."""
        return [
            Choice(_(text), self._href(self._plain(preset)), preset is self.query.preset)
            for preset, text in _PRESETS.items()
        ]

    @property
    def comparisons(self) -> list[Choice]:
        """Return what the period can be compared with; nothing lies before all time."""
        if not self.compares or (self.span is not None and self.span.since is None):
            return []
        return [
            Choice(_(text), self._href(self.query.with_(comparison=each)), each is self.query.comparison)
            for each, text in _COMPARISONS.items()
        ]

    @cached_property
    def exports(self) -> list[tuple[str, str]]:
        """Return the exports that hold the list a period is counted from, newest first: public id and text."""
        sections = [Section.POSTS] if self.is_of_posts else list(DIRECTIONS)
        timelines = (find_timeline(self.scope, section) for section in sections)
        timeline = next((each for each in timelines if each.exports), Timeline(sections[0], ()))
        texts = export_texts(timeline.exports, self.scope.timezone)
        return [(export.public_id, texts[export.public_id]) for export in reversed(timeline.exports)]

    @property
    def chosen(self) -> tuple[str, str]:
        """Return the exports that the two lists show: those of the address, else the last two."""
        ids = [public_id for public_id, _text in self.exports]
        newest, before = (*ids, "", "")[:2]
        return self.query.from_id or before, self.query.to_id or newest

    @property
    def is_between(self) -> bool:
        """Return whether the period lies between two exports."""
        return self.query.preset is Preset.EXPORTS

    @property
    def is_custom(self) -> bool:
        """Return whether the period goes from day to day."""
        return self.query.preset is Preset.CUSTOM

    @property
    def first(self) -> str:
        """Return the first day of the period in ISO form, nothing where it is open."""
        if self.query.first or self.span is None or self.span.since is None:
            return self.query.first.isoformat() if self.query.first else ""
        return day_of(self.span.since + 1, self.scope.timezone).isoformat()

    @property
    def last(self) -> str:
        """Return the last day of the period in ISO form, nothing where it is open."""
        if self.query.last or self.span is None:
            return self.query.last.isoformat() if self.query.last else ""
        return day_of(self.span.until, self.scope.timezone).isoformat()

    @property
    def action(self) -> str:
        """Return the address of the page without any argument; a form brings its own."""
        return url_for(self.endpoint, account=None)

    @property
    def hidden(self) -> dict[str, str]:
        """Return the arguments that both forms bring along."""
        account = request.args.get("account")
        comparison = self.query.comparison
        return {
            **({"account": account} if account else {}),
            **({} if comparison is Comparison.PREVIOUS else {"compare": comparison.value}),
            **self.kept,
        }

    def _plain(self, preset: Preset) -> PeriodQuery:
        return PeriodQuery(preset, comparison=self.query.comparison)

    def _href(self, query: PeriodQuery) -> str:
        arguments: dict[str, Any] = {**query.to_args(self.default), **self.kept}
        return url_for(self.endpoint, **arguments)

    def _between(self, span: Span) -> str:
        last = format_day(day_of(span.until, self.scope.timezone), locale())
        if span.since is None:
            return str(_("until %(last)s", last=last))
        first = format_day(day_of(span.since + 1, self.scope.timezone), locale())
        return str(_("%(first)s to %(last)s", first=first, last=last))
