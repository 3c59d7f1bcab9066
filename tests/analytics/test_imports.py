"""Imports, exports and freshness as they are shown."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many
from tests.ledgers import at, parse_here
from webapp.analytics import imports
from webapp.analytics.accounts import list_accounts
from webapp.analytics.freshness import find_freshness
from webapp.analytics.visible import find_newest_complete, find_newest_lists
from webapp.domain.errors import NotFound
from webapp.domain.sections import Section
from webapp.models import ImportState, JobState
from webapp.services.imports import ImportWishes


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def test_an_import_is_shown_with_its_newest_job_and_its_account(session: Session, alice: Member) -> None:
    run = import_done(alice, export_json(many(3)))
    view = imports.get_import_view(alice.scope, run.public_id)
    assert view.run.state is ImportState.DONE
    assert view.job is not None
    assert (view.job.kind, view.job.state) == ("import.commit", JobState.DONE)
    assert view.account is not None
    assert view.account.handle == "demo.maker"


def test_imports_stand_newest_first_and_only_those_of_the_team(
    session: Session, alice: Member, bob: Member, charlie: Member
) -> None:
    own = [import_done(alice, export_json(many(n + 1), owner=f"o{n}")).public_id for n in range(3)]
    theirs = import_done(charlie, export_json(many(2))).public_id
    for member in (alice, bob):
        assert [view.run.public_id for view in imports.list_imports(member.scope)] == own[::-1]
        with pytest.raises(NotFound):
            imports.get_import_view(member.scope, theirs)
    assert [view.run.public_id for view in imports.list_imports(alice.scope, limit=1, offset=1)] == [own[1]]
    assert [account.handle for account in list_accounts(alice.scope)] == ["o0", "o1", "o2"]
    assert len(imports.list_jobs(limit=4)) == 4


def test_exports_stand_oldest_first_whatever_the_order_of_arrival(session: Session, alice: Member) -> None:
    for day in ("2025-03-01", "2025-01-01", "2025-02-01"):
        import_done(alice, export_json(many(3), many(int(day[6]))), exported_at=at(day))
    exports = imports.list_exports(account_scope(alice))
    assert [export.exported_at for export in exports] == [at(f"2025-0{month}-01") for month in (1, 2, 3)]


def test_freshness_is_the_export_time_of_the_newest_whole_list_of_each_section(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, None), exported_at=at("2025-01-01"))
    nothing = find_freshness(account_scope(alice))
    assert (nothing.newest, set(nothing.sections.values())) == (None, {None})
    import_done(alice, export_json(many(3), None), exported_at=at("2025-03-01"))
    import_done(alice, export_json(None, many(3)), exported_at=at("2025-02-01"))
    import_done(alice, export_json(None, None, profile={"displayName": "x"}), exported_at=at("2025-04-01"))
    found = find_freshness(account_scope(alice))
    assert found.newest == at("2025-03-01")
    assert found.sections == {
        Section.FOLLOWERS: at("2025-03-01"),
        Section.FOLLOWING: at("2025-02-01"),
        Section.POSTS: None,
    }


def test_what_waits_for_a_person_is_listed_apart_newest_first(session: Session, alice: Member, charlie: Member) -> None:
    import_done(alice, export_json(many(20)), exported_at=at("2025-01-01"))
    ready = import_file(alice, export_json(many(21)), wishes=ImportWishes(exported_at=at("2025-02-01"))).public_id
    held = import_file(alice, export_json(many(4)), wishes=ImportWishes(exported_at=at("2025-03-01"))).public_id
    nobodys = import_file(alice, export_json(many(4), owner=None), wishes=ImportWishes()).public_id
    import_file(charlie, export_json(many(4)), wishes=ImportWishes())
    assert [view.run.public_id for view in imports.list_waiting(alice.scope)] == [nobodys, held, ready]


def test_an_export_that_waits_is_no_export_yet(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(3)), exported_at=at("2025-01-01"))
    import_file(alice, export_json(many(4)), wishes=ImportWishes(exported_at=at("2025-02-01")))
    assert len(imports.list_exports(account_scope(alice))) == 1
    assert find_freshness(account_scope(alice)).newest == at("2025-01-01")


def test_both_newest_lists_in_one_question_are_those_of_two(session: Session, alice: Member) -> None:
    def both() -> list[tuple[object, ...]]:
        scope = account_scope(alice)
        at_once = find_newest_lists(scope)
        one_by_one = {section: find_newest_complete(scope, section) for section in at_once}
        assert at_once == one_by_one
        return [(section.value, export and export.exported_at) for section, export in at_once.items()]

    march, april = at("2025-03-01"), at("2025-04-01")
    import_done(alice, export_json(None, many(3)), exported_at=march)
    assert both() == [("followers", None), ("following", march)]
    import_done(alice, export_json(many(3), None), exported_at=at("2025-02-01"))
    import_done(alice, export_json(many(4), None), exported_at=april)
    assert both() == [("followers", april), ("following", march)]
    import_done(alice, export_json(many(5), many(4)), exported_at=april)
    assert both() == [("followers", april), ("following", april)]
