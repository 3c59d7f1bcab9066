"""The accounts of the team that a reader may see, each with its own scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from webapp.analytics.accounts import AccountRow, list_accounts
from webapp.analytics.content.team_rising import TeamTrends, find_team_rising
from webapp.domain.scope import Scope, TeamScope
from webapp.services import access

# Their tables of posts are all read for one answer.
MOST_ACCOUNTS: Final = 20


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account of the team and how its member reads it."""

    row: AccountRow
    scope: Scope


@dataclass(frozen=True, slots=True)
class TeamFound:
    """What rises over ``accounts``, those with the newest exports; ``of`` is how many the member sees."""

    accounts: tuple[SeenAccount, ...]
    of: int
    trends: TeamTrends


def find_team_trends(team: TeamScope) -> TeamFound:
    """Return what rises over the accounts of a team that its member sees."""
    rows = list_accounts(team)
    newest = sorted(rows, key=lambda row: (-(row.exported_at or 0), row.id))[:MOST_ACCOUNTS]
    accounts = tuple(SeenAccount(row, access.get_account_scope(team, row.public_id)) for row in newest)
    trends = find_team_rising([each.scope for each in accounts]) if len(accounts) > 1 else TeamTrends()
    return TeamFound(accounts, len(rows), trends)
