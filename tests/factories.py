"""Make people, accounts, export files and imports for tests, through the services wherever one exists."""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.domain import totp
from webapp.domain.names import name_key
from webapp.domain.scope import Permission, Role, Scope, TeamScope
from webapp.extensions import db, settings
from webapp.integrations.outbox import list_kept
from webapp.models import (
    Account,
    ImportOrigin,
    ImportRun,
    ImportState,
    Job,
    JobState,
    Membership,
    Rename,
    RenameState,
    Team,
    User,
)
from webapp.services import access, second_factor
from webapp.services.audit import Actor
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes, ReceivedFile, create_import
from webapp.services.jobs import run_job
from webapp.services.login_sessions import end_session, start_session
from webapp.services.passwords import hash_password
from webapp.services.transaction import transaction
from webapp.services.uploads import uploads_path

DATA = Path(__file__).parent / "data"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Member:
    """A person of the cast and the team they act in."""

    user_id: int
    team_id: int
    email: str
    role: Role
    hides_names: bool = False

    @property
    def scope(self) -> TeamScope:
        """Return the member's scope as the services make it."""
        if self.hides_names:
            return access.get_team_scope(self.user_id, Permission.ACCOUNT_READ, self.team_id)
        return TeamScope(self.user_id, self.team_id, self.role)

    @property
    def actor(self) -> Actor:
        """Return the member as somebody who acts."""
        return Actor(self.user_id, self.team_id, "127.0.0.1", "test")


@dataclass(frozen=True)
class Cast:
    """Everybody: Alice, Bob, Dana and Erin share a team, Frank was in it; Charlie knows nobody."""

    alice: Member
    bob: Member
    charlie: Member
    dana: Member
    # Sees numbers without names.
    erin: Member
    # Has only the team that he was left with.
    frank: Member


def make_cast(app: Flask) -> Cast:
    """Add the cast to the database. Their password is ``PASSWORD``, its hash is made once a run."""
    with app.app_context():
        alice = _add_user("alice@example.org", is_admin=True)
        bob, charlie = _add_user("bob@example.org"), _add_user("charlie@example.org")
        dana, erin, frank = (_add_user(f"{name}@example.org") for name in ("dana", "erin", "frank"))
        team, other, left = _add_team("Alice's team"), _add_team("Charlie's team"), _add_team("Frank's team")
        db.session.flush()
        places = (
            *((team, alice, Role.ADMIN), (team, bob, Role.VIEWER), (other, charlie, Role.ADMIN)),
            *((team, dana, Role.EDITOR), (team, erin, Role.VIEWER), (left, frank, Role.ADMIN)),
        )
        members = [
            Membership(team_id=to.id, user_id=user.id, role=role, hides_names=user is erin, created_at=user.created_at)
            for to, user, role in places
        ]
        db.session.add_all(members)
        cast = Cast(*(Member(user.id, to.id, user.email, role, user is erin) for to, user, role in places))
        db.session.commit()
    return cast


_hashes: dict[str, str] = {}


def password_hash() -> str:
    """Return the stored form of ``PASSWORD``; hashing is slow on purpose, so it is done once."""
    return _hashes.setdefault(PASSWORD, _hashes.get(PASSWORD) or hash_password(PASSWORD))


def _add_user(email: str, *, is_admin: bool = False) -> User:
    user = User(
        email=email,
        email_key=email,
        password_hash=password_hash(),
        is_admin=is_admin,
        verified_at=datetime.now(UTC),
        created_at=datetime.now(UTC),
    )
    db.session.add(user)
    return user


def _add_team(name: str) -> Team:
    team = Team(name=name, is_personal=True, created_at=datetime.now(UTC))
    db.session.add(team)
    return team


def sign_in(client: FlaskClient, member: Member, *, has_sudo: bool = True) -> None:
    """Give the browser a session of the member, with a fresh proof of who sits there unless it is not wanted."""
    with client.application.app_context():
        token, _ = start_session(
            member.user_id,
            member.actor,
            user_agent="tests",
            data={"_user_id": str(member.user_id)},
            absolute=timedelta(hours=1),
            has_sudo=has_sudo,
        )
        db.session.remove()
    client.set_cookie("s", token, domain="localhost")


@dataclass(frozen=True)
class Authenticator:
    """A person's second factor, as their phone and their drawer hold it."""

    secret: str
    recovery_codes: list[str]

    def code(self, steps: int = 0) -> str:
        """Return the code of this moment, or of so many steps later."""
        return totp.code_of(self.secret, totp.step_of(time.time()) + steps)


def give_second_factor(app: Flask, member: Member) -> Authenticator:
    """Switch the member's second factor on through the services; their browsers are signed out by it."""
    with app.app_context():
        second_factor.prepare(member.user_id, member.actor)
        setup = second_factor.find_pending(member.user_id)
        assert setup is not None
        _, opened = start_session(
            member.user_id, member.actor, user_agent="phone", data={}, absolute=timedelta(minutes=1)
        )
        # With the code of the step before, so that a test may use that of this moment.
        code = totp.code_of(setup.secret, totp.step_of(time.time()) - 1)
        enabled = second_factor.enable(member.user_id, opened.id, code, member.actor)
        end_session(member.user_id, opened.public_id, member.actor)
        db.session.remove()
    return Authenticator(setup.secret, enabled.codes)


def run_jobs(limit: int = 50) -> list[JobState | None]:
    """Do every queued job in this process, the oldest first, until none is left; return how each ended."""
    states: list[JobState | None] = []
    for _ in range(limit):
        db.session.rollback()
        query = select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.created_at).limit(1)
        job_id = db.session.scalar(query)
        if job_id is None:
            return states
        states.append(run_job(job_id, HANDLERS))
    raise AssertionError("the jobs do not come to an end")


def sent_mails(app: Flask) -> list[EmailMessage]:
    """Do every queued job and return all mails that were sent so far, the oldest first."""
    with app.app_context():
        run_jobs()
        return [kept.message for kept in reversed(list_kept(settings().outbox_directory))]


def mail_text(message: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    return "\n".join(str(part.get_content()).splitlines())


def link_of(message: EmailMessage) -> str:
    """Return the path of the first link of a mail, as a browser of the tests asks for it."""
    found = re.search(r"^https?://[^/\s]+(/\S*)$", mail_text(message), re.MULTILINE)
    assert found is not None, "the mail has no link"
    return found[1]


def receive(source: Path | bytes, name: str | None = None) -> ReceivedFile:
    """Put a file into the uploads folder as a finished upload does."""
    content = source if isinstance(source, bytes) else source.read_bytes()
    uploads_path().mkdir(parents=True, exist_ok=True)
    part = uploads_path() / f"{uuid.uuid4().hex}.part"
    part.write_bytes(content)
    shown = name or (source.name if isinstance(source, Path) else "user_data_tiktok.json")
    return ReceivedFile(part, shown, len(content), hashlib.sha256(content).hexdigest())


def import_file(
    member: Member, source: Path | bytes, name: str | None = None, *, wishes: ImportWishes | None = None
) -> ImportRun:
    """Import a file through the services and its jobs; return the run as it ended or as it waits."""
    wishes = wishes or ImportWishes(commits_itself=True)
    public_id = create_import(member.actor, member.scope, receive(source, name), ImportOrigin.WEB, wishes)
    run_jobs()
    db.session.rollback()
    return db.session.scalars(select(ImportRun).where(ImportRun.public_id == public_id)).one()


def import_done(member: Member, source: Path | bytes, name: str | None = None, **wishes: Any) -> ImportRun:
    """Import a file and insist that it was committed."""
    run = import_file(member, source, name, wishes=ImportWishes(commits_itself=True, **wishes))
    assert run.state is ImportState.DONE, (run.state, run.error_code, run.error_params)
    return run


def account_scope(member: Member, handle: str | None = None) -> Scope:
    """Return the member's scope of an account, of the default one without a handle."""
    public_id = None
    if handle is not None:
        query = select(Account.public_id).where(
            Account.team_id == member.team_id, Account.handle == handle, Account.deleted_at.is_(None)
        )
        public_id = db.session.scalars(query).one()
    scope = access.find_account_scope(member.scope, public_id)
    assert scope is not None
    return scope


def export_json(
    followers: Iterable[tuple[str, str]] | None = (),
    following: Iterable[tuple[str, str]] | None = (),
    *,
    owner: str | None = "demo.maker",
    posts: list[dict[str, Any]] | None = None,
    deleted: list[dict[str, Any]] | None = None,
    profile: dict[str, Any] | None = None,
) -> bytes:
    """Return an export in the layout of 2026; ``None`` leaves a list out, pairs are name and date as in the file."""
    settings: dict[str, Any] = {}
    if owner is not None:
        settings["Profile Info"] = {"ProfileMap": {"userName": owner, **(profile or {})}}
    if followers is not None:
        settings["Follower"] = {"FansList": [{"Date": at, "UserName": name} for name, at in followers]}
    if following is not None:
        settings["Following"] = {"Following": [{"Date": at, "UserName": name} for name, at in following]}
    document: dict[str, Any] = {"Profile And Settings": settings}
    if posts is not None:
        document["Post"] = {"Posts": {"VideoList": posts}}
        if deleted is not None:
            document["Post"]["Recently Deleted Posts"] = {"PostList": deleted}
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def many(count: int, prefix: str = "person", year: int = 2025) -> list[tuple[str, str]]:
    """Return followers with names of their own, one an hour, the newest first."""
    start = datetime(year, 1, 1, 12, tzinfo=UTC)
    return [
        (f"{prefix}{number:05}", (start - timedelta(hours=number)).strftime("%Y-%m-%d %H:%M:%S"))
        for number in range(count)
    ]


def add_confirmed_rename(scope: Scope, before: str, after: str) -> None:
    """Write that two names are one account, whatever the lists say of them."""
    with transaction() as session:
        session.add(
            Rename(
                account_id=scope.account_id,
                from_username=before,
                from_key=name_key(before),
                to_username=after,
                to_key=name_key(after),
                state=RenameState.CONFIRMED,
                decided_at=datetime.now(UTC),
            )
        )
