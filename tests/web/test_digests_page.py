"""The page of digests, and what the links in their mails open."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.factories import Cast, export_json, import_done, link_of, mail_text, many, sent_mails, sign_in
from tests.web.pages import csrf_token, send
from webapp.extensions import db
from webapp.models import DigestSubscription, User

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PAGE = "/reports/digests"
WEEKLY = {"kind": "weekly", "locale": "en", "timezone": "Europe/Paris"}


@pytest.fixture
def browser(app: Flask, cast: Cast, client: FlaskClient) -> FlaskClient:
    """A browser of Dana, an editor; the account has two exports."""
    with app.app_context():
        posts = [{"Date": "2026-11-20 12:00:00", "Likes": "30", "Title": "A caption of a post"}]
        import_done(cast.alice, export_json(many(9), posts=posts), exported_at=1_795_000_000)
        import_done(cast.alice, export_json([*many(9), *many(3, "new")], posts=posts), exported_at=1_795_400_000)
        db.session.remove()
    sign_in(client, cast.dana)
    return client


def rows(app: Flask) -> list[DigestSubscription]:
    with app.app_context():
        found = list(db.session.scalars(select(DigestSubscription).order_by(DigestSubscription.id)))
        db.session.expunge_all()
        db.session.remove()
    return found


def test_a_digest_is_set_up_changed_and_ended(app: Flask, browser: FlaskClient) -> None:
    assert send(browser, PAGE, PAGE, **WEEKLY).location == PAGE
    [row] = rows(app)
    page = browser.get(PAGE).text
    assert "Europe/Paris" in page
    assert re.search(r"next: .*7:00", page)
    # The form offers what is not there yet.
    assert re.findall(r'<option[^>]* value="(weekly|monthly)"', page.partition("For people")[0]) == ["monthly"]
    edit = browser.get(f"{PAGE}?edit={row.public_id}").text
    assert f'action="{PAGE}/{row.public_id}"' in edit
    answer = send(browser, PAGE, f"{PAGE}/{row.public_id}", locale="fr", timezone="Asia/Tokyo")
    assert answer.location == PAGE
    [row] = rows(app)
    assert (row.locale, row.timezone) == ("fr", "Asia/Tokyo")
    refused = send(browser, PAGE, f"{PAGE}/{row.public_id}", locale="xx", timezone="Mars/Base")
    assert refused.status_code == 422
    assert send(browser, PAGE, f"{PAGE}/{row.public_id}/delete").location == PAGE
    assert rows(app) == []


def test_somebody_without_an_account_is_asked_and_says_yes(app: Flask, browser: FlaskClient) -> None:
    answer = send(browser, PAGE, f"{PAGE}/recipients", **WEEKLY, email="ingrid@example.org")
    assert answer.location == PAGE
    assert "Waits for a yes" in browser.get(PAGE).text
    [offer] = sent_mails(app)
    visitor, link = app.test_client(), link_of(offer)
    shown = visitor.get(link)
    assert "ingrid@example.org" in shown.text
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert rows(app)[0].confirmed_at is None
    done = visitor.post(link, data={"csrf_token": csrf_token(shown)})
    assert done.status_code == 200
    assert rows(app)[0].confirmed_at is not None
    # It worked once.
    assert visitor.get(link).status_code == 404
    again = send(browser, PAGE, f"{PAGE}/recipients", **WEEKLY, email="Ingrid@example.org")
    assert again.status_code == 422
    assert "goes to that address already" in again.text


def test_one_post_ends_a_digest_and_no_get_does(app: Flask, browser: FlaskClient) -> None:
    send(browser, PAGE, PAGE, **WEEKLY)
    [row] = rows(app)
    send(browser, PAGE, f"{PAGE}/{row.public_id}/send")
    [mail] = sent_mails(app)
    address = str(mail["List-Unsubscribe"]).strip("<>").removeprefix("http://127.0.0.1:5000")
    server = app.test_client(use_cookies=False)
    for _ in range(2):
        page = server.get(address)
        assert page.status_code == 200
        assert "Stop the weekly digest of @demo.maker?" in page.text
        assert f'method="post" action="{address}"' in page.text
        server.head(address)
        server.options(address)
    assert rows(app)[0].unsubscribed_at is None
    # As mail services send it: no cookie, no token, from nowhere.
    answer = server.post(
        address,
        data={"List-Unsubscribe": "One-Click"},
        headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    first = rows(app)[0].unsubscribed_at
    assert first is not None
    form = server.post(address, data={"List-Unsubscribe": "One-Click"}, content_type="multipart/form-data")
    assert form.status_code == 200
    assert rows(app)[0].unsubscribed_at == first
    assert "The weekly digest of @demo.maker is stopped" in server.get(address).text
    assert "Ended by the recipient" in browser.get(PAGE).text
    # It can be begun again.
    assert send(browser, PAGE, PAGE, **WEEKLY).location == PAGE
    assert rows(app)[0].unsubscribed_at is None


def test_links_that_we_did_not_sign_are_all_alike(app: Flask, browser: FlaskClient) -> None:
    send(browser, PAGE, PAGE, **WEEKLY)
    public_id, visitor = rows(app)[0].public_id, app.test_client()
    tokens = (f"{public_id}{'A' * 22}", f"{'0' * 20}{'A' * 22}", "x", "%F0%9F%8F%96", "a" * 300)
    answers = [visitor.open(f"/u/{token}", method=method) for token in tokens for method in ("GET", "POST")]
    assert {answer.status_code for answer in answers} == {404}
    alike = {
        re.sub(r"[0-9a-f]{16}|/u/[^\"<]*|csrf[^>]*>|content=\"[^\"]*\"|X-CSRFToken[^}]*", "", each.text)
        for each in answers
    }
    assert len(alike) == 1
    assert rows(app)[0].unsubscribed_at is None


def test_the_preview_is_the_mail_and_holds_no_styles_of_its_own(app: Flask, browser: FlaskClient) -> None:
    send(browser, PAGE, PAGE, **WEEKLY)
    public_id = rows(app)[0].public_id
    page = browser.get(f"{PAGE}/{public_id}/preview")
    assert "A caption of a post" in page.text
    assert " style=" not in page.text
    assert "<style" not in page.text
    assert '<link rel="stylesheet" href="/static/css/mail.css' in page.text
    assert "/u/" not in page.text
    text = browser.get(f"{PAGE}/{public_id}/preview.txt")
    assert text.mimetype == "text/plain"
    send(browser, PAGE, f"{PAGE}/{public_id}/send")
    [mail] = sent_mails(app)
    sent, shown = mail_text(mail), text.text
    for line in sent.splitlines():
        assert "http" in line or line in shown, line
    # Whoever covers captions on their pages looks at the mail on one.
    send(browser, PAGE, "/settings/masked", masked="names")
    covered = browser.get(f"{PAGE}/{public_id}/preview").text
    assert "A caption of a post" not in covered
    assert "dana@example.org" not in unescape(covered)


def test_others_digests_do_not_exist(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    send(browser, PAGE, PAGE, **WEEKLY)
    send(browser, PAGE, f"{PAGE}/recipients", **WEEKLY, email="ingrid@example.org")
    own, outside = rows(app)
    for member, hidden in ((cast.alice, [own]), (cast.bob, [own, outside]), (cast.charlie, [own, outside])):
        other = app.test_client()
        sign_in(other, member)
        for row in hidden:
            for path in ("preview", "preview.txt"):
                assert other.get(f"{PAGE}/{row.public_id}/{path}").status_code == 404
            for path in ("", "/delete", "/send"):
                answer = send(other, PAGE, f"{PAGE}/{row.public_id}{path}", locale="fr", timezone="UTC")
                assert answer.status_code == 404, (member.email, path)
    assert len(rows(app)) == 2


def test_an_address_that_is_not_confirmed_gets_no_digests(app: Flask, cast: Cast, browser: FlaskClient) -> None:
    """SECURITY 14."""
    with app.app_context():
        db.session.execute(update(User).where(User.id == cast.dana.user_id).values(verified_at=None))
        db.session.commit()
    assert send(browser, PAGE, PAGE, **WEEKLY).status_code == 403
    assert send(browser, PAGE, f"{PAGE}/recipients", **WEEKLY, email="ingrid@example.org").status_code == 403
    assert rows(app) == []
