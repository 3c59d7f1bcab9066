"""The accounts of a team as pages, the API and commands list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.reminders import ReminderSettings
from webapp.domain.scope import TeamScope
from webapp.domain.sections import Platform
from webapp.domain.studio import STUDIO_LAYOUT
from webapp.extensions import db
from webapp.models import Account, Export, FormerHandle


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the list shows it; ``exported_at`` is the Unix second of its newest export, if any.

    A download from TikTok Studio is no export: it holds no list.
    """

    id: int
    public_id: str
    platform: Platform
    handle: str
    display_name: str | None
    timezone: str
    is_default: bool
    is_sample: bool
    hold_percent: int
    reminder_days: int
    export_requested_at: datetime | None
    reminder_snoozed_until: datetime | None
    exported_at: int | None

    @property
    def reminders(self) -> ReminderSettings:
        """Return when to remind of a new export."""
        return ReminderSettings(self.reminder_days, self.export_requested_at, self.reminder_snoozed_until)


_NEWEST = (
    select(func.max(Export.exported_at))
    .where(
        Export.account_id == Account.id,
        Export.added_revision <= Account.revision,
        Export.removed_revision > Account.revision,
        Export.layout != STUDIO_LAYOUT,
    )
    .correlate(Account)
    .scalar_subquery()
)
# The fields of a row in their order; made once, because every page shows the accounts.
_FIELDS: tuple[Any, ...] = (
    *(Account.id, Account.public_id, Account.platform, Account.handle, Account.display_name, Account.timezone),
    *(Account.is_default, Account.is_sample, Account.hold_percent, Account.reminder_days),
    *(Account.export_requested_at, Account.reminder_snoozed_until, _NEWEST),
)
_LIST = (
    select(*_FIELDS)
    .where(Account.team_id == bindparam("team_id"), Account.deleted_at.is_(None), Account.awaits_import.is_(False))
    .order_by(Account.is_default.desc(), Account.handle_key, Account.id)
)


def list_accounts(team: TeamScope) -> list[AccountRow]:
    """Return the team's accounts that the member sees, the default one first, then by name."""
    rows = db.session.connection().execute(_LIST, {"team_id": team.team_id})
    return [AccountRow(*row) for row in rows if team.role_in(row.id) is not None]


def get_account(team: TeamScope, public_id: str) -> AccountRow:
    """Return one account of the team; raise ``NotFound`` for any other id."""
    for row in list_accounts(team):
        if row.public_id == public_id:
            return row
    raise NotFound(ErrorCode.NOT_FOUND)


def list_former_handles(account: AccountRow) -> list[str]:
    """Return the names that the account had before, the newest first."""
    query = select(FormerHandle.handle).where(FormerHandle.account_id == account.id).order_by(FormerHandle.id.desc())
    return list(db.session.scalars(query))
