"""Read what tests need from a page, and fill in its forms as a browser does."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_token(page: TestResponse) -> str:
    """Return the token of the page's forms."""
    found = _TOKEN.search(page.text)
    assert found is not None, "the page has no form"
    return found[1]


def send(client: FlaskClient, page: str, target: str, **fields: str) -> TestResponse:
    """Open a page and send a form with its token."""
    return client.post(target, data={"csrf_token": csrf_token(client.get(page)), **fields})


def log_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Fill in the login form."""
    return send(client, "/login", "/login", email=email, password=password)


def cookie(client: FlaskClient, name: str = "s") -> str | None:
    """Return the value of the session's cookie."""
    found = client.get_cookie(name)
    return found.value if found else None
