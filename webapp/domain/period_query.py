"""Which part of an account's history is asked for, as links, pages and API calls carry it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar

from webapp.domain.period import Period, last_of_month
from webapp.domain.query import Arguments, parse_choice, parse_day, single


class Preset(StrEnum):
    """How a period is chosen; those of some days are counted back from the newest list, never from today."""

    LAST_IMPORT = "last_import"  # since the complete list before the newest one
    WEEK = "week"
    DAYS_28 = "28d"
    MONTH = "month"
    DAYS_90 = "90d"
    YEAR = "year"
    ALL = "all"
    EXPORTS = "exports"  # between two exports
    CUSTOM = "custom"  # from day to day

    @property
    def days(self) -> int | None:
        """Return how many days it goes back; ``None`` for what is not counted in days."""
        return _DAYS.get(self)


_DAYS = {Preset.WEEK: 7, Preset.DAYS_28: 28, Preset.MONTH: 30, Preset.DAYS_90: 90, Preset.YEAR: 365}


class Comparison(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous"  # as long, right before; of a calendar month the month before
    LAST_YEAR = "last_year"  # as long, 365 days earlier; of a calendar month the same month
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PeriodQuery:
    """A period and what it is compared with; ``first`` and ``last`` are days of the account's zone, both inclusive.

    ``from_id`` and ``to_id`` are public ids of exports. ``webapp.analytics.spans`` turns it into seconds.
    """

    preset: Preset = Preset.DAYS_28
    first: date | None = None
    last: date | None = None
    from_id: str = ""
    to_id: str = ""
    comparison: Comparison = Comparison.PREVIOUS

    FIELDS: ClassVar[tuple[str, ...]] = ("period", "date_from", "date_to", "from", "to", "compare")

    @classmethod
    def parse(cls, arguments: Arguments, default: Preset = Preset.DAYS_28) -> PeriodQuery:
        """Return the period that the arguments name; raise ``Invalid`` naming the field of a bad value.

        Days or exports without a preset are enough to ask for them.
        """
        given = {name: single(arguments, name) for name in cls.FIELDS}
        first, last = parse_day("date_from", given["date_from"]), parse_day("date_to", given["date_to"])
        Period(first, last, "UTC")
        if not given["period"]:
            if first or last:
                default = Preset.CUSTOM
            elif given["from"] or given["to"]:
                default = Preset.EXPORTS
        preset = parse_choice(Preset, "period", given["period"]) or default
        is_custom, is_between = preset is Preset.CUSTOM, preset is Preset.EXPORTS
        return cls(
            preset=preset,
            first=first if is_custom else None,
            last=last if is_custom else None,
            from_id=given["from"] if is_between else "",
            to_id=given["to"] if is_between else "",
            comparison=parse_choice(Comparison, "compare", given["compare"]) or Comparison.PREVIOUS,
        )

    @property
    def is_month(self) -> bool:
        """Return whether it is one calendar month from its first day to its last."""
        if self.preset is not Preset.CUSTOM or self.first is None or self.first.day != 1:
            return False
        return self.last == last_of_month(self.first)

    def with_(self, **changes: object) -> PeriodQuery:
        """Return a copy with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_args(self, default: Preset = Preset.DAYS_28) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this period again, defaults left out."""
        arguments = {
            "period": "" if self.preset is default else self.preset.value,
            "date_from": self.first.isoformat() if self.first else "",
            "date_to": self.last.isoformat() if self.last else "",
            "from": self.from_id,
            "to": self.to_id,
            "compare": "" if self.comparison is Comparison.PREVIOUS else self.comparison.value,
        }
        return {name: value for name, value in arguments.items() if value}
