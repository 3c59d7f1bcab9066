"""Public links hold what they promise (SECURITY 71 to 75): secrets, reach, headers, watermark, doors."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, update

from tests.factories import Cast, account_scope
from tests.house.access_table import TABLE
from tests.house.actors import Actor, Caller
from tests.house.world import address, make_world, order
from tests.reports import empty_report, sample_report
from tests.shares import furnish_account, make_share, make_shared_app, share_of
from tests.web.pages import send
from webapp.analytics.reports.payload import encode
from webapp.domain.redaction import NameDisplay
from webapp.domain.report_query import ReportQuery
from webapp.domain.secret_texts import digest_of, new_secret
from webapp.domain.shares import PASS_SECONDS
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Base, ShareLink, SharePayload
from webapp.services import share_door, shares
from webapp.services.shares import NewShare
from webapp.services.transaction import transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORD = "a long enough secret"
# The 1 % quantiles of chi squared with 63 degrees of freedom on either side.
CHI_LOW, CHI_HIGH = 39.9, 92.0
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
HOSTILE = '"><img src=x onerror=alert(1)></bdi>\u202egnp.exe\u2066 {{7*7}} %(x)s'


def made_in(app: Flask, cast: Cast, **wishes: Any) -> NewShare:
    """Make a link of an account that is furnished already."""
    with app.app_context():
        return make_share(cast.alice, **wishes)


def told(answer: object) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Return all that an answer says but its number."""
    headers = tuple(sorted((name, value) for name, value in answer.headers if name != "X-Request-Id"))  # type: ignore[attr-defined]
    return answer.status_code, answer.data, headers  # type: ignore[attr-defined]


# ---- 71: the secret, its end, and what opens nothing ----


@pytest.mark.usefixtures("database_url")
def test_secrets_of_links_are_random_and_never_twice_the_same() -> None:
    tokens = [new_secret() for _ in range(10_000)]
    assert len(set(tokens)) == len(tokens)
    # The last character stands for four bits alone.
    counts = Counter(character for token in tokens for character in token[:42])
    expected = 42 * len(tokens) / 64
    assert len(counts) == 64
    assert CHI_LOW < sum((count - expected) ** 2 / expected for count in counts.values()) < CHI_HIGH


def test_the_database_holds_no_secret_of_a_link(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, password=WORD)
    send(client, f"/s/{made.token}", f"/s/{made.token}", password=WORD)
    with app.app_context():
        rows = [str(tuple(row)) for table in Base.metadata.sorted_tables for row in db.session.execute(table.select())]
        assert len(share_of(made).token_hash) == 64
        db.session.remove()
    assert not [row for row in rows if made.token in row or WORD in row]


def test_a_link_opens_until_its_second_and_not_from_it_on(app: Flask, cast: Cast, client: FlaskClient) -> None:
    url = make_shared_app(app, cast.alice, days=1)
    with app.app_context():
        ends_at = db.session.scalars(select(ShareLink.expires_at)).one()
    for seconds, expected in ((-1, 200), (0, 404), (1, 404)):
        with time_machine.travel(ends_at + timedelta(seconds=seconds), tick=False):
            assert client.get(url).status_code == expected, seconds


def test_a_revoked_link_answers_also_a_browser_that_has_kept_the_page(
    app: Flask, cast: Cast, client: FlaskClient
) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, password=WORD, allows_pdf=True)
    url = f"/s/{made.token}"
    send(client, url, url, password=WORD)
    assert [client.get(f"{url}{part}").status_code for part in ("", ".pdf", "/image.png")] == [200, 200, 200]
    with app.app_context():
        shares.revoke_share(cast.alice.actor, account_scope(cast.alice), made.public_id)
        db.session.remove()
    kept = {"If-None-Match": "*", "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}
    answers = [client.get(f"{url}{part}", headers=kept).status_code for part in ("", ".pdf", "/image.png")]
    assert answers == [404, 404, 404]


def test_whatever_opens_nothing_is_answered_alike_after_one_hash(
    app: Flask, cast: Cast, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        links = {name: make_share(cast.alice) for name in ("revoked", "paused", "expired", "empty", "orphaned", "good")}
        links["used up"] = make_share(cast.alice, max_views=1)
        scope, actor = account_scope(cast.alice), cast.alice.actor
        shares.revoke_share(actor, scope, links["revoked"].public_id)
        shares.pause_share(actor, scope, links["paused"].public_id)
        closed: dict[str, dict[str, Any]] = {
            "expired": {"expires_at": datetime.now(UTC)},
            "empty": {"payload_id": None},
            "orphaned": {"created_by": cast.charlie.user_id},
            "used up": {"views": 1},
        }
        for name, values in closed.items():
            with transaction() as session:
                mine = ShareLink.public_id == links[name].public_id
                session.execute(update(ShareLink).where(mine).values(**values))
        db.session.remove()
    good = links.pop("good").token
    bad = [link.token for link in links.values()]
    bad += ["A" * 43, "x", "0", "A" * 5000, f"{good}x", good[:-1], f"{good}.", f"{good}%2F", f"{good}/", f"{good}/more"]
    bad += [good.swapcase(), "é" * 43, "%00", f"{good}%0a", "..%2f..%2fetc", f"{good}.png", "{{7*7}}"]
    hashed: list[str] = []

    def count(text: str) -> str:
        hashed.append(text)
        return digest_of(text)

    assert client.get(f"/s/{good}").status_code == 200
    monkeypatch.setattr(share_door, "digest_of", count)
    answers = {}
    for token in bad:
        hashed.clear()
        answers[token] = told(client.get(f"/s/{token}"))
        assert len(hashed) == (0 if token == "%00" else 1), token
    nul = answers.pop("%00")
    assert nul[0] == 400
    (common,) = set(answers.values())
    assert common[0] == 404
    assert "Set-Cookie" not in dict(common[2])
    parts = ("", ".pdf", "/image.png")
    assert {told(client.get(f"/s/{token}{part}")) for token in bad[:7] for part in parts} == {common}
    posted = {client.post(f"/s/{token}", data={"password": WORD}).data for token in bad[:8]}
    assert posted == {common[1]}


def test_a_payload_of_another_version_is_nothing_rather_than_a_fault(
    app: Flask, cast: Cast, client: FlaskClient
) -> None:
    url = make_shared_app(app, cast.alice)
    with app.app_context(), transaction() as session:
        session.execute(update(SharePayload).values(body='{"head": 1}'))
    assert told(client.get(url)) == told(client.get("/s/nothing"))


# ---- 72: one report and nothing else ----


def test_a_link_opens_no_other_address(app: Flask, cast: Cast) -> None:
    """The actor “share token” in the matrix of all routes: what it gets is what anybody gets."""
    world = make_world(app, cast)
    made = made_in(app, cast, password=WORD)
    visitor, nobody = (Caller(app, cast, Actor.ANONYMOUS) for _ in range(2))
    url, wrong = f"/s/{made.token}", []
    assert send(visitor.client, url, url, password=WORD).status_code == 303
    assert visitor.client.get(url).status_code == 200
    for method, rule in sorted(TABLE, key=order):
        with visitor.open(method, address(rule, world), data=world.body(rule)) as answer:
            if answer.status_code != TABLE[method, rule][Actor.ANONYMOUS]:
                wrong.append(f"{method} {rule}: {answer.status_code}")
        if rule.startswith("/api/") and method == "GET":
            bearer = {"Authorization": f"Bearer {made.token}"}
            if nobody.client.get(address(rule, world), headers=bearer).status_code not in (200, 303, 401):
                wrong.append(f"{rule} with the secret as a key")
    assert not wrong, "\n".join(wrong)
    assert visitor.client.get(url).status_code == 200, "the visitor has kept the way in all the time"


def test_nothing_that_is_sent_along_changes_what_is_shown(app: Flask, cast: Cast, client: FlaskClient) -> None:
    url = make_shared_app(app, cast.alice, recipient="Acme")
    page = client.get(url).data
    member = Caller(app, cast, Actor.ADMIN).client
    for query in (
        "names=shown&numbers=absolute&section=changes&period=all&watermark=0&recipient=",
        "account=" + "0" * 20,
        "page=2&page_size=1000&search=fan&poll=1",
        "lang=fr&theme=dark&token=x&report=1&export=csv",
    ):
        assert client.get(f"{url}?{query}").data == page
        assert member.get(f"{url}?{query}").data == page, "members see what everybody sees"
    for target in ("share_state", "figure", "main", "posts"):
        assert client.get(url, headers={"HX-Request": "true", "HX-Target": target}).data == page


def test_a_page_leads_nowhere_and_names_nothing_of_the_app(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, allows_pdf=True)
        ids = {
            str(row.public_id)
            for table in Base.metadata.sorted_tables
            if "public_id" in table.c
            for row in db.session.execute(table.select())
        }
        db.session.remove()
    url = f"/s/{made.token}"
    text = client.get(url).text
    leads = {html.unescape(link) for link in re.findall(r'(?:href|src|action|hx-\w+)="([^"]*)"', text)}
    assert {lead for lead in leads if not lead.startswith(("/static/", "/brand-", "#"))} == {f"{url}.pdf"}
    # Other sites are told where its image is, by the address in the settings.
    assert re.findall(r'content="(http[^"]*)"', text) == [f"http://127.0.0.1:5000{url}/image.png"]
    assert not [known for known in ids if known in text]
    assert "<script" not in text


def test_hidden_names_captions_and_the_account_are_in_no_byte(app: Flask, cast: Cast, client: FlaskClient) -> None:
    query = ReportQuery(shows_account=False)
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, query=query, names=NameDisplay.HIDDEN, hides_captions=True, allows_pdf=True)
    url = f"/s/{made.token}"
    page, sheet = client.get(url), client.get(f"{url}.pdf")
    words = ("person0", "newcomer", "brand0", "words 8", "demo.maker", "Alice", "alice@")
    texts = {"page": f"{page.headers}{page.text}", "sheet": f"{sheet.headers}{text_of(sheet.data)}"}
    found = [(name, word) for name, text in texts.items() for word in words if word.lower() in text.lower()]
    assert found == []


# ---- 73: headers, and no third party ----


def test_every_answer_of_a_link_keeps_its_address_to_itself(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made, closed = make_share(cast.alice, allows_pdf=True), make_share(cast.alice, password=WORD)
    url, door = f"/s/{made.token}", f"/s/{closed.token}"
    answers = {
        "page": client.get(url),
        "sheet": client.get(f"{url}.pdf"),
        "image": client.get(f"{url}/image.png"),
        "door": client.get(door),
        "refused": send(client, door, door, password="something else"),
        "let in": send(client, door, door, password=WORD),
        "nothing": client.get("/s/nothing"),
        "nowhere": client.get("/s/a/b/c"),
    }
    wrong = [
        f"{name}: {header} is {answer.headers.get(header)!r}"
        for name, answer in answers.items()
        for header, value in HEADERS.items()
        if answer.headers.get(header) != value
    ]
    assert not wrong, "\n".join(wrong)
    assert all("frame-ancestors 'none'" in answer.headers["Content-Security-Policy"] for answer in answers.values())
    assert [answers[name].status_code for name in ("page", "sheet", "image", "door", "refused", "let in")] == [
        *(200, 200, 200, 200, 422, 303)
    ]
    assert "og:image" in answers["page"].text
    assert "og:" not in answers["door"].text
    assert client.get(f"{door}/image.png").status_code == 200
    assert app.test_client().get(f"{door}/image.png").status_code == 404, "an image would tell what the door hides"
    for name in ("page", "door", "nothing"):
        assert re.findall(r'(?:src|href)="(?![/#])[^"]+"', answers[name].text) == []


# ---- 74: the watermark ----


def text_of(pdf: bytes) -> str:
    """Return all words of a sheet."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_watermark_is_in_page_and_sheet_and_harms_neither(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, recipient=HOSTILE, title=HOSTILE, allows_pdf=True)
        shown = share_of(made).recipient
        db.session.remove()
    assert not set(shown) & set("\u202e\u2066")
    url, mark = f"/s/{made.token}", f"link {made.public_id[:8]}"
    text = client.get(url).text
    assert html.escape(shown).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text
    assert text.count(mark) > 10
    assert "<img src=x" not in text
    assert "\u202e" not in text
    sheet = text_of(client.get(f"{url}.pdf").data)
    assert mark in sheet
    assert "onerror=alert(1)" in sheet
    assert sheet.count(mark) >= len(PdfReader(io.BytesIO(client.get(f"{url}.pdf").data)).pages)


def test_whatever_a_report_holds_is_shown_as_text(app: Flask, cast: Cast, client: FlaskClient) -> None:
    """SECURITY 59, 61, 74: captions, hashtags, notes and names that would like to be markup or to turn the page."""
    rich = sample_report(head={"handle": HOSTILE, "team": HOSTILE, "display_name": HOSTILE})
    without: list[dict[str, Any]] = [{part: None} for part in ("figures", "growth", "posts", "timing", "sources")]
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, recipient=HOSTILE)
        db.session.remove()
    reports = (rich, rich, empty_report(), *(replace(rich, **part) for part in without))
    for number, report in enumerate(reports):
        with app.app_context(), transaction() as session:
            session.execute(update(SharePayload).values(body=encode(report)))
        page = client.get(f"/s/{made.token}", headers={"Accept-Language": ("en", "fr")[number % 2]})
        assert page.status_code == 200
        assert f'lang="{("en", "fr")[number % 2]}"' in page.text
        tags = re.findall(r"<(\w+)([^>]*)>", page.text)
        assert {tag for tag, _ in tags}.isdisjoint({"script", "iframe", "object", "form", "base", "style", "b"})
        assert not [attributes for _, attributes in tags if re.search(r"\s(on\w+|hx-\w+|style)=", attributes)]
        assert "<img src=x" not in page.text
        assert "{{7*7}}" in page.text
        assert "\u202e" not in re.sub(r"<bdi[^>]*>.*?</bdi>", "", page.text, flags=re.DOTALL)


# ---- 75: doors, and what is kept of visitors ----


def test_an_opening_is_counted_and_recorded_with_the_network_alone(app: Flask, cast: Cast) -> None:
    url = make_shared_app(app, cast.alice)
    visitor = app.test_client()
    for ip in ("203.0.113.77", "2001:db8:1:2:3:4:5:6"):
        sent = {"User-Agent": "Curious/1.0", "Referer": "https://secret.example/"}
        visitor.get(url, headers=sent, environ_overrides={"REMOTE_ADDR": ip})
    visitor.head(url)
    for name in ("Sec-Purpose", "Purpose", "X-Moz"):
        visitor.get(url, headers={name: "prefetch;prerender"})
    with app.app_context():
        share = db.session.scalars(select(ShareLink)).one()
        assert (share.views, share.last_opened_at is not None) == (2, True)
        query = select(AuditEvent).where(AuditEvent.action == AuditAction.SHARE_OPENED).order_by(AuditEvent.id)
        events = db.session.scalars(query).all()
        kept = [(event.ip, event.user_agent, event.user_id, event.request_id, event.detail) for event in events]
        assert kept == [("203.0.113.0", None, None, None, {}), ("2001:db8:1::", None, None, None, {})]
        assert {event.team_id for event in events} == {cast.alice.team_id}
        db.session.remove()


def test_only_so_many_are_let_in_and_whoever_only_fetches_the_address_is_not_counted(app: Flask, cast: Cast) -> None:
    url = make_shared_app(app, cast.alice, max_views=2)
    visitors = [app.test_client() for _ in range(4)]
    for visitor in visitors:
        assert "Open the report" in visitor.get(url).text
    assert [send(visitor, url, url).status_code for visitor in visitors[:2]] == [303, 303]
    assert [visitor.get(url).status_code for visitor in visitors] == [200, 200, 404, 404]
    assert visitors[0].get(url).status_code == 200, "whoever was let in may look again"
    with app.app_context():
        assert db.session.scalars(select(ShareLink.views)).one() == 2


def test_the_last_view_is_taken_once(app: Flask, cast: Cast) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, max_views=1)
        door = share_door.find_door(made.token)
        share_door.enter(door, None)
        with pytest.raises(Exception, match="not_found"):
            share_door.enter(door, None)
        assert share_of(made).views == 1


def test_a_password_opens_its_link_for_some_hours_and_no_other(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made, other = make_share(cast.alice, password=WORD), make_share(cast.alice, password=WORD)
    url, second = f"/s/{made.token}", f"/s/{other.token}"
    refused = send(client, url, url, password="something else")
    assert (refused.status_code, "not the password" in refused.text) == (422, True)
    entered = send(client, url, url, password=WORD)
    (cookie,) = (line for line in entered.headers.getlist("Set-Cookie") if line.startswith("v-"))
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={PASS_SECONDS}"))
    assert PASS_SECONDS <= 24 * 3600
    assert "Key figures" in client.get(url).text
    assert "Key figures" not in client.get(second).text
    value = client.get_cookie(cookie.partition("=")[0])
    assert value is not None
    client.set_cookie(f"v-{other.public_id}", value.value)
    assert "Key figures" not in client.get(second).text, "a cookie of another link opens nothing"
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=PASS_SECONDS + 2), tick=False):
        assert "Key figures" not in client.get(url).text
    assert "Key figures" in client.get(url).text


def test_another_password_closes_what_the_first_one_opened(app: Flask, cast: Cast, client: FlaskClient) -> None:
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, password=WORD)
    url = f"/s/{made.token}"
    send(client, url, url, password=WORD)
    assert "Key figures" in client.get(url).text
    with app.app_context():
        terms = shares.ShareTerms("", "", allows_pdf=False, max_views=None, password="another long secret")
        shares.change_share(cast.alice.actor, account_scope(cast.alice), made.public_id, terms)
        db.session.remove()
    assert "Key figures" not in client.get(url).text
    assert send(client, url, url, password=WORD).status_code == 422
    assert send(client, url, url, password="another long secret").status_code == 303
    assert "Key figures" in client.get(url).text
    with app.app_context():
        refusals = select(AuditEvent.ip).where(AuditEvent.action == AuditAction.SHARE_REFUSED)
        assert db.session.scalars(refusals).all() == ["127.0.0.0"]
