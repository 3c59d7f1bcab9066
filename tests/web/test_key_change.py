"""SECRET_KEY is changed while people are there: what the old one signed is taken as long as it is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from tests.conftest import ENCRYPTION_KEYS, SECRET
from tests.factories import PASSWORD, Member, sign_in
from tests.web.conftest import MakeApp
from tests.web.pages import cookie, csrf_token

NEW = "another-secret-of-the-tests-9876543210"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def moved(client: FlaskClient, app: Flask) -> FlaskClient:
    """Return the same browser before another application."""
    other = app.test_client()
    other.set_cookie("s", cookie(client) or "", domain="localhost")
    return other


@pytest.mark.parametrize(("fallbacks", "status"), [(SECRET, 303), (f"{NEW[::-1]},{SECRET}", 303), ("", 403)])
def test_a_form_that_was_open_can_still_be_sent(
    fallbacks: str, status: int, client: FlaskClient, alice: Member, make_app: MakeApp
) -> None:
    """SECURITY 93."""
    sign_in(client, alice)
    token = csrf_token(client.get("/accounts"))
    later = moved(client, make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=fallbacks))
    fields = {"platform": "tiktok", "handle": "ada", "timezone": "UTC", "csrf_token": token}
    assert later.post("/accounts", data=fields).status_code == status
    # The session itself is a row and needs no key.
    assert later.get("/accounts").status_code == 200


def test_a_visitors_choices_and_login_form_outlive_the_old_key(
    client: FlaskClient, alice: Member, make_app: MakeApp
) -> None:
    """SECURITY 93."""
    token = csrf_token(client.get("/login"))
    client.post("/settings/language", data={"csrf_token": token, "locale": "fr", "next": "/login"})
    token = csrf_token(client.get("/login"))
    later = moved(client, make_app(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=SECRET))
    assert '<html lang="fr"' in later.get("/login").text
    fields = {"email": alice.email, "password": PASSWORD, "csrf_token": token}
    assert later.post("/login", data=fields).status_code == 303
    # From now on it is the new key that signs.
    forgotten = moved(client, make_app(SECRET_KEY=NEW))
    assert '<html lang="fr"' not in forgotten.get("/login").text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "changeme-changeme-changeme-changeme-0123"),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("ENCRYPTION_KEYS", ""),
    ],
)
def test_the_app_does_not_start_with_a_bad_key(name: str, value: str, tmp_path: Path, database_url: str) -> None:
    """SECURITY 93."""
    environment = {
        "PATH": os.defpath,
        "APP_ENV": "production",
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "SECRET_KEY": NEW,
        "ENCRYPTION_KEYS": ENCRYPTION_KEYS,
        name: value,
    }
    command = [sys.executable, "-m", "jobs.supervisor"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode not in (0, -15)
    assert f"{name}: expected" in done.stdout
