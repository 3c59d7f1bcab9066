"""The accounts of a team as pages, the API and commands list them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.scope import TeamScope
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import Account, Export


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the list shows it; ``exported_at`` is the Unix second of its newest export, if any."""

    id: int
    public_id: str
    platform: Platform
    handle: str
    display_name: str | None
    timezone: str
    is_default: bool
    is_sample: bool
    exported_at: int | None


def list_accounts(team: TeamScope) -> list[AccountRow]:
    """Return the team's accounts, the default one first, then by name."""
    newest = (
        select(func.max(Export.exported_at))
        .where(
            Export.account_id == Account.id,
            Export.added_revision <= Account.revision,
            Export.removed_revision > Account.revision,
        )
        .correlate(Account)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Account, newest)
        .where(Account.team_id == team.team_id, Account.deleted_at.is_(None), Account.awaits_import.is_(False))
        .order_by(Account.is_default.desc(), Account.handle_key, Account.id)
    )
    return [_row(account, exported_at) for account, exported_at in rows]


def get_account(team: TeamScope, public_id: str) -> AccountRow:
    """Return one account of the team; raise ``NotFound`` for any other id."""
    for row in list_accounts(team):
        if row.public_id == public_id:
            return row
    raise NotFound(ErrorCode.NOT_FOUND)


def _row(account: Account, exported_at: int | None) -> AccountRow:
    return AccountRow(
        account.id,
        account.public_id,
        account.platform,
        account.handle,
        account.display_name,
        account.timezone,
        account.is_default,
        account.is_sample,
        exported_at,
    )
