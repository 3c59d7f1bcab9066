"""A caller with a key, and exports to ask about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import factories
from tests.factories import Member
from webapp.domain.scope import Role, TeamScope
from webapp.extensions import db
from webapp.services.api_keys import create_key
from webapp.services.audit import Actor
from webapp.services.transaction import transaction

Importer = Callable[..., None]


class Caller:
    """A script with one key."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._client.get(path, headers=self._headers, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self._client.post(path, headers=self._headers, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        return self._client.patch(path, headers=self._headers, **options)


def make_key(app: Flask, member: Member, *, can_write: bool = True) -> str:
    """Return the text of a new key that acts with the member's own role."""
    with app.app_context():
        # Only admins may make keys; the role of the person at the time of a call decides what the key may do.
        maker = TeamScope(member.user_id, member.team_id, Role.ADMIN)
        text = create_key(maker, "tests", Actor(member.user_id, member.team_id), can_write=can_write).text
        db.session.remove()
    return text


@pytest.fixture
def caller(app: Flask, alice: Member) -> Caller:
    """A script of Alice that may write."""
    return Caller(app.test_client(), make_key(app, alice))


@pytest.fixture
def stranger(app: Flask, charlie: Member) -> Caller:
    """A script of another team."""
    return Caller(app.test_client(), make_key(app, charlie))


@pytest.fixture
def import_now(app: Flask, alice: Member) -> Importer:
    """Import an export of Alice's, whole, before the test goes on."""

    def run(content: bytes, member: Member = alice, **wishes: Any) -> None:
        with app.app_context():
            factories.import_done(member, content, **wishes)
            db.session.remove()

    return run


@pytest.fixture
def set_timezone(app: Flask) -> Callable[[str], None]:
    """Put every account into a time zone."""

    def change(name: str) -> None:
        from webapp.models import Account

        with app.app_context(), transaction() as session:
            session.query(Account).update({"timezone": name})

    return change


@pytest.fixture
def work(app: Flask) -> Callable[[], None]:
    """Do the queued jobs."""

    def run() -> None:
        with app.app_context():
            factories.run_jobs()
            db.session.remove()

    return run
