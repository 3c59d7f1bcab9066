"""Accounts of a team."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member
from webapp.analytics.accounts import get_account, list_accounts
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import Account, Job
from webapp.queue import JobKind
from webapp.services import accounts
from webapp.services.transaction import transaction


def add(member: Member, handle: str, timezone: str = "UTC") -> str:
    """Add an account and return its public id."""
    return accounts.create_account(member.scope, Platform.TIKTOK, handle, timezone, member.actor)


def add_by_import(member: Member, handle: str, *, is_sample: bool = False) -> None:
    with transaction() as running:
        account = accounts.get_or_create_account(running, member.team_id, Platform.TIKTOK, handle, is_sample)
        accounts.reveal_account(running, account)


def default_of(member: Member) -> list[str]:
    """Return the names of the team's default accounts; there is never more than one."""
    return [row.handle for row in list_accounts(member.scope) if row.is_default]


def test_the_first_account_opens_first(session: Session, alice: Member) -> None:
    add(alice, "@ada.lovelace", "Europe/Paris")
    add(alice, "grace")
    rows = list_accounts(alice.scope)
    assert [(row.handle, row.timezone, row.is_default, row.exported_at) for row in rows] == [
        ("ada.lovelace", "Europe/Paris", True, None),
        ("grace", "UTC", False, None),
    ]


@pytest.mark.parametrize("handle", ["ada", "@Ada.L_2", "ädä", "e\u0301ve", "日本語", "a" * 64, "a-b"])
def test_names_that_exports_carry_are_taken(handle: str, session: Session, alice: Member) -> None:
    add(alice, handle)


@pytest.mark.parametrize("handle", ["", "@", "a b", "N/A", "a" * 65, "..", "-", "a\0b", "<b>", "a\u202eb", "\u200b"])
def test_what_is_no_name_is_refused(handle: str, session: Session, alice: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        add(alice, handle)
    assert refusal.value.code is ErrorCode.HANDLE_INVALID


def test_a_name_is_taken_once_whatever_its_case(session: Session, alice: Member, charlie: Member) -> None:
    add(alice, "Ada")
    with pytest.raises(Invalid) as refusal:
        add(alice, "@ADA")
    assert refusal.value.code is ErrorCode.ACCOUNT_EXISTS
    add(charlie, "ada")


@pytest.mark.parametrize("timezone", ["", "Mars/Base", "../../etc/localtime", "europe/paris", "Europe/Paris\0"])
def test_an_unknown_time_zone_is_refused(timezone: str, session: Session, alice: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        add(alice, "ada", timezone)
    assert refusal.value.params["field"] == "timezone"


def test_an_import_finds_the_account_or_adds_one_that_is_seen_once_it_is_filled(
    session: Session, alice: Member
) -> None:
    ids = set()
    for handle in ("Ada", "@ada"):
        with transaction() as running:
            ids.add(accounts.get_or_create_account(running, alice.team_id, Platform.TIKTOK, handle).id)
    assert (len(ids), list_accounts(alice.scope)) == (1, [])
    add_by_import(alice, "ada")
    assert [row.handle for row in list_accounts(alice.scope)] == ["Ada"]


def test_a_person_may_add_the_account_that_an_import_is_still_filling(session: Session, alice: Member) -> None:
    with transaction() as running:
        number = accounts.get_or_create_account(running, alice.team_id, Platform.TIKTOK, "ada").id
    add(alice, "ada")
    assert [row.id for row in list_accounts(alice.scope)] == [number]
    with pytest.raises(Invalid):
        add(alice, "ada")


def test_a_real_account_takes_the_first_place_from_the_sample(session: Session, alice: Member) -> None:
    add_by_import(alice, "sample", is_sample=True)
    assert default_of(alice) == ["sample"]
    add(alice, "ada")
    assert default_of(alice) == ["ada"]
    add(alice, "grace")
    assert default_of(alice) == ["ada"]


def test_another_account_can_be_made_the_first(session: Session, alice: Member) -> None:
    add(alice, "ada")
    grace = add(alice, "grace")
    accounts.set_default_account(alice.scope, grace, alice.actor)
    accounts.set_default_account(alice.scope, grace, alice.actor)
    assert default_of(alice) == ["grace"]


def test_display_name_and_time_zone_can_be_changed(session: Session, alice: Member) -> None:
    ada = add(alice, "ada")
    accounts.change_account(alice.scope, ada, alice.actor, timezone="Asia/Tokyo", display_name="  Ada   L. ")
    row = get_account(alice.scope, ada)
    assert (row.timezone, row.display_name) == ("Asia/Tokyo", "Ada L.")
    accounts.change_account(alice.scope, ada, alice.actor, timezone="Asia/Tokyo", display_name=" ")
    assert get_account(alice.scope, ada).display_name is None
    with pytest.raises(Invalid) as refusal:
        accounts.change_account(alice.scope, ada, alice.actor, timezone="UTC", display_name="x" * 201)
    assert refusal.value.params["field"] == "display_name"


def test_deleting_needs_the_name_and_frees_it(session: Session, alice: Member) -> None:
    ada = add(alice, "Ada")
    add(alice, "grace")
    with pytest.raises(Invalid) as refusal:
        accounts.delete_account(alice.scope, ada, "grace", alice.actor)
    assert refusal.value.code is ErrorCode.ACCOUNT_NAME_DIFFERS
    accounts.delete_account(alice.scope, ada, " @ada", alice.actor)
    assert default_of(alice) == ["grace"]
    with pytest.raises(NotFound):
        get_account(alice.scope, ada)
    with pytest.raises(NotFound):
        accounts.delete_account(alice.scope, ada, "Ada", alice.actor)
    job = db.session.scalars(select(Job)).one()
    deleted = db.session.scalars(select(Account).where(Account.public_id == ada)).one()
    assert (job.kind, job.team_id, job.arguments) == (JobKind.ACCOUNT_PURGE, alice.team_id, {"account_id": deleted.id})
    assert add(alice, "ADA") != ada


def test_when_the_first_account_goes_a_real_one_follows_before_the_sample(session: Session, alice: Member) -> None:
    add_by_import(alice, "sample", is_sample=True)
    ada, grace = add(alice, "ada"), add(alice, "grace")
    accounts.delete_account(alice.scope, ada, "ada", alice.actor)
    assert default_of(alice) == ["grace"]
    accounts.delete_account(alice.scope, grace, "grace", alice.actor)
    assert default_of(alice) == ["sample"]


def test_a_viewer_changes_nothing(session: Session, alice: Member, bob: Member) -> None:
    ada = add(alice, "ada")
    attempts = (
        lambda: add(bob, "bobs"),
        lambda: accounts.change_account(bob.scope, ada, bob.actor, timezone="UTC", display_name="x"),
        lambda: accounts.set_default_account(bob.scope, ada, bob.actor),
        lambda: accounts.delete_account(bob.scope, ada, "ada", bob.actor),
    )
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()


def test_a_stranger_finds_nothing(session: Session, alice: Member, charlie: Member) -> None:
    ada = add(alice, "ada")
    assert list_accounts(charlie.scope) == []
    attempts = (
        lambda: get_account(charlie.scope, ada),
        lambda: accounts.change_account(charlie.scope, ada, charlie.actor, timezone="UTC", display_name="x"),
        lambda: accounts.set_default_account(charlie.scope, ada, charlie.actor),
        lambda: accounts.delete_account(charlie.scope, ada, "ada", charlie.actor),
    )
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()
