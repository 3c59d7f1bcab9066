"""People take away what is kept of them: all of it, nothing of others, and only for a while (SECURITY 97)."""

from __future__ import annotations

import json
import os
import stat
import time
import zipfile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from tests.factories import Cast, Member, account_scope, export_json, import_done, run_jobs, sent_mails
from webapp.domain.errors import Conflict, NotFound
from webapp.domain.report_query import ReportQuery
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Job, JobState, Membership, User
from webapp.queue import JobKind
from webapp.services import person_export, person_files
from webapp.services.jobs import add_job
from webapp.services.shares import ShareWishes, create_share
from webapp.services.transaction import transaction


def public_id_of(member: Member) -> str:
    return db.session.scalars(select(User.public_id).where(User.id == member.user_id)).one()


def export_of(member: Member) -> dict[str, Any]:
    """Have a member's data put together; return what each file of it says."""
    person_export.request_export(member.actor, member.user_id)
    assert set(run_jobs()) == {JobState.DONE}
    found = person_files.find(public_id_of(member))
    assert found is not None
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o600
    with zipfile.ZipFile(found.path) as archive:
        assert archive.testzip() is None
        return {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")} | {
            name: archive.read(name) for name in archive.namelist() if not name.endswith(".json")
        }


def test_an_admin_takes_their_own_data_and_those_of_their_accounts(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json([("one", "2025-01-01 12:00:00")], []))
        import_done(cast.charlie, export_json([("foreign", "2025-01-01 12:00:00")], [], owner="other.maker"))
        wishes = ShareWishes(ReportQuery(), title="a link", password="a long enough secret")
        create_share(cast.alice.actor, account_scope(cast.alice), wishes)
        found = export_of(cast.alice)
        assert found["person.json"][0]["email"] == "alice@example.org"
        assert [team["name"] for team in found["teams.json"]] == ["Alice's team"]
        [folder] = {name.rpartition("/")[0] for name in found if name.startswith("accounts/")}
        assert folder.startswith("accounts/demo.maker-")
        assert [row["username"] for row in found[f"{folder}/follower.json"]] == ["one"]
        assert [row["title"] for row in found[f"{folder}/share_link.json"]] == ["a link"]
        assert b"VOS DONN" in found["README.txt"]
        everything = json.dumps({name: said for name, said in found.items() if name != "README.txt"})
        assert "foreign" not in everything
        for secret in ("password_hash", "argon2", "token_hash", "key_hash", "totp_secret", "bob@example.org"):
            assert secret not in everything


@pytest.mark.parametrize("who", ["bob", "erin", "frank"])
def test_others_take_nothing_of_the_teams_accounts(who: str, app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json([("one.name", "2025-01-01 12:00:00")], []))
        found = export_of(getattr(cast, who))
        assert found["person.json"][0]["email"] == f"{who}@example.org"
        assert not [name for name in found if name.startswith("accounts/")]
        assert "one.name" not in str(found)


def test_rights_count_when_the_job_runs(app: Flask, cast: Cast) -> None:
    """SECURITY 40."""
    with app.app_context():
        import_done(cast.alice, export_json([("one.name", "2025-01-01 12:00:00")], []))
        person_export.request_export(cast.alice.actor, cast.alice.user_id)
        with transaction() as session:
            session.execute(delete(Membership).where(Membership.user_id == cast.alice.user_id))
        run_jobs()
        found = person_files.find(public_id_of(cast.alice))
        assert found is not None
        with zipfile.ZipFile(found.path) as archive:
            assert not [name for name in archive.namelist() if name.startswith("accounts/")]


def test_odd_names_come_through_whole(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json([("ünï", "2025-01-01 12:00:00"), ("two", "2025-01-02 12:00:00")], []))
        found = export_of(cast.alice)
        [rows] = [said for name, said in found.items() if name.endswith("/follower.json")]
        assert {row["username"] for row in rows} == {"ünï", "two"}


def test_two_wishes_at_once_are_one(app: Flask, cast: Cast) -> None:
    with app.app_context():
        person_export.request_export(cast.bob.actor, cast.bob.user_id)
        assert person_export.is_in_work(cast.bob.user_id)
        with pytest.raises(Conflict, match="export_in_work"):
            person_export.request_export(cast.bob.actor, cast.bob.user_id)
        run_jobs()
        assert not person_export.is_in_work(cast.bob.user_id)
        person_export.request_export(cast.bob.actor, cast.bob.user_id)


def test_it_is_told_by_mail_and_recorded(app: Flask, cast: Cast) -> None:
    """SECURITY 94."""
    with app.app_context():
        export_of(cast.bob)
        person_export.open_export(cast.bob.actor, public_id_of(cast.bob))
        actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.user_id == cast.bob.user_id)).all()
        assert {AuditAction.USER_EXPORTED, AuditAction.DATA_DOWNLOADED} <= set(actions)
    assert [mail["To"] for mail in sent_mails(app)] == ["bob@example.org"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_file_goes_when_its_time_is_over(app: Flask, cast: Cast) -> None:
    with app.app_context():
        export_of(cast.bob)
        found = person_files.find(public_id_of(cast.bob))
        assert found is not None
        past = time.time() - person_files.LIFETIME.total_seconds() - 1
        os.utime(found.path, (past, past))
        assert person_files.find(public_id_of(cast.bob)) is None
        with pytest.raises(NotFound):
            person_export.open_export(cast.bob.actor, public_id_of(cast.bob))
        with transaction() as session:
            add_job(session, JobKind.UPLOADS_SWEEP)
        run_jobs()
        assert not found.path.exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_try_that_failed_is_told_and_leaves_nothing(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        monkeypatch.setattr(person_export, "_write", lambda _lease, _user, part: (part.write_bytes(b"x"), 1 / 0))
        person_export.request_export(cast.bob.actor, cast.bob.user_id)
        db.session.execute(update(Job).values(max_attempts=1))
        db.session.commit()
        assert run_jobs() == [JobState.FAILED]
        assert person_export.has_failed(cast.bob.user_id)
        assert not person_export.has_failed(cast.alice.user_id)
        folder = person_files.person_file_path(public_id_of(cast.bob)).parent
        assert list(folder.iterdir()) == []
