"""The record of actions: what is done to it by force is found, and where."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.factories import Member
from webapp.extensions import db, settings
from webapp.models import GUARDED, AuditAction, AuditChain, AuditEvent, AuditSeal, Team
from webapp.services import audit_seals
from webapp.services.audit import Actor, digest_of, record
from webapp.services.audit_verify import FlawKind, verify
from webapp.services.transaction import transaction

CHAIN = 7


def write(count: int, chain: int = CHAIN) -> None:
    with transaction() as session:
        for number in range(count):
            record(session, Actor(1, chain, "127.0.0.1", "r"), AuditAction.JOB_RETRIED, f"job{number}", tries=number)


def by_force(*statements: str) -> None:
    """Do what only somebody who rules the database can do: with the triggers off for a moment."""
    dropped: list[str] = []
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            dropped = [row.sql for row in rows]
            for row in rows:
                connection.execute(text(f"DROP TRIGGER {row.name}"))
        for table in GUARDED if connection.dialect.name == "postgresql" else ():
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))
        for statement in dropped:
            connection.exec_driver_sql(statement)
        for table in GUARDED if connection.dialect.name == "postgresql" else ():
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    db.session.rollback()


def flaws() -> list[tuple[FlawKind, int]]:
    return [(flaw.kind, flaw.sequence) for flaw in verify().flaws]


def at(place: int) -> str:
    return f"chain = {CHAIN} AND sequence = {place}"


def test_what_was_written_is_found_as_it_was_written(session: Session) -> None:
    write(5)
    write(3, chain=0)
    audit_seals.seal_chains()
    verdict = verify()
    assert (verdict.chains, verdict.events, verdict.flaws) == (2, 8, ())


def edit() -> list[str]:
    return [f"UPDATE audit_event SET target = 'another' WHERE {at(3)}"]


def edit_with_a_fitting_digest() -> list[str]:
    found = db.session.scalars(select(AuditEvent).where(AuditEvent.sequence == 3)).one()
    found.ip = "203.0.113.9"
    digest = digest_of(found)
    db.session.rollback()
    return [f"UPDATE audit_event SET ip = '203.0.113.9', digest = '{digest}' WHERE {at(3)}"]


def spoil() -> list[str]:
    return [f"UPDATE audit_event SET detail = '[]', action = 'no:such' WHERE {at(3)}"]


def delete_in_the_middle() -> list[str]:
    return [f"DELETE FROM audit_event WHERE {at(3)}"]


def delete_at_the_end() -> list[str]:
    return [f"DELETE FROM audit_event WHERE {at(6)}"]


def delete_at_the_end_and_say_so() -> list[str]:
    digest = f"(SELECT digest FROM audit_event WHERE {at(5)})"
    return [*delete_at_the_end(), f"UPDATE audit_chain SET sequence = 5, digest = {digest} WHERE chain = {CHAIN}"]


def delete_at_the_beginning_and_say_so() -> list[str]:
    digest = f"(SELECT digest FROM audit_event WHERE {at(1)})"
    return [
        f"UPDATE audit_chain SET purged_sequence = 1, purged_digest = {digest} WHERE chain = {CHAIN}",
        f"DELETE FROM audit_event WHERE {at(1)}",
    ]


def insert() -> list[str]:
    columns = "at, action, team_id, user_id, target, detail, chain, previous_digest, digest"
    return [
        f"UPDATE audit_event SET sequence = sequence + 100 WHERE chain = {CHAIN} AND sequence >= 3",
        f"INSERT INTO audit_event (id, sequence, {columns}) SELECT 9000, 3, {columns} FROM audit_event WHERE {at(2)}",
        f"UPDATE audit_event SET sequence = sequence - 99 WHERE chain = {CHAIN} AND sequence >= 100",
        f"UPDATE audit_chain SET sequence = sequence + 1 WHERE chain = {CHAIN}",
    ]


def insert_at_the_end() -> list[str]:
    columns = "at, action, team_id, user_id, target, detail, chain, previous_digest, digest"
    return [
        f"INSERT INTO audit_event (id, sequence, {columns}) SELECT 9000, 7, {columns} FROM audit_event WHERE {at(6)}"
    ]


def swap() -> list[str]:
    return [
        f"UPDATE audit_event SET sequence = 100 WHERE {at(2)}",
        f"UPDATE audit_event SET sequence = 2 WHERE {at(5)}",
        f"UPDATE audit_event SET sequence = 5 WHERE {at(100)}",
    ]


def truncate() -> list[str]:
    return ["DELETE FROM audit_event", "DELETE FROM audit_chain"]


def truncate_everything() -> list[str]:
    return [*truncate(), "DELETE FROM audit_seal"]


def forge_a_seal() -> list[str]:
    return [f"UPDATE audit_seal SET signature = '{'0' * 64}'"]


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (edit, (FlawKind.EDITED, 3)),
        (edit_with_a_fitting_digest, (FlawKind.UNLINKED, 4)),
        (spoil, (FlawKind.EDITED, 3)),
        (delete_in_the_middle, (FlawKind.MISSING, 3)),
        (delete_at_the_end, (FlawKind.CUT_SHORT, 6)),
        (delete_at_the_end_and_say_so, (FlawKind.CUT_SHORT, 6)),
        (delete_at_the_beginning_and_say_so, (FlawKind.PURGE_UNSAID, 1)),
        (insert, (FlawKind.EDITED, 3)),
        (insert_at_the_end, (FlawKind.INSERTED, 7)),
        (swap, (FlawKind.EDITED, 2)),
        (swap, (FlawKind.EDITED, 5)),
        (truncate, (FlawKind.CUT_SHORT, 1)),
        (truncate_everything, (FlawKind.CUT_SHORT, 1)),
        (forge_a_seal, (FlawKind.SEAL_FORGED, 6)),
    ],
    ids=lambda value: value.__name__ if callable(value) else f"{value[0].value}-{value[1]}",
)
def test_what_was_done_by_force_is_found_with_its_place(
    session: Session, tamper: Callable[[], list[str]], found: tuple[FlawKind, int]
) -> None:
    """SECURITY 95."""
    write(6)
    audit_seals.seal_chains()
    by_force(*tamper())
    assert found in flaws()


def test_an_end_that_was_written_anew_after_the_seal_does_not_pass_for_the_sealed_one(session: Session) -> None:
    write(2)
    audit_seals.seal_chains()
    by_force(*truncate())
    write(2)
    assert (FlawKind.SEAL_BROKEN, 2) in flaws()


def test_a_seal_and_its_copy_vouch_for_each_other(session: Session) -> None:
    write(2)
    audit_seals.seal_chains()
    (copy,) = Path(settings().instance_path, "audit_seals").glob("*.jsonl")
    kept = copy.read_text()
    assert [json.loads(line)["sequence"] for line in kept.split("\n") if line] == [2]
    copy.write_text("not a seal\n")
    assert flaws() == [(FlawKind.COPY_MISSING, 2)]
    copy.write_text(kept)
    by_force("DELETE FROM audit_seal")
    assert flaws() == [(FlawKind.SEAL_GONE, 2)]


def test_sealing_twice_a_day_keeps_the_first_seal_and_mends_a_copy_that_is_gone(session: Session) -> None:
    write(2)
    assert audit_seals.seal_chains() == 1
    write(1)
    audit_seals.seal_chains()
    assert session.scalars(select(AuditSeal.sequence)).all() == [2]
    (copy,) = Path(settings().instance_path, "audit_seals").glob("*.jsonl")
    copy.unlink()
    audit_seals.seal_chains()
    assert flaws() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET target = 'x'",
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET digest = 'x'",
        "DELETE FROM audit_seal",
        "DELETE FROM audit_chain",
        "UPDATE audit_chain SET sequence = 1",
    ],
)
def test_the_database_itself_refuses_to_change_the_record(session: Session, statement: str) -> None:
    """SECURITY 95."""
    write(3)
    audit_seals.seal_chains()
    with pytest.raises(DatabaseError, match=r"keeps its rows|never goes back"), db.engine.begin() as connection:
        connection.execute(text(statement))
    assert flaws() == []


def test_a_trigger_that_was_taken_away_is_missed(session: Session) -> None:
    with db.engine.begin() as connection:
        on = "" if connection.dialect.name == "sqlite" else " ON audit_event"
        made = connection.dialect.name == "sqlite" and connection.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = 'audit_event_no_delete'")
        )
        connection.execute(text(f"DROP TRIGGER audit_event_no_delete{on}"))
    assert [(flaw.kind, flaw.name) for flaw in verify().flaws] == [(FlawKind.GUARD_OFF, "audit_event_no_delete")]
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            made
            or "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event"
            " FOR EACH ROW EXECUTE FUNCTION audit_keeps_events()"
        )


def test_events_of_many_writers_at_once_stand_in_one_unbroken_chain(app: Flask) -> None:
    """SECURITY 95."""

    def work() -> None:
        with app.app_context():
            for _ in range(10):
                write(5)
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert db.session.get_one(AuditChain, CHAIN).sequence == 400
        assert verify().events == 400
        assert flaws() == []


def test_what_is_too_old_goes_the_rest_still_holds_and_the_chain_says_so(session: Session, alice: Member) -> None:
    team = session.get_one(Team, alice.team_id)
    team.audit_days = 30
    session.commit()
    write(4, alice.team_id)
    write(2, chain=0)
    mine = select(func.count()).select_from(AuditEvent).where(AuditEvent.chain == alice.team_id)
    assert audit_seals.purge_old_events() == 0
    in_future = datetime.now(UTC) + timedelta(days=31)
    assert audit_seals.purge_old_events(in_future) == 4
    session.rollback()
    left = session.scalars(select(AuditEvent).where(AuditEvent.chain == alice.team_id)).one()
    assert (left.action, left.sequence, left.detail["through"]) == (AuditAction.AUDIT_PURGED, 5, 4)
    assert flaws() == []
    # The sentence that something was deleted is no reason to delete and to say so again.
    assert audit_seals.purge_old_events(in_future + timedelta(days=31)) == 0
    write(1, alice.team_id)
    assert audit_seals.purge_old_events(in_future + timedelta(days=99)) == 2
    session.rollback()
    assert session.scalar(mine) == 1
    assert flaws() == []
