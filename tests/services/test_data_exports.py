"""Downloads: put together by a job of what their asker may see, fetched by nobody else, gone after some days."""

from __future__ import annotations

import csv
import io
import os
import re
import stat
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import delete, select, update

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs
from tests.injections import INJECTIONS
from tests.ledgers import parse_here
from webapp.analytics.content.listing import selection_figure
from webapp.analytics.content.posts import find_posts
from webapp.analytics.data_exports import get_export, list_exports
from webapp.analytics.follows import list_follows
from webapp.analytics.growth import find_change, find_growth
from webapp.analytics.period_statistics import list_statistics
from webapp.domain import failpoints
from webapp.domain.data_exports import LIFETIME, MAX_FILES, ExportContent, ExportForm, ExportTable, ExportWishes
from webapp.domain.errors import Conflict, ErrorCode, Invalid, NotFound
from webapp.domain.failpoints import Failpoint
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period, Span
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Role, Scope
from webapp.domain.sections import Section
from webapp.domain.steps import Step, bucket_of
from webapp.extensions import db, settings
from webapp.models import Account, AuditAction, AuditEvent, DataExport, Job, JobState, Membership, Post
from webapp.services import data_exports
from webapp.services.accounts import delete_account
from webapp.services.annotations import add_annotation
from webapp.services.data_exports import ReadyFile, delete_data_export, fetch_data_export, request_data_export
from webapp.services.erasure import request_erasure
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import cancel_job, run_job
from webapp.services.members import Place, change_member, list_members, remove_member
from webapp.services.people import add_tag, write_note
from webapp.services.redaction import mask
from webapp.services.transaction import transaction

EARLY, LATE = 1_735_800_000, 1_738_500_000
PARIS = "Europe/Paris"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def imported(member: Member, posts: list[dict[str, Any]] | None = None) -> Scope:
    """Return the scope of an account in Paris with two exports a month apart; two people left, four came."""
    if posts is None:
        posts = [post(f"2024-12-0{day} 12:00:00", f"Post {day} été 🌸", day) for day in range(1, 6)]
    following = [*many(3, "brand"), many(40)[7]]
    import_done(member, export_json(many(40)[4:], following, posts=posts), exported_at=EARLY)
    import_done(member, export_json(many(38), following, posts=posts), exported_at=LATE)
    with transaction() as session:
        session.get_one(Account, account_scope(member).account_id).timezone = PARIS
    run_jobs()
    return account_scope(member)


def post(at: str, title: str, likes: int = 1) -> dict[str, Any]:
    return {"Date": at, "Likes": str(likes), "Title": title, "Link": ""}


def ask(member: Member, scope: Scope, content: ExportContent, form: ExportForm, locale: str = "en") -> str:
    return request_data_export(member.actor, scope, ExportWishes(content, form), locale)


def made(member: Member, scope: Scope, content: ExportContent, form: ExportForm, locale: str = "en") -> ReadyFile:
    public_id = ask(member, scope, content, form, locale)
    assert set(run_jobs()) == {JobState.DONE}
    return fetch_data_export(member.actor, scope, public_id)


def folder() -> Path:
    return settings().instance_path / "data_exports"


def files() -> list[str]:
    return sorted(path.name for path in folder().iterdir()) if folder().is_dir() else []


def rows_of(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text, delimiter=delimiter, strict=True))


def delimiter_of(form: ExportForm) -> str:
    return "," if form is ExportForm.CSV else ";"


def types_of(book: Any) -> set[str]:
    return {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}


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


@on_sqlite
def test_everything_is_one_zip_that_explains_itself(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        add_annotation(cast.alice.actor, scope, date(2025, 1, 3), "=began")
        add_tag(cast.alice.actor, scope, ["person00008"], "friend")
        write_note(cast.alice.actor, scope, "person00009", "+met in May")
        tables = {table.value for table in ExportTable}
        for form in ExportForm:
            file = made(cast.alice, scope, ExportContent.EVERYTHING, form, "fr")
            assert file.name.endswith(".zip")
            with zipfile.ZipFile(file.path) as archive:
                assert archive.testzip() is None
                content = {name: archive.read(name) for name in archive.namelist()}
            readme = content.pop("README.txt").decode("utf-8-sig")
            assert [text for text in ("@demo.maker", PARIS, *tables) if text not in readme] == []
            if form is ExportForm.XLSX:
                assert content.keys() == {"everything.xlsx"}
                book = load_workbook(io.BytesIO(content["everything.xlsx"]))
                assert set(book.sheetnames) == tables
                assert types_of(book) <= set("sndb")
                assert book["notes-on-days"]["B2"].value == "'=began"
                assert [row[2].value for row in book["marked-people"].iter_rows(min_row=2)] == [None, "'+met in May"]
                continue
            assert content.keys() == {f"{table}.csv" for table in tables}
            notes = rows_of(content["notes-on-days.csv"], delimiter_of(form))
            assert notes == [{"day": "2025-01-03", "note": "'=began"}]
            assert len(rows_of(content["followers.csv"], delimiter_of(form))) == 38


@on_sqlite
def test_changes_of_all_exports_stand_in_one_table(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        found = rows_of(made(cast.alice, scope, ExportContent.CHANGES, ExportForm.CSV).path.read_bytes())
        kinds = [(row["list"], row["change"], row["username"]) for row in found]
        lost = [("followers", "lost", f"person000{number}") for number in (38, 39)]
        gained = [("followers", "gained", f"person0000{number}") for number in range(4)]
        assert sorted(kinds) == sorted(gained + lost)
        assert {(row["between_from"], row["between_to"]) for row in found} == {
            ("2025-01-02T06:40:00Z", "2025-02-02T12:40:00Z")
        }


@on_sqlite
def test_statistics_say_what_the_pages_say(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        growth, table = find_growth(scope, PeriodQuery(Preset.ALL)), find_posts(scope)
        whole = find_change(growth.history, Section.FOLLOWERS, Span(None, LATE))
        assert table is not None
        assert growth.fit is not None
        assert whole is not None
        assert (whole.gained, whole.lost, len(table.rows)) == (4, 2, 5)
        for step in Step:
            found = list_statistics(scope, step)
            assert found[-1].bucket == bucket_of(date(2025, 2, 2), step)
            assert found[-1].counts == {Section.FOLLOWERS: 38, Section.FOLLOWING: 4}
            assert any(not each.counts for each in found), "what no list counted is not told"
            assert all(one.bucket.last + timedelta(days=1) == other.bucket.first for one, other in pairwise(found)), (
                "the days have no gap"
            )
            assert sum(each.posts.posts or 0 for each in found if each.posts) == 5
            assert sum(each.followed or 0 for each in found) == sum(day.came for day in growth.fit.follows)
            for each in found:
                days = PostFilter(Period(each.bucket.first, each.bucket.last, PARIS), counted=True)
                assert each.likes == selection_figure(table, days, MetricKey.LIKES_TOTAL)
            told = [each.changes[Section.FOLLOWERS] for each in found if Section.FOLLOWERS in each.changes]
            assert (sum(each.gained for each in told), sum(each.lost for each in told)) == (4, 2)


@on_sqlite
def test_statistics_are_three_files_or_three_sheets(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        book = load_workbook(made(cast.alice, scope, ExportContent.STATISTICS, ExportForm.XLSX).path)
        assert book.sheetnames == ["statistics-by-day", "statistics-by-week", "statistics-by-month"]
        month = [str(cell.value) for cell in list(book["statistics-by-month"].iter_rows())[-1]]
        assert month[:4] == ["2025-02-01 00:00:00", "2025-02-28 00:00:00", "38", "4"]
        file = made(cast.alice, scope, ExportContent.STATISTICS, ExportForm.CSV)
        with zipfile.ZipFile(file.path) as archive:
            assert len(rows_of(archive.read("statistics-by-month.csv"))) == len(list(book["statistics-by-month"])) - 1
            assert "README.txt" in archive.namelist()


# ---- acceptance 6: what a French spreadsheet makes of it ----


def french(text: str) -> object:
    """Return what a spreadsheet of a reader in France takes a cell for."""
    if not text:
        return None
    if text in ("oui", "non"):
        return text == "oui"
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", text):
        return datetime.fromisoformat(text)
    number = text.replace("\u202f", "").replace("\u00a0", "")
    if number.replace(",", "", 1).removeprefix("-").isdecimal() and "." not in number:
        return float(number.replace(",", ".")) if "," in number else int(number)
    return text


@on_sqlite
def test_the_french_dialect_parses_into_the_same_values_as_the_workbook(app: Flask, cast: Cast) -> None:
    with app.app_context():
        posts = [post(f"2024-12-0{day} 12:00:00", 'a;b "c"\nd, 1,5', day * 1000) for day in range(1, 5)]
        scope = imported(cast.alice, posts)
        for content in (ExportContent.POSTS, ExportContent.CHANGES, ExportContent.FOLLOWING):
            text = made(cast.alice, scope, content, ExportForm.SPREADSHEET, "fr").path.read_bytes()
            assert text.startswith(b"\xef\xbb\xbf")
            table = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))
            sheet = load_workbook(made(cast.alice, scope, content, ExportForm.XLSX, "fr").path).worksheets[0]
            values = [[cell.value for cell in row] for row in sheet.iter_rows()]
            assert table[0] == values[0]
            assert [len(row) for row in table] == [len(table[0])] * len(values)
            for read, typed in zip(table[1:], values[1:], strict=True):
                for name, cell, value in zip(table[0], read, typed, strict=True):
                    found = french(cell)
                    if isinstance(value, str):
                        assert cell == value, name
                    elif isinstance(value, float):
                        assert found == pytest.approx(value, abs=1e-6), name
                    else:
                        assert found == value, name
            fractions = {cell for row in table for cell in row if isinstance(french(cell), float)}
            assert bool(fractions) is (content is ExportContent.POSTS)


@on_sqlite
def test_times_of_a_workbook_are_those_of_the_zone(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        sheet = load_workbook(made(cast.alice, scope, ExportContent.POSTS, ExportForm.XLSX).path).worksheets[0]
        place = [cell.value for cell in sheet[1]].index("published_at")
        seconds = db.session.scalars(select(Post.published_at).order_by(Post.published_at.desc()))
        assert [row[place].value for row in sheet.iter_rows(min_row=2)] == [
            datetime.fromtimestamp(second, ZoneInfo(PARIS)).replace(tzinfo=None) for second in seconds
        ]


@on_sqlite
def test_captions_that_look_like_formulas_stay_texts(app: Flask, cast: Cast) -> None:
    """SECURITY 66."""
    with app.app_context():
        start = datetime(2024, 12, 1, tzinfo=UTC)
        times = (f"{start + timedelta(hours=number):%Y-%m-%d %H:%M:%S}" for number in range(len(INJECTIONS)))
        scope = imported(cast.alice, [post(at, text) for at, text in zip(times, INJECTIONS, strict=True)])
        for form in ExportForm:
            content = made(cast.alice, scope, ExportContent.POSTS, form).path.read_bytes()
            if form is ExportForm.XLSX:
                book = load_workbook(io.BytesIO(content))
                assert types_of(book) <= set("sndb")
                place = [cell.value for cell in book["posts"][1]].index("title")
                titles = [row[place].value for row in book["posts"].iter_rows(min_row=2)]
            else:
                titles = [row["title"] for row in rows_of(content, delimiter_of(form))]
            assert len(titles) == len(INJECTIONS)
            # Reading an export takes away what nobody sees, so a few of them are harmless by then.
            assert {title.lstrip(" \u00a0\u3000\ufeff")[0] for title in titles} & set("=+-@\t\r\n|%＝＋－＠") == set()
            assert sum(title.startswith("'") for title in titles) > 50


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
