"""Reminders of a new export: how often, asked for, not now, and done with."""

from __future__ import annotations

from datetime import UTC, datetime

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.reminders import REMINDER_DAYS, SNOOZE
from webapp.domain.scope import Permission, TeamScope
from webapp.models import Account, AuditAction
from webapp.services.accounts import get_account
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction


def set_reminder_days(team: TeamScope, public_id: str, actor: Actor, days: int) -> None:
    """Set how old an account's data may grow before the app reminds; raise ``Invalid`` for another number."""
    if days not in REMINDER_DAYS:
        raise Invalid(ErrorCode.FIELD_INVALID, field="reminder_days", value=str(days))
    with transaction() as session:
        account = get_account(session, team, public_id, Permission.ACCOUNT_WRITE)
        if account.reminder_days != days:
            before, account.reminder_days = {"reminder_days": account.reminder_days}, days
            after = {"reminder_days": days}
            record(session, actor, AuditAction.ACCOUNT_CHANGED, public_id, before=before, after=after)


def note_request(team: TeamScope, public_id: str, actor: Actor) -> None:
    """Note that a new export was asked for just now."""
    with transaction() as session:
        account = get_account(session, team, public_id, Permission.IMPORT_WRITE)
        account.export_requested_at, account.reminder_snoozed_until = datetime.now(UTC), None
        record(session, actor, AuditAction.ACCOUNT_CHANGED, public_id, export_requested=True)


def snooze(team: TeamScope, public_id: str, actor: Actor) -> None:
    """Say nothing of a new export for a week."""
    with transaction() as session:
        account = get_account(session, team, public_id, Permission.IMPORT_WRITE)
        account.reminder_snoozed_until = datetime.now(UTC) + SNOOZE
        record(session, actor, AuditAction.ACCOUNT_CHANGED, public_id, reminder_snoozed=True)


def clear_request(account: Account) -> None:
    """Forget in the running transaction that an export was awaited: one has come."""
    account.export_requested_at = account.reminder_snoozed_until = None
