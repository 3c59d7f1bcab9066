"""What people were told goes with what it was about, with whom it named, and with whoever was told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import (
    Cast,
    Member,
    account_scope,
    export_json,
    import_done,
    import_file,
    many,
    run_jobs,
)
from tests.furnished_notices import add_browser, tell_of_everything
from tests.ledgers import parse_here, written
from tests.services.test_members import change, public_id
from tests.services.test_teams import let_grace_pass, sweep
from webapp.analytics.notifications import count_told, list_told
from webapp.domain.notification_query import NotificationQuery
from webapp.domain.notifications import Channel, Frequency, NoticeKind, NoticeType
from webapp.domain.period import DAY_SECONDS
from webapp.domain.scope import Permission, Role
from webapp.extensions import db, settings
from webapp.integrations.outbox import list_kept
from webapp.models import (
    Account,
    Base,
    Notice,
    NoticeRule,
    NoticeState,
    Notification,
    NotificationChoice,
    NotificationHours,
    PushDevice,
    PushMessage,
)
from webapp.services import access, accounts, erasure, members, people, person_deletion, teams
from webapp.services.imports import ImportWishes
from webapp.services.members import Place
from webapp.services.notification_choices import set_choices
from webapp.services.notification_reading import find_told

NAME = "zz_secret.person"
# Late enough that what it shows is news.
NEWEST = int(time.time()) - 3 * DAY_SECONDS
BEFORE = NEWEST - 30 * DAY_SECONDS
SINCE = written(BEFORE - 15 * DAY_SECONDS)
OF_AN_ACCOUNT = (Notice, NoticeState, NoticeRule, Notification)
OF_A_PERSON = (Notification, NotificationChoice, NotificationHours, PushDevice)


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def count(model: type[Base], **values: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).filter_by(**values)) or 0


def name_of(account_id: int) -> str:
    """Return the public id of an account."""
    return db.session.get_one(Account, account_id).public_id


def follow_each_other(member: Member) -> None:
    """Let somebody who was marked, and was followed alone, follow back from the second export on."""
    rest = many(12, year=2024)
    import_done(member, export_json(rest, [(NAME, SINCE), *rest[:2]]), exported_at=BEFORE)
    people.add_tag(member.actor, account_scope(member), [NAME], "family")
    both = export_json([*rest, (NAME, SINCE)], [(NAME, SINCE), *rest[:2]])
    import_done(member, both, exported_at=NEWEST)


def traces() -> list[str]:
    """Return the tables that hold the name."""
    db.session.rollback()
    found = (
        table.name
        for table in Base.metadata.sorted_tables
        for row in db.session.execute(select(table)).mappings()
        if NAME in str(dict(row)).lower()
    )
    return sorted(set(found))


def texts_sent() -> str:
    """Return everything that left by mail."""
    return "\n".join(kept.message.as_string() for kept in list_kept(settings().outbox_directory))


def test_an_erased_person_is_in_nothing_that_was_told_and_in_no_mail(session: Session, cast: Cast) -> None:
    for reader in (cast.alice, cast.bob):
        set_choices(reader.user_id, reader.actor, {(NoticeType.MUTUAL, Channel.MAIL): Frequency.AT_ONCE})
    follow_each_other(cast.alice)
    told = session.scalars(select(Notification).where(Notification.kind == NoticeKind.NEW_MUTUAL)).all()
    assert {row.user_id for row in told} == {each.user_id for each in (cast.alice, cast.bob, cast.dana, cast.erin)}
    assert {"notice", "notification"} <= set(traces())
    others = count(Notification) - len(told)
    scope = account_scope(cast.alice)
    erasure.request_erasure(cast.alice.actor, scope, NAME, NAME)
    run_jobs()
    assert traces() == []
    assert count(Notification) == others
    assert "follow each other" in texts_sent()
    assert NAME not in texts_sent()


def test_who_sees_no_names_is_told_of_a_mutual_without_one(session: Session, cast: Cast) -> None:
    follow_each_other(cast.alice)
    query = NotificationQuery(type=NoticeType.MUTUAL)
    (own,) = list_told(cast.alice.scope, query).rows
    (theirs,) = list_told(cast.erin.scope, query).rows
    assert (own.subject, own.params["person"]) == (NAME, NAME)
    assert theirs.subject.startswith("person.")
    assert NAME not in str(theirs)
    # What leaves the app cannot be called back, so it names nobody, whoever it goes to.
    (sent,) = find_told(session, cast.alice.user_id, [own.id], nameless=True)
    assert NAME not in str(sent)


def test_a_deleted_account_takes_along_what_was_told_of_it(session: Session, cast: Cast) -> None:
    with told_everything(cast.alice, "demo.maker"):
        account_id = account_scope(cast.alice).account_id
        assert all(count(model, account_id=account_id) for model in OF_AN_ACCOUNT)
        accounts.delete_account(cast.alice.scope, name_of(account_id), "demo.maker", cast.alice.actor)
    assert not any(count(model, account_id=account_id) for model in OF_AN_ACCOUNT)
    # What is about a person alone is no account's.
    assert count(Notification, user_id=cast.alice.user_id) == count(Notification, account_id=None) > 0


def test_a_deleted_team_takes_along_what_was_told_in_it(session: Session, cast: Cast) -> None:
    # A file of nobody's account: what was told of it is the team's alone.
    import_file(cast.alice, export_json(many(3), owner=None), wishes=ImportWishes(commits_itself=True))
    with told_everything(cast.charlie, "charlie.maker"):
        kept = count(Notification, team_id=cast.charlie.team_id)
    with told_everything(cast.alice, "demo.maker"):
        teams.ask_deletion(cast.alice.scope, "Alice's team", cast.alice.actor)
        let_grace_pass(cast.alice)
    sweep()
    assert count(Notification, team_id=cast.alice.team_id) == 0
    assert {account_scope(cast.charlie).account_id} == accounts_in(NoticeState) == accounts_in(Notice)
    assert count(Notification, team_id=cast.charlie.team_id) == kept > 0


def accounts_in(model: type[Notice | NoticeState]) -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(select(model.account_id)))


def test_a_deleted_person_takes_along_what_they_were_told_chose_and_added(app: Flask, cast: Cast) -> None:
    """SECURITY 97."""
    with app.app_context():
        with told_everything(cast.alice, "demo.maker"):
            tell_of_everything(cast.dana, account_scope(cast.dana), "dana")
        others = count(Notification, user_id=cast.bob.user_id)
        assert all(count(model, user_id=cast.dana.user_id) for model in OF_A_PERSON)
        person_deletion.delete_person(cast.dana.actor, cast.dana.user_id, cast.dana.email)
        run_jobs()
        assert not any(count(model, user_id=cast.dana.user_id) for model in OF_A_PERSON)
        assert (count(PushDevice), count(PushMessage)) == (1, 1)
        assert count(Notification, user_id=cast.bob.user_id) == others
        assert count(NoticeRule) == 1


def test_who_is_in_the_team_no_longer_was_told_nothing_of_it(session: Session, cast: Cast) -> None:
    with told_everything(cast.alice, "demo.maker"):
        add_browser(cast.bob, "bob.push.example.net")
    told = session.scalars(select(Notification.id).where(Notification.user_id == cast.bob.user_id)).all()
    assert told
    assert find_told(session, cast.bob.user_id, told, nameless=True)
    members.remove_member(cast.alice.scope, public_id(cast.bob), cast.alice.actor)
    assert count(Notification, user_id=cast.bob.user_id, team_id=cast.alice.team_id) == 0
    db.session.rollback()
    assert find_told(db.session(), cast.bob.user_id, told, nameless=True) == []
    # Their browser stays: it is theirs, not the team's.
    assert count(PushDevice, user_id=cast.bob.user_id) == 1


def test_an_account_that_is_hidden_from_somebody_is_in_nothing_they_are_told(session: Session, cast: Cast) -> None:
    with told_everything(cast.alice, "demo.maker"):
        account_id = account_scope(cast.alice).account_id
    told = session.scalars(select(Notification.id).where(Notification.user_id == cast.bob.user_id)).all()
    assert find_told(session, cast.bob.user_id, told, nameless=True)
    change(cast.alice, cast.bob, Place(Role.VIEWER, accounts={name_of(account_id): None}))
    db.session.rollback()
    team = access.get_team_scope(cast.bob.user_id, Permission.ACCOUNT_READ, cast.bob.team_id)
    of_accounts = [row for row in list_told(team, NotificationQuery()).rows if row.account is not None]
    assert of_accounts == []
    left = find_told(session, cast.bob.user_id, told, nameless=True)
    assert [each for each in left if each.account is not None] == []
    assert count_told(team, NotificationQuery()) == len(list_told(team, NotificationQuery()).rows)


@contextmanager
def told_everything(member: Member, owner: str) -> Iterator[None]:
    """Let a member's account be told of, and do the jobs of what is done in the block."""
    import_done(member, export_json(many(9), many(3, "brand"), owner=owner))
    tell_of_everything(member, account_scope(member), "amber")
    yield
    run_jobs()
