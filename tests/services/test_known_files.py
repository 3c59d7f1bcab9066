"""The same bytes once more: known without reading the file, and only where reading it could tell nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, receive, run_jobs
from tests.ledgers import FIRST, at, contents, lists_of
from webapp.analytics.accounts import list_accounts
from webapp.domain.errors import ErrorCode
from webapp.models import Account, Export, Follower, FollowerSnapshot, ImportOrigin, ImportRun, ImportState
from webapp.services import import_jobs, imports
from webapp.services.accounts import delete_account
from webapp.services.imports import ImportWishes
from webapp.services.uploads import work_path


@pytest.fixture
def never_parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make reading a file a failure from the call on."""

    def forbid() -> None:
        def extract(*_: object) -> None:
            raise AssertionError("the file was read")

        monkeypatch.setattr(import_jobs, "extract_in_child", extract)

    return forbid


def test_a_file_that_is_there_already_is_known_by_its_bytes(
    session: Session, alice: Member, never_parsed: Callable[[], None]
) -> None:
    first = import_done(alice, FIRST)
    before = contents(session, account_scope(alice, "demo.maker").account_id)
    first_said = (first.summary, first.owner, first.account_id, first.content_digest, first.exported_at)
    never_parsed()
    run = import_done(alice, FIRST)
    assert run.result == {"is_known": True}
    assert (run.preview or {})["is_known"]
    assert (run.summary, run.owner, run.account_id, run.content_digest, run.exported_at) == first_said
    assert not work_path(run.public_id).exists()
    assert contents(session, account_scope(alice, "demo.maker").account_id) == before


def test_a_file_whose_time_was_corrected_is_known_and_keeps_its_time(
    session: Session, alice: Member, never_parsed: Callable[[], None]
) -> None:
    import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    never_parsed()
    run = import_done(alice, export_json(many(2), owner="ada"))
    assert (run.result, run.exported_at) == ({"is_known": True}, at("2025-02-01"))
    other = import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-03-01"))
    assert (other.result, other.exported_at) == ({"is_known": True}, at("2025-03-01"))
    assert session.scalars(select(Export.exported_at)).all() == [at("2025-02-01")]


def test_a_file_whose_export_was_taken_back_is_read_again(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    for model in (Follower, FollowerSnapshot, Export):
        session.execute(update(model).values(removed_revision=2))
    session.execute(update(Account).values(revision=2))
    session.commit()
    run = import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    assert run.result != {"is_known": True}
    assert len(lists_of(alice, "ada")[0]) == 2


def test_a_file_of_a_deleted_account_is_read_again(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    delete_account(alice.scope, list_accounts(alice.scope)[0].public_id, "ada", alice.actor)
    run = import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    assert run.result != {"is_known": True}
    assert len(lists_of(alice, "ada")[0]) == 2


def test_a_file_that_was_only_looked_at_is_read_again(session: Session, alice: Member) -> None:
    run = import_file(alice, export_json(many(2), owner="ada"), wishes=ImportWishes(exported_at=at("2025-02-01")))
    imports.cancel_import(alice.actor, alice.scope, run.public_id)
    again = import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    assert again.result != {"is_known": True}


def test_a_file_without_an_owner_is_known_only_to_the_account_it_went_to(
    session: Session, alice: Member, never_parsed: Callable[[], None]
) -> None:
    nameless = export_json(many(2), owner=None)
    import_done(alice, nameless, handle="ada", exported_at=at("2025-02-01"))
    assert import_file(alice, nameless).state is ImportState.RECOGNISED, "nobody said whose it is this time"
    other = import_done(alice, nameless, handle="grace", exported_at=at("2025-02-01"))
    assert other.result != {"is_known": True}
    never_parsed()
    for handle in ("ada", "GRACE"):
        again = import_done(alice, nameless, handle=handle)
        assert (again.result, (again.owner or "").casefold()) == ({"is_known": True}, handle.casefold())


def test_a_known_file_that_is_sent_for_another_account_is_refused_as_before(session: Session, alice: Member) -> None:
    content = export_json(many(2), owner="ada")
    import_done(alice, content, exported_at=at("2025-02-01"))
    run = import_file(alice, content, wishes=ImportWishes(handle="grace", commits_itself=True))
    assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.IMPORT_OTHER_OWNER)


def test_a_known_file_of_another_team_is_read_again(session: Session, alice: Member, charlie: Member) -> None:
    import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    assert import_done(charlie, export_json(many(2), owner="ada")).result != {"is_known": True}


def test_a_file_whose_digest_nobody_took_is_not_known_by_it(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(2), owner="ada"), exported_at=at("2025-02-01"))
    import_done(alice, export_json(many(3), owner="grace"), exported_at=at("2025-02-01"))
    session.execute(update(ImportRun).values(sha256=""))
    session.commit()
    file = replace(receive(export_json(many(4), owner="eve")), sha256="")
    imports.create_import(alice.actor, alice.scope, file, ImportOrigin.WEB, ImportWishes(commits_itself=True))
    run_jobs()
    assert len(lists_of(alice, "eve")[0]) == 4
