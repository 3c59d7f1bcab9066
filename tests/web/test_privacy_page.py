"""What people do on the privacy page with what is kept of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, run_jobs, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import send
from webapp import error_reports
from webapp.extensions import db
from webapp.models import User
from webapp.services.outbound import Purpose, note_use
from webapp.services.transaction import transaction


def do_jobs(app: Flask) -> None:
    with app.app_context():
        run_jobs()
        db.session.remove()


def test_a_person_takes_their_data_with_them(app: Flask, client: FlaskClient, bob: Member) -> None:
    sign_in(client, bob)
    assert client.get("/settings/privacy/export.zip").status_code == 404
    assert send(client, "/settings/privacy", "/settings/privacy/export").status_code == 303
    assert "are being put together" in client.get("/settings/privacy").text
    send(client, "/settings/privacy/delete", "/settings/privacy/export")
    assert "put together already" in client.get("/settings/privacy").text
    do_jobs(app)
    page = client.get("/settings/privacy").text
    assert "/settings/privacy/export.zip" in page
    answer = client.get("/settings/privacy/export.zip")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=tiktok-analytics-")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert b"bob@example.org" in archive.read("person.json")
    answer.close()
    send(client, "/settings/privacy", "/settings/privacy/export/delete")
    assert client.get("/settings/privacy/export.zip").status_code == 404


def test_nobody_gets_the_file_of_another(app: Flask, client: FlaskClient, bob: Member, alice: Member) -> None:
    sign_in(client, bob)
    send(client, "/settings/privacy", "/settings/privacy/export")
    do_jobs(app)
    sign_in(client, alice)
    assert client.get("/settings/privacy/export.zip").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/settings/privacy/export"),
        ("GET", "/settings/privacy/export.zip"),
        ("GET", "/settings/privacy/delete"),
        ("POST", "/settings/privacy/delete"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_grave_asks_again_who_sits_there(method: str, path: str, client: FlaskClient, bob: Member) -> None:
    """SECURITY 24."""
    sign_in(client, bob, has_sudo=False)
    fields = {"typed_email": "bob@example.org"}
    answer = send(client, "/settings/privacy", path, **fields) if method == "POST" else client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/settings/sudo?next=")
    with client.application.app_context():
        assert db.session.get_one(User, bob.user_id).deleted_at is None


def test_a_person_deletes_their_account(client: FlaskClient, bob: Member) -> None:
    sign_in(client, bob)
    page = client.get("/settings/privacy/delete")
    assert "Alice&#39;s team" in page.text
    refused = send(client, "/settings/privacy/delete", "/settings/privacy/delete", typed_email="alice@example.org")
    assert refused.status_code == 422
    assert "not the address that you sign in with" in refused.text
    answer = send(client, "/settings/privacy/delete", "/settings/privacy/delete", typed_email="bob@example.org")
    assert answer.status_code == 303
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert "Your account is deleted" in client.get("/login").text
    assert client.get("/settings/privacy").status_code == 303


def test_the_only_admin_sees_what_must_be_settled_and_no_button(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    page = client.get("/settings/privacy/delete").text
    assert "would be left without an admin" in page
    assert "typed_email" not in page
    with client.application.app_context():
        db.session.remove()
    assert client.get("/settings/privacy").status_code == 200


def test_an_installation_talks_to_nobody_by_itself(client: FlaskClient, bob: Member) -> None:
    sign_in(client, bob)
    page = client.get("/about/outbound").text
    assert "Talks to nobody." in page
    assert "Talk to this installation alone." in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_place_that_a_setting_names_is_listed(make_app: MakeApp, cast: object, bob: Member) -> None:
    app = make_app(
        ASSETS="cdn",
        MAIL_URL="smtp://user:hunter2@mail.example.org:587",
        SENTRY_DSN="https://hunter2@sentry.example.org/1",
        MEDIA_BASE_URL="https://cdn.example.org/media",
    )
    client = app.test_client()
    with app.app_context():
        with transaction() as session:
            note_use(session, Purpose.MAIL, "mail.example.org:587")
            note_use(session, Purpose.MAIL, "mail.example.org:587")
            note_use(session, Purpose.MAIL, "former.example.org:25")
        db.session.remove()
    sign_in(client, bob)
    page = client.get("/about/outbound").text
    assert page.count("never") == 1
    for address in ("mail.example.org:587", "sentry.example.org:443", "cdn.example.org", "cdn.jsdelivr.net"):
        assert page.count(f"<code>{address}</code>") == 1
    assert "no longer in use" in page
    assert "hunter2" not in page
    (app.config["APP"].instance_path / "last_error_report").touch()
    assert "never" not in client.get("/about/outbound").text


def test_a_report_of_a_fault_is_noted_as_it_leaves(tmp_path: Path) -> None:
    note = tmp_path / "last_error_report"
    left = error_reports._noted(note)({"level": "error", "secret": "x"}, {})
    assert (left["level"], "secret" in left) == ("error", False)
    assert note.exists()
