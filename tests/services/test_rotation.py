"""All stored secrets are sealed anew, whatever comes between (SECURITY 93)."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from config import ROOT
from tests.conftest import make_settings
from tests.factories import Cast
from tests.push_service import Subscriber
from webapp.domain.setting_values import encryption_keys
from webapp.extensions import db
from webapp.integrations.web_push import Browser
from webapp.models import AuditAction, AuditEvent, Base, Mail, User
from webapp.services import push_devices, rotation, vault
from webapp.services.audit import Actor
from webapp.services.push_keys import public_key
from webapp.services.transaction import transaction

OLD, NEW = (
    f"{name}:{base64.b64encode(bytes(range(start, start + 32))).decode()}" for name, start in (("a", 0), ("_", 7))
)
NEW = NEW.replace("_:", "b_1:")
SECRET = "JBSWY3DPEHPK3PXP"


def use_keys(app: Flask, *keys: str) -> None:
    """Give the running application these keys."""
    app.config["APP"] = replace(app.config["APP"], encryption_keys=encryption_keys(",".join(keys)))


def fill(count: int = 0) -> dict[str, str]:
    """Seal secrets in every column that holds some; return them by their place."""
    with transaction() as session:
        people = session.scalars(select(User)).all()
        session.add_all(
            Mail(kind="x", address="x", locale="en", body="", created_at=datetime.now(UTC)) for _ in range(count)
        )
        session.flush()
        wanted = {}
        for user in people:
            for name in ("totp_secret", "totp_pending_secret"):
                place = f"user:{user.id}:{name}"
                wanted[place] = f"{SECRET} {place}"
                setattr(user, name, vault.seal(wanted[place], place))
        for mail in session.scalars(select(Mail)):
            place = f"mail:{mail.id}:body"
            wanted[place] = f"{SECRET} {place}"
            mail.body = vault.seal(wanted[place], place)
    return wanted


def add_browser(cast: Cast) -> dict[str, str]:
    """Let a browser take push messages; return what is sealed of it and of our own key, by its place."""
    public_key()
    browser = Subscriber("https://push.example.net/send/one")
    push_devices.add(
        cast.alice.actor, cast.alice.user_id, Browser(browser.endpoint, browser.p256dh, browser.auth), "en"
    )
    return {place: secret for place, secret in read_all().items() if place.startswith("push_")}


def read_all() -> dict[str, str]:
    found = {}
    for sealed in rotation.SEALED:
        for row_id, text in db.session.execute(
            select(sealed.model.id, sealed.column).where(sealed.column.is_not(None))
        ):
            found[sealed.place(row_id)] = vault.unseal(text, sealed.place(row_id))
    return found


def test_everything_opens_with_the_new_key_alone_afterwards(app: Flask, cast: Cast) -> None:
    """SECURITY 93."""
    with app.app_context():
        use_keys(app, OLD)
        wanted = fill(3) | add_browser(cast)
        assert {place.partition(":")[0] for place in wanted} == {"user", "mail", "push_key", "push_device"}
        use_keys(app, NEW, OLD)
        result = app.test_cli_runner().invoke(args=["rotate_keys"])
        assert result.exit_code == 0, result.output
        assert f"{len(wanted)} secrets were sealed anew." in result.output
        use_keys(app, NEW)
        db.session.rollback()
        assert read_all() == wanted
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.SECRETS_ROTATED)).one()
        assert (event.target, event.detail) == ("b_1", {"renewed": len(wanted), "unreadable": 0})
        assert rotation.rotate(Actor()).renewed == 0


def test_two_secrets_that_were_exchanged_are_told_and_left(app: Flask, cast: Cast) -> None:
    """SECURITY 93."""
    with app.app_context():
        use_keys(app, OLD)
        fill()
        with transaction() as session:
            first, second = session.scalars(select(User).order_by(User.id).limit(2)).all()
            first.totp_secret, second.totp_secret = second.totp_secret, first.totp_secret
            places = {f"user:{first.id}:totp_secret", f"user:{second.id}:totp_secret"}
        use_keys(app, NEW, OLD)
        result = app.test_cli_runner().invoke(args=["rotate_keys"])
        assert result.exit_code == 1
        for place in places:
            assert place in result.stderr
        assert "2 secrets are still sealed with another key" in result.stderr


def test_a_secret_that_is_set_meanwhile_stays(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """SECURITY 93."""
    with app.app_context():
        use_keys(app, OLD)
        fill()
        use_keys(app, NEW, OLD)
        user_id = cast.alice.user_id
        place = f"user:{user_id}:totp_secret"
        read = rotation._next_batch

        def read_and_change(sealed: rotation.SealedColumn, last: int) -> list[tuple[int, str]]:
            batch = read(sealed, last)
            if sealed.name == "totp_secret" and batch:
                with transaction() as session:
                    session.execute(
                        update(User).where(User.id == user_id).values(totp_secret=vault.seal("another", place))
                    )
            return batch

        monkeypatch.setattr(rotation, "_next_batch", read_and_change)
        rotation.rotate(Actor())
        assert rotation.left_to_rotate() == 0
        assert read_all()[place] == "another"


def test_every_column_that_holds_sealed_text_is_rotated() -> None:
    sealed_texts = {
        *(("user", "totp_secret"), ("user", "totp_pending_secret"), ("mail", "body")),
        *(("push_key", "private_key"), ("push_device", "auth")),
    }
    assert {(sealed.model.__tablename__, sealed.name) for sealed in rotation.SEALED} == sealed_texts
    secret_names = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("secret") or column.name in ("private_key", "auth")
    }
    assert secret_names <= sealed_texts


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_rotation_that_was_killed_goes_on(app: Flask, cast: Cast, tmp_path: Path, database_url: str) -> None:
    """SECURITY 93."""
    with app.app_context():
        use_keys(app, OLD)
        wanted = fill(250)
    environment = {
        "PATH": os.defpath,
        "APP_ENV": "test",
        "INSTANCE_PATH": str(tmp_path / "instance"),
        "DATABASE_URL": database_url,
        "SECRET_KEY": make_settings(tmp_path / "instance", database_url).secret_key,
        "ENCRYPTION_KEYS": f"{NEW},{OLD}",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "rotate_keys"]
    killed = {**environment, "FAILPOINT": "rotate.mid:4=kill"}
    assert subprocess.run(command, cwd=ROOT, env=killed, check=False).returncode == -signal.SIGKILL
    with app.app_context():
        use_keys(app, NEW, OLD)
        assert 0 < rotation.left_to_rotate() < len(wanted)
        assert read_all() == wanted
    assert subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True).returncode == 0
    with app.app_context():
        use_keys(app, NEW)
        assert read_all() == wanted
