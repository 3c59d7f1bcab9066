"""Erasing one person: no trace anywhere, totals that still equal their rows, and no way back in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, Table, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from tests.factories import (
    Member,
    account_scope,
    add_confirmed_rename,
    export_json,
    import_done,
    import_file,
    many,
    run_jobs,
)
from tests.ledgers import at, follow_list, let_leases_expire, parse_here, written
from webapp.analytics import list_index
from webapp.analytics.erasures import list_erasures
from webapp.analytics.imports import list_exports
from webapp.analytics.people import find_person
from webapp.analytics.visible import visible
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.failpoints import Failpoint
from webapp.domain.planner import PlanDraft, PlanState
from webapp.domain.redaction import UNTOLD
from webapp.domain.sections import Section
from webapp.extensions import db, settings
from webapp.models import (
    DIRECTIONS,
    Account,
    Annotation,
    AuditAction,
    AuditEvent,
    Base,
    Erasure,
    Export,
    Follower,
    FollowerSnapshot,
    ImportRun,
    Job,
    JobState,
    PlannedPost,
)
from webapp.queue import JobKind
from webapp.services import erasure, undo
from webapp.services.annotations import add_annotation
from webapp.services.erased_names import digest
from webapp.services.erasure import request_erasure
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes, cancel_import, commit_import, correct_import
from webapp.services.jobs import cancel_job, run_job
from webapp.services.people import add_tag, write_note
from webapp.services.planner import create_plan

T1, T2, T3 = at("2025-01-01"), at("2025-02-01"), at("2025-03-01")
SOON, AGAIN = at("2024-05-03"), at("2025-02-14")
# Found nowhere by chance.
NAME, LATER = "zz_secret.person", "zz_renamed.person"


def first() -> bytes:
    rest = many(30, year=2024)
    return export_json([*rest, (NAME, written(SOON))], [(NAME.upper(), written(SOON)), *rest[:3]])


def second() -> bytes:
    return export_json(many(29, year=2024), many(4, year=2024))


def third() -> bytes:
    return export_json([*many(28, year=2024), (LATER, written(AGAIN))], [(LATER, written(AGAIN))])


@pytest.fixture(autouse=True)
def history(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who followed, left, and followed again under another name, with everything that can be known of them."""
    parse_here(monkeypatch)
    for content, second_of in ((first(), T1), (second(), T2), (third(), T3)):
        import_done(alice, content, exported_at=second_of, losses_confirmed=True)
    scope = account_scope(alice)
    add_confirmed_rename(scope, NAME, LATER)
    add_tag(alice.actor, scope, [NAME], "family")
    write_note(alice.actor, scope, LATER, "knows the secret")
    add_annotation(alice.actor, scope, date(2025, 2, 1), f"Duet with @{LATER.upper()}.")
    create_plan(
        alice.actor,
        scope,
        PlanDraft(title=f"Thanks, @{NAME}!", notes=f"ask ＠{LATER} and @somebody.else", state=PlanState.IDEA),
    )


def erase(member: Member, name: str = LATER) -> None:
    scope = account_scope(member)
    person = find_person(scope, name)
    assert person is not None
    request_erasure(member.actor, scope, name, person.username)
    assert run_jobs()[0] is JobState.DONE


def traces() -> list[str]:
    """Return where either name stands, in any case."""
    session = db.session()
    session.rollback()

    def holds(table: Table, column: ColumnElement[Any]) -> bool:
        text = func.lower(cast(column, Text))
        is_there = or_(*(text.contains(name, autoescape=True) for name in (NAME, LATER)))
        return session.scalar(select(func.count()).select_from(table).where(is_there)) != 0

    tables = Base.metadata.sorted_tables
    return [f"{table.name}.{column.name}" for table in tables for column in table.columns if holds(table, column)]


def files_with(app: Flask) -> list[str]:
    folders = [settings().instance_path]
    if db.engine.dialect.name == "sqlite":
        folders.append(settings().instance_path.parent)
    contents = {path: path.read_bytes().lower() for folder in folders for path in folder.rglob("*") if path.is_file()}
    return [str(path) for path, content in contents.items() if NAME.encode() in content or LATER.encode() in content]


@dataclass(frozen=True)
class Reader:
    """Somebody who reads the account at a revision."""

    account_id: int
    revision: int


def check_totals(member: Member) -> None:
    """Compare the counts of every export and snapshot with the rows of the ledger."""
    session = db.session()
    session.rollback()
    account_id = account_scope(member).account_id
    revision = session.get_one(Account, account_id).revision

    def is_read(model: Any) -> ColumnElement[bool]:
        return visible(model, Reader(account_id, revision))

    exports = session.scalars(select(Export).where(is_read(Export)).order_by(Export.exported_at)).all()
    places = {export.id: place for place, export in enumerate(exports)}
    before: dict[Section, set[str] | None] = dict.fromkeys(DIRECTIONS)
    for export in exports:
        snapshot = session.scalars(
            select(FollowerSnapshot).where(FollowerSnapshot.export_id == export.id, is_read(FollowerSnapshot))
        ).one()
        listed: dict[Section, set[str]] = {}
        for section in DIRECTIONS:
            model: Any = DIRECTIONS[section]
            listed[section] = {
                row.username_key
                for row in session.scalars(select(model).where(is_read(model)))
                if places.get(row.first_export_id, 0) <= places[export.id]
                and (row.gone_export_id is None or places[export.id] < places[row.gone_export_id])
            }
            said = export.sections[section.value]
            assert said["kept"] == len(listed[section]) == getattr(snapshot, section.value)
            assert said["read"] == said["kept"] + sum(said["skipped"].values())
            earlier = before[section]
            if earlier is not None:
                assert getattr(snapshot, f"{section.value}_gained") == len(listed[section] - earlier)
                assert getattr(snapshot, f"{section.value}_lost") == len(earlier - listed[section])
            before[section] = listed[section]
        assert snapshot.mutuals == len(listed[Section.FOLLOWERS] & listed[Section.FOLLOWING])


def test_no_trace_is_left_and_every_total_equals_its_rows(app: Flask, session: Session, alice: Member) -> None:
    check_totals(alice)
    assert {place.partition(".")[0] for place in traces()} == {
        "annotation",
        "follower",
        "following",
        "person_note",
        "person_tag",
        "planned_post",
        "rename",
    }
    erase(alice)
    assert traces() == []
    assert session.scalars(select(Annotation.text)).all() == [f"Duet with @{UNTOLD}."]
    plan = session.scalars(select(PlannedPost)).one()
    assert (plan.title, plan.notes) == (f"Thanks, @{UNTOLD}!", f"ask @{UNTOLD} and @somebody.else")
    check_totals(alice)
    db.session.remove()
    db.engine.dispose()
    assert files_with(app) == []


def test_the_rows_are_gone_at_once_and_not_only_out_of_sight(session: Session, alice: Member) -> None:
    before = session.scalar(select(func.count()).select_from(Follower)) or 0
    replaced = session.scalar(select(func.count()).where(Follower.username_key == NAME)) or 0
    erase(alice)
    assert session.scalar(select(func.count()).select_from(Follower)) == before - replaced - 1
    assert find_person(account_scope(alice), NAME) is None


def test_the_exports_say_that_they_skipped_somebody(session: Session, alice: Member) -> None:
    erase(alice)
    exports = list_exports(account_scope(alice))
    assert [export.sections["followers"]["skipped"].get("erased") for export in exports] == [1, None, 1]
    assert [export.sections["following"]["skipped"].get("erased") for export in exports] == [1, None, 1]


def test_nobody_else_changes(session: Session, alice: Member) -> None:
    before = follow_list(account_scope(alice), Section.FOLLOWERS)
    assert before is not None
    erase(alice)
    session.rollback()
    assert follow_list(account_scope(alice), Section.FOLLOWERS) == [row for row in before if row[0] != LATER]


@pytest.mark.parametrize("is_older", [True, False])
def test_a_later_import_does_not_bring_the_person_back(
    app: Flask, session: Session, alice: Member, *, is_older: bool
) -> None:
    erase(alice)
    people = [*many(27, year=2024), (LATER.title(), written(AGAIN)), (NAME, written(SOON))]
    second_of = T1 - 1000 if is_older else T3 + 1000
    run = import_done(alice, export_json(people, people[-3:]), exported_at=second_of)
    assert run.result is not None
    assert run.result["followers"]["skipped"] == {"erased": 2}
    assert run.result["followers"]["read"] == 29
    assert traces() == []
    assert files_with(app) == []
    check_totals(alice)


def test_the_same_export_again_does_not_either(session: Session, alice: Member) -> None:
    run = session.scalars(select(ImportRun).where(ImportRun.exported_at == T3)).one().public_id
    undo.undo_import(alice.actor, alice.scope, run)
    run_jobs()
    erase(alice, NAME)
    import_done(alice, third(), exported_at=T3, losses_confirmed=True)
    # The team had said that the other name is the same person.
    assert traces() == []
    check_totals(alice)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_undo_of_an_import_does_not_bring_the_person_back(session: Session, alice: Member, place: int) -> None:
    erase(alice)
    runs = session.scalars(select(ImportRun.public_id).order_by(ImportRun.exported_at)).all()
    undo.undo_import(alice.actor, alice.scope, runs[place])
    run_jobs()
    assert traces() == []
    check_totals(alice)


def test_an_import_that_was_compared_before_leaves_the_name_out(session: Session, alice: Member) -> None:
    # Another account of the team: whose file this is, nobody has said yet.
    people = [*many(27, year=2024), (LATER, written(AGAIN))]
    content = export_json(people, [], owner=None)
    waiting = import_file(alice, content, wishes=ImportWishes(exported_at=T3 + 1000))
    request_erasure(alice.actor, account_scope(alice), LATER, LATER)
    correct_import(alice.actor, alice.scope, waiting.public_id, handle="demo.maker")
    run_jobs()
    commit_import(alice.actor, alice.scope, waiting.public_id, losses_confirmed=True)
    run_jobs()
    assert traces() == []
    check_totals(alice)


def test_while_an_import_waits_nobody_is_erased(session: Session, alice: Member) -> None:
    waiting = import_file(alice, export_json(many(27, year=2024), []), wishes=ImportWishes(exported_at=T3 + 1000))
    with pytest.raises(Conflict) as refused:
        request_erasure(alice.actor, account_scope(alice), LATER, LATER)
    assert refused.value.code is ErrorCode.ERASURE_WAITS
    cancel_import(alice.actor, alice.scope, waiting.public_id)
    erase(alice)
    assert traces() == []


def test_a_long_list_is_packed_anew_without_the_person(
    app: Flask, session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_index, "LEAST_ROWS", 5)
    import_done(
        alice,
        export_json([*many(26, year=2024), (LATER, written(AGAIN))], []),
        exported_at=T3 + 9,
        losses_confirmed=True,
    )
    newest = session.scalars(select(Export).where(Export.exported_at == T3 + 9)).one()
    packed = list_index.find_packed(newest, Section.FOLLOWERS)
    assert packed is not None
    assert packed.count == 27
    erase(alice)
    session.rollback()
    newest = session.scalars(select(Export).where(Export.exported_at == T3 + 9)).one()
    packed = list_index.find_packed(newest, Section.FOLLOWERS)
    assert packed is not None
    assert packed.count == 26
    assert files_with(app) == []


def test_that_it_was_done_is_kept_without_the_name(session: Session, alice: Member) -> None:
    erase(alice)
    (row,) = list_erasures(account_scope(alice))
    assert (row.by, row.erased_at is not None) == (alice.email, True)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.PERSON_ERASED)).all()
    assert [(event.user_id, event.detail) for event in events] == [(alice.user_id, {"names": 2})]
    account = session.get_one(Account, account_scope(alice).account_id)
    assert set(session.scalars(select(Erasure.digest))) == {
        digest(account.public_id, NAME),
        digest(account.public_id, LATER),
    }


def test_a_digest_is_of_the_account_and_of_the_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    one = digest("a" * 20, NAME)
    assert one == digest("a" * 20, NAME)
    assert len({one, digest("b" * 20, NAME), digest("a" * 20, LATER)}) == 3
    monkeypatch.setattr("webapp.services.erased_names.settings", lambda: type("S", (), {"secret_key": "another"}))
    assert digest("a" * 20, NAME) != one


def test_a_change_of_the_key_does_not_bring_an_erased_person_back(app: Flask, session: Session, alice: Member) -> None:
    """SECURITY 93."""
    erase(alice)
    old = app.config["APP"]
    app.config["APP"] = replace(old, secret_key="n" * 40, secret_key_fallbacks=(old.secret_key,))
    later = export_json([(LATER, written(T1)), (NAME, written(T2)), ("somebody", written(T1))], None)
    import_done(alice, later, exported_at=at("2025-04-01"), losses_confirmed=True)
    assert not traces()


def test_the_name_must_be_typed_and_known(session: Session, alice: Member) -> None:
    scope = account_scope(alice)
    with pytest.raises(Invalid) as refused:
        request_erasure(alice.actor, scope, LATER, "person00001")
    assert refused.value.params["field"] == "typed_name"
    with pytest.raises(NotFound):
        request_erasure(alice.actor, scope, "stranger", "stranger")
    assert session.scalar(select(func.count()).select_from(Erasure)) == 0


def test_only_an_admin_erases(bob: Member) -> None:
    with pytest.raises(Forbidden):
        request_erasure(bob.actor, account_scope(bob), LATER, LATER)


def test_an_erasure_that_is_cancelled_is_as_if_nobody_had_wanted_it(session: Session, alice: Member) -> None:
    before = find_person(account_scope(alice), LATER)
    request_erasure(alice.actor, account_scope(alice), LATER, LATER)
    job_id = session.scalars(select(Job.id).where(Job.kind == JobKind.PERSON_ERASE)).one()
    cancel_job(alice.actor, job_id, HANDLERS)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Erasure)) == 0
    assert find_person(account_scope(alice), LATER) == before
    assert session.get_one(Job, job_id).arguments["names"] == []


class _Killed(BaseException):
    """A process that ends here: nothing after it runs."""


@pytest.mark.parametrize("point", [Failpoint.ERASE_AFTER_DROP, Failpoint.SWITCH_MID, Failpoint.JOB_BEFORE_DONE])
def test_an_erasure_that_dies_is_done_by_the_next_try(
    session: Session, alice: Member, point: Failpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_erasure(alice.actor, account_scope(alice), LATER, LATER)
    job_id = session.scalars(select(Job.id).where(Job.kind == JobKind.PERSON_ERASE)).one()

    def reach(reached: Failpoint) -> None:
        if reached is point:
            raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "reach", reach)
        with pytest.raises(_Killed):
            run_job(job_id, HANDLERS)
    db.session.remove()
    assert find_person(account_scope(alice), LATER) is not None
    check_totals(alice)
    let_leases_expire()
    run_jobs()
    assert traces() == []
    check_totals(alice)
