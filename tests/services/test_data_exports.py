"""Downloads: put together by a job of what their asker may see, fetched by nobody else, gone after some days."""

from __future__ import annotations

import os
import stat
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from tests.downloads import (
    EARLY,
    PARIS,
    ask,
    files,
    folder,
    imported,
    made,
    rows_of,
)
from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import parse_here
from webapp.analytics.data_exports import get_export, list_exports
from webapp.analytics.follows import list_follows
from webapp.domain import failpoints
from webapp.domain.data_exports import LIFETIME, MAX_FILES, ExportContent, ExportForm
from webapp.domain.errors import Conflict, ErrorCode, Invalid, NotFound
from webapp.domain.failpoints import Failpoint
from webapp.domain.period import Period
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Role, Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Account, AuditAction, AuditEvent, DataExport, Job, JobState, Membership
from webapp.services import data_exports
from webapp.services.accounts import delete_account
from webapp.services.data_exports import delete_data_export, fetch_data_export
from webapp.services.erasure import request_erasure
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import cancel_job, run_job
from webapp.services.members import Place, change_member, list_members, remove_member
from webapp.services.redaction import mask
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def test_a_file_is_put_together_by_its_job_for_whoever_asked(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope, ExportContent.FOLLOWERS, ExportForm.CSV)
        assert get_export(scope, public_id).is_working
        with pytest.raises(NotFound):
            fetch_data_export(cast.alice.actor, scope, public_id)
        assert run_jobs() == [JobState.DONE]
        row = get_export(scope, public_id)
        file = fetch_data_export(cast.alice.actor, scope, public_id)
        assert (row.is_ready, row.rows, row.size) == (True, 38, file.path.stat().st_size)
        assert file.name == f"demo.maker-followers-{row.made_at:%Y-%m-%d}.csv"
        assert row.made_at is not None
        assert row.expires_at == row.made_at + LIFETIME
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
        assert files() == [file.path.name]
        page = list_follows(scope, Section.FOLLOWERS, FollowQuery(Period(None, None, PARIS)))
        assert [(each["username"], each["is_mutual"]) for each in rows_of(file.path.read_bytes())] == [
            (each.username, "true" if each.is_mutual else "false") for each in page.rows
        ]
        written = db.session.scalars(select(AuditEvent.action).where(AuditEvent.target == public_id)).all()
        assert sorted(written) == sorted([AuditAction.EXPORT_FILE_ASKED, AuditAction.DATA_DOWNLOADED])


# ---- who may have it ----


@on_sqlite
def test_nobody_else_gets_a_file_or_hears_of_it(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope, ExportContent.FOLLOWERS, ExportForm.CSV)
        run_jobs()
        imported(cast.charlie)
        for member in (cast.bob, cast.dana, cast.erin, cast.charlie):
            theirs = account_scope(member)
            assert list_exports(theirs) == ()
            for act in (fetch_data_export, delete_data_export):
                with pytest.raises(NotFound):
                    act(member.actor, theirs, public_id)
        assert get_export(scope, public_id).is_ready


@on_sqlite
def test_who_sees_no_names_gets_files_without_names(app: Flask, cast: Cast) -> None:
    with app.app_context():
        imported(cast.alice)
        scope = account_scope(cast.erin)
        file = made(cast.erin, scope, ExportContent.EVERYTHING, ExportForm.CSV)
        with zipfile.ZipFile(file.path) as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
            names = [row["username"] for row in rows_of(archive.read("followers.csv"))]
        assert b"person000" not in everything
        assert len(names) == 38
        assert all(name.startswith("person.") for name in names)
        assert b"You do not see the names" in everything


@on_sqlite
def test_what_a_browser_covers_is_covered_in_the_file(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        covered = replace(scope, redaction=mask(scope.user_id, scope.redaction, rounds_numbers=False))
        file = made(cast.alice, covered, ExportContent.EVERYTHING, ExportForm.CSV)
        with zipfile.ZipFile(file.path) as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"person000" not in everything
        assert b"Post 3" not in everything


@on_sqlite
def test_a_file_with_names_is_not_for_who_does_not_see_them_any_more(app: Flask, cast: Cast) -> None:
    with app.app_context():
        imported(cast.alice)
        scope = account_scope(cast.bob)
        public_id = ask(cast.bob, scope, ExportContent.FOLLOWERS, ExportForm.CSV)
        run_jobs()
        bob = public_id_of(cast, cast.bob)
        change_member(cast.alice.scope, bob, cast.alice.actor, Place(Role.VIEWER, hides_names=True))
        nameless = account_scope(replace(cast.bob, hides_names=True))
        assert list_exports(nameless) == ()
        with pytest.raises(NotFound):
            fetch_data_export(cast.bob.actor, nameless, public_id)


def public_id_of(cast: Cast, member: Member) -> str:
    return next(row.public_id for row in list_members(cast.alice.scope) if row.email == member.email)


@on_sqlite
def test_a_member_who_goes_leaves_no_file(app: Flask, cast: Cast) -> None:
    with app.app_context():
        imported(cast.alice)
        scope = account_scope(cast.bob)
        ready = made(cast.bob, scope, ExportContent.FOLLOWERS, ExportForm.CSV)
        waiting = ask(cast.bob, scope, ExportContent.POSTS, ExportForm.CSV)
        bob = public_id_of(cast, cast.bob)
        remove_member(cast.alice.scope, bob, cast.alice.actor)
        assert not ready.path.exists()
        assert db.session.scalar(select(DataExport.id).where(DataExport.public_id == waiting)) is None
        run_jobs()
        assert files() == []


@on_sqlite
def test_the_job_of_somebody_who_was_thrown_out_makes_nothing(app: Flask, cast: Cast) -> None:
    """SECURITY 40."""
    with app.app_context():
        imported(cast.alice)
        scope = account_scope(cast.bob)
        public_id = ask(cast.bob, scope, ExportContent.POSTS, ExportForm.CSV)
        with transaction() as session:
            session.execute(delete(Membership).where(Membership.user_id == cast.bob.user_id))
        run_jobs()
        assert files() == []
        assert db.session.scalar(select(DataExport.error).where(DataExport.public_id == public_id)) == "job_refused"


# ---- the end of files ----


@on_sqlite
def test_a_file_is_gone_after_its_time(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        file = made(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)
        [row] = list_exports(scope)
        with transaction() as session:
            session.execute(update(DataExport).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        assert list_exports(scope) == ()
        with pytest.raises(NotFound):
            fetch_data_export(cast.alice.actor, scope, row.public_id)
        kept = made(cast.alice, scope, ExportContent.FOLLOWERS, ExportForm.CSV)
        data_exports.sweep()
        assert not file.path.exists()
        assert kept.path.exists()
        assert len(db.session.scalars(select(DataExport.id)).all()) == 1


@on_sqlite
def test_what_a_dead_process_left_is_swept_and_what_is_written_now_is_not(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        file = made(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)
        old, new = folder() / f"{'0' * 32}.part", folder() / f"{'1' * 32}.part"
        for path in (old, new):
            path.write_bytes(b"half")
        long_ago = time.time() - 7200
        for path in (old, file.path):
            os.utime(path, (long_ago, long_ago))
        data_exports.sweep()
        assert files() == sorted([file.path.name, new.name])


def _by_its_asker(cast: Cast, scope: Scope) -> None:
    delete_data_export(cast.alice.actor, scope, list_exports(scope)[0].public_id)


def _with_its_account(cast: Cast, scope: Scope) -> None:
    account = db.session.get_one(Account, scope.account_id)
    delete_account(cast.alice.scope, account.public_id, account.handle, cast.alice.actor)


def _by_forgetting_somebody(cast: Cast, scope: Scope) -> None:
    request_erasure(cast.alice.actor, scope, "person00005", "person00005")


@on_sqlite
@pytest.mark.parametrize("end", [_by_its_asker, _with_its_account, _by_forgetting_somebody])
def test_a_file_ends(end: Callable[[Cast, Scope], None], app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        made(cast.alice, scope, ExportContent.FOLLOWERS, ExportForm.CSV)
        end(cast, scope)
        run_jobs()
        assert files() == []
        assert db.session.scalar(select(DataExport.id)) is None


@on_sqlite
def test_a_file_that_is_deleted_while_it_is_made_leaves_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope, ExportContent.EVERYTHING, ExportForm.CSV)
        delete_data_export(cast.alice.actor, scope, public_id)
        assert JobState.FAILED not in run_jobs()
        assert files() == []


@on_sqlite
def test_a_job_that_breaks_off_shows_nothing_and_its_next_try_everything(
    app: Flask, cast: Cast, tmp_path: Path
) -> None:
    points = (Failpoint.DATA_EXPORT_AFTER_FILE, Failpoint.DATA_EXPORT_BEFORE_COMMIT)
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope, ExportContent.EVERYTHING, ExportForm.XLSX)
        job_id = db.session.scalars(select(DataExport.job_id)).one()
        assert job_id is not None
        for point in points:
            failpoints.arm(f"{point.value}:1=raise", tmp_path / point.value)
            try:
                assert run_job(job_id, HANDLERS) is JobState.QUEUED
            finally:
                failpoints.arm("", tmp_path)
            assert get_export(scope, public_id).is_working
            with pytest.raises(NotFound):
                fetch_data_export(cast.alice.actor, scope, public_id)
            with transaction() as session:
                session.get_one(Job, job_id).run_at = 0
        run_jobs()
        assert zipfile.is_zipfile(fetch_data_export(cast.alice.actor, scope, public_id).path)
        # What the tries before left belongs to nothing.
        for path in folder().iterdir():
            os.utime(path, (0, 0))
        data_exports.sweep()
        assert len(files()) == 1


@on_sqlite
def test_a_job_that_was_stopped_says_so(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)
        cancel_job(cast.alice.actor, db.session.scalars(select(DataExport.job_id)).one() or "", HANDLERS)
        row = get_export(scope, public_id)
        assert (row.is_working, row.error) == (False, JobState.CANCELLED.value)


# ---- what is refused ----


@on_sqlite
def test_the_same_file_is_not_made_twice_at_a_time(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        ask(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)
        with pytest.raises(Conflict) as refused:
            ask(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)
        assert refused.value.code is ErrorCode.DATA_EXPORT_IN_WORK
        ask(cast.alice, scope, ExportContent.POSTS, ExportForm.XLSX)
        run_jobs()
        ask(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)


@on_sqlite
def test_nobody_keeps_more_than_so_many_files(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        ask(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)
        run_jobs()
        with transaction() as session:
            row = session.scalars(select(DataExport)).one()
            kept = {column.name: getattr(row, column.name) for column in DataExport.__table__.columns}
            for number in range(MAX_FILES - 1):
                session.add(DataExport(**{**kept, "id": None, "public_id": f"copy{number}"}))
        with pytest.raises(Invalid) as refused:
            ask(cast.alice, scope, ExportContent.POSTS, ExportForm.CSV)
        assert refused.value.code is ErrorCode.DATA_EXPORTS_FULL


@on_sqlite
def test_what_no_export_holds_is_told_and_not_an_empty_file(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(many(3), None), exported_at=EARLY)
        scope = account_scope(cast.alice)
        public_id = ask(cast.alice, scope, ExportContent.FOLLOWING, ExportForm.XLSX)
        run_jobs()
        assert get_export(scope, public_id).error == ErrorCode.LIST_UNKNOWN
        assert files() == []
        file = made(cast.alice, scope, ExportContent.EVERYTHING, ExportForm.CSV)
        with zipfile.ZipFile(file.path) as archive:
            names = archive.namelist()
            readme = archive.read("README.txt").decode("utf-8-sig")
        assert not {"posts.csv", "following.csv", "changes.csv"} & set(names)
        assert "posts, following, changes" in readme
