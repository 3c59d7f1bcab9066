"""Digests as a real mail server takes them: headers, parts, links, and how a mail service ends one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from tests.digests import DAY, let_be_due
from tests.factories import Cast, account_scope, export_json, import_done, mail_text, many, run_jobs, sign_in
from tests.mailbox import Receiver, serving
from webapp.domain.digests import DigestKind, DigestOutcome
from webapp.extensions import db
from webapp.models import DigestSlot, DigestSubscription, Job, JobState
from webapp.queue import JobKind
from webapp.services import digests
from webapp.services.digests import DigestWish
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import run_job

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SITE = "http://127.0.0.1:5000"


class _Look(HTMLParser):
    """What the HTML part of a mail holds: its links, and whatever it would load or send by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, and an element that loads or sends something."""
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag in ("img", "script", "link", "iframe", "form", "object", "video", "input"):
            self.loads.append(tag)
        self.loads += [name for name in given if name in ("background", "src", "srcset") or name.startswith("on")]


@pytest.fixture
def receiver(app: Flask, cast: Cast) -> Receiver:
    """A server that took Alice's weekly and monthly digest."""
    now, found = int(datetime.now(UTC).timestamp()), Receiver()
    published = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S")
    posts = [{"Date": published, "Likes": str(likes), "Title": f"Post {likes} &  <b>"} for likes in (10, 40, 30, 20)]
    with app.app_context():
        import_done(cast.alice, export_json(many(30), posts=posts), exported_at=now - 9 * DAY)
        import_done(cast.alice, export_json([*many(30)[3:], *many(5, "new")], posts=posts), exported_at=now - 60)
        scope = account_scope(cast.alice)
        for kind in DigestKind:
            digests.subscribe(cast.alice.actor, scope, DigestWish(kind, "en", "Europe/Paris"))
        let_be_due(weeks=1)
        with serving(app, found):
            assert set(run_jobs()) == {JobState.DONE}
        db.session.remove()
    return found


def mails_of(receiver: Receiver) -> tuple[EmailMessage, EmailMessage]:
    """Return the weekly and the monthly mail."""
    assert [recipients for recipients, _ in receiver.taken] == [["alice@example.org"]] * 2
    by_list = {str(mail["List-Id"]).partition("<")[2].partition(".")[0]: mail for _, mail in receiver.taken}
    return by_list["weekly"], by_list["monthly"]


def test_headers_say_what_it_is_and_how_it_ends(receiver: Receiver) -> None:
    weekly, monthly = mails_of(receiver)
    for mail in (weekly, monthly):
        assert mail["From"] == "TikTok Analytics <no-reply@localhost>"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert re.fullmatch(rf"<{SITE}/u/[0-9a-f]{{20}}[\w-]{{22}}>", mail["List-Unsubscribe"])
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(r"TikTok Analytics\s+<(weekly|monthly)\.[0-9a-f]{20}\.127\.0\.0\.1>", mail["List-Id"])
        assert re.fullmatch(r"<[0-9a-f]{20}@localhost>", mail["Message-ID"])
        assert mail["Date"] is not None
    assert weekly["List-Unsubscribe"] != monthly["List-Unsubscribe"]


def test_both_parts_are_whole_and_the_month_has_its_pdf(receiver: Receiver) -> None:
    weekly, monthly = mails_of(receiver)
    assert [part.get_content_type() for part in weekly.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert [part.get_content_type() for part in monthly.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        "application/pdf",
    ]
    [pdf] = list(monthly.iter_attachments())
    assert pdf.get_content().startswith(b"%PDF-")
    text, page = mail_text(weekly), weekly.get_body(("html",))
    assert page is not None
    html = page.get_content()
    for said in ("Followers: 32", "Gained: 5", "No longer follow you: 3"):
        assert said in text
    # The three with the most likes, most first, as they were written.
    assert re.findall(r"^- (Post \d+ & <b>) · (\d+) likes", text, re.MULTILINE) == [
        (f"Post {likes} & <b>", str(likes)) for likes in (40, 30, 20)
    ]
    assert "Post 40 &amp; &lt;b&gt;" in html
    look = _Look()
    look.feed(html)
    assert look.loads == []
    assert look.links
    assert {link[: len(SITE) + 1] for link in look.links} == {f"{SITE}/"}
    # One column that is read as well in the dark, with its styles where mail programs look for them.
    assert 'width="600"' in html
    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert '<h2 style="' in html
    assert len(html.encode()) < 102_000


def test_every_link_of_a_digest_leads_somewhere(
    app: Flask, receiver: Receiver, cast: Cast, client: FlaskClient
) -> None:
    sign_in(client, cast.alice)
    links = {link for mail in mails_of(receiver) for link in re.findall(rf"{SITE}(/\S*)", mail_text(mail))}
    assert len(links) >= 5
    assert {link: status for link in links if (status := client.get(link).status_code) != 200} == {}


def test_a_quiet_week_asks_for_an_export_once_and_then_sends_nothing(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        db.session.execute(delete(DigestSubscription).where(DigestSubscription.kind == DigestKind.MONTHLY))
        db.session.commit()
        for sent in (3, 3, 3):
            let_be_due(weeks=1)
            with serving(app, receiver):
                run_jobs()
            assert len(receiver.taken) == sent
        outcomes = db.session.scalars(select(DigestSlot.outcome).order_by(DigestSlot.planned_at)).all()
        assert outcomes == [
            *(DigestOutcome.TOLD, DigestOutcome.REMINDED),
            *(DigestOutcome.SILENT, DigestOutcome.SILENT),
        ]
        db.session.remove()
    [_, reminder] = receiver.taken[-1]
    assert "nothing new without a new export" in reminder["Subject"]
    assert reminder["List-Unsubscribe"] is not None


def test_a_mail_service_ends_it_with_one_post_and_never_by_looking(
    app: Flask, receiver: Receiver, client: FlaskClient
) -> None:
    weekly, _ = mails_of(receiver)
    address = str(weekly["List-Unsubscribe"]).strip("<>").removeprefix(SITE)
    for link in re.findall(rf"{SITE}(/\S*)", mail_text(weekly)):
        client.get(link)
        client.head(link)
    assert ended(app) == []
    answer = client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    assert ended(app) == [DigestKind.WEEKLY]
    with app.app_context():
        let_be_due(weeks=1)
        with serving(app, receiver):
            run_jobs()
        db.session.remove()
    assert [mail["Subject"] for _, mail in receiver.taken[2:] if "week" in mail["Subject"]] == []


def test_a_digest_waits_for_its_server_and_keeps_its_file(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(many(9)), exported_at=int(datetime.now(UTC).timestamp()) - 60)
        wish = DigestWish(DigestKind.MONTHLY, "en", "UTC")
        digests.subscribe(cast.alice.actor, account_scope(cast.alice), wish)
        let_be_due(weeks=1)
        for kind in (JobKind.DIGESTS_PLAN, JobKind.DIGEST_SEND):
            run_job(job_of(kind), HANDLERS)
        folder = app.config["APP"].instance_path / "mail_files"
        for receiver, left in ((Receiver("451 later"), 1), (Receiver(), 0)):
            db.session.execute(update(Job).values(run_at=0))
            db.session.commit()
            with serving(app, receiver):
                run_job(job_of(JobKind.MAIL_SEND), HANDLERS)
            assert len(list(folder.iterdir())) == left
        [(_, mail)] = receiver.taken
        assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]
        db.session.remove()


def job_of(kind: JobKind) -> str:
    db.session.rollback()
    return db.session.scalars(select(Job.id).where(Job.kind == kind, Job.state == JobState.QUEUED)).one()


def ended(app: Flask) -> list[DigestKind]:
    with app.app_context():
        is_ended = DigestSubscription.unsubscribed_at.is_not(None)
        found = list(db.session.scalars(select(DigestSubscription.kind).where(is_ended)))
        db.session.remove()
    return found
