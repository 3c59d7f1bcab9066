"""The doors where strangers knock: how often they may, and that no answer tells whom we know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from argon2.exceptions import VerificationError
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, Cast, Member
from tests.faults.storms import OwnRedis, mortal_redis
from tests.house.access_table import TABLE
from tests.house.actors import Actor, give_second_factor
from tests.house.world import routes
from tests.web.conftest import MakeApp, make_app
from tests.web.pages import csrf_token
from webapp.extensions import db, limiter
from webapp.models import User
from webapp.services import passwords

__all__ = ["make_app"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# What a stranger may send as often as they like: it tries no secret, hashes nothing and sends nothing.
HARMLESS = {"/logout", "/settings/language", "/settings/appearance"}
# What somebody who is in may only do so often, because it tries a proof, mails or makes much work.
RATIONED = {
    "/login/second-factor",
    "/settings/sudo",
    "/settings/security/authenticator/confirm",
    "/settings/security/authenticator/disable",
    "/settings/email",
    "/settings/email/verify",
    "/settings/privacy/export",
    "/team/invitations",
    "/invitations/<token>/join",
    "/reports/digests/recipients",
    "/reports/digests/<public_id>/send",
}


def test_every_door_before_the_log_in_is_limited_and_everything_that_mails(app: Flask) -> None:
    """SECURITY 5."""
    open_to_all = {
        rule for (method, rule), row in TABLE.items() if method == "POST" and row[Actor.ANONYMOUS] not in (303, 401)
    }
    limited = {name.rpartition(".")[0] for name in limiter.limit_manager._decorated_limits}
    for method, rule in routes(app):
        if method == "POST" and rule in (open_to_all | RATIONED) - HARMLESS:
            (found,) = (one for one in app.url_map.iter_rules() if one.rule == rule and "POST" in (one.methods or ()))
            view = app.view_functions[found.endpoint]
            assert f"{view.__module__}.{view.__name__}" in limited, rule


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    with ExitStack() as stack:
        yield stack.enter_context(mortal_redis(tmp_path))


def test_the_limits_hold_when_redis_dies(
    server: OwnRedis, cast: Cast, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECURITY 6: what counts is away, and the eleventh wrong password is refused all the same."""
    monkeypatch.setattr(passwords, "verify_password", lambda _stored, password: password == PASSWORD)
    app = make_app(RATE_LIMITS="on", REDIS_URL=server.url)
    assert [knock(app, cast.alice.email, "10.0.0.1").status_code for _ in range(3)] == [422] * 3
    server.kill()
    statuses = [knock(app, cast.alice.email, f"10.0.1.{number}").status_code for number in range(11)]
    assert statuses == [422] * 10 + [429]
    refused = knock(app, cast.alice.email, "10.0.2.1", PASSWORD)
    assert (refused.status_code, 0 < int(refused.headers["Retry-After"]) <= 300) == (429, True)
    # The right password of somebody else works the first time.
    assert knock(app, cast.bob.email, "10.0.2.2", PASSWORD).status_code == 303


def knock(app: Flask, email: str, network: str, password: str = "wrong") -> TestResponse:
    """Try to log in from somewhere."""
    visitor, where = app.test_client(), {"REMOTE_ADDR": network}
    fields = {"csrf_token": csrf_token(visitor.get("/login", environ_base=where)), "email": email}
    return visitor.post("/login", data={**fields, "password": password}, environ_base=where)


@pytest.fixture
def people(app: Flask, cast: Cast) -> list[str]:
    """Addresses of all kinds: with a second factor, without, disabled, not verified, not finished, of nobody."""
    give_second_factor(app, cast.alice)

    def change(member: Member, **values: object) -> None:
        db.session.execute(update(User).where(User.id == member.user_id).values(**values))

    with app.app_context():
        change(cast.bob, is_disabled=True)
        change(cast.dana, verified_at=None)
        change(cast.erin, is_pending=True)
        db.session.commit()
    known = (cast.alice, cast.charlie, cast.bob, cast.dana, cast.erin)
    return [*(member.email for member in known), "nobody@example.org", "no address", "x" * 400 + "@example.org"]


def test_a_wrong_password_gets_one_answer_after_one_hash_whoever_is_meant(
    app: Flask, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECURITY 4."""
    hashed: list[str] = []

    def counted(stored: str, _password: str) -> bool:
        hashed.append(stored)
        raise VerificationError

    monkeypatch.setattr(
        passwords._hasher.__class__, "verify", lambda _self, stored, password: counted(stored, password)
    )
    seen = []
    for email in people:
        hashed.clear()
        visitor = app.test_client()
        answer = knock_at(visitor, email)
        text = answer.text.replace(email, "ADDRESS").replace(csrf_token(answer), "TOKEN")
        headers = sorted(name for name, _ in answer.headers)
        cookies = sorted(re.findall(r"^[^=]+", "\n".join(answer.headers.getlist("Set-Cookie")), re.MULTILINE))
        seen.append((answer.status_code, text, headers, cookies, len(hashed)))
    assert seen[0][0] == 422
    assert seen[0][-1] == 1
    assert [one == seen[0] for one in seen] == [True] * len(seen)


def knock_at(visitor: FlaskClient, email: str) -> TestResponse:
    token = csrf_token(visitor.get("/login"))
    return visitor.post("/login", data={"csrf_token": token, "email": email, "password": "wrong"})
