"""Known browsers: how long they are known, how many, and what ends the trust in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.factories import Member
from webapp.models import User
from webapp.services import devices
from webapp.services.security import raise_version
from webapp.services.transaction import transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def note(member: Member, *tokens: str, is_trusted: bool = False) -> str | None:
    """Let the member sign in with a browser that shows these secrets; return the new one of an unknown browser."""
    actor = replace(member.actor, user_agent="browser")
    with transaction() as session:
        user = session.get_one(User, member.user_id)
        return devices.note_device(session, user, actor, tokens, is_trusted=is_trusted).new_token


def test_trust_ends_after_thirty_days_and_knowledge_after_a_year(session: Session, alice: Member) -> None:
    """SECURITY 7, 22."""
    with time_machine.travel(NOW, tick=False):
        token = note(alice, is_trusted=True)
    assert token is not None
    for days, is_known, is_trusted in ((29, True, True), (30, True, False), (364, True, False), (365, False, False)):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            found = devices.find_device(alice.user_id, [token])
            assert (found is not None, found is not None and found.trusted_until is not None) == (is_known, is_trusted)
    with time_machine.travel(NOW + timedelta(days=366), tick=False), transaction() as writing:
        assert devices.delete_forgotten_devices(writing) == 1


def test_a_change_of_security_ends_the_trust_and_a_sign_in_does_not_bring_it_back(
    session: Session, alice: Member
) -> None:
    """SECURITY 21: the browser stays known, and is asked for both factors again."""
    token = note(alice, is_trusted=True)
    assert token is not None
    with transaction() as writing:
        raise_version(writing, writing.get_one(User, alice.user_id))
    assert note(alice, token) is None
    found = devices.find_device(alice.user_id, [token])
    assert found is not None
    assert found.trusted_until is None


def test_nobody_has_more_than_twenty_and_nobody_has_anothers(session: Session, alice: Member, bob: Member) -> None:
    """SECURITY 7, 23: the oldest is forgotten; a secret is good for its own person alone."""
    tokens = []
    for number in range(devices.MAX_PER_USER + 1):
        with time_machine.travel(NOW + timedelta(minutes=number), tick=False):
            tokens.append(note(alice) or "")
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert len(devices.list_devices(alice.user_id)) == devices.MAX_PER_USER
        assert devices.find_device(alice.user_id, [tokens[0]]) is None
        assert devices.find_device(alice.user_id, ["x", tokens[1]]) is not None
        assert devices.find_device(bob.user_id, tokens) is None
        assert devices.find_device_of("nobody@example.org", tokens) is None
