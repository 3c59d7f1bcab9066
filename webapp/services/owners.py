"""Whose a file is: the account it belongs to, the question when no account has that name, and what the answer does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.analytics.visible import current, find_newest_complete
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.names import name_key
from webapp.domain.sections import Platform, Section
from webapp.importers.records import Summary
from webapp.importers.rows_file import RowsFile
from webapp.models import Account, AuditAction, Follower, FormerHandle, ImportOrigin, ImportRun, OwnerAnswer
from webapp.services.accounts import find_account, find_account_now, get_or_create_account
from webapp.services.audit import Actor, record
from webapp.services.rights import check_import_account

# Followers of the file that are looked up on the list of every account that it may belong to.
_ASKED_NAMES: Final = 1_000
_SHOWN_ACCOUNTS: Final = 5


@dataclass(frozen=True, slots=True)
class Owner:
    """The name that a file belongs to, and the account that goes by it, if there is one yet."""

    name: str | None
    account: Account | None


@dataclass(frozen=True, slots=True)
class _Reader:
    """A job that looks at one account."""

    account_id: int
    revision: int


def find_owner(session: Session, run: ImportRun, summary: Summary) -> Owner:
    """Return whose a file is; raise ``Invalid`` when the sender named somebody else than the file does."""
    platform, named, wanted = summary.platform, summary.owner, run.wanted_handle
    if run.owner_answer is OwnerAnswer.RENAMED and named is not None:
        return Owner(named, find_renamed(session, run, platform, named))
    name = named or wanted
    account = find_account(session, run.team_id, platform, name) if name else None
    if named and wanted and name_key(named) != name_key(wanted):
        # A former name of the account that is meant names the same one.
        meant = find_account(session, run.team_id, platform, wanted)
        if account is None or meant is None or account.id != meant.id:
            raise Invalid(ErrorCode.IMPORT_OTHER_OWNER, owner=named, wanted=wanted)
    check_import_account(session, run, account.id if account is not None else None)
    return Owner(name, account)


def ask_owner(
    session: Session, run: ImportRun, summary: Summary, owner: Owner, rows_path: Path
) -> dict[str, Any] | None:
    """Return the question whose a file is with what speaks for each account, or ``None`` when there is none to ask.

    ``shared`` of ``of`` names, taken evenly from the followers of the file, follow that account now.
    """
    # A program or a command cannot be asked, and another name is another account until somebody says that it is not.
    has_person = run.origin is ImportOrigin.WEB and not run.commits_itself
    is_answered = run.owner_answer is not None or run.wanted_handle is not None
    if owner.name is None or owner.account is not None or is_answered or not has_person:
        return None
    accounts = session.scalars(
        select(Account)
        .where(Account.team_id == run.team_id, Account.platform == summary.platform, Account.deleted_at.is_(None))
        .where(Account.is_sample.is_(False), Account.awaits_import.is_(False))
        .order_by(Account.id)
    ).all()
    if not accounts:
        return None
    keys = _some_followers(RowsFile(rows_path), summary.sections[Section.FOLLOWERS].kept)
    found = [_evidence(session, account, keys) for account in accounts]
    found.sort(key=lambda said: -said["shared"])
    return {"owner": owner.name, "accounts": found[:_SHOWN_ACCOUNTS]}


def take_account(session: Session, run: ImportRun, platform: Platform) -> Account:
    """Return the account that an import is written to, added when it is not there yet."""
    if run.owner is None:
        raise Invalid(ErrorCode.IMPORT_WITHOUT_OWNER, field="account")
    if run.owner_answer is OwnerAnswer.RENAMED:
        return find_renamed(session, run, platform, run.owner)
    known = find_account(session, run.team_id, platform, run.owner)
    check_import_account(session, run, known.id if known is not None else None)
    return get_or_create_account(session, run.team_id, platform, run.owner, is_sample=run.origin is ImportOrigin.SAMPLE)


def take_name(session: Session, account: Account, run: ImportRun, actor: Actor, *, is_newest: bool) -> None:
    """Give a renamed account the name in its newest file, in the transaction that makes the file's rows visible.

    The name that it does not have now is kept as a former one: exports made before carry it.
    """
    name = run.owner
    if run.owner_answer is not OwnerAnswer.RENAMED or name is None or name_key(name) == account.handle_key:
        return
    former = account.handle if is_newest else name
    if is_newest:
        account.handle, account.handle_key = name, name_key(name)
    _keep_former(session, account, former)
    if is_newest:
        before, after = {"handle": former}, {"handle": account.handle}
        record(session, actor, AuditAction.ACCOUNT_CHANGED, account.public_id, before=before, after=after)
    else:
        record(session, actor, AuditAction.ACCOUNT_CHANGED, account.public_id, former_handle=former)


def find_renamed(session: Session, run: ImportRun, platform: Platform, name: str) -> Account:
    """Return the account whose other name a file carries; raise ``Invalid`` when it cannot be that account's."""
    wanted = run.wanted_handle or ""
    account = find_account(session, run.team_id, platform, wanted)
    if account is None or account.is_sample or account.awaits_import:
        raise Invalid(ErrorCode.IMPORT_OWNER_UNKNOWN, field="account", handle=wanted)
    holder = find_account_now(session, run.team_id, platform, name)
    if holder is not None and holder.id != account.id:
        raise Invalid(ErrorCode.IMPORT_OTHER_OWNER, owner=name, wanted=wanted)
    check_import_account(session, run, account.id)
    return account


def _keep_former(session: Session, account: Account, former: str) -> None:
    known = session.scalars(select(FormerHandle).where(FormerHandle.account_id == account.id)).all()
    for row in known:
        if row.handle_key == account.handle_key:
            session.delete(row)
    if name_key(former) not in {row.handle_key for row in known}:
        session.add(
            FormerHandle(
                account_id=account.id, handle=former, handle_key=name_key(former), created_at=datetime.now(UTC)
            )
        )
    session.flush()


def _some_followers(rows: RowsFile, total: int) -> list[str]:
    """Return the compared forms of at most a thousand followers of the file, one every so many."""
    step = -(-total // _ASKED_NAMES) or 1
    keys: list[str] = []
    place = 0
    for chunk in rows.follows(Section.FOLLOWERS):
        keys.extend(chunk.keys[-place % step :: step])
        place += len(chunk.keys)
    return keys[:_ASKED_NAMES]


def _evidence(session: Session, account: Account, keys: list[str]) -> dict[str, Any]:
    reader = _Reader(account.id, account.revision)
    is_known = find_newest_complete(reader, Section.FOLLOWERS) is not None
    query = select(func.count()).where(current(Follower, reader), Follower.username_key.in_(keys))
    return {
        "public_id": account.public_id,
        "handle": account.handle,
        "shared": (session.scalar(query) or 0) if is_known and keys else 0,
        # Nothing can be compared with a list that nobody knows.
        "of": len(keys) if is_known else 0,
    }
