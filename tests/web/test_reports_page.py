"""The pages of reports: asking for one, waiting for it, reading it in short, taking it away; and the team's logo."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs, sign_in
from tests.images import picture, turned_photo
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.web.pages import csrf_token
from webapp.analytics.report_runs import read_report
from webapp.domain.errors import ErrorCode
from webapp.extensions import db, settings
from webapp.models import AuditAction, AuditEvent, Job, JobState, ReportRun, Team
from webapp.services import kept_folder, logos
from webapp.services.report_files import discard_files
from webapp.services.report_images import images_of
from webapp.services.transaction import transaction

# What is read from either database is checked with the service.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORM = {"period": "28d", "language": "en", "paper": "a4"}


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose account has two exports."""
    parse_here(monkeypatch)
    with app.app_context():
        import_done(alice, export_json(many(20)), exported_at=1_735_800_000)
        import_done(alice, export_json(many(32)), exported_at=1_738_500_000)
        db.session.remove()
    sign_in(client, alice)
    return client


def send(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    token = csrf_token(client.get("/reports/new"))
    return client.post(address, data={"csrf_token": token, **fields}, content_type="multipart/form-data")


@contextmanager
def transaction_of(app: Flask) -> Iterator[Session]:
    with app.app_context(), transaction() as session:
        yield session


def ask(app: Flask, client: FlaskClient, **fields: object) -> str:
    """Ask for a report, have it made, and return its address."""
    answer = send(client, "/reports", **{**FORM, **fields})
    assert answer.status_code == 303, words_of(answer)
    with app.app_context():
        run_jobs()
        db.session.remove()
    return answer.headers["Location"]


def test_without_data_the_pages_say_what_comes_first(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in words_of(client.get("/reports"))
    assert client.get("/reports/new").status_code == 404


def test_a_report_is_asked_for_awaited_read_and_taken_away(app: Flask, browser: FlaskClient) -> None:
    assert "No report yet" in words_of(browser.get("/reports"))
    asked = send(browser, "/reports", **FORM, title="Bilan <b>", notes="Well done.")
    href = asked.headers["Location"]
    waiting = browser.get(href)
    assert "being made" in words_of(waiting)
    assert 'hx-trigger="load delay:1s"' in waiting.text
    assert "hx-trigger" in browser.get("/reports").text
    assert browser.get(f"{href}.pdf").status_code == 404
    with app.app_context():
        run_jobs()
        db.session.remove()
    page, listed = browser.get(href), browser.get("/reports")
    for answer in (page, listed):
        assert "hx-trigger" not in answer.text
        assert "Bilan <b>" in words_of(answer)
    assert "Followers 32" in words_of(page)
    assert page.text.count('class="drawn"') == 4, "two lists, for desks and for phones"
    assert not re.search(r"\sstyle=", page.text)
    file = browser.get(f"{href}.pdf")
    assert file.data.startswith(b"%PDF-")
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"].endswith("''report-demo.maker-2025-01-05-2025-02-02.pdf")
    assert file.headers["Cache-Control"] == "no-store"
    with app.app_context():
        actions = list(db.session.scalars(select(AuditEvent.action)))
        assert AuditAction.DATA_DOWNLOADED in actions


def test_what_cannot_be_asked_for_is_said_beside_its_field(app: Flask, browser: FlaskClient) -> None:
    for fields, told in (
        ({"period": "whole_month", "month": "2025-13"}, "month"),
        ({"period": "whole_month"}, "month"),
        ({"period": "custom", "date_from": "2025-02-02", "date_to": "2025-01-01"}, "date"),
        ({"title": "x" * 121}, "at most 120 characters"),
        ({"notes": "x" * 4001}, "4000"),
        ({"paper": "a5"}, "Not a valid choice"),
        ({"section": "secrets"}, "is not a valid choice"),
    ):
        answer = send(browser, "/reports", **{**FORM, **fields})
        assert answer.status_code == 422
        assert told in answer.text, fields
        assert 'class="field-errors"' in answer.text
    with app.app_context():
        assert db.session.scalars(select(ReportRun)).all() == []


def test_a_month_has_its_days_and_only_the_parts_that_were_chosen(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    href = ask(app, browser, period="whole_month", month="2025-01", section=["figures", "sources"], language="fr")
    assert "January 2025" in words_of(browser.get(href))
    with app.app_context():
        report = read_report(account_scope(alice), href.rpartition("/")[2])
    assert (f"{report.head.first}", f"{report.head.last}") == ("2025-01-01", "2025-01-31")
    assert report.figures is not None
    assert report.sources is not None
    assert (report.growth, report.posts, report.news) == (None, None, None)


def test_a_report_is_made_again_in_another_language_and_deleted(app: Flask, browser: FlaskClient) -> None:
    href = ask(app, browser)
    again = send(browser, f"{href}/again", numbers="then", language="fr", paper="letter").headers["Location"]
    assert again != href
    with app.app_context():
        run_jobs()
        db.session.remove()
    assert "Français" in words_of(browser.get(again))
    assert f'href="{href}"' in browser.get(again).text
    assert send(browser, f"{href}/delete").status_code == 303
    assert browser.get(href).status_code == 404
    assert browser.get(f"{again}.pdf").status_code == 200


def test_a_file_that_is_gone_is_told_and_its_numbers_make_another(app: Flask, browser: FlaskClient) -> None:
    href = ask(app, browser)
    with app.app_context():
        discard_files(href.rpartition("/")[2])
    assert "The file is gone" in words_of(browser.get(href))
    assert browser.get(f"{href}.pdf").status_code == 404
    again = send(browser, f"{href}/again", numbers="then", **{name: FORM[name] for name in ("language", "paper")})
    with app.app_context():
        run_jobs()
        db.session.remove()
    assert browser.get(f"{again.headers['Location']}.pdf").status_code == 200


def test_a_report_that_came_to_nothing_says_why(app: Flask, browser: FlaskClient) -> None:
    href = send(browser, "/reports", **FORM).headers["Location"]
    with transaction_of(app) as session:
        run = session.scalars(select(ReportRun)).one()
        run.error = ErrorCode.JOB_CRASHED.value
        session.get_one(Job, run.job_id).error_params = {"attempts": 3}
    page = words_of(browser.get(href))
    assert "could not be made" in page
    assert "3" in page.partition("could not be made")[2]
    assert "hx-trigger" not in browser.get(href).text
    with transaction_of(app) as session:
        session.scalars(select(ReportRun)).one().error = JobState.CANCELLED.value
    assert "It was stopped." in words_of(browser.get(href))


def test_a_viewer_reads_reports_and_makes_none(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    href = ask(app, browser)
    sign_in(browser, cast.bob)
    page = browser.get(href)
    assert page.status_code == browser.get(f"{href}.pdf").status_code == 200
    assert "/again" not in page.text
    assert "/delete" not in page.text
    assert "/reports/new" not in browser.get("/reports").text


def test_masked_mode_lists_no_report_that_shows_more(app: Flask, browser: FlaskClient) -> None:
    href = ask(app, browser)
    send(browser, "/settings/masked", masked="names")
    listed = words_of(browser.get("/reports"))
    assert "1 report is not listed" in listed
    assert browser.get(href).status_code == 404
    assert browser.get(f"{href}.pdf").status_code == 404


# ---- the logo of the team ----


def logo_files(app: Flask) -> list[Path]:
    with app.app_context():
        folder = settings().instance_path / "logos"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def give_logo(client: FlaskClient, content: bytes) -> TestResponse:
    return send(client, "/team/logo", logo=(io.BytesIO(content), "logo.png"))


def test_a_logo_is_kept_in_small_shown_replaced_and_removed(app: Flask, browser: FlaskClient, alice: Member) -> None:
    assert give_logo(browser, picture(900, 300, "PNG")).status_code == 303
    page = browser.get("/team/settings")
    assert 'class="team-logo" src="data:image/webp;base64,' in page.text
    [first] = logo_files(app)
    with Image.open(first) as image:
        assert image.size == (480, 160)
    href = ask(app, browser)
    with app.app_context():
        report = read_report(account_scope(alice), href.rpartition("/")[2])
        assert report.head.logo == first.name
        assert images_of(report) == {first.name: first.read_bytes()}
    give_logo(browser, turned_photo())
    [second] = logo_files(app)
    assert second != first
    assert b"Secret" not in second.read_bytes()
    with app.app_context():
        assert images_of(report) == {}, "a report whose logo is gone is drawn without one"
    assert send(browser, "/team/logo/delete").status_code == 303
    assert logo_files(app) == []
    assert "team-logo" not in browser.get("/team/settings").text
    with app.app_context():
        trail = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("team:logo"))))
    assert trail == [AuditAction.TEAM_LOGO_SET, AuditAction.TEAM_LOGO_SET, AuditAction.TEAM_LOGO_REMOVED]


def test_what_is_no_logo_is_refused_in_words_and_leaves_nothing(app: Flask, browser: FlaskClient) -> None:
    for content, told in (
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image that can be read"),
        (picture(20, 20), "at least 50 on each side"),
        (b"", "No image arrived"),
    ):
        answer = give_logo(browser, content)
        assert answer.status_code == 422
        assert told in words_of(answer)
    assert logo_files(app) == []


def test_no_other_file_is_read_as_a_logo(app: Flask, browser: FlaskClient) -> None:
    with app.app_context():
        for name in ("../app.sqlite3", "x", "0" * 32 + ".webp", ""):
            assert logos.LOGOS.read(name) is None


def test_the_sweep_keeps_the_logo_of_a_team_and_nothing_else(
    app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_logo(browser, picture())
    [kept] = logo_files(app)
    (kept.parent / ("0" * 32 + ".webp")).write_bytes(b"x")
    (kept.parent / "left.part").mkdir()
    monkeypatch.setattr(kept_folder, "_ORPHAN_SECONDS", -1)
    with app.app_context():
        assert logos.sweep() == 2
        assert db.session.scalars(select(Team.logo).where(Team.logo.is_not(None))).one() == kept.name
    assert logo_files(app) == [kept]
