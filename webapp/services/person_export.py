"""Everything that is kept of a person, as a ZIP of JSON files that they may take away.

It holds what is theirs in any case, and all data of the accounts in teams that they are an admin of at that moment.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, LargeBinary, Select, Table, case, null, or_, select
from sqlalchemy.orm import Session

from webapp.domain.covers import file_names
from webapp.domain.errors import Conflict, ErrorCode, NotFound
from webapp.domain.notifications import NoticeKind
from webapp.domain.scope import Permission, Role
from webapp.extensions import db
from webapp.models import (
    Account,
    AccountRevision,
    AccountRole,
    ApiKey,
    AuditAction,
    AuditEvent,
    Base,
    ContentModel,
    DigestSubscription,
    Erasure,
    ForecastModel,
    GrowthModel,
    ImportRun,
    Invitation,
    Job,
    JobState,
    KnownDevice,
    ListIndex,
    ListIndexPiece,
    LoginSession,
    Mail,
    Membership,
    Notice,
    NoticeState,
    Notification,
    NotificationChoice,
    NotificationHours,
    PostCover,
    PostIndex,
    PushDevice,
    Team,
    User,
)
from webapp.queue import JobKind
from webapp.services import person_files
from webapp.services.access import find_scope_of
from webapp.services.audit import Actor, record
from webapp.services.covers import media_path
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.mails import MailKind, link_to, queue_mail
from webapp.services.person_files import LIFETIME, PersonFile, person_file_path
from webapp.services.transaction import transaction

_ROWS = 1000
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
# Worked out from the rows that are exported, or of use to the program alone.
_DERIVED = frozenset(
    model.__tablename__
    for model in (
        AccountRevision,
        AccountRole,
        ContentModel,
        Erasure,
        ForecastModel,
        GrowthModel,
        ListIndex,
        ListIndexPiece,
        Notice,
        NoticeState,
        # What other members were told is theirs; a person's own are beside their other things.
        Notification,
        PostIndex,
    )
)
# What opens a door, also as a hash, and what only means something inside the database.
_LEFT_OUT = frozenset({"token_hash", "key_hash", "code_hash", "password_hash", "email_key", "body", "data"})
# The same of public links and of mails to confirm, in tables of which all else is theirs.
_KEYS_OF_DOORS = frozenset({"token_hash", "password_hash", "confirm_hash"})
# Whoever has them can write to the device.
_KEYS_OF_DEVICES = frozenset({"endpoint", "endpoint_hash", "p256dh", "auth"})
# Of a digest only what its reader chose and what became of it.
_NOT_THEIRS = frozenset({"account_id", "made_by", "address", "address_key", "confirm_hash"})
_LEFT_OUT_OF_PERSON = frozenset({"id", "totp_secret", "totp_pending_secret", "totp_last_step", "last_team_id"})


def request_export(actor: Actor, user_id: int) -> None:
    """Have the person's data put together; raise ``Conflict`` while that is being done already."""
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        if _open_job(session, user_id) is not None:
            raise Conflict(ErrorCode.EXPORT_IN_WORK)
        add_job(session, JobKind.PERSON_EXPORT, arguments={"user_id": user_id}, dedupe_key=_dedupe_key(user_id))
        record(session, actor, AuditAction.USER_EXPORTED, user.public_id)


def is_in_work(user_id: int) -> bool:
    """Return whether the person's data are being put together."""
    return _open_job(db.session(), user_id) is not None


def has_failed(user_id: int) -> bool:
    """Return whether the last try to put the person's data together came to nothing."""
    query = select(Job.state).where(
        Job.kind == JobKind.PERSON_EXPORT.value, Job.arguments["user_id"].as_integer() == user_id
    )
    return db.session.scalar(query.order_by(Job.created_at.desc()).limit(1)) is JobState.FAILED


def open_export(actor: Actor, public_id: str) -> PersonFile:
    """Return the person's file for a download, which is recorded; raise ``NotFound`` when there is none."""
    found = person_files.find(public_id)
    if found is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    with transaction() as session:
        record(session, actor, AuditAction.DATA_DOWNLOADED, public_id, bytes=found.size)
    return found


def delete_export(actor: Actor, public_id: str) -> None:
    """Delete the person's file before its time."""
    with transaction() as session:
        record(session, actor, AuditAction.USER_EXPORT_DELETED, public_id)
    person_files.discard(public_id)


def export(lease: Lease) -> None:
    """Write the file of a person who is still there, and tell them by mail."""
    user = db.session.get_one(User, lease.arguments["user_id"])
    path = person_file_path(user.public_id)
    if user.deleted_at is None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(lease, user.id, path.with_suffix(".part"))
    with transaction() as session:
        # Read again: the person may have gone while it was written.
        user = session.get_one(User, lease.arguments["user_id"], with_for_update=True)
        if user.deleted_at is not None:
            person_files.discard(user.public_id)
        else:
            path.with_suffix(".part").replace(path)
            queue_mail(
                session,
                MailKind.PERSON_EXPORT_READY,
                address=user.email,
                locale=user.locale,
                user_id=user.id,
                link=link_to("/settings/privacy"),
                days=LIFETIME.days,
            )
        lease.finish(session)


def ended(session: Session, job: Job) -> None:
    """Leave nothing of a file that was not finished."""
    user = session.get(User, job.arguments["user_id"])
    if user is not None:
        person_file_path(user.public_id).with_suffix(".part").unlink(missing_ok=True)


def _dedupe_key(user_id: int) -> str:
    return f"{JobKind.PERSON_EXPORT.value}:{user_id}"


def _open_job(session: Session, user_id: int) -> str | None:
    return session.scalar(select(Job.id).where(Job.dedupe_key == _dedupe_key(user_id)))


def _write(lease: Lease, user_id: int, part: Path) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # All of it is read as it was at one moment.
    level = {"isolation_level": "REPEATABLE READ"} if db.engine.dialect.name == "postgresql" else {}
    with (
        os.fdopen(descriptor, "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        db.engine.connect().execution_options(stream_results=True, yield_per=_ROWS, **level) as connection,
    ):
        archive.writestr(
            "README.txt", resources.files("webapp.services.data").joinpath("export_readme.txt").read_text()
        )
        _Export(lease, archive, connection, user_id).write()


class _Export:
    """One file while it is written."""

    def __init__(self, lease: Lease, archive: zipfile.ZipFile, connection: Connection, user_id: int) -> None:
        self._lease, self._archive, self._connection, self._user_id = lease, archive, connection, user_id
        self._rows = 0

    def write(self) -> None:
        memberships = self._connection.execute(
            select(Membership.team_id, Membership.role, Membership.hides_names).where(
                Membership.user_id == self._user_id
            )
        ).all()
        named = [row.team_id for row in memberships if not row.hides_names]
        administered = [row.team_id for row in memberships if row.role is Role.ADMIN]
        self._write_person()
        self._write_notifications([row.team_id for row in memberships], named)
        self._write_own_words(named)
        for account in self._connection.execute(
            select(Account.id, Account.handle, Account.public_id, Account.revision).where(
                Account.team_id.in_(administered), Account.deleted_at.is_(None), Account.awaits_import.is_(False)
            )
        ).all():
            folder = f"accounts/{_PLAIN.sub('_', account.handle)}-{account.public_id[:6]}"
            self._write_account(folder, account.id, account.revision)

    def _write_person(self) -> None:
        """Write what is kept of the person, whatever teams they are in."""
        mine, hidden = self._user_id, _LEFT_OUT | {"user_id"}
        email_key = select(User.email_key).where(User.id == mine).scalar_subquery()
        teams = select(
            *(Team.public_id, Team.name, Team.is_personal, Membership.role, Membership.hides_names),
            *(Membership.sees_all_accounts, Membership.created_at.label("joined_at")),
        ).join(Membership, Membership.team_id == Team.id)
        invitations = _all_of(Invitation, hidden | {"invited_by", "accounts", "team_id"})
        for name, query in (
            ("person", _all_of(User, _LEFT_OUT | _LEFT_OUT_OF_PERSON).where(User.id == mine)),
            ("teams", teams.where(Membership.user_id == mine)),
            ("signed_in_browsers", _all_of(LoginSession, hidden).where(LoginSession.user_id == mine)),
            ("known_browsers", _all_of(KnownDevice, hidden).where(KnownDevice.user_id == mine)),
            ("api_keys", _all_of(ApiKey, hidden).where(ApiKey.user_id == mine)),
            (
                "invitations",
                invitations.where(or_(Invitation.invited_by == mine, Invitation.email_key == email_key)),
            ),
            ("mails", _all_of(Mail, hidden).where(Mail.user_id == mine)),
            ("digests", _all_of(DigestSubscription, hidden | _NOT_THEIRS).where(DigestSubscription.user_id == mine)),
            ("imports", _all_of(ImportRun, hidden | {"summary", "preview", "result"}).where(ImportRun.user_id == mine)),
            (
                "actions",
                _all_of(AuditEvent, hidden | {"chain", "sequence", "previous_digest", "digest"})
                .where(AuditEvent.user_id == mine)
                .order_by(AuditEvent.id),
            ),
        ):
            self._write_rows(f"{name}.json", query)

    def _write_notifications(self, team_ids: Sequence[int], named: Sequence[int]) -> None:
        """Write what the person was told of what they may see, how they want it, and on which devices."""
        mine, hidden = self._user_id, _LEFT_OUT | {"user_id", "team_id", "account_id", "notice_id"}
        is_veiled = (Notification.kind == NoticeKind.NEW_MUTUAL) & Notification.team_id.not_in(named)
        told = select(
            *(column for column in Notification.__table__.c if column.name not in hidden | {"params"}),
            case((is_veiled, null()), else_=Notification.params).label("params"),
        ).where(
            Notification.user_id == mine,
            or_(Notification.team_id.is_(None), Notification.team_id.in_(team_ids)),
            or_(Notification.account_id.is_(None), Notification.account_id.in_(self._find_accounts(team_ids))),
        )
        self._write_rows("notifications.json", told.order_by(Notification.id))
        for name, model in (
            ("channels", NotificationChoice),
            ("quiet_hours", NotificationHours),
            ("devices", PushDevice),
        ):
            query = _all_of(model, hidden | _KEYS_OF_DEVICES).where(model.user_id == mine)
            self._write_rows(f"{name}.json", query.order_by(model.id))

    def _find_accounts(self, team_ids: Sequence[int]) -> list[int]:
        """Return the accounts of some teams that the person may see."""
        found = db.session.scalars(
            select(Account.id).where(Account.team_id.in_(team_ids), Account.deleted_at.is_(None))
        ).all()
        needed = Permission.ACCOUNT_READ
        return [each for each in found if find_scope_of(db.session(), self._user_id, each, needed) is not None]

    def _write_own_words(self, team_ids: Sequence[int]) -> None:
        """Write what the person wrote or decided in the teams where they see names."""
        for table in Base.metadata.sorted_tables:
            for key in table.foreign_keys:
                if key.column.table is not User.__table__ or key.ondelete != "SET NULL" or table.name in _DERIVED:
                    continue
                accounts = select(Account.id).where(Account.team_id.in_(team_ids), Account.deleted_at.is_(None))
                is_theirs = (key.parent == self._user_id) & table.c.account_id.in_(accounts)
                self._write_rows(f"written_by_you/{table.name}.json", _all_of_table(table).where(is_theirs))

    def _write_account(self, folder: str, account_id: int, revision: int) -> None:
        """Write every row of an account as it is read now."""
        self._write_rows(f"{folder}/account.json", _all_of(Account, frozenset()).where(Account.id == account_id))
        for table in Base.metadata.sorted_tables:
            if "account_id" not in table.c or table.name in _DERIVED:
                continue
            query = _all_of_table(table).where(table.c.account_id == account_id)
            if "added_revision" in table.c:
                query = query.where(table.c.added_revision <= revision, table.c.removed_revision > revision)
            self._write_rows(f"{folder}/{table.name}.json", query.order_by(table.c.id))
        for cover in self._connection.execute(
            select(PostCover.file, PostCover.width).where(PostCover.account_id == account_id)
        ).all():
            widest = media_path() / file_names(cover.file, cover.width)[-1]
            if widest.is_file():
                self._archive.write(widest, f"{folder}/covers/{widest.name}", zipfile.ZIP_STORED)

    def _write_rows(self, name: str, query: Executable) -> None:
        """Write the rows as a JSON array, a line each; where there are none, no file."""
        rows = iter(self._connection.execute(query).mappings())
        first = next(rows, None)
        if first is None:
            return
        with self._archive.open(name, "w", force_zip64=True) as file:
            file.write(b"[\n" + msgspec.json.encode(dict(first)))
            for row in rows:
                file.write(b",\n" + msgspec.json.encode(dict(row)))
                self._rows += 1
                if self._rows % _ROWS == 0:
                    self._lease.tick(self._rows, 0)
            file.write(b"\n]\n")


def _all_of(model: Any, left_out: frozenset[str]) -> Select[Any]:
    return select(*(column for column in model.__table__.c if column.name not in left_out))


def _all_of_table(table: Table) -> Select[Any]:
    return select(
        *(
            column
            for column in table.c
            if not isinstance(column.type, LargeBinary) and column.name not in _KEYS_OF_DOORS
        )
    )
