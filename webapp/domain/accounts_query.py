"""Which accounts of a team are compared, over which period and on which scale, as links carry it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period_query import PeriodQuery
from webapp.domain.query import Arguments, parse_choice, single

# More lines than this cannot be told apart on one chart.
MOST_ACCOUNTS: Final = 5


class Scale(StrEnum):
    """How the lines of a chart are made comparable."""

    ABSOLUTE = "absolute"
    INDEX = "index"  # 100 at the first exact point inside the period


@dataclass(frozen=True, slots=True)
class AccountsQuery:
    """A comparison; ``accounts`` are public ids in the order given, none for those the page chooses itself."""

    accounts: tuple[str, ...] = ()
    scale: Scale = Scale.ABSOLUTE
    period: PeriodQuery = field(default_factory=PeriodQuery)

    FIELDS: ClassVar[tuple[str, ...]] = (*PeriodQuery.FIELDS, "accounts", "scale")

    @classmethod
    def parse(cls, arguments: Arguments) -> AccountsQuery:
        """Return the comparison that the arguments ask for; raise ``Invalid`` for a bad value or too many accounts.

        Ids are given one by one, as a form sends them, or with commas between them.
        """
        given = (name.strip() for text in arguments.getlist("accounts") for name in text.split(","))
        accounts = tuple(dict.fromkeys(name for name in given if name))
        if len(accounts) > MOST_ACCOUNTS:
            raise Invalid(ErrorCode.ACCOUNTS_TOO_MANY, field="accounts", count=len(accounts), most=MOST_ACCOUNTS)
        scale = parse_choice(Scale, "scale", single(arguments, "scale")) or Scale.ABSOLUTE
        return cls(accounts, scale, PeriodQuery.parse(arguments))

    def with_(self, **changes: object) -> AccountsQuery:
        """Return a copy with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def own_args(self) -> dict[str, str]:
        """Return the arguments without those of the period, defaults left out."""
        arguments = {
            "accounts": ",".join(self.accounts),
            "scale": "" if self.scale is Scale.ABSOLUTE else self.scale.value,
        }
        return {name: value for name, value in arguments.items() if value}

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this comparison again, defaults left out."""
        return {**self.period.to_args(), **self.own_args()}
