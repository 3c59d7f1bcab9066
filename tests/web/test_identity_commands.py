"""The commands that make people and keys."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import PASSWORD, Member, give_second_factor, sent_mails, sign_in
from webapp.extensions import db
from webapp.models import ApiKey, User
from webapp.services import api_keys


def test_a_person_is_made_from_standard_input(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["create_user", "ada@example.org", "--password-stdin"], input=f"{PASSWORD}\n"
    )
    assert result.exit_code == 0, result.output
    assert result.output == "ada@example.org can sign in now.\n"
    with app.app_context():
        user = db.session.scalars(select(User)).one()
        assert (user.is_admin, user.verified_at is not None) == (True, True)


def test_a_later_person_is_an_admin_only_when_asked(app: Flask, alice: Member) -> None:
    for arguments in (["ada@example.org"], ["grace@example.org", "--role", "admin"]):
        result = app.test_cli_runner().invoke(args=["create_user", *arguments, "--password-stdin"], input=PASSWORD)
        assert result.exit_code == 0, result.output
    with app.app_context():
        found = dict(db.session.execute(select(User.email, User.is_admin)).all())
    assert (found["ada@example.org"], found["grace@example.org"]) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (["not an address", "--password-stdin"], PASSWORD, "not an e-mail address"),
        (["ada@example.org", "--password-stdin"], "short", "at least 15 characters"),
        (["alice@example.org", "--password-stdin"], PASSWORD, "sign in instead"),
        (["ada@example.org", "--role", "king", "--password-stdin"], PASSWORD, "king"),
        ([], "", "EMAIL"),
    ],
)
def test_a_refused_person_ends_with_2_and_a_sentence(
    arguments: list[str], typed: str, sentence: str, app: Flask, alice: Member
) -> None:
    people = select(func.count()).select_from(User)
    with app.app_context():
        before = db.session.scalar(people)
    result = app.test_cli_runner().invoke(args=["create_user", *arguments], input=typed)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""
    with app.app_context():
        assert db.session.scalar(people) == before


@pytest.mark.parametrize("can_write", [False, True])
def test_a_key_stands_alone_on_standard_output(can_write: bool, app: Flask, alice: Member) -> None:
    arguments = ["create_api_key", alice.email, "--name", "backup", *(["--write"] if can_write else [])]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0
    with app.app_context():
        found = api_keys.authenticate_key(result.stdout.removesuffix("\n"))
        assert (found.user_id, found.team_id, found.can_write) == (alice.user_id, alice.team_id, can_write)


def test_a_key_for_nobody_or_for_a_viewer_is_refused(app: Flask, bob: Member) -> None:
    for arguments in (["nobody@example.org", "--name", "x"], [bob.email, "--name", "x"], [bob.email]):
        result = app.test_cli_runner().invoke(args=["create_api_key", *arguments])
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ApiKey)) == 0


def test_the_operator_lets_in_who_lost_phone_and_codes(app: Flask, client: FlaskClient, alice: Member) -> None:
    """SECURITY 25: nobody else can, and the person is told."""
    give_second_factor(app, alice)
    sign_in(client, alice)
    result = app.test_cli_runner().invoke(args=["disable_second_factor", alice.email])
    assert result.exit_code == 0, result.output
    with app.app_context():
        user = db.session.get_one(User, alice.user_id)
        assert (user.totp_secret, user.totp_enabled_at) == (None, None)
    assert client.get("/dashboard").status_code == 303
    assert sent_mails(app)[-1]["To"] == alice.email
    again = app.test_cli_runner().invoke(args=["disable_second_factor", alice.email])
    assert again.exit_code == 2
    assert "Usage" not in again.stderr
