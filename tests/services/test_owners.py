"""Whose a file is: asked where no account has its owner's name, and what each answer does to names and rows."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, receive, run_jobs
from tests.ledgers import at, ledgers, lists_of, parse_here
from webapp.analytics.accounts import list_accounts
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.sections import Platform, Section
from webapp.extensions import db
from webapp.models import (
    Account,
    AuditAction,
    AuditEvent,
    FormerHandle,
    ImportOrigin,
    ImportRun,
    ImportState,
    OwnerAnswer,
)
from webapp.services import imports, sample
from webapp.services.accounts import create_account
from webapp.services.imports import ImportWishes

OLD, MIDDLE, NEW, LATER = at("2025-02-01"), at("2025-03-01"), at("2025-04-01"), at("2025-05-01")
RENAMED, NEW_ACCOUNT = OwnerAnswer.RENAMED, OwnerAnswer.NEW_ACCOUNT


@pytest.fixture(autouse=True)
def _parse(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@pytest.fixture
def ada(session: Session, alice: Member) -> Member:
    """A team whose account @ada has 40 followers."""
    import_done(alice, export_json(many(40), many(3), owner="ada"), exported_at=MIDDLE)
    return alice


def send(
    member: Member,
    owner: str,
    exported_at: int,
    count: int = 38,
    origin: ImportOrigin = ImportOrigin.WEB,
    **wishes: Any,
) -> ImportRun:
    """Bring in a file of an owner with the first followers of @ada."""
    public_id = imports.create_import(
        member.actor,
        member.scope,
        receive(export_json(many(count), many(3), owner=owner)),
        origin,
        ImportWishes(exported_at=exported_at, **wishes),
    )
    run_jobs()
    return read(public_id)


def read(public_id: str) -> ImportRun:
    db.session.rollback()
    return db.session.scalars(select(ImportRun).where(ImportRun.public_id == public_id)).one()


def say(member: Member, run: ImportRun, answer: OwnerAnswer, handle: str | None = None) -> ImportRun:
    """Answer the question and let the import be written."""
    imports.correct_import(member.actor, member.scope, run.public_id, owner_answer=answer, handle=handle, commits=True)
    run_jobs()
    return read(run.public_id)


def handles(member: Member) -> list[str]:
    return sorted(account.handle for account in list_accounts(member.scope))


def former(session: Session) -> list[str]:
    return sorted(session.scalars(select(FormerHandle.handle)))


def test_a_file_of_an_unknown_owner_asks_whose_it_is(session: Session, ada: Member) -> None:
    import_done(ada, export_json(many(30, "other"), owner="eve"), exported_at=MIDDLE)
    run = send(ada, "ada.new", NEW)
    assert (run.state, run.owner, run.account_id) == (ImportState.RECOGNISED, "ada.new", None)
    accounts = {account.handle: account.public_id for account in list_accounts(ada.scope)}
    assert (run.preview or {})["owner_question"] == {
        "owner": "ada.new",
        "accounts": [
            {"public_id": accounts["ada"], "handle": "ada", "shared": 38, "of": 38},
            {"public_id": accounts["eve"], "handle": "eve", "shared": 0, "of": 38},
        ],
    }
    with pytest.raises(Invalid) as refusal:
        imports.commit_import(ada.actor, ada.scope, run.public_id)
    assert (refusal.value.code, refusal.value.params["field"]) == (ErrorCode.IMPORT_OWNER_OPEN, "account")
    assert handles(ada) == ["ada", "eve"]


def test_the_evidence_is_of_a_thousand_names_spread_over_the_file(session: Session, alice: Member) -> None:
    people = many(2600)
    import_done(alice, export_json(people[:1300], owner="ada"), exported_at=MIDDLE)
    run = import_file(
        alice, export_json(people, owner="ada.new"), wishes=ImportWishes(exported_at=NEW, losses_confirmed=True)
    )
    (said,) = (run.preview or {})["owner_question"]["accounts"]
    assert (said["of"], said["shared"]) == (867, 434), "every third name, half of them followers"


def test_at_most_five_accounts_are_shown_the_likeliest_first(session: Session, alice: Member) -> None:
    for number in range(6):
        import_done(alice, export_json(many(10 + number), owner=f"ada{number}"), exported_at=MIDDLE)
    run = send(alice, "ada.new", NEW)
    said = (run.preview or {})["owner_question"]["accounts"]
    assert [(each["handle"], each["shared"]) for each in said] == [(f"ada{n}", 10 + n) for n in (5, 4, 3, 2, 1)]


def test_an_account_without_a_list_speaks_neither_for_nor_against(session: Session, alice: Member) -> None:
    create_account(alice.scope, Platform.TIKTOK, "empty", "UTC", alice.actor)
    run = send(alice, "ada", NEW)
    (said,) = (run.preview or {})["owner_question"]["accounts"]
    assert (said["shared"], said["of"]) == (0, 0)


@pytest.mark.parametrize(
    "why", ["first account", "only the sample", "a command", "a program", "commits itself", "named", "known"]
)
def test_nobody_is_asked_where_there_is_nothing_to_ask(why: str, session: Session, alice: Member) -> None:
    if why == "only the sample":
        sample.load_sample(alice.actor, alice.scope)
        run_jobs()
    elif why != "first account":
        import_done(alice, export_json(many(40), owner="ada"), exported_at=MIDDLE)
    run = send(
        alice,
        "Ada" if why == "known" else "eve",
        NEW,
        origin={"a command": ImportOrigin.COMMAND, "a program": ImportOrigin.API}.get(why, ImportOrigin.WEB),
        commits_itself=why == "commits itself",
        handle="eve" if why == "named" else None,
    )
    assert run.state is (ImportState.DONE if why == "commits itself" else ImportState.READY)
    assert (run.preview or {})["owner_question"] is None


def test_a_new_account_is_one_of_its_own(session: Session, ada: Member) -> None:
    before = lists_of(ada, "ada")
    run = say(ada, send(ada, "eve", NEW), NEW_ACCOUNT)
    assert run.state is ImportState.DONE
    assert handles(ada) == ["ada", "eve"]
    assert lists_of(ada, "ada") == before
    assert len(lists_of(ada, "eve")[0]) == 38
    assert former(session) == []


def test_a_renamed_account_takes_the_new_name_once_the_import_is_written(session: Session, ada: Member) -> None:
    asked = send(ada, "Ada.New", NEW)
    imports.correct_import(ada.actor, ada.scope, asked.public_id, owner_answer=RENAMED, handle="ada")
    run_jobs()
    waiting = read(asked.public_id)
    assert (waiting.state, waiting.owner) == (ImportState.READY, "Ada.New")
    assert (waiting.preview or {})["sections"]["followers"]["gone"] == 2
    assert (handles(ada), former(session)) == (["ada"], [])
    imports.commit_import(ada.actor, ada.scope, asked.public_id)
    run_jobs()
    assert (handles(ada), former(session)) == (["Ada.New"], ["ada"])
    assert len(lists_of(ada, "Ada.New")[0]) == 38
    assert session.scalar(select(func.count()).select_from(Account)) == 1
    details = session.scalars(select(AuditEvent.detail).where(AuditEvent.action == AuditAction.ACCOUNT_CHANGED)).all()
    assert {"before": {"handle": "ada"}, "after": {"handle": "Ada.New"}} in details


def test_exports_with_the_old_name_find_the_renamed_account(session: Session, ada: Member) -> None:
    say(ada, send(ada, "ada.new", NEW), RENAMED, "ada")
    older = send(ada, "ADA", OLD, count=20)
    assert (older.state, (older.preview or {})["is_first"]) == (ImportState.READY, False)
    imports.commit_import(ada.actor, ada.scope, older.public_id)
    named = send(ada, "ada", OLD + 60, count=21, handle="ada.new", commits_itself=True)
    assert named.state is ImportState.DONE, "the old name and the new one are the same account"
    assert (handles(ada), former(session)) == (["ada.new"], ["ada"])
    assert {first for _, _, first, _, _ in ledgers(ada, "ada.new")[Section.FOLLOWERS]} == {OLD, OLD + 60, MIDDLE}


def test_an_older_file_under_another_name_gives_a_former_name(session: Session, ada: Member) -> None:
    run = say(ada, send(ada, "ada.first", OLD, count=20), RENAMED, "ada")
    assert run.state is ImportState.DONE
    assert (handles(ada), former(session)) == (["ada"], ["ada.first"])
    again = send(ada, "ada.first", OLD - 60, count=19)
    assert again.state is ImportState.READY


def test_a_name_that_is_taken_back_is_no_former_one(session: Session, ada: Member) -> None:
    say(ada, send(ada, "ada.new", NEW), RENAMED, "ada")
    run = send(ada, "ada", LATER, count=37)
    assert run.state is ImportState.READY, "the account is known by its former name"
    imports.correct_import(ada.actor, ada.scope, run.public_id, owner_answer=RENAMED, handle="ada.new", commits=True)
    run_jobs()
    assert (handles(ada), former(session)) == (["ada"], ["ada.new"])


def test_an_answer_that_names_no_account_of_the_team_is_refused(session: Session, ada: Member, charlie: Member) -> None:
    import_done(charlie, export_json(many(5), owner="hers"), exported_at=MIDDLE)
    import_done(ada, export_json(many(30, "other"), owner="eve"), exported_at=MIDDLE)
    run = send(ada, "ada.new", NEW)
    for handle, code in (
        ("nobody", ErrorCode.IMPORT_OWNER_UNKNOWN),
        ("hers", ErrorCode.IMPORT_OWNER_UNKNOWN),
        (None, ErrorCode.IMPORT_OWNER_OPEN),
    ):
        with pytest.raises(Invalid) as refusal:
            imports.correct_import(ada.actor, ada.scope, run.public_id, owner_answer=RENAMED, handle=handle)
        assert refusal.value.code is code
    assert read(run.public_id).state is ImportState.RECOGNISED


def test_the_name_of_one_account_cannot_be_the_new_name_of_another(session: Session, ada: Member) -> None:
    import_done(ada, export_json(many(30, "other"), owner="eve"), exported_at=MIDDLE)
    run = send(ada, "eve", NEW)
    assert run.state is ImportState.HELD, "a list of others under the name of @eve"
    with pytest.raises(Invalid) as refusal:
        imports.correct_import(ada.actor, ada.scope, run.public_id, owner_answer=RENAMED, handle="ada")
    assert refusal.value.code is ErrorCode.IMPORT_OTHER_OWNER


def test_a_sender_who_names_another_account_is_still_refused(session: Session, ada: Member) -> None:
    run = send(ada, "ada.new", NEW, handle="ada")
    assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.IMPORT_OTHER_OWNER)
    assert (handles(ada), former(session)) == (["ada"], [])


def test_an_answer_about_a_list_waits_until_the_account_is_known(session: Session, ada: Member) -> None:
    run = say(ada, send(ada, "ada.new", NEW, count=10), RENAMED, "ada")
    assert (run.state, (run.preview or {})["held"]) == (ImportState.HELD, ["followers"])
    assert handles(ada) == ["ada"], "the name changes with the rows, not before"
    imports.commit_import(ada.actor, ada.scope, run.public_id, losses_confirmed=True)
    run_jobs()
    assert (handles(ada), len(lists_of(ada, "ada.new")[0])) == (["ada.new"], 10)


def test_a_former_name_is_free_for_an_account_that_a_person_adds(session: Session, ada: Member) -> None:
    say(ada, send(ada, "ada.new", NEW), RENAMED, "ada")
    create_account(ada.scope, Platform.TIKTOK, "ada", "UTC", ada.actor)
    assert handles(ada) == ["ada", "ada.new"]
    run = send(ada, "ada", LATER)
    assert (run.preview or {})["is_first"], "who has the name now goes before who had it"
    assert account_scope(ada, "ada").account_id == run.account_id
