"""Reports on paper: made by a job of what their maker may see, kept as text, made again as then and as now."""

from __future__ import annotations

import io
import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import delete, func, select, update

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import parse_here
from tests.reports import sample_report
from webapp.analytics.report_runs import get_report, list_reports, read_report, tells_no_more
from webapp.domain import failpoints
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.failpoints import Failpoint
from webapp.domain.metrics import MetricKey
from webapp.domain.redaction import NOTHING_HIDDEN, NameDisplay, NumberDisplay, Redaction
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Paper, ReportSection
from webapp.domain.scope import Scope
from webapp.extensions import db, settings
from webapp.models import Account, AuditAction, AuditEvent, Job, JobState, Membership, ReportRun
from webapp.queue import JobKind
from webapp.renderers.report_texts import ReportTexts
from webapp.services import access, report_files, reports
from webapp.services.accounts import delete_account
from webapp.services.erasure import request_erasure
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import add_job, cancel_job, run_job
from webapp.services.reports import delete_report, read_report_file, request_again, request_report
from webapp.services.transaction import transaction

QUERY = ReportQuery(notes="May was good. Thanks to @person00003!")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def imported(member: Member) -> Scope:
    """Return the scope of an account with two exports a month apart; person00000 to 00003 came in between."""
    posts = [{"Date": f"2024-12-0{day} 12:00:00", "Likes": str(day), "Title": f"Post {day}"} for day in range(1, 6)]
    early, late = 1_735_800_000, 1_738_500_000
    import_done(member, export_json(many(40)[4:], many(3, "brand"), posts=posts), exported_at=early)
    import_done(member, export_json(many(40), many(3, "brand"), posts=posts), exported_at=late)
    return account_scope(member)


def ask(member: Member, scope: Scope, query: ReportQuery = QUERY, **wishes: str) -> str:
    return request_report(member.actor, scope, query, title=wishes.get("title", ""), locale="en", paper=Paper.A4)


def made(member: Member, scope: Scope, query: ReportQuery = QUERY) -> str:
    public_id = ask(member, scope, query)
    assert set(run_jobs()) == {JobState.DONE}
    return public_id


def text_of(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def folder() -> Path:
    return settings().instance_path / "reports"


def run_of(public_id: str) -> ReportRun:
    db.session.expire_all()
    return db.session.scalars(select(ReportRun).where(ReportRun.public_id == public_id)).one()


def run_once(public_id: str) -> None:
    job_id = run_of(public_id).job_id
    assert job_id is not None
    run_job(job_id, HANDLERS)


def let_run_now(public_id: str) -> None:
    with transaction() as session:
        job = session.get_one(Job, run_of(public_id).job_id)
        job.run_at = 0


def test_a_report_is_made_by_its_job_and_says_what_the_pages_say(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope, title="  A   month ")
        waiting = get_report(scope, public_id)
        assert (waiting.is_working, waiting.is_made, waiting.title) == (True, False, "A month")
        with pytest.raises(NotFound):
            read_report_file(scope, public_id)
        assert run_jobs()[-1] is JobState.DONE
        row = get_report(scope, public_id)
        assert (row.is_made, row.error, row.revision) == (True, None, scope.revision)
        content = read_report_file(scope, public_id)
        assert (row.size, row.pages) == (len(content), len(PdfReader(io.BytesIO(content)).pages))
        followers = read_report(scope, public_id).figure(MetricKey.FOLLOWERS)
        assert followers is not None
        assert followers.value == 40
        assert "May was good." in text_of(content)
        [path] = folder().iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.target == public_id)).all()
        assert actions == [AuditAction.REPORT_MADE]


@on_sqlite
def test_again_as_then_says_the_same_and_again_as_now_asks_anew(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        first = made(cast.alice, scope)
        import_done(cast.alice, export_json(many(50), many(3, "brand")), exported_at=1_738_900_000)
        scope = account_scope(cast.alice)
        then = request_again(cast.alice.actor, scope, first, keeps_numbers=True, locale="fr", paper=Paper.LETTER)
        now = request_again(cast.alice.actor, scope, first, keeps_numbers=False)
        run_jobs()
        assert run_of(then).body == run_of(first).body
        assert (run_of(then).revision, run_of(then).locale) == (run_of(first).revision, "fr")
        assert get_report(scope, then).again_of == first
        assert ReportTexts("fr").section_title(ReportSection.SOURCES) in text_of(read_report_file(scope, then))
        asked_anew = read_report(scope, now).figure(MetricKey.FOLLOWERS)
        assert asked_anew is not None
        assert asked_anew.value == 50
        assert run_of(now).query == run_of(first).query


@on_sqlite
def test_a_report_without_numbers_has_none_to_be_made_again_with(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope)
        with pytest.raises(Conflict) as refused:
            request_again(cast.alice.actor, scope, public_id, keeps_numbers=True)
        assert refused.value.code is ErrorCode.REPORT_NOT_MADE


@on_sqlite
def test_what_is_refused(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        for act in (
            lambda: ask(cast.bob, account_scope(cast.bob)),
            lambda: delete_report(cast.bob.actor, account_scope(cast.bob), "0" * 20),
            lambda: request_again(cast.bob.actor, account_scope(cast.bob), "0" * 20, keeps_numbers=False),
        ):
            with pytest.raises(Forbidden):
                act()
        with pytest.raises(Invalid) as long:
            ask(cast.alice, scope, title="x" * 121)
        assert long.value.params["field"] == "title"
        monkeypatch.setattr(reports, "MAX_REPORTS", 1)
        public_id = ask(cast.alice, scope)
        with pytest.raises(Invalid) as full:
            ask(cast.alice, scope)
        assert full.value.code is ErrorCode.REPORTS_FULL
        import_done(cast.charlie, export_json(many(3), owner="other.maker"))
        foreign = account_scope(cast.charlie)
        for read in (get_report, read_report, read_report_file):
            with pytest.raises(NotFound):
                read(foreign, public_id)
        with pytest.raises(NotFound):
            delete_report(cast.charlie.actor, foreign, public_id)


@on_sqlite
def test_a_deleted_report_leaves_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        ready, waiting = made(cast.alice, scope), ask(cast.alice, scope)
        for public_id in (ready, waiting):
            delete_report(cast.alice.actor, scope, public_id)
        run_jobs()
        assert list(folder().iterdir()) == []
        assert list_reports(scope).rows == ()
        actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.target == ready)).all()
        assert actions == [AuditAction.REPORT_MADE, AuditAction.REPORT_DELETED]


@on_sqlite
def test_rights_count_when_the_job_runs(app: Flask, cast: Cast) -> None:
    """SECURITY 40."""
    with app.app_context():
        imported(cast.alice)
        scope = account_scope(cast.dana)
        public_id = ask(cast.dana, scope)
        with transaction() as session:
            session.execute(delete(Membership).where(Membership.user_id == cast.dana.user_id))
        run_jobs()
        row = get_report(account_scope(cast.alice), public_id)
        assert (row.is_made, row.head) == (False, None)
        assert row.error == ErrorCode.JOB_REFUSED
        assert list_reports(account_scope(cast.alice)).rows[0].is_working is False


@on_sqlite
@pytest.mark.parametrize(
    "point", [Failpoint.REPORT_AFTER_FILE, Failpoint.REPORT_BEFORE_COMMIT, Failpoint.JOB_BEFORE_DONE]
)
def test_a_job_that_breaks_off_shows_nothing_and_its_next_try_everything(
    point: Failpoint, app: Flask, cast: Cast, tmp_path: Path
) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope)
        failpoints.arm(f"{point.value}:1=raise", tmp_path / "fail")
        try:
            run_once(public_id)
        finally:
            failpoints.arm("", tmp_path)
        if point is not Failpoint.JOB_BEFORE_DONE:
            assert get_report(scope, public_id).is_working
            with pytest.raises(NotFound):
                read_report_file(scope, public_id)
        let_run_now(public_id)
        run_jobs()
        assert get_report(scope, public_id).is_made
        assert text_of(read_report_file(scope, public_id))


@on_sqlite
def test_a_stopped_report_says_so_and_can_be_made_again(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope)
        job_id = run_of(public_id).job_id
        assert job_id is not None
        cancel_job(cast.alice.actor, job_id, HANDLERS)
        assert get_report(scope, public_id).error == JobState.CANCELLED.value
        again = request_again(cast.alice.actor, scope, public_id, keeps_numbers=False)
        run_jobs()
        assert get_report(scope, again).is_made


@on_sqlite
def test_who_sees_no_names_sees_no_report_with_names(app: Flask, cast: Cast) -> None:
    """SECURITY 73: what is kept from a reader is kept from them in every file too."""
    with app.app_context():
        public_id = made(cast.alice, imported(cast.alice))
        erin = account_scope(cast.erin)
        found = list_reports(erin)
        assert (found.rows, found.kept_back) == ((), 1)
        for read in (get_report, read_report, read_report_file):
            with pytest.raises(NotFound):
                read(erin, public_id)
        assert [row.public_id for row in list_reports(account_scope(cast.bob)).rows] == [public_id]


@on_sqlite
def test_a_report_of_somebody_who_sees_no_names_has_none(app: Flask, cast: Cast) -> None:
    with app.app_context():
        imported(cast.alice)
        with transaction() as session:
            session.execute(update(Membership).where(Membership.user_id == cast.dana.user_id).values(hides_names=True))
        scope = access.find_account_scope(replace(cast.dana, hides_names=True).scope)
        assert scope is not None
        public_id = made(cast.dana, scope, ReportQuery())
        assert run_of(public_id).body is not None
        for text in (str(run_of(public_id).body), text_of(read_report_file(scope, public_id))):
            assert "person0000" not in text
        assert [row.public_id for row in list_reports(account_scope(cast.erin)).rows] == [public_id]


@pytest.mark.parametrize(
    ("told", "reader", "is_for"),
    [
        ({}, NOTHING_HIDDEN, True),
        ({}, Redaction(numbers=NumberDisplay.ROUNDED), False),
        ({"numbers": NumberDisplay.INDEXED}, Redaction(numbers=NumberDisplay.ROUNDED), True),
        ({"names": NameDisplay.HIDDEN}, Redaction(names=NameDisplay.PSEUDONYMS), True),
        ({"names": NameDisplay.PSEUDONYMS}, Redaction(names=NameDisplay.HIDDEN), False),
        ({}, Redaction(hides_captions=True), False),
        ({"hides_captions": True}, Redaction(hides_captions=True), True),
    ],
)
def test_a_report_is_for_those_who_get_to_see_as_much(told: dict[str, object], reader: Redaction, is_for: bool) -> None:
    assert tells_no_more(sample_report(head=told).head, reader) is is_for


@on_sqlite
def test_an_erased_person_is_in_no_report_any_more(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        with_them, without = made(cast.alice, scope), made(cast.alice, scope, ReportQuery(sections=()))
        assert "person00003" in text_of(read_report_file(scope, with_them))
        kept = (folder() / f"{without}.pdf").stat().st_mtime_ns
        waiting = ask(cast.alice, scope)
        request_erasure(cast.alice.actor, scope, "person00003", "person00003")
        run_jobs()
        scope = account_scope(cast.alice)
        for public_id in (with_them, waiting):
            run = run_of(public_id)
            assert "person00003" not in f"{run.body}{run.query}"
            assert "person00003" not in text_of(read_report_file(scope, public_id))
            assert "person00002" in text_of(read_report_file(scope, public_id))
        assert (folder() / f"{without}.pdf").stat().st_mtime_ns == kept
        left = [path.name for path in folder().iterdir()]
        assert sorted(left) == sorted(f"{public_id}.pdf" for public_id in (with_them, without, waiting))


@on_sqlite
def test_a_job_that_was_overtaken_puts_nothing_in_place(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = ask(cast.alice, scope)
        write = report_files.write_part

        def overtaken(name: str, content: bytes) -> Path:
            part = write(name, content)
            with transaction() as session:
                run = session.scalars(select(ReportRun).where(ReportRun.public_id == name)).one()
                reports.queue_making(session, run, scope.team_id)
            monkeypatch.setattr(report_files, "write_part", write)
            return part

        monkeypatch.setattr(report_files, "write_part", overtaken)
        run_once(public_id)
        assert not get_report(scope, public_id).is_made
        assert list(folder().iterdir()) == []
        run_jobs()
        assert get_report(scope, public_id).is_made


@on_sqlite
def test_an_account_takes_its_reports_along(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        made(cast.alice, scope)
        account = db.session.get_one(Account, scope.account_id)
        delete_account(cast.alice.scope, account.public_id, account.handle, cast.alice.actor)
        run_jobs()
        assert list(folder().iterdir()) == []
        assert db.session.scalar(select(func.count(ReportRun.id))) == 0


@on_sqlite
def test_the_sweep_deletes_what_belongs_to_no_report(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        public_id = made(cast.alice, scope)
        for name in ("gone.pdf", "half.abc.part", "fresh.def.part"):
            (folder() / name).write_bytes(b"x")
        before = time.time() - 4000
        for name in (f"{public_id}.pdf", "gone.pdf", "half.abc.part"):
            os.utime(folder() / name, (before, before))
        with transaction() as session:
            add_job(session, JobKind.FILES_SWEEP)
        assert run_jobs() == [JobState.DONE]
        assert sorted(path.name for path in folder().iterdir()) == sorted([f"{public_id}.pdf", "fresh.def.part"])
