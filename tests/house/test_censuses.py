"""What holds of every route: headers, cookies, redirects, tokens, fields nobody asked for, and who sits there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.wrappers import Response

from tests.factories import Cast
from tests.house.access_table import TABLE, UNKNOWN_SECRET
from tests.house.actors import Actor, Caller, read_token
from tests.house.crawl import walk
from tests.house.furnished import furnish, rows_of
from tests.house.world import World, address, make_world, order
from webapp.extensions import db

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EVIL = ("//evil.test", "/\\evil.test", "https://evil.test", "/\t/evil.test", "javascript:alert(1)", "/a\r\nX-Evil: 1")
HEADERS = {
    "Content-Security-Policy": r"default-src 'none'; script-src 'self'.*; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin|no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": r"camera=\(\).*",
    "X-Request-Id": "[0-9a-f]{16}",
}
PRIVATE = {"Cache-Control": "no-store", "Vary": "(?=.*Cookie)(?=.*HX-Request).*"}
# The same for everybody, and holding nothing of anybody.
SHARED = ("/static/", "/brand-", "/manifest.webmanifest", "/sw.js", "/offline")
# What nobody may set from outside, by any form.
FOREIGN = ("id", "is_admin", "team_id", "user_id", "owner_id", "verified_at", "created_at", "security_version")
# The columns by which rights are given.
RIGHTS = {
    "user": ("is_admin", "is_disabled", "verified_at", "security_version", "created_at", "password_hash"),
    "membership": ("team_id", "user_id", "role", "hides_names", "sees_all_accounts"),
    "team": ("public_id", "created_at", "deletes_at"),
    "account": ("public_id", "team_id"),
    "api_key": ("user_id", "team_id", "can_write"),
    "invitation": ("team_id", "email", "role", "invited_by"),
    "import_run": ("team_id", "user_id"),
}
# What happens at every door, whoever comes, and is no change that was asked for.
_COUNTED = ("audit_event", "audit_seal", "login_session", "known_device")


@pytest.fixture
def world(app: Flask, cast: Cast) -> World:
    return make_world(app, cast)


def rows(app: Flask, cast: Cast) -> dict[tuple[str, int], dict[str, object]]:
    """Return everything that belongs to Alice and her team."""
    with app.app_context():
        found = {key: row for key, row in rows_of(db.session(), cast.alice).items() if key[0] not in _COUNTED}
        db.session.remove()
    return found


def local(location: str) -> bool:
    """Return whether a browser stays with us."""
    return re.fullmatch(r"/(?![/\\])[^\x00-\x20\\]*", location) is not None


def test_every_answer_carries_the_headers_and_private_ones_are_kept_nowhere(
    app: Flask, world: World, cast: Cast
) -> None:
    """SECURITY 29, 63, 65."""
    callers = {actor: Caller(app, cast, actor) for actor in (Actor.ANONYMOUS, Actor.ADMIN)}
    wrong = []
    for method, rule in sorted(TABLE, key=order):
        for actor, caller in callers.items():
            with caller.open(method, address(rule, world), data=world.body(rule)) as answer:
                expected = HEADERS | ({} if rule.startswith(SHARED) else PRIVATE)
                wrong += [f"{actor} {method} {rule}: {fault}" for fault in faults_of(answer, expected)]
    assert not wrong, "\n".join(wrong)


def faults_of(answer: Response, expected: dict[str, str]) -> Iterator[str]:
    for name, pattern in expected.items():
        if re.fullmatch(pattern, answer.headers.get(name, "")) is None:
            yield f"{name} is {answer.headers.get(name)!r}"
    for cookie in answer.headers.getlist("Set-Cookie"):
        if not all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/")) or "Domain=" in cookie:
            yield f"the cookie {cookie.partition('=')[0]} is open"
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin"):
        if name in answer.headers:
            yield f"{name} is told"
    if (answer.mimetype or "").startswith("text/") and "charset=utf-8" not in (answer.content_type or "").lower():
        yield f"the content type is {answer.content_type}"


def test_nothing_leads_to_another_host(app: Flask, world: World, cast: Cast) -> None:
    """SECURITY 30, W05, W12."""
    callers = {actor: Caller(app, cast, actor) for actor in (Actor.ANONYMOUS, Actor.HALF, Actor.ADMIN)}
    wrong, led = [], 0
    for number, (method, rule) in enumerate(sorted(TABLE, key=order)):
        bad = EVIL[number % len(EVIL)]
        named = dict.fromkeys(("next", "return_to", "url"), bad)
        headers = {"Referer": "https://evil.test/", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
        for actor, caller in callers.items():
            sent = {"query_string": named} if method == "GET" else {"data": world.body(rule) | named}
            with caller.open(method, address(rule, world), headers, **sent) as answer:
                for name in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url"):
                    led += name in answer.headers
                    if not local(answer.headers.get(name, "/")):
                        wrong.append(f"{actor} {method} {rule}: {name} is {answer.headers[name]!r}")
                if "X-Evil" in answer.headers:
                    wrong.append(f"{actor} {method} {rule}: a line of the address became a header")
    assert not wrong, "\n".join(wrong)
    assert led > 50, "hardly anything was a redirect"


def test_reading_changes_nothing(app: Flask, world: World, cast: Cast) -> None:
    """SECURITY 26."""
    caller = Caller(app, cast, Actor.ADMIN)
    before = rows(app, cast)
    for method, rule in TABLE:
        if method == "GET":
            for headers in ({}, {"HX-Request": "true"}):
                caller.open("GET", address(rule, world), headers).close()
            caller.client.head(address(rule, world)).close()
    assert rows(app, cast) == before


def test_no_change_is_taken_from_elsewhere_or_with_anothers_token(app: Flask, world: World, cast: Cast) -> None:
    """SECURITY 26, W06, W07, W11."""
    caller, visitor, other = (Caller(app, cast, actor) for actor in (Actor.ADMIN, Actor.ANONYMOUS, Actor.OTHER_ADMIN))
    own, before, wrong = read_token(caller.client), rows(app, cast), []
    ways: dict[str, dict[str, str]] = {
        "without a token": {},
        "with the token of a visitor": {"X-CSRFToken": read_token(visitor.client)},
        "with another person's token": {"X-CSRFToken": read_token(other.client)},
        "from another site": {"X-CSRFToken": own, "Origin": "https://evil.test"},
        "from a neighbour": {"X-CSRFToken": own, "Sec-Fetch-Site": "same-site"},
    }
    for method, rule in TABLE:
        if method == "GET" or rule.startswith("/api/"):
            continue
        # A mailed secret that is none is nothing, whoever asks; with a good one its page checks the token itself.
        allowed = {403, 404} if TABLE[method, rule] == UNKNOWN_SECRET else {403}
        for way, headers in ways.items():
            got = caller.client.open(address(rule, world), method=method, headers=headers, data=world.body(rule))
            if got.status_code not in allowed:
                wrong.append(f"{method} {rule} {way}: {got.status_code}")
        overridden = {"X-HTTP-Method-Override": method, "X-CSRFToken": own}
        if "_method" not in rule and ("GET", rule) not in TABLE:
            got = caller.client.get(f"{address(rule, world)}?_method={method}", headers=overridden)
            if got.status_code not in (404, 405):
                wrong.append(f"{method} {rule} by GET: {got.status_code}")
    assert not wrong, "\n".join(wrong)
    assert rows(app, cast) == before


def test_addresses_that_were_sent_out_change_nothing_but_what_they_say(app: Flask, cast: Cast) -> None:
    """SECURITY 26, 72: links and calendars note when they are read; one POST from anywhere ends a digest (RFC 8058)."""
    with app.app_context():
        link, sheet, image, ending, confirming, feed = furnish(cast.alice, "amber")
        db.session.remove()
    visitor, before = app.test_client(), rows(app, cast)
    for url in (link, sheet, image, ending, confirming):
        assert visitor.head(url).status_code == 200, url
        with visitor.get(url, headers={"Sec-Purpose": "prefetch;prerender"}) as answer:
            assert answer.status_code == 200, url
    for url in (sheet, image, ending, confirming):
        visitor.get(url).close()
    for url in (link, confirming, feed):
        visitor.post(url, headers={"Origin": "https://evil.test"})
    assert changes(before, rows(app, cast)) == {}
    visitor.get(link)
    assert changes(before, rows(app, cast)) == {"share_link": {"views", "last_opened_at"}}
    before = rows(app, cast)
    visitor.get(feed)
    assert changes(before, rows(app, cast)) == {"planner_feed": {"used_at"}}
    before = rows(app, cast)
    visitor.post(ending, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.test"})
    assert changes(before, rows(app, cast)) == {"digest_subscription": {"unsubscribed_at"}}


def changes(
    before: dict[tuple[str, int], dict[str, object]], after: dict[tuple[str, int], dict[str, object]]
) -> dict[str, set[str]]:
    """Return which columns of which tables are others; none but rows of Alice and her team are looked at."""
    assert before.keys() == after.keys()
    found: dict[str, set[str]] = {}
    for key, row in before.items():
        if named := {name for name, value in row.items() if after[key][name] != value}:
            found.setdefault(key[0], set()).update(named)
    return found


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "FOO", "PROPFIND"])
def test_other_methods_are_refused(app: Flask, cast: Cast, method: str) -> None:
    """SECURITY 100, W11."""
    caller = Caller(app, cast, Actor.ADMIN)
    assert caller.client.open("/dashboard", method=method).status_code in (403, 405)


def test_fields_that_no_form_has_change_nothing(app: Flask, world: World, cast: Cast) -> None:
    """SECURITY 37."""
    before = rights(app, cast)
    pages = [address(rule, world) for method, rule in TABLE if method == "GET" and not rule.endswith(".csv")]
    forms = walk(app, Caller(app, cast, Actor.ADMIN), pages, every_word=False).forms.values()
    assert len(forms) > 15
    for caller in (Caller(app, cast, Actor.ADMIN), Caller(app, cast, Actor.VIEWER)):
        for form in forms:
            given = {name for name, _ in form.fields}
            extra = dict.fromkeys((name for name in FOREIGN if name not in given), "1")
            extra |= {} if "role" in given else {"role": "admin"}
            if re.search(r"/(remove|leave|delete|transfer|revoke|logout|default|cancel)$", form.action) is None:
                caller.open("POST", form.action, data=dict(form.fields) | extra).close()
    assert rights(app, cast) == before


def rights(app: Flask, cast: Cast) -> dict[tuple[str, int], dict[str, object]]:
    """Return the columns by which rights are given, of every row that was there before."""
    return {
        key: {name: row[name] for name in RIGHTS[key[0]]} for key, row in rows(app, cast).items() if key[0] in RIGHTS
    }
