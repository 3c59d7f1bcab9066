"""The page of downloads: plain forms, a bar while a file is made, tables at once, and refusals."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.factories import Member, export_json, import_done, many, run_jobs, sign_in
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.web.pages import csrf_token
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, DataExport, Job, JobState

# What is read from either database is checked with the service.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/reports/downloads"


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose account has two exports."""
    parse_here(monkeypatch)
    posts = [{"Date": "2024-12-01 12:00:00", "Likes": "7", "Title": "=1+1", "Link": ""}]
    with app.app_context():
        import_done(alice, export_json(many(30)[2:], many(2, "brand"), posts=posts), exported_at=1_735_800_000)
        import_done(alice, export_json(many(30), many(2, "brand"), posts=posts), exported_at=1_738_500_000)
        run_jobs()
        db.session.remove()
    sign_in(client, alice)
    return client


def ask(client: FlaskClient, **fields: str) -> TestResponse:
    return client.post(PAGE, data={"csrf_token": csrf_token(client.get(PAGE)), **fields})


def do_jobs(app: Flask) -> None:
    with app.app_context():
        run_jobs()
        db.session.remove()


def test_without_an_account_the_page_says_what_to_do(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in client.get(PAGE).text
    assert client.get(f"{PAGE}/tables/changes.csv").status_code == 404


def test_a_file_is_asked_for_watched_fetched_and_deleted(browser: FlaskClient, app: Flask) -> None:
    assert ask(browser, content="everything", kind="xlsx").status_code == 303
    page = browser.get(PAGE)
    assert "Your file is being put together" in page.text
    assert "Waiting for its turn" in words_of(page)
    assert re.search(r'<progress aria-label="[^"]+"></progress>', page.text), "nobody knows yet how long it takes"
    assert f'hx-get="{PAGE}?poll=1" hx-trigger="load delay:2s"' in page.text
    part = browser.get(f"{PAGE}?poll=1", headers={"HX-Request": "true", "HX-Target": "downloads"})
    assert part.text.lstrip().startswith('<section id="downloads"')
    do_jobs(app)
    page = browser.get(PAGE)
    assert "hx-trigger" not in page.text.partition('id="downloads"')[2].partition("</section>")[0]
    told = words_of(page)
    assert re.search(r"Everything, in one ZIP XLSX [\d.]+\W?kB [\d,]+ rows until", told)
    [href] = re.findall(rf'href="({PAGE}/[0-9A-Za-z]+)"', page.text)
    file = browser.get(href, buffered=True)
    assert (file.status_code, file.mimetype) == (200, "application/zip")
    assert file.headers["Cache-Control"] == "no-store"
    assert re.search(
        r"attachment; filename=demo\.maker-everything-\d{4}-\d\d-\d\d\.zip", file.headers["Content-Disposition"]
    )
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        book = load_workbook(io.BytesIO(archive.read("everything.xlsx")))
    assert book["followers"].max_row == 31
    gone = browser.post(f"{href}/delete", data={"csrf_token": csrf_token(page)})
    assert gone.status_code == 303
    assert "The file is deleted." in browser.get(PAGE).text
    assert browser.get(href).status_code == 404
    with app.app_context():
        actions = db.session.scalars(select(AuditEvent.action))
        assert {AuditAction.EXPORT_FILE_ASKED, AuditAction.DATA_DOWNLOADED, AuditAction.EXPORT_FILE_DELETED} <= set(
            actions
        )


def test_the_bar_says_how_many_rows_are_written(browser: FlaskClient, app: Flask) -> None:
    ask(browser, content="followers", kind="csv")
    with app.app_context():
        job_id = db.session.scalars(select(DataExport.job_id)).one()
        running = {"state": JobState.RUNNING, "step": "followers", "progress_done": 12_000, "progress_total": 30_000}
        db.session.execute(update(Job).where(Job.id == job_id).values(**running))
        db.session.commit()
    page = browser.get(PAGE)
    assert "12,000 of 30,000 rows" in words_of(page)
    assert '<progress aria-label="Followers" max="30000" value="12000">' in page.text


def test_a_file_that_could_not_be_made_says_why(browser: FlaskClient, app: Flask) -> None:
    ask(browser, content="posts", kind="csv")
    with app.app_context():
        db.session.execute(update(DataExport).values(error="list_unknown"))
        db.session.commit()
    told = words_of(browser.get(PAGE))
    assert "Not made" in told
    assert "No export" in told


def test_a_choice_that_is_none_is_refused(browser: FlaskClient) -> None:
    answer = ask(browser, content="passwords", kind="csv")
    assert answer.status_code == 422
    assert 'class="field has-errors"' in answer.text
    assert browser.post(PAGE, data={"content": "posts", "kind": "csv"}).status_code == 403


def test_the_same_file_twice_is_told_to_wait(browser: FlaskClient) -> None:
    ask(browser, content="posts", kind="csv")
    assert ask(browser, content="posts", kind="csv").status_code == 303
    assert "being put together already" in browser.get(PAGE).text


def test_every_table_can_be_had_at_once_in_both_forms(browser: FlaskClient) -> None:
    page = browser.get(PAGE)
    links = [unescape(href) for href in re.findall(r'href="([^"]+\.csv[^"]*)"', page.text)]
    assert len(links) == 22
    for href in links:
        file = browser.get(href)
        assert (file.status_code, file.mimetype) == (200, "text/csv"), href
        head = file.data.decode("utf-8-sig").splitlines()[0]
        assert (";" in head) is ("dialect=excel" in href), href
    changes = browser.get(f"{PAGE}/tables/changes.csv").text.splitlines()
    assert len(changes) == 3
    days = browser.get(f"{PAGE}/tables/statistics-by-month.csv").text.splitlines()
    assert days[-1].startswith("2025-02-01,2025-02-28,30,2,")


def test_addresses_that_are_none_are_refused(browser: FlaskClient) -> None:
    refused = {
        f"{PAGE}/nothing": 404,
        f"{PAGE}/tables/followers.csv": 404,
        f"{PAGE}/tables/changes.csv?dialect=klingon": 422,
        f"{PAGE}?what=1": 422,
    }
    assert {path: browser.get(path).status_code for path in refused} == refused


def test_somebody_elses_file_is_not_there(browser: FlaskClient, app: Flask, bob: Member, charlie: Member) -> None:
    ask(browser, content="posts", kind="csv")
    do_jobs(app)
    [href] = re.findall(rf'href="({PAGE}/[0-9A-Za-z]+)"', browser.get(PAGE).text)
    unknown = browser.get(f"{PAGE}/nothing")
    for member in (bob, charlie):
        sign_in(browser, member)
        assert browser.get(href).status_code == 404
        assert browser.get(href).data[:400] == browser.get(f"{PAGE}/nothing").data[:400]
        assert href not in browser.get(PAGE).text
    assert unknown.status_code == 404


def test_a_file_that_is_over_is_neither_listed_nor_sent(browser: FlaskClient, app: Flask) -> None:
    ask(browser, content="posts", kind="csv")
    do_jobs(app)
    [href] = re.findall(rf'href="({PAGE}/[0-9A-Za-z]+)"', browser.get(PAGE).text)
    assert browser.get(href, buffered=True).status_code == 200
    with app.app_context():
        db.session.execute(update(DataExport).values(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
        db.session.commit()
    assert href not in browser.get(PAGE).text
    assert browser.get(href).status_code == 404


def test_masked_mode_hides_the_files_that_show_what_it_covers(browser: FlaskClient, app: Flask) -> None:
    ask(browser, content="posts", kind="csv")
    do_jobs(app)
    [href] = re.findall(rf'href="({PAGE}/[0-9A-Za-z]+)"', browser.get(PAGE).text)
    browser.post("/settings/masked", data={"csrf_token": csrf_token(browser.get(PAGE)), "masked": "names"})
    assert href not in browser.get(PAGE).text
    assert browser.get(href).status_code == 404
