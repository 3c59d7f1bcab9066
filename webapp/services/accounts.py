"""Accounts of a team: adding, naming, choosing the default one, deleting."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.names import is_handle, name_key
from webapp.domain.period import parse_timezone
from webapp.domain.scope import PERMISSION_ROLES, Permission, TeamScope
from webapp.domain.sections import Platform
from webapp.models import Account, AuditAction, FormerHandle, ImportRun
from webapp.queue import JobKind
from webapp.services import audit
from webapp.services.audit import Actor
from webapp.services.content import CONTENT
from webapp.services.forecasts import FORECAST
from webapp.services.growth import GROWTH
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction

MAX_DISPLAY_NAME = 200
MAX_HOLD_PERCENT = 100


def normalise_handle(text: str) -> str:
    """Return a name without its at sign, in composed form; raise ``Invalid`` for what is none."""
    handle = unicodedata.normalize("NFC", text.strip().removeprefix("@"))
    if not is_handle(handle):
        raise Invalid(ErrorCode.HANDLE_INVALID, field="handle")
    return handle


def create_account(team: TeamScope, platform: Platform, handle: str, timezone: str, actor: Actor) -> str:
    """Add an account and return its public id; raise ``Invalid`` naming the field of a refused value."""
    _require_write(team)
    handle, timezone = normalise_handle(handle), parse_timezone(timezone)
    try:
        with transaction() as session:
            account = find_account_now(session, team.team_id, platform, handle)
            if account is not None and not account.awaits_import:
                raise Invalid(ErrorCode.ACCOUNT_EXISTS, field="handle", handle=handle)
            account = account or _add(session, team.team_id, platform, handle, actor)
            account.timezone = timezone
            reveal_account(session, account)
            return account.public_id
    except IntegrityError as error:  # somebody else of the team was quicker
        raise Invalid(ErrorCode.ACCOUNT_EXISTS, field="handle", handle=handle) from error


def get_or_create_account(
    session: Session,
    team_id: int,
    platform: Platform,
    handle: str,
    is_sample: bool = False,
    actor: Actor | None = None,
) -> Account:
    """Return the team's account of that name inside the running transaction, added when it is not there yet.

    A new one stays unseen until ``reveal_account``: an import that fails must leave nothing behind.
    """
    handle = normalise_handle(handle)
    account = find_account(session, team_id, platform, handle)
    if account is not None:
        return account
    try:
        with session.begin_nested():
            return _add(session, team_id, platform, handle, actor or Actor(team_id=team_id), is_sample=is_sample)
    except IntegrityError:
        found = find_account(session, team_id, platform, handle)
        if found is None:
            raise
        return found


def reveal_account(session: Session, account: Account) -> None:
    """Let the team see an account from this transaction on, as its default one where there is no better."""
    if not account.awaits_import:
        return
    account.awaits_import = False
    default = _default_account(session, account.team_id)
    if default is None or (default.is_sample and not account.is_sample):
        _make_default(session, account)


def give_default(session: Session, team_id: int) -> None:
    """Let the team's oldest account open first where none does, inside the running transaction."""
    heir = _first_account(session, team_id) if _default_account(session, team_id) is None else None
    if heir is not None:
        heir.is_default = True
        session.flush()


def drop_unseen_account(session: Session, account: Account) -> None:
    """Delete an account whose first import came to nothing; its rows go soon after, its imports stay in the history."""
    session.execute(update(ImportRun).where(ImportRun.account_id == account.id).values(account_id=None))
    account.deleted_at = datetime.now(UTC)
    add_job(session, JobKind.ACCOUNT_PURGE, team_id=account.team_id, arguments={"account_id": account.id})


def change_account(
    team: TeamScope,
    public_id: str,
    actor: Actor,
    *,
    timezone: str,
    display_name: str | None,
    hold_percent: int | None = None,
) -> None:
    """Set the account's time zone and the name it is shown under, and from when on a list is held.

    ``hold_percent`` is the share of the names before that may be absent; without it the setting stays.
    """
    _require_write(team)
    if hold_percent is not None and not 1 <= hold_percent <= MAX_HOLD_PERCENT:
        raise Invalid(ErrorCode.FIELD_INVALID, field="hold_percent", value=str(hold_percent))
    timezone = parse_timezone(timezone)
    display_name = " ".join((display_name or "").split()) or None
    if display_name is not None and (len(display_name) > MAX_DISPLAY_NAME or "\0" in display_name):
        raise Invalid(ErrorCode.DISPLAY_NAME_INVALID, field="display_name", maximum=MAX_DISPLAY_NAME)
    with transaction() as session:
        account = get_account(session, team, public_id, Permission.ACCOUNT_WRITE)
        if timezone != account.timezone:
            GROWTH.queue(session, account)
            CONTENT.queue(session, account)
            FORECAST.queue(session, account)
        before = _settings_of(account)
        account.timezone, account.display_name = timezone, display_name
        account.hold_percent = hold_percent or account.hold_percent
        after = _settings_of(account)
        audit.record(session, actor, AuditAction.ACCOUNT_CHANGED, public_id, before=before, after=after)


def set_default_account(team: TeamScope, public_id: str, actor: Actor) -> None:
    """Make the account the one that opens when none is named."""
    _require_write(team)
    with transaction() as session:
        account = get_account(session, team, public_id, Permission.ACCOUNT_WRITE)
        before = {"is_default": account.is_default}
        _make_default(session, account)
        audit.record(session, actor, AuditAction.ACCOUNT_CHANGED, public_id, before=before, after={"is_default": True})


def delete_account(team: TeamScope, public_id: str, typed_name: str, actor: Actor) -> None:
    """Take the account away at once and its rows soon after; the typed name must be the account's.

    The name is free for a new account from this moment on.
    """
    _require_write(team)
    with transaction() as session:
        account = get_account(session, team, public_id, Permission.ACCOUNT_WRITE)
        if name_key(typed_name.strip()) != account.handle_key:
            raise Invalid(ErrorCode.ACCOUNT_NAME_DIFFERS, field="typed_name", handle=account.handle)
        was_default = account.is_default
        account.deleted_at, account.is_default = datetime.now(UTC), False
        session.flush()
        if was_default:
            give_default(session, team.team_id)
        add_job(session, JobKind.ACCOUNT_PURGE, team_id=team.team_id, arguments={"account_id": account.id})
        audit.record(session, actor, AuditAction.ACCOUNT_DELETED, public_id, handle=account.handle)


def _settings_of(account: Account) -> dict[str, object]:
    return {
        "timezone": account.timezone,
        "display_name": account.display_name,
        "hold_percent": account.hold_percent,
    }


def _require_write(team: TeamScope) -> None:
    if not team.allows(Permission.ACCOUNT_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _add(
    session: Session, team_id: int, platform: Platform, handle: str, actor: Actor, *, is_sample: bool = False
) -> Account:
    account = Account(
        team_id=team_id,
        platform=platform,
        handle=handle,
        handle_key=name_key(handle),
        is_sample=is_sample,
        awaits_import=True,
        created_at=datetime.now(UTC),
    )
    session.add(account)
    session.flush()
    audit.record(session, actor, AuditAction.ACCOUNT_CREATED, account.public_id, handle=handle, is_sample=is_sample)
    return account


def _make_default(session: Session, account: Account) -> None:
    # In two steps, because the index allows one default of a team at any moment.
    session.execute(
        update(Account).where(Account.team_id == account.team_id, Account.is_default).values(is_default=False)
    )
    session.flush()
    account.is_default = True
    session.flush()


def get_account(session: Session, team: TeamScope, public_id: str, permission: Permission) -> Account:
    """Return the team's account; raise ``NotFound`` where there is none, ``Forbidden`` without the permission."""
    account = session.scalars(
        select(Account).where(
            Account.public_id == public_id,
            Account.team_id == team.team_id,
            Account.deleted_at.is_(None),
            Account.awaits_import.is_(False),
        )
    ).one_or_none()
    role = team.role_in(account.id) if account is not None else None
    if account is None or role is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    if not role.includes(PERMISSION_ROLES[permission]):
        raise Forbidden(ErrorCode.FORBIDDEN)
    return account


def find_account(session: Session, team_id: int, platform: Platform, handle: str) -> Account | None:
    """Return the team's account that has or had that name, an unseen one too, or ``None``."""
    now = find_account_now(session, team_id, platform, handle)
    if now is not None:
        return now
    return session.scalars(
        select(Account)
        .join(FormerHandle, FormerHandle.account_id == Account.id)
        .where(Account.team_id == team_id, Account.platform == platform, Account.deleted_at.is_(None))
        .where(FormerHandle.handle_key == name_key(handle))
        .order_by(FormerHandle.id.desc())
        .limit(1)
    ).first()


def find_account_now(session: Session, team_id: int, platform: Platform, handle: str) -> Account | None:
    """Return the team's account that has that name now, an unseen one too, or ``None``."""
    return session.scalars(
        select(Account).where(
            Account.team_id == team_id,
            Account.platform == platform,
            Account.handle_key == name_key(handle),
            Account.deleted_at.is_(None),
        )
    ).one_or_none()


def _default_account(session: Session, team_id: int) -> Account | None:
    return session.scalars(
        select(Account).where(Account.team_id == team_id, Account.is_default, Account.deleted_at.is_(None))
    ).one_or_none()


def _first_account(session: Session, team_id: int) -> Account | None:
    """Return the account that becomes the default one: the oldest, a sample only when there is no other."""
    return session.scalars(
        select(Account)
        .where(Account.team_id == team_id, Account.deleted_at.is_(None), Account.awaits_import.is_(False))
        .order_by(Account.is_sample, Account.id)
        .limit(1)
    ).first()
