"""Passwords, addresses, signing up, set-up of the first admin."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import make_settings
from tests.factories import PASSWORD, Member
from webapp.domain.errors import AppError, Conflict, ErrorCode, Forbidden, Invalid
from webapp.domain.scope import Role
from webapp.extensions import db, settings
from webapp.models import AuditAction, AuditEvent, Membership, Team, User
from webapp.services import passwords, users
from webapp.services.audit import Actor
from webapp.services.users import SignUp, normalise_email

EMAIL = "someone@example.org"


@pytest.mark.parametrize(
    "password",
    [
        "a b c d e f g h",
        "correct horse battery",
        "x7!" * 21 + "y",
        "😀" * 3 + "é" * 2 + "plus ten letters",
        "zq8" + "😀🐙" * 126,
    ],
)
def test_a_password_of_15_to_256_characters_is_taken(password: str) -> None:
    assert passwords.check_password(password, EMAIL)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("fourteen chars", ErrorCode.PASSWORD_TOO_SHORT),
        ("x" * 257, ErrorCode.PASSWORD_TOO_LONG),
        ("1q2w3e4r5t6y7u8i9o0p", ErrorCode.PASSWORD_COMMON),
        ("123456789123456789", ErrorCode.PASSWORD_COMMON),
        ("password1password1", ErrorCode.PASSWORD_COMMON),
        ("password!!!!2026!!", ErrorCode.PASSWORD_COMMON),
        ("aaaaaaaaaaaaaaaaaa", ErrorCode.PASSWORD_COMMON),
        ("tiktokanalytics2026", ErrorCode.PASSWORD_PERSONAL),
        ("TikTok Analytics 1", ErrorCode.PASSWORD_PERSONAL),
        ("someonesomeone123", ErrorCode.PASSWORD_PERSONAL),
        ("someone@example.org", ErrorCode.PASSWORD_PERSONAL),
        ("someone@example.orgsomeone@example.org", ErrorCode.PASSWORD_PERSONAL),
    ],
)
def test_a_password_that_others_guess_is_refused_with_its_reason(password: str, code: ErrorCode) -> None:
    with pytest.raises(Invalid) as refusal:
        passwords.check_password(password, EMAIL)
    assert refusal.value.code is code
    assert refusal.value.params["field"] == "password"


def test_the_list_of_common_passwords_is_long_and_in_one_spelling() -> None:
    known = passwords._common_passwords()
    assert len(known) >= 10_000
    assert all(word == word.casefold() for word in known)


def test_every_common_password_that_is_long_enough_is_refused() -> None:
    """SECURITY 2."""
    long_enough = [word for word in passwords._common_passwords() if len(word) >= passwords.MIN_LENGTH]
    assert long_enough
    for word in long_enough:
        with pytest.raises(Invalid):
            passwords.check_password(word, EMAIL)


def test_the_stored_hash_is_argon2id_with_the_parameters_that_are_asked_for() -> None:
    stored = passwords.hash_password(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify_password(stored, PASSWORD)
    assert not passwords.verify_password(stored, PASSWORD + "x")


def test_a_password_is_the_same_in_every_spelling_of_unicode() -> None:
    stored = passwords.hash_password("cafe\u0301 au lait, tiède")
    assert passwords.verify_password(stored, "café au lait, tiède")


def test_a_password_that_is_too_long_does_not_log_in_by_its_first_part() -> None:
    stored = passwords.hash_password("é" * 256)
    assert not passwords.verify_password(stored, "é" * 256 + "tail")


def test_a_very_long_password_is_refused_without_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", None)
    assert not passwords.verify_password("anything", "x" * 1_000_000)


def test_an_outdated_hash_is_renewed_at_the_next_login(session: Session, alice: Member) -> None:
    """SECURITY 3."""
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    session.get_one(User, alice.user_id).password_hash = weak
    session.commit()
    assert users.authenticate(alice.email, PASSWORD, Actor()) == alice.user_id
    assert session.get_one(User, alice.user_id).password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("who", ["known", "unknown", "disabled", "no address"])
def test_a_refused_login_costs_exactly_one_hash_whoever_it_was(
    who: str, session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    if who == "disabled":
        session.get_one(User, alice.user_id).is_disabled = True
        session.commit()
    runs: list[str] = []
    verify = PasswordHasher.verify

    def count(self: PasswordHasher, stored: str, password: str) -> bool:
        runs.append(stored)
        return bool(verify(self, stored, password))

    monkeypatch.setattr(PasswordHasher, "verify", count)
    monkeypatch.setattr(PasswordHasher, "hash", None)
    email = {"unknown": "nobody@example.org", "no address": "not an address"}.get(who, alice.email)
    with pytest.raises(Invalid) as refusal:
        users.authenticate(email, PASSWORD if who == "disabled" else "wrong " + PASSWORD, Actor())
    assert refusal.value.code is ErrorCode.LOGIN_FAILED
    assert refusal.value.params == {}
    assert len(runs) == 1
    failures = select(func.count()).where(AuditEvent.action == AuditAction.USER_LOGIN_FAILED)
    assert session.scalar(failures) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("ada@münchen.de", "ADA@xn--mnchen-3ya.de"),
        ("\u212aelvin@example.org", "kelvin@example.org"),
    ],
)
def test_two_spellings_of_one_address_are_one_person(one: str, other: str) -> None:
    assert normalise_email(one).key == normalise_email(other).key


def test_a_dotless_i_is_not_an_i() -> None:
    assert normalise_email("mıke@example.org").key != normalise_email("mike@example.org").key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "a@b",
        "a@[127.0.0.1]",
        '"a b"@example.org',
        "a@example.org\r\nBcc: b@example.org",
        "a\0@example.org",
        "a" * 320 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise_email(text)
    assert refusal.value.code is ErrorCode.EMAIL_INVALID


@pytest.mark.parametrize(
    "text", ["ada@example.test", "ada@nas.home.arpa", "ada@studio.local", "ada+tiktok@example.org"]
)
def test_addresses_of_home_networks_are_taken(text: str) -> None:
    assert normalise_email(text).email == text


def test_a_new_person_has_a_personal_team_and_a_trace_in_the_audit(session: Session) -> None:
    user_id = users.register_user(settings(), EMAIL, PASSWORD, Actor(ip="127.0.0.1"))
    membership = session.scalars(select(Membership).where(Membership.user_id == user_id)).one()
    team = session.get_one(Team, membership.team_id)
    assert (membership.role, team.name, team.is_personal) == (Role.ADMIN, "someone", True)
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.user_id, event.team_id, event.ip) == (
        AuditAction.USER_REGISTERED,
        user_id,
        team.id,
        "127.0.0.1",
    )
    assert PASSWORD not in session.get_one(User, user_id).password_hash


def test_only_the_first_person_becomes_the_admin(session: Session) -> None:
    first = users.register_user(settings(), EMAIL, PASSWORD, Actor())
    assert users.register_user(settings(), "other@example.org", PASSWORD, Actor()) is None
    assert session.execute(select(User.is_admin, User.is_pending).order_by(User.id)).all() == [
        (True, False),
        (False, True),
    ]
    assert first == session.scalars(select(User.id).where(User.is_admin)).one()


def test_ten_first_people_at_once_make_one_admin(app: Flask) -> None:
    """SECURITY 17."""
    start = threading.Barrier(10)
    failures: list[BaseException] = []

    def register(number: int) -> None:
        try:
            with app.app_context():
                start.wait()
                users.register_user(settings(), f"person{number}@example.org", PASSWORD, Actor())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=register, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with app.app_context():
        admins = db.session.scalar(select(func.count()).where(User.is_admin))
        people = db.session.scalar(select(func.count()).select_from(User))
        teams = db.session.scalar(select(func.count()).select_from(Team))
    # Those who have not opened their link yet have no team.
    assert (admins, people, teams) == (1, 10, 1)


def test_an_address_signs_up_once(session: Session, alice: Member) -> None:
    assert users.register_user(settings(), alice.email.upper(), PASSWORD, Actor()) is None
    assert session.scalars(select(User.id)).all().count(alice.user_id) == 1
    with pytest.raises(Conflict) as refusal:
        users.create_user(alice.email.upper(), PASSWORD)
    assert refusal.value.code is ErrorCode.EMAIL_TAKEN


def test_by_invitation_the_door_closes_after_the_first_person(
    session: Session, tmp_path: Path, database_url: str
) -> None:
    by_invitation = make_settings(tmp_path / "other", database_url, REGISTRATION="invite")
    assert users.sign_up_state(by_invitation) is SignUp.FIRST
    users.register_user(by_invitation, EMAIL, PASSWORD, Actor())
    with pytest.raises(Forbidden) as refusal:
        users.register_user(by_invitation, "other@example.org", PASSWORD, Actor())
    assert refusal.value.code is ErrorCode.REGISTRATION_CLOSED


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, False),
        ({"HOST": "0.0.0.0"}, True),
        ({"BASE_URL": "https://stats.example.org"}, True),
        ({"TRUSTED_PROXIES": "1"}, True),
    ],
)
def test_the_set_up_token_is_asked_for_where_others_could_come_first(
    changes: dict[str, str], needed: bool, tmp_path: Path, database_url: str
) -> None:
    assert users.needs_setup_token(make_settings(tmp_path / "other", database_url, **changes)) is needed


def test_the_set_up_token_lets_one_person_in_and_is_gone(session: Session, tmp_path: Path, database_url: str) -> None:
    public = make_settings(tmp_path / "other", database_url, HOST="0.0.0.0", REGISTRATION="open")
    token = users.ensure_setup_token(public)
    assert token is not None
    assert users.ensure_setup_token(public) == token
    assert public.setup_token_path.stat().st_mode & 0o777 == 0o600
    for wrong in ("", "é", token[:-1], token + "x"):
        with pytest.raises(Invalid) as refusal:
            users.register_user(public, EMAIL, PASSWORD, Actor(), setup_token=wrong)
        assert refusal.value.code is ErrorCode.SETUP_TOKEN_WRONG
    user_id = users.register_user(public, EMAIL, PASSWORD, Actor(), setup_token=f" {token}\n")
    assert user_id is not None
    assert session.get_one(User, user_id).is_admin
    assert not public.setup_token_path.exists()
    assert users.ensure_setup_token(public) is None
    assert users.register_user(public, "other@example.org", PASSWORD, Actor()) is None
    assert session.scalars(select(User.is_admin).where(User.email == "other@example.org")).one() is False


def test_no_set_up_token_is_made_on_loopback(session: Session) -> None:
    assert users.ensure_setup_token(settings()) is None
    assert not settings().setup_token_path.exists()


def test_a_person_made_by_a_script_is_verified(session: Session) -> None:
    first = session.get_one(User, users.create_user(EMAIL, PASSWORD))
    second = session.get_one(User, users.create_user("other@example.org", PASSWORD))
    third = session.get_one(User, users.create_user("third@example.org", PASSWORD, is_admin=True))
    assert [user.is_admin for user in (first, second, third)] == [True, False, True]
    assert all(user.verified_at for user in (first, second, third))
    with pytest.raises(Conflict):
        users.create_user(EMAIL, PASSWORD)


def test_a_refused_sign_up_leaves_nothing_behind(session: Session) -> None:
    for email, password in (("nobody", PASSWORD), (EMAIL, "short")):
        with pytest.raises(AppError):
            users.register_user(settings(), email, password, Actor())
    assert session.scalar(select(func.count()).select_from(User)) == 0
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0
