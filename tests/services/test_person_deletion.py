"""A person deletes their account: nothing of theirs is left, and nothing of others goes with it (SECURITY 97)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import PASSWORD, Cast, Member, account_scope, export_json, import_done, run_jobs, sign_in
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.scope import Role
from webapp.extensions import db
from webapp.models import (
    ApiKey,
    AuditAction,
    AuditEvent,
    Base,
    Follower,
    Job,
    JobState,
    LoginSession,
    Membership,
    PersonNote,
    Team,
    User,
)
from webapp.services import api_keys, people, person_deletion, person_export, users
from webapp.services.audit import Actor
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import run_job
from webapp.services.transaction import transaction


def delete(member: Member) -> None:
    person_deletion.delete_person(member.actor, member.user_id, member.email)


def run_waiting_jobs() -> None:
    """Do what waits as if its time had come: the end of a team waits for those of its accounts."""
    for _ in range(5):
        db.session.execute(update(Job).values(run_at=0))
        db.session.commit()
        for job_id in db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)).all():
            run_job(job_id, HANDLERS)


def every_value() -> Iterator[str]:
    """Yield every row of the database as text."""
    db.session.rollback()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            yield f"{table.name}: {row}"


def files_with(folder: Path, mark: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and mark in path.read_bytes()]


def test_nothing_names_the_person_any_more(app: Flask, cast: Cast, tmp_path: Path) -> None:
    """SECURITY 97: rows, files and waiting mails; the record of actions keeps a number."""
    with app.app_context():
        users.set_preferences(cast.dana.user_id, cast.dana.actor, locale="fr")
        person_export.request_export(cast.dana.actor, cast.dana.user_id)
        run_jobs()
        delete(cast.dana)
        run_jobs()
        db.session.rollback()
        kept = [row for row in every_value() if "dana" in row]
        assert kept == []
        shell = db.session.get_one(User, cast.dana.user_id)
        assert (shell.is_disabled, shell.deleted_at is not None) == (True, True)
        events = db.session.scalars(select(AuditEvent).where(AuditEvent.user_id == cast.dana.user_id)).all()
        assert AuditAction.USER_DELETED in {event.action for event in events}
        assert not (tmp_path / "instance" / "person_exports" / f"{shell.public_id}.zip").exists()
        # The one mail that says goodbye is a file only where no mail server is set.
        assert len(files_with(tmp_path / "instance" / "outbox", b"dana@example.org")) == 1


def test_what_they_imported_and_wrote_stays_with_the_team(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.dana, export_json([("one", "2025-01-01 12:00:00")], []))
        people.write_note(cast.dana.actor, account_scope(cast.dana), "one", "a note")
        delete(cast.dana)
        run_jobs()
        assert db.session.scalar(select(func.count()).select_from(Follower)) == 1
        note = db.session.scalars(select(PersonNote)).one()
        assert (note.text, note.changed_by) == ("a note", None)


def test_a_team_of_their_own_goes_with_all_its_data(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.frank, export_json([("only.franks", "2025-01-01 12:00:00")], [], owner="frank.maker"))
        delete(cast.frank)
        run_waiting_jobs()
        assert db.session.get_one(Team, cast.frank.team_id).deleted_at is not None
        kept = [row for row in every_value() if "only.franks" in row or "frank" in row.lower()]
        # What was done to an account is recorded under its name on the platform.
        assert {row.partition(":")[0] for row in kept} == {"audit_event"}
        assert not [row for row in kept if "frank@" in row or "only.franks" in row or "'frank'" in row]


def test_browsers_and_keys_open_nothing_from_then_on(app: Flask, cast: Cast) -> None:
    """SECURITY 35."""
    client = app.test_client()
    sign_in(client, cast.frank)
    with app.app_context():
        key = api_keys.create_key(cast.frank.scope, "backup", cast.frank.actor)
        delete(cast.frank)
        db.session.remove()
    assert client.get("/settings").status_code == 303
    headers = {"Authorization": f"Bearer {key.text}"}
    assert app.test_client().get("/api/accounts/", headers=headers).status_code == 401
    with app.app_context():
        for model in (LoginSession, ApiKey, Membership):
            assert db.session.scalar(select(func.count()).where(model.user_id == cast.frank.user_id)) == 0
        with pytest.raises(Invalid, match="login_failed"):
            users.authenticate(cast.frank.email, PASSWORD, Actor())


def test_another_typed_address_deletes_nobody(app: Flask, cast: Cast) -> None:
    with app.app_context():
        for typed in ("", "bob", "alice@example.org", "bob@example.org.uk"):
            with pytest.raises(Invalid, match="email_differs"):
                person_deletion.delete_person(cast.bob.actor, cast.bob.user_id, typed)
        assert db.session.get_one(User, cast.bob.user_id).deleted_at is None
        person_deletion.delete_person(cast.bob.actor, cast.bob.user_id, " Bob@Example.ORG ")


def test_the_only_admin_of_others_must_settle_that_first(app: Flask, cast: Cast) -> None:
    """SECURITY 36."""
    with app.app_context():
        assert person_deletion.foresee(cast.alice.user_id).blocked == ("Alice's team",)
        with pytest.raises(Conflict, match="team_without_admin"):
            delete(cast.alice)
        promote(cast.dana)
        found = person_deletion.foresee(cast.alice.user_id)
        # Nobody else could run the installation.
        assert (found.blocked, found.left, found.is_last_admin) == ((), ("Alice's team",), True)
        with pytest.raises(Conflict, match="installation_without_admin"):
            delete(cast.alice)
        with transaction() as session:
            session.execute(update(User).where(User.id == cast.dana.user_id).values(is_admin=True))
        delete(cast.alice)


def promote(member: Member) -> None:
    with transaction() as session:
        session.execute(update(Membership).where(Membership.user_id == member.user_id).values(role=Role.ADMIN))


def test_two_admins_who_leave_at_the_same_moment_leave_one(app: Flask, cast: Cast) -> None:
    """SECURITY 36."""
    with app.app_context():
        promote(cast.bob)
        promote(cast.dana)
        with transaction() as session:
            session.execute(update(Membership).where(Membership.user_id == cast.alice.user_id).values(role=Role.EDITOR))

    def go(member: Member) -> bool:
        with app.app_context():
            try:
                delete(member)
            except Conflict:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, (cast.bob, cast.dana))) == [False, True]
    with app.app_context():
        admins = select(func.count()).where(Membership.team_id == cast.alice.team_id, Membership.role == Role.ADMIN)
        assert db.session.scalar(admins) == 1


def test_whoever_was_alone_leaves_an_installation_that_begins_anew(app: Flask) -> None:
    with app.app_context():
        user_id = users.create_user("ada@example.org", PASSWORD)
        person_deletion.delete_person(Actor(user_id), user_id, "ada@example.org")
        run_jobs()
        assert users.sign_up_state(app.config["APP"]) is users.SignUp.FIRST
        # The number is not given away again.
        assert users.create_user("ada@example.org", PASSWORD) != user_id


def test_every_reference_to_a_person_is_known() -> None:
    """What refers to people is deleted or loses the reference; a new table says which by its foreign key."""
    found = {
        (table.name, key.parent.name, key.ondelete)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is User.__table__
    }
    assert {rule for _, _, rule in found} == {"CASCADE", "SET NULL"}
    assert all(Base.metadata.tables[table].c[column].nullable for table, column, rule in found if rule == "SET NULL")
