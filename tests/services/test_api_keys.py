"""Keys for scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from tests.factories import Member
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, LoginNeeded, NotFound
from webapp.extensions import db
from webapp.models import ApiKey, AuditEvent, Membership, User
from webapp.services import api_keys


def test_a_key_opens_for_its_person_and_team(session: Session, alice: Member) -> None:
    key = api_keys.create_key(alice.scope, "backup", alice.actor)
    found = api_keys.authenticate_key(key.text)
    assert (found.user_id, found.team_id, found.can_write) == (alice.user_id, alice.team_id, False)
    assert len(key.text) == 4 + 40 + 6


def test_the_database_and_the_audit_hold_no_key(session: Session, alice: Member) -> None:
    key = api_keys.create_key(alice.scope, "backup", alice.actor)
    row = session.scalars(select(ApiKey)).one()
    stored = [str(value) for value in vars(row).values()]
    stored += [str(vars(entry)) for entry in session.scalars(select(AuditEvent))]
    assert not any(key.text[12:] in value for value in stored)
    for replayed in (row.key_hash, row.prefix, f"tta_{row.key_hash}"):
        with pytest.raises(LoginNeeded):
            api_keys.authenticate_key(replayed)


def test_a_mistyped_key_is_refused_without_a_question_to_the_database(session: Session, alice: Member) -> None:
    key = api_keys.create_key(alice.scope, "backup", alice.actor)
    questions: list[str] = []

    def note(*arguments: object) -> None:
        questions.append(str(arguments[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    wrong_digit = "1" if key.text[20] != "1" else "2"
    wrong = [
        "",
        "tta_",
        key.text[:-1],
        key.text + "0",
        key.text.upper(),
        key.text[:20] + wrong_digit + key.text[21:],
        key.text[:-1] + "é",
        key.text + "\n",
        "x" * 1_000_000,
        key.text.replace("tta_", "ttb_"),
    ]
    for text in wrong:
        with pytest.raises(LoginNeeded) as refusal:
            api_keys.authenticate_key(text)
        assert refusal.value.code is ErrorCode.KEY_INVALID
    event.remove(db.engine, "before_cursor_execute", note)
    assert questions == []


def test_a_revoked_key_opens_nothing(session: Session, alice: Member) -> None:
    key = api_keys.create_key(alice.scope, "backup", alice.actor)
    api_keys.revoke_key(alice.scope, key.public_id, alice.actor)
    assert api_keys.list_keys(alice.scope) == []
    with pytest.raises(LoginNeeded):
        api_keys.authenticate_key(key.text)
    with pytest.raises(NotFound):
        api_keys.revoke_key(alice.scope, key.public_id, alice.actor)


def test_a_key_ends_on_its_day(session: Session, alice: Member) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        key = api_keys.create_key(alice.scope, "backup", alice.actor, days=30)
    with time_machine.travel(now + timedelta(days=30, seconds=-1), tick=False):
        assert api_keys.authenticate_key(key.text)
    with time_machine.travel(now + timedelta(days=30), tick=False), pytest.raises(LoginNeeded):
        api_keys.authenticate_key(key.text)


def test_the_last_use_is_noted_at_most_once_a_minute(session: Session, alice: Member) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        key = api_keys.create_key(alice.scope, "backup", alice.actor)
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (90, 60)):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            api_keys.authenticate_key(key.text)
        assert session.scalars(select(ApiKey.last_used_at)).one() == now + timedelta(seconds=noted)


@pytest.mark.parametrize("loss", ["disabled", "left the team"])
def test_a_key_ends_with_the_right_of_its_person(loss: str, session: Session, alice: Member) -> None:
    key = api_keys.create_key(alice.scope, "backup", alice.actor)
    if loss == "disabled":
        session.execute(update(User).where(User.id == alice.user_id).values(is_disabled=True))
    else:
        session.delete(session.scalars(select(Membership).where(Membership.user_id == alice.user_id)).one())
    session.commit()
    with pytest.raises(LoginNeeded):
        api_keys.authenticate_key(key.text)


def test_a_viewer_makes_no_key(session: Session, bob: Member) -> None:
    with pytest.raises(Forbidden):
        api_keys.create_key(bob.scope, "backup", bob.actor)


def test_nobody_ends_the_key_of_another(session: Session, alice: Member, bob: Member, charlie: Member) -> None:
    key = api_keys.create_key(alice.scope, "backup", alice.actor)
    for other in (bob, charlie):
        with pytest.raises(NotFound):
            api_keys.revoke_key(other.scope, key.public_id, other.actor)
    assert api_keys.authenticate_key(key.text)


@pytest.mark.parametrize(
    ("name", "days", "field"),
    [
        ("", 30, "name"),
        (" \n ", 30, "name"),
        ("x" * 101, 30, "name"),
        ("a\0b", 30, "name"),
        ("x", 0, "days"),
        ("x", 366, "days"),
    ],
)
def test_a_key_needs_a_name_and_an_end(name: str, days: int, field: str, session: Session, alice: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        api_keys.create_key(alice.scope, name, alice.actor, days=days)
    assert refusal.value.params["field"] == field


def test_a_team_has_a_limited_number_of_keys(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MAX_KEYS", 2)
    for number in range(2):
        api_keys.create_key(alice.scope, f"key {number}", alice.actor)
    with pytest.raises(Invalid) as refusal:
        api_keys.create_key(alice.scope, "one more", alice.actor)
    assert refusal.value.code is ErrorCode.KEYS_TOO_MANY
