"""What a page says when the database, the disk or the queue cannot."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from tests.factories import Member, export_json, receive, sign_in
from tests.web.pages import csrf_token
from webapp.domain.errors import ErrorCode
from webapp.extensions import db
from webapp.models import ImportOrigin, ImportRun, Job, Team
from webapp.services.imports import create_import
from webapp.services.transaction import transaction
from webapp.web import import_list, import_page, imports, requests
from webapp.web.requests import UploadStream


@pytest.fixture
def signed_in(client: FlaskClient, alice: Member) -> FlaskClient:
    sign_in(client, alice)
    return client


def begin_import(app: Flask, member: Member) -> str:
    with app.app_context():
        return create_import(member.actor, member.scope, receive(export_json()), ImportOrigin.WEB)


def upload(client: FlaskClient, content: bytes) -> object:
    page = client.get("/imports")
    form = {"csrf_token": csrf_token(page), "file": (io.BytesIO(content), "user_data_tiktok.json")}
    return client.post("/imports", data=form, content_type="multipart/form-data")


# the queue


def test_the_imports_page_says_that_the_queue_is_away_and_takes_files(
    signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_list, "is_away", lambda _url: True)
    monkeypatch.setattr(import_page, "is_away", lambda _url: True)
    page = signed_in.get("/imports").text
    assert "The queue is away at the moment" in page
    assert 'type="file"' in page
    fragment = signed_in.get("/imports", headers={"HX-Request": "true", "HX-Target": "queue_note"}).text
    assert fragment.startswith('<div id="queue_note"')
    assert "hx-get" in fragment, "it goes by itself"
    monkeypatch.setattr(import_list, "is_away", lambda _url: False)
    monkeypatch.setattr(import_page, "is_away", lambda _url: False)
    assert "The queue is away" not in signed_in.get("/imports").text


def test_an_import_that_waits_for_the_queue_says_so_and_one_that_is_done_does_not(
    app: Flask, signed_in: FlaskClient, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_list, "is_away", lambda _url: True)
    monkeypatch.setattr(import_page, "is_away", lambda _url: True)
    public_id = begin_import(app, alice)
    assert "Received; the queue is away at the moment" in signed_in.get(f"/imports/{public_id}").text
    with app.app_context():
        run = db.session.scalars(select(ImportRun)).one()
        run.state = type(run.state).CANCELLED
        db.session.commit()
    assert "the queue is away" not in signed_in.get(f"/imports/{public_id}").text


def test_a_paused_job_shows_why_on_both_pages(app: Flask, signed_in: FlaskClient, alice: Member) -> None:
    public_id = begin_import(app, alice)
    with app.app_context():
        db.session.scalars(select(Job)).one().error_code = ErrorCode.WAITS_FOR_SPACE
        db.session.commit()
    assert "Waiting for disk space" in signed_in.get(f"/imports/{public_id}").text
    page = signed_in.get("/admin/jobs").text
    assert "Waiting for disk space" in page
    assert "paused" in page


# the disk


def test_a_file_that_does_not_fit_is_refused_with_a_sentence_and_leaves_nothing(
    app: Flask, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = UploadStream.__init__

    def begin_on_a_full_disk(stream: UploadStream, directory: Path, reserve: int) -> None:
        begin(stream, directory, reserve)
        stream._file.close()
        stream._file = open("/dev/full", "wb")  # noqa: PTH123, SIM115

    monkeypatch.setattr(UploadStream, "__init__", begin_on_a_full_disk)
    for size in (10, 300_000):
        answer = upload(signed_in, export_json() + b" " * size)
        assert answer.status_code == 507  # type: ignore[attr-defined]
        assert "nearly full" in answer.text  # type: ignore[attr-defined]
    assert list((Path(app.instance_path) / "uploads").iterdir()) == []


def test_a_file_is_refused_while_it_comes_in_once_the_reserve_is_reached(
    app: Flask, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 600 * 1024 * 1024

    monkeypatch.setattr(requests.shutil, "disk_usage", lambda _path: Usage)
    monkeypatch.setattr(requests, "_CHECK_EVERY", 1000)
    write = UploadStream.write

    def fill_up(stream: UploadStream, data: bytes) -> int:
        written = write(stream, data)
        Usage.free = 0
        return written

    monkeypatch.setattr(UploadStream, "write", fill_up)
    answer = upload(signed_in, export_json() + b" " * 400_000)
    assert answer.status_code == 507  # type: ignore[attr-defined]
    assert list((Path(app.instance_path) / "uploads").iterdir()) == []


def test_a_page_that_meets_a_full_disk_says_so_and_is_no_fault_of_ours(
    app: Flask, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        return
    form = {"csrf_token": csrf_token(signed_in.get("/imports"))}

    def write_much(*_arguments: object) -> None:
        with transaction() as session:
            session.connection().exec_driver_sql("PRAGMA max_page_count = 1")
            session.add(Team(name="x" * 100_000, is_personal=False, created_at=datetime.now(UTC)))

    monkeypatch.setattr(imports.sample, "load_sample", write_much)
    for headers in ({}, {"HX-Request": "true"}):
        answer = signed_in.post("/imports/sample", data=form, headers=headers)
        assert answer.status_code == 507
        assert "is full" in answer.text


# the database


def test_a_database_that_is_away_is_a_page_with_a_sentence(
    signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        class Lost(Exception):
            sqlstate = "57P01"

        raise OperationalError("SELECT", {}, Lost())

    monkeypatch.setattr(import_list, "list_imports", refuse)
    answer = signed_in.get("/imports")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "The database does not answer at the moment" in answer.text
    # And where nothing at all can be read, not even who asks.
    monkeypatch.setattr("sqlalchemy.orm.Session.execute", refuse)
    monkeypatch.setattr("sqlalchemy.orm.Session.scalars", refuse)
    monkeypatch.setattr("sqlalchemy.orm.Session.get", refuse)
    for headers in ({}, {"HX-Request": "true"}):
        answer = signed_in.get("/imports", headers=headers)
        assert answer.status_code == 503


def test_a_statement_that_is_wrong_is_a_fault_of_ours(signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_list, "list_imports", lambda *_: db.session.execute(text("SELECT * FROM nowhere")))
    assert signed_in.get("/imports").status_code == 500
