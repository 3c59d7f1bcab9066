"""Confirming renames: what may be confirmed, by whom, and what is recorded."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, parse_here
from webapp.domain.errors import AppError, Conflict, ErrorCode, Forbidden, Invalid
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Rename, RenameState
from webapp.services.renames import decide

ONE, TWO = "2025-07-07 07:07:07", "2025-08-08 08:08:08"
CONFIRMED, REJECTED = RenameState.CONFIRMED, RenameState.REJECTED


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def listed(member: Member, day: str, *rows: tuple[str, str]) -> None:
    """Import a list of followers as an export of a day."""
    import_done(member, export_json(rows, []), exported_at=at(day), losses_confirmed=True)
    db.session.rollback()


def say(member: Member, *pairs: tuple[str, str], state: RenameState | None = CONFIRMED) -> int:
    return decide(member.actor, account_scope(member), Section.FOLLOWERS, pairs, state)


def stored(session: Session) -> dict[tuple[str, str], RenameState]:
    session.rollback()
    return {(row.from_key, row.to_key): row.state for row in session.query(Rename)}


def refused(member: Member, *pairs: tuple[str, str], state: RenameState = CONFIRMED) -> AppError:
    with pytest.raises(AppError) as caught:
        say(member, *pairs, state=state)
    return caught.value


def test_all_or_none_of_the_pairs_are_decided(session: Session, alice: Member) -> None:
    listed(alice, "2026-01-01", ("Ann", ONE), ("cy", TWO))
    listed(alice, "2026-02-01", ("Bo", ONE), ("dee", TWO))
    error = refused(alice, ("ann", "bo"), ("cy", "bo"))
    assert (type(error), error.code) == (Invalid, ErrorCode.RENAME_NOT_OFFERED)
    assert stored(session) == {}
    assert say(alice, ("ann", "bo"), ("cy", "dee"), ("ANN", "@bo")) == 2
    assert stored(session) == {("ann", "bo"): CONFIRMED, ("cy", "dee"): CONFIRMED}
    row = session.query(Rename).filter_by(from_key="ann").one()
    assert (row.from_username, row.to_username, row.decided_by) == ("Ann", "Bo", alice.user_id)


@pytest.mark.parametrize(
    "pair", [("ann", "cy"), ("bo", "ann"), ("ann", "ann"), ("zoe", "bo"), ("ann", "zoe"), ("", ""), ("a" * 99, "bo")]
)
@pytest.mark.parametrize("state", [CONFIRMED, REJECTED])
def test_a_pair_that_is_not_offered_is_refused(
    session: Session, alice: Member, pair: tuple[str, str], state: RenameState
) -> None:
    listed(alice, "2026-01-01", ("ann", ONE), ("zoe", TWO))
    listed(alice, "2026-02-01", ("bo", ONE), ("zoe", TWO))
    assert refused(alice, pair, state=state).code is ErrorCode.RENAME_NOT_OFFERED
    assert stored(session) == {}


def test_exports_further_apart_offer_nothing_to_decide(session: Session, alice: Member) -> None:
    listed(alice, "2026-01-01", ("ann", ONE))
    listed(alice, "2026-02-01", ("zoe", TWO))
    listed(alice, "2026-03-01", ("bo", ONE), ("zoe", TWO))
    assert refused(alice, ("ann", "bo")).code is ErrorCode.RENAME_NOT_OFFERED


def test_a_name_is_in_one_confirmed_rename_of_a_change_only(session: Session, alice: Member) -> None:
    listed(alice, "2026-01-01", ("ann", ONE))
    listed(alice, "2026-03-01", ("bo", ONE), ("cy", TWO))
    say(alice, ("ann", "bo"))
    # Said before the list of another import, on which two names have the second.
    listed(alice, "2026-02-15", ("ann", ONE), ("ella", ONE), ("cy", TWO))
    error = refused(alice, ("ella", "bo"))
    assert (type(error), error.code, error.params) == (Conflict, ErrorCode.RENAME_TAKEN, {"name": "bo"})
    error = refused(alice, ("ann", "cy"))
    assert (type(error), error.params) == (Conflict, {"name": "ann"})
    # At another change the same name may be renamed again.
    listed(alice, "2026-04-01", ("dee", ONE), ("cy", TWO))
    assert say(alice, ("bo", "dee")) == 1


def test_a_decision_whose_rename_no_longer_shows_can_still_be_taken_back(session: Session, alice: Member) -> None:
    listed(alice, "2026-01-01", ("ann", ONE))
    listed(alice, "2026-03-01", ("bo", ONE))
    say(alice, ("ann", "bo"))
    listed(alice, "2026-02-01", ("zoe", TWO))
    assert say(alice, ("ann", "bo"), state=None) == 1
    assert stored(session) == {}


def test_a_viewer_decides_nothing(session: Session, alice: Member, bob: Member) -> None:
    listed(alice, "2026-01-01", ("ann", ONE))
    listed(alice, "2026-02-01", ("bo", ONE))
    for state in (CONFIRMED, REJECTED, None):
        with pytest.raises(Forbidden):
            say(bob, ("ann", "bo"), state=state)
    assert stored(session) == {}


def test_the_record_says_what_was_decided_and_no_name(session: Session, alice: Member) -> None:
    listed(alice, "2026-01-01", ("ann", ONE))
    listed(alice, "2026-02-01", ("bo", ONE))
    say(alice, ("ann", "bo"))
    say(alice, ("ann", "bo"))
    say(alice, ("ann", "bo"), state=REJECTED)
    say(alice, ("ann", "bo"), state=None)
    session.rollback()
    events = session.query(AuditEvent).filter_by(action=AuditAction.RENAME_DECIDED).order_by(AuditEvent.id).all()
    assert [event.detail["state"] for event in events] == ["confirmed", "rejected", "taken_back"]
    assert {event.user_id for event in events} == {alice.user_id}
    assert all(event.detail["count"] == len(event.detail["renames"]) == 1 for event in events)
    assert not any("ann" in str(event.detail) for event in events)


def test_decisions_are_of_one_account(session: Session, alice: Member, charlie: Member) -> None:
    for member in (alice, charlie):
        listed(member, "2026-01-01", ("ann", ONE))
        listed(member, "2026-02-01", ("bo", ONE))
    say(alice, ("ann", "bo"))
    assert say(charlie, ("ann", "bo"), state=None) == 0
    assert stored(session) == {("ann", "bo"): CONFIRMED}
