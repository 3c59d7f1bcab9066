"""When followers were active and who they are, as TikTok Studio tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from functools import cached_property
from typing import Final

from babel import Locale
from flask_babel import gettext as _

from webapp.analytics.content.studio import OTHERS, ActiveHours, Shares
from webapp.domain.formatting import format_compact, format_count, format_day, format_hour, format_share
from webapp.domain.text import N_
from webapp.models import AudienceTrait
from webapp.web.i18n import day_of_second, locale

_DAYS: Final = 7
_LEVELS: Final = 5
# Longer numbers than that do not fit into a cell.
_SHORT_FROM: Final = 1000
_GENDERS: Final = {
    "male": N_("Men"),
    "female": N_("Women"),
    OTHERS: N_("Others"),
    "other": N_("Others"),
}


@dataclass(frozen=True, slots=True)
class HourCell:
    """An hour of a day; level 0 is nobody, or unknown where the text is empty."""

    text: str
    label: str
    level: int


@dataclass(frozen=True, slots=True)
class HourRow:
    """A day with its hours."""

    day: str
    cells: tuple[HourCell, ...]


@dataclass(frozen=True)
class HourTable:
    """The newest seven days that are told, one row each."""

    found: ActiveHours

    @property
    def is_empty(self) -> bool:
        """Return whether no download tells an hour."""
        return not self.found.days

    @property
    def heads(self) -> list[str]:
        """Return the hours of a day."""
        return [format_hour(time(hour), locale()) for hour in range(24)]

    @cached_property
    def _shown(self) -> ActiveHours:
        return ActiveHours(dict(list(self.found.days.items())[-_DAYS:]))

    @cached_property
    def rows(self) -> list[HourRow]:
        """Return the days, oldest first."""
        most, heads = max(self._shown.most, 1), self.heads
        rows = []
        for day, hours in self._shown.days.items():
            name = format_day(day, locale(), "EEE d MMM")
            cells = []
            for hour in range(24):
                count = hours.get(hour)
                if count is None:
                    cells.append(HourCell("", f"{name}, {heads[hour]}: {_('unknown')}", 0))
                    continue
                text = format_count(count, locale()) if count < _SHORT_FROM else format_compact(count, locale())
                label = f"{name}, {heads[hour]}: {format_count(count, locale())}"
                cells.append(HourCell(text, label, min(_LEVELS, -(-count * _LEVELS // most))))
            rows.append(HourRow(name, tuple(cells)))
        return rows

    @property
    def reading(self) -> str:
        """Return what the table shows, and what it leaves open."""
        busiest = max(
            ((count, day, hour) for day, hours in self._shown.days.items() for hour, count in hours.items()),
            default=None,
        )
        caveat = _(
            "TikTok Studio does not say which time zone its hours are of; most likely that of the browser in which you "
            "downloaded them. Seven days show those days, not a habit."
        )
        if busiest is None or not busiest[0]:
            return str(caveat)
        count, day, hour = busiest
        most = _(
            "Most followers were active on %(day)s at %(hour)s: %(count)s.",
            day=format_day(day, locale()),
            hour=format_hour(time(hour), locale()),
            count=format_count(count, locale()),
        )
        return f"{most} {caveat}"


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A part of the followers."""

    label: str
    percent: float
    text: str


@dataclass(frozen=True)
class ShareBars:
    """How the followers are divided."""

    trait: AudienceTrait
    found: Shares | None
    timezone: str

    @cached_property
    def bars(self) -> list[ShareBar]:
        """Return the parts, largest first and the rest last."""
        if self.found is None:
            return []
        return [
            ShareBar(label_of(self.trait, part.label), round(part.share * 100, 2), format_share(part.share, locale()))
            for part in self.found.parts
        ]

    @property
    def as_of(self) -> str:
        """Return of which day the shares are."""
        return "" if self.found is None else day_of_second(self.found.as_of, self.timezone)


def label_of(trait: AudienceTrait, label: str) -> str:
    """Return what a part is called in the reader's language; words that nobody knows stay as the file has them."""
    if label.casefold() == OTHERS:
        return str(_("Others"))
    if trait is AudienceTrait.TERRITORY:
        return str(Locale.parse(locale()).territories.get(label.upper(), label))
    known = _GENDERS.get(label.casefold())
    return str(_(known)) if known else label
