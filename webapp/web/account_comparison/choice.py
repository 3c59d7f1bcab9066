"""Which accounts of a team stand beside each other, and in which colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from webapp.analytics.accounts import AccountRow, list_accounts
from webapp.domain.accounts_query import MOST_ACCOUNTS, AccountsQuery
from webapp.domain.scope import Scope, TeamScope
from webapp.services import access

# The last of the eight colours is that of what is in the background.
_COLOURS: Final = 7


@dataclass(frozen=True, slots=True)
class ChosenAccount:
    """An account that is compared, and its colour on every page and in every choice of accounts."""

    row: AccountRow
    scope: Scope
    colour: int

    @property
    def name(self) -> str:
        """Return what it is called."""
        return f"@{self.row.handle}"


def find_chosen(team: TeamScope, query: AccountsQuery, current: Scope) -> list[ChosenAccount]:
    """Return the accounts to compare; raise ``NotFound`` for an id that is none of the team's."""
    scopes = {public_id: access.get_account_scope(team, public_id) for public_id in query.accounts}
    return [
        ChosenAccount(row, scopes.get(row.public_id) or access.get_account_scope(team, row.public_id), colour)
        for row, colour in choose_accounts(list_accounts(team), query, current.account_id)
    ]


def choose_accounts(rows: Sequence[AccountRow], query: AccountsQuery, current_id: int) -> list[tuple[AccountRow, int]]:
    """Return the accounts that are asked for with their colours, else the current one and the first with an export."""
    if query.accounts:
        chosen = [row for row in rows if row.public_id in query.accounts]
    else:
        chosen = sorted(rows, key=lambda row: (row.id != current_id, row.exported_at is None))[:MOST_ACCOUNTS]
    # By their age, so that an account keeps its colour whatever others are chosen.
    places = {public_id: place for place, public_id in enumerate(row.public_id for row in sorted(rows, key=_age))}
    taken: dict[str, int] = {}
    for row in sorted(chosen, key=_age):
        colour = places[row.public_id] % _COLOURS
        while colour in taken.values():
            colour = (colour + 1) % _COLOURS
        taken[row.public_id] = colour
    return [(row, taken[row.public_id] + 1) for row in chosen]


def _age(row: AccountRow) -> int:
    return row.id
