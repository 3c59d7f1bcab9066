"""Everybody who may knock at a door, from the visitor without a name to the key that may write."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, sign_in
from tests.web.api.conftest import make_key
from tests.web.pages import log_in
from webapp.domain import totp
from webapp.models import User
from webapp.services import vault
from webapp.services.transaction import transaction

_TOKEN = re.compile(r'X-CSRFToken&#34;: &#34;([^&]+)|"X-CSRFToken": "([^"]+)"')


class Actor(StrEnum):
    """Who asks; the columns of the access table in their order."""

    ANONYMOUS = "anonymous"
    HALF = "half-authenticated"
    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"
    OTHER_ADMIN = "admin of another team"
    FORMER = "ex-member"
    READ_KEY = "read key"
    WRITE_KEY = "write key"
    NAMELESS = "numbers without names"


# The member of the cast who is meant; keys are Alice's, and whoever is half in knows Dana's password.
MEMBERS = {
    Actor.VIEWER: "bob",
    Actor.EDITOR: "dana",
    Actor.ADMIN: "alice",
    Actor.OTHER_ADMIN: "charlie",
    Actor.FORMER: "frank",
    Actor.NAMELESS: "erin",
}
KEYS = (Actor.READ_KEY, Actor.WRITE_KEY)


class Caller:
    """A browser or a script of one actor; a browser that was signed out comes back as it was."""

    def __init__(self, app: Flask, cast: Cast, actor: Actor) -> None:
        self.app, self.cast, self.actor = app, cast, actor
        self._key = make_key(app, cast.alice, can_write=actor is Actor.WRITE_KEY) if actor in KEYS else None
        self.client = app.test_client()
        self.token = ""
        if actor is Actor.HALF:
            give_second_factor(app, cast.dana)
        self.arrive()

    @property
    def member(self) -> Member | None:
        """The member of a team that acts, if there is one."""
        name = MEMBERS.get(self.actor)
        found: Member | None = getattr(self.cast, name) if name else None
        return found

    def arrive(self) -> None:
        """Begin anew: a browser without cookies, then whatever makes this actor."""
        self.client = self.app.test_client()
        self.token = ""
        if self.member is not None:
            sign_in(self.client, self.member)
        elif self.actor is Actor.HALF:
            answer = log_in(self.client, self.cast.dana.email)
            assert answer.headers["Location"] == "/login/second-factor"

    def open(self, method: str, url: str, headers: dict[str, str] | None = None, **options: object) -> TestResponse:
        """Send a request as this actor does, a change with the token of its own page."""
        sent = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        if self._key is not None:
            sent["Authorization"] = f"Bearer {self._key}"
        if method != "GET" and not (self._key and url.startswith("/api/")):
            self.token = self.token or read_token(self.client)
            sent["X-CSRFToken"] = self.token
        answer = self.client.open(url, method=method, headers=sent, **options)  # type: ignore[arg-type]
        if method != "GET" and answer.headers.getlist("Set-Cookie"):
            self.arrive()
        return answer


def give_second_factor(app: Flask, member: Member) -> str:
    """Let the member have an authenticator; return its secret."""
    secret = totp.new_secret()
    with app.app_context(), transaction() as session:
        user = session.get_one(User, member.user_id)
        user.totp_secret = vault.seal(secret, f"user:{user.id}:totp_secret")
        user.totp_enabled_at = datetime.now(UTC)
    return secret


def read_token(client: FlaskClient) -> str:
    """Return the token for changes of the browser as it is."""
    found = _TOKEN.search(client.get("/about").text)
    assert found, "the page carries no token"
    return found[1] or found[2]
