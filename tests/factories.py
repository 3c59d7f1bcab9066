"""Make people, accounts, export files and imports for tests, through the services wherever one exists."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.domain.names import name_key
from webapp.domain.scope import Role, Scope, TeamScope
from webapp.extensions import db
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
from webapp.services import access
from webapp.services.audit import Actor
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes, ReceivedFile, create_import
from webapp.services.jobs import run_job
from webapp.services.login_sessions import start_session
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

    @property
    def scope(self) -> TeamScope:
        """Return the member's scope as the services make it."""
        return TeamScope(self.user_id, self.team_id, self.role)

    @property
    def actor(self) -> Actor:
        """Return the member as somebody who acts."""
        return Actor(self.user_id, self.team_id, "127.0.0.1", "test")


@dataclass(frozen=True)
class Cast:
    """Everybody."""

    alice: Member
    bob: Member
    charlie: Member


def make_cast(app: Flask) -> Cast:
    """Add the cast to the database. Their password is ``PASSWORD``, its hash is made once a run."""
    with app.app_context():
        alice = _add_user("alice@example.org", is_admin=True)
        bob = _add_user("bob@example.org")
        charlie = _add_user("charlie@example.org")
        team, other = _add_team("Alice's team"), _add_team("Charlie's team")
        db.session.flush()
        members = [(team, alice, Role.ADMIN), (team, bob, Role.VIEWER), (other, charlie, Role.ADMIN)]
        for to, user, role in members:
            db.session.add(Membership(team_id=to.id, user_id=user.id, role=role, created_at=datetime.now(UTC)))
        cast = Cast(*(Member(user.id, to.id, user.email, role) for to, user, role in members))
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


def sign_in(client: FlaskClient, member: Member) -> None:
    """Give the browser a session of the member."""
    with client.application.app_context():
        token, _ = start_session(
            member.user_id,
            member.actor,
            user_agent="tests",
            data={"_user_id": str(member.user_id)},
            absolute=timedelta(hours=1),
        )
        db.session.remove()
    client.set_cookie("s", token, domain="localhost")


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
