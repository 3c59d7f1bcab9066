"""Mails: written with what they tell of, sent once by a job, the same in both parts, to one address and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as DatabaseSession

from config import ROOT
from tests.conftest import make_settings
from tests.factories import link_of, mail_text, run_jobs, sent_mails
from tests.mailbox import Receiver, serving
from tests.notices import told
from tests.reports import sample_report
from webapp.analytics.next_step import NextStep, Step
from webapp.domain.digests import DigestKind
from webapp.domain.notifications import NoticeKind
from webapp.domain.setting_values import MailSecurity, SettingsError, mail_url
from webapp.extensions import db
from webapp.models import Job, JobState, Mail, MailState
from webapp.renderers.digest import WayOn, digest_values
from webapp.renderers.mail import write_mail
from webapp.renderers.notification_mail import notification_values
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import run_job
from webapp.services.mails import MailKind, compose, queue_mail, queue_nobodys
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOSTILE = "Eve\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\u202e"
WAY_ON = WayOn(
    page="http://127.0.0.1:5000/dashboard?account=abc",
    step=NextStep(Step.LOOK_AT_LOST, 4),
    step_link="http://127.0.0.1:5000/audience/changes?account=abc",
    settings="http://127.0.0.1:5000/reports/digests?account=abc",
)
VALUES: dict[str, Any] = {
    **notification_values(
        [told(NoticeKind.FOLLOWERS), told(NoticeKind.NEW_DEVICE, 2)], "en", lambda path: f"http://127.0.0.1:5000{path}"
    ),
    "link": "http://127.0.0.1:5000/there/abc",
    "hours": 24,
    "minutes": 30,
    "days": 7,
    "at": "2026-11-23T12:00:00+00:00",
    "day": "2026-11-30T12:00:00+00:00",
    "ip": "192.0.2.7",
    "new_address": "new@example.org",
    "browser": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "code": "12345678",
    "left": 3,
    "team": "Alice & Co",
    "inviter": "alice@example.org",
    "who": "bob@example.org",
    "by": "alice@example.org",
    "role": "viewer",
    "what": "%(count)s wrong passwords within an hour.",
    "params": {"count": 20},
    "address": "someone@example.org",
    "site": "http://127.0.0.1:5000",
    "handle": "ada",
    "digest": "weekly",
    "mailing": {"link": "http://127.0.0.1:5000/u/abc"},
    "step": {"title": "Next", "text": "Why", "label": "How", "link": "http://127.0.0.1:5000/guide/tiktok"},
    "until": "3 May 2026",
    **digest_values(sample_report(), "en", DigestKind.WEEKLY, WAY_ON),
    "login_link": "http://127.0.0.1:5000/login",
    "reset_link": "http://127.0.0.1:5000/password/forgot",
    "security_link": "http://127.0.0.1:5000/settings/security",
}


def queue(app: Flask, kind: MailKind = MailKind.VERIFY_EMAIL, **values: Any) -> None:
    filled = {"link": VALUES["link"], "hours": 24, **values}
    with app.app_context(), transaction() as session:
        queue_mail(session, kind, address="a@example.org", locale="en", **filled)


def queue_and_fail(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        queue_mail(session, MailKind.VERIFY_EMAIL, address="a@example.org", locale="en", link="x", hours=1)
        raise RuntimeError


def test_a_mail_is_written_in_the_transaction_and_sent_once(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        queue_and_fail(app)
    assert sent_mails(app) == []
    queue(app)
    [mail] = sent_mails(app)
    assert len(sent_mails(app)) == 1
    assert link_of(mail) == "/there/abc"
    with app.app_context():
        row = db.session.scalars(select(Mail)).one()
        assert (row.state, row.body) == (MailState.SENT, None)


@on_sqlite
def test_what_a_mail_says_is_sealed_while_it_waits(app: Flask) -> None:
    queue(app)
    with app.app_context():
        body = db.session.scalars(select(Mail.body)).one()
        assert body is not None
        assert "abc" not in body
        assert "there" not in str(db.session.scalars(select(Job.arguments)).one())


def test_a_mail_to_nobody_is_as_much_work_and_leaves_nothing(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        queue_nobodys(session)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Job)) == 1
    assert sent_mails(app) == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Mail)) == 0


@pytest.mark.parametrize("locale", ["en", "fr", "xx", None])
def test_every_kind_of_mail_says_the_same_in_both_parts(locale: str | None) -> None:
    """SECURITY 68."""
    for kind in MailKind:
        mail = write_mail(kind.value, locale or "en", VALUES)
        assert mail.subject
        assert "\n" not in mail.subject
        shown = re.sub(r"<style.*?</style>|<title>.*?</title>", "", mail.html, flags=re.DOTALL)
        words, said = _words(unescape(re.sub(r"<[^>]+>", " ", shown))), _words(mail.text)
        # The HTML part has the subject as its heading; all other words are those of the text part.
        links = set(map(unescape, re.findall(r'href="([^"]*)"', shown)))
        assert said - {"--", "-", "·"} - links <= words
        assert words - said <= _words(mail.subject)


@pytest.mark.parametrize("kind", [kind.value for kind in MailKind])
def test_mails_load_nothing_and_link_to_this_installation_alone(kind: str) -> None:
    """SECURITY 68."""
    html = write_mail(kind, "en", VALUES).html
    assert {unescape(link) for link in re.findall(r'(?:href|src|background|action)="([^"]*)"', html)} <= {
        value for value in _texts(VALUES) if value.startswith("http://127.0.0.1:5000")
    }
    assert not re.search(r"<(img|script|form|iframe|link|object)\b|url\(|@import", html)
    assert "width" in html
    assert "600" in html
    assert len(html.encode()) < 102_000
    assert re.search(r'<p style="[^"]+"', html)


@on_sqlite
def test_what_people_typed_adds_neither_headers_nor_markup(app: Flask) -> None:
    """SECURITY 68."""
    queue(app, MailKind.INVITATION, team=HOSTILE, inviter=HOSTILE, role="viewer", days=7)
    [mail] = sent_mails(app)
    assert mail["Bcc"] is None
    assert mail.get_all("To") == ["a@example.org"]
    assert sorted(mail.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()
    assert "\u202e" not in mail_text(mail)
    assert not any(line.startswith("Bcc") for line in mail_text(mail).splitlines())


def test_every_kind_has_its_template_and_every_template_its_kind() -> None:
    files = {path.stem for path in (ROOT / "templates" / "emails").glob("*.html")}
    assert {name for name in files if not name.startswith("_")} == {kind.value for kind in MailKind}


@on_sqlite
def test_a_server_gets_the_mail_and_nobody_else_does(app: Flask) -> None:
    receiver = Receiver()
    with serving(app, receiver):
        queue(app)
        with app.app_context():
            assert run_jobs() == [JobState.DONE]
    [(recipients, message)] = receiver.taken
    assert recipients == ["a@example.org"]
    assert message["From"] == "TikTok Analytics <no-reply@localhost>"
    assert link_of(message) == "/there/abc"
    assert not app.config["APP"].outbox_directory.exists()


@on_sqlite
@pytest.mark.parametrize("answer", ["451 later", None])
def test_a_server_that_is_away_is_tried_again_for_a_day(app: Flask, answer: str | None) -> None:
    with serving(app, Receiver(answer) if answer else None):
        queue(app)
        with app.app_context():
            job = db.session.scalars(select(Job)).one()
            _run_once(job.id)
            db.session.expire_all()
            job = db.session.scalars(select(Job)).one()
            # It waits without a try being counted.
            assert (job.state, job.attempts) == (JobState.QUEUED, 0)
            long_ago = datetime.now(UTC) - timedelta(hours=25)
            db.session.execute(update(Mail).values(created_at=long_ago))
            db.session.execute(update(Job).values(run_at=0))
            db.session.commit()
            _run_once(job.id)
            db.session.expire_all()
            mail = db.session.scalars(select(Mail)).one()
            assert (mail.state, mail.error, mail.body) == (MailState.FAILED, "mail_too_late", None)


@on_sqlite
def test_a_mail_that_is_refused_for_good_is_not_tried_again(app: Flask) -> None:
    with serving(app, Receiver("550 no such mailbox")):
        queue(app)
        with app.app_context():
            assert run_jobs() == [JobState.FAILED]
            mail = db.session.scalars(select(Mail)).one()
            assert (mail.state, mail.error, mail.body) == (MailState.FAILED, "mail_refused", None)


@on_sqlite
def test_an_account_that_is_gone_leaves_no_mail_behind(app: Flask) -> None:
    queue(app, MailKind.PERSON_DELETED)
    assert len(sent_mails(app)) == 1
    with app.app_context():
        assert db.session.scalars(select(Mail)).all() == []


@on_sqlite
def test_addresses_beyond_ascii_are_kept(session: DatabaseSession) -> None:
    with transaction() as writing:
        queue_mail(writing, MailKind.VERIFY_EMAIL, address="jörg@bücher.example", locale="en", link="x", hours=1)
    mail = session.scalars(select(Mail)).one()
    assert compose(mail)["To"] == "jörg@bücher.example"
    assert "jörg" in compose(mail).as_bytes().decode()


@pytest.mark.parametrize(
    ("text", "security", "port"),
    [
        ("smtp://u:p%40%3A@mail.example.org", MailSecurity.STARTTLS, 587),
        ("smtp://mail.example.org:25?starttls=off", MailSecurity.NONE, 25),
        ("smtp://127.0.0.1:1025", MailSecurity.NONE, 1025),
        ("smtps://u:p@mail.example.org", MailSecurity.TLS, 465),
    ],
)
def test_the_mail_server_is_read_from_its_address(text: str, security: MailSecurity, port: int) -> None:
    server = mail_url(text)
    assert (server.security, server.port) == (security, port)
    assert server.password in (None, "p", "p@:")


@pytest.mark.parametrize(
    "text",
    [
        *("mail.example.org", "http://mail.example.org", "smtp://:25", "smtp://h:0", "smtp://h:99999", "smtp://u@h"),
        *("smtp://h/path", "smtp://h?starttls=maybe", "smtp://h?tls=on", "smtps://h?starttls=on"),
    ],
)
def test_a_bad_address_of_a_mail_server_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        make_settings(tmp_path, "sqlite:////nowhere", MAIL_URL=text)
    assert "MAIL_URL" in str(refusal.value)
    assert text not in str(refusal.value)


def _run_once(job_id: str) -> None:
    run_job(job_id, HANDLERS)


def _texts(value: object) -> Iterator[str]:
    """Yield every text in the values of a mail, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _words(text: str) -> set[str]:
    return {word.strip(":\u00a0") for word in text.split()} - {""}
