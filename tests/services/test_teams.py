"""Teams: choosing one, settings, the end with its days of grace, and accounts that change hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs, sent_mails
from tests.services.test_members import actions, add_account, change, public_id
from tests.shares import share_of
from webapp.analytics.accounts import list_accounts
from webapp.analytics.imports import list_imports
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, LoginNeeded, NotFound
from webapp.domain.report_query import ReportQuery
from webapp.domain.scope import Permission, Role
from webapp.extensions import db
from webapp.models import (
    Account,
    AccountRole,
    AuditAction,
    AuditEvent,
    ImportRun,
    ImportState,
    Invitation,
    Membership,
    Team,
    User,
)
from webapp.queue import JobKind
from webapp.services import access, account_transfer, api_keys, teams
from webapp.services.jobs import add_job
from webapp.services.members import Place
from webapp.services.shares import ShareWishes, create_share
from webapp.services.teams import TeamSettings
from webapp.services.transaction import transaction


def team_of(member: Member) -> Team:
    db.session.rollback()
    return db.session.get_one(Team, member.team_id)


def sweep(kind: JobKind = JobKind.TEAMS_SWEEP, **arguments: int) -> None:
    with transaction() as session:
        add_job(session, kind, arguments=dict(arguments))
    run_jobs()
    db.session.rollback()


def let_grace_pass(member: Member) -> None:
    team = team_of(member)
    assert team.deletes_at is not None
    team.deletes_at -= teams.GRACE
    db.session.commit()


def test_a_team_is_made_and_chosen_in_every_new_browser(session: Session, cast: Cast) -> None:
    teams.create_team(cast.bob.user_id, "  Bob’s   agency ", None, cast.bob.actor)
    mine = access.get_team_scope(cast.bob.user_id, Permission.TEAM_WRITE)
    assert [(row.name, row.role) for row in teams.list_teams(cast.bob.user_id)] == [
        ("Alice's team", Role.VIEWER),
        ("Bob’s agency", Role.ADMIN),
    ]
    teams.select_team(cast.bob.user_id, team_of(cast.alice).public_id, None, cast.bob.actor)
    assert (
        access.get_team_scope(cast.bob.user_id, Permission.ACCOUNT_READ).team_id == cast.alice.team_id != mine.team_id
    )
    with pytest.raises(NotFound):
        teams.select_team(cast.bob.user_id, team_of(cast.charlie).public_id, None, cast.bob.actor)


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200b", ".", "..", "—", "x" * 101, "\u202e"])
def test_names_that_nobody_can_read_are_refused(session: Session, cast: Cast, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        teams.create_team(cast.bob.user_id, name, None, cast.bob.actor)
    assert refused.value.code is ErrorCode.TEAM_NAME_INVALID


def test_settings_are_the_admins_and_recorded_with_before_and_after(session: Session, cast: Cast) -> None:
    wanted = TeamSettings("Studio", 235, requires_second_factor=False, audit_days=90)
    with pytest.raises(Forbidden):
        teams.change_settings(cast.dana.scope, cast.dana.actor, wanted)
    teams.change_settings(cast.alice.scope, cast.alice.actor, wanted)
    assert teams.get_settings(cast.alice.scope) == wanted
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.TEAM_CHANGED)).one()
    assert (event.detail["before"]["name"], event.detail["after"]["name"]) == ("Alice's team", "Studio")
    for hue, days in ((1, 90), (235, 7)):
        with pytest.raises(Invalid):
            teams.change_settings(cast.alice.scope, cast.alice.actor, TeamSettings("Studio", hue, False, days))


def test_whoever_asks_everybody_for_a_second_factor_has_one(session: Session, cast: Cast) -> None:
    wanted = TeamSettings("Studio", 235, requires_second_factor=True, audit_days=0)
    with pytest.raises(Invalid) as refused:
        teams.change_settings(cast.alice.scope, cast.alice.actor, wanted)
    assert refused.value.code is ErrorCode.TEAM_FACTOR_FIRST
    session.execute(update(User).where(User.id == cast.alice.user_id).values(totp_enabled_at=datetime.now(UTC)))
    session.commit()
    teams.change_settings(cast.alice.scope, cast.alice.actor, wanted)
    assert teams.get_settings(cast.alice.scope).requires_second_factor


def test_a_team_that_will_be_deleted_is_closed_at_once(app: Flask, cast: Cast) -> None:
    with app.app_context():
        key = api_keys.create_key(cast.alice.scope, "backup", cast.alice.actor)
        with pytest.raises(Invalid):
            teams.ask_deletion(cast.alice.scope, "Alices team", cast.alice.actor)
        with pytest.raises(Forbidden):
            teams.ask_deletion(cast.dana.scope, "Alice's team", cast.dana.actor)
        teams.ask_deletion(cast.alice.scope, "Alice's team", cast.alice.actor)
        for member in (cast.alice, cast.bob):
            with pytest.raises(NotFound):
                access.get_team_scope(member.user_id, Permission.ACCOUNT_READ, cast.alice.team_id)
            assert access.get_team_scope(member.user_id, Permission.TEAM_WRITE).team_id != cast.alice.team_id
        with pytest.raises(LoginNeeded):
            api_keys.authenticate_key(key.text)
        assert [row.name for row in teams.list_teams(cast.bob.user_id)] == ["bob"]
    told = {mail["To"] for mail in sent_mails(app)}
    assert told == {cast.alice.email, cast.bob.email, cast.dana.email, cast.erin.email}


def test_only_its_admins_take_the_deletion_back_and_everything_is_there_again(session: Session, cast: Cast) -> None:
    ada = add_account(cast.alice, "ada")
    key = api_keys.create_key(cast.alice.scope, "backup", cast.alice.actor)
    teams.ask_deletion(cast.alice.scope, "Alice's team", cast.alice.actor)
    public = team_of(cast.alice).public_id
    for member in (cast.bob, cast.charlie):
        with pytest.raises(NotFound):
            teams.stop_deletion(member.user_id, public, member.actor)
    teams.stop_deletion(cast.alice.user_id, public, cast.alice.actor)
    team = access.get_team_scope(cast.alice.user_id, Permission.TEAM_WRITE, cast.alice.team_id)
    assert [row.public_id for row in list_accounts(team)] == [ada]
    assert api_keys.authenticate_key(key.text).team_id == cast.alice.team_id
    sweep()
    assert team_of(cast.alice).deleted_at is None
    assert actions().count(AuditAction.TEAM_DELETION_STOPPED) == 1


def test_after_the_grace_nothing_is_left_but_the_record(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(followers=many(20)))
        api_keys.create_key(cast.alice.scope, "backup", cast.alice.actor)
        import_done(cast.charlie, export_json(followers=many(3), owner="charlies"))
        teams.ask_deletion(cast.alice.scope, "Alice's team", cast.alice.actor)
        sweep()
        assert team_of(cast.alice).deleted_at is None
        let_grace_pass(cast.alice)
        with pytest.raises(NotFound):
            teams.stop_deletion(cast.alice.user_id, team_of(cast.alice).public_id, cast.alice.actor)
        sweep()
        sweep(JobKind.TEAM_PURGE, team_id=cast.alice.team_id)
        team = team_of(cast.alice)
        assert (team.name, team.deleted_at is not None) == ("", True)
        for model in (Membership, Invitation, ImportRun, Account):
            query = select(model.id).where(model.team_id == cast.alice.team_id)
            assert db.session.scalars(query).all() == []
        assert [row.handle for row in list_accounts(cast.charlie.scope)] == ["charlies"]
        assert actions().count(AuditAction.TEAM_DELETED) == 1


def test_an_account_moves_with_its_imports_and_roles_in_it_end(app: Flask, cast: Cast) -> None:
    with app.app_context():
        run = import_done(cast.alice, export_json(followers=many(20), owner="moving"))
        stays = add_account(cast.alice, "stays")
        moving = db.session.scalars(select(Account).where(Account.handle == "moving")).one().public_id
        link = create_share(cast.alice.actor, account_scope(cast.alice), ShareWishes(ReportQuery()))
        change(cast.alice, cast.dana, Place(Role.EDITOR, accounts={moving: None}))
        teams.create_team(cast.alice.user_id, "Second", None, cast.alice.actor)
        second = access.get_team_scope(cast.alice.user_id, Permission.TEAM_WRITE)
        target = db.session.get_one(Team, second.team_id).public_id
        account_transfer.transfer_account(cast.alice.scope, moving, target, cast.alice.actor)
        assert [(row.public_id, row.is_default) for row in list_accounts(cast.alice.scope)] == [(stays, True)]
        assert [(row.public_id, row.is_default) for row in list_accounts(second)] == [(moving, True)]
        assert [view.run.public_id for view in list_imports(second)] == [run.public_id]
        assert list_imports(cast.alice.scope) == []
        assert db.session.scalars(select(AccountRole)).all() == []
        assert share_of(link).revoked_at is not None, "its readers are those of the other team"
        events = select(AuditEvent.team_id).where(AuditEvent.action == AuditAction.ACCOUNT_TRANSFERRED)
        assert set(db.session.scalars(events)) == {cast.alice.team_id, second.team_id}


def test_an_account_moves_only_between_teams_of_one_admin_and_where_its_name_is_free(app: Flask, cast: Cast) -> None:
    """SECURITY 38."""
    with app.app_context():
        ada = add_account(cast.alice, "ada")
        strangers = team_of(cast.charlie).public_id
        with pytest.raises(NotFound):
            account_transfer.transfer_account(cast.alice.scope, ada, strangers, cast.alice.actor)
        db.session.add(
            Membership(
                team_id=cast.charlie.team_id, user_id=cast.alice.user_id, role=Role.EDITOR, created_at=datetime.now(UTC)
            )
        )
        db.session.commit()
        with pytest.raises(Forbidden):
            account_transfer.transfer_account(cast.alice.scope, ada, strangers, cast.alice.actor)
        change(cast.charlie, cast.alice, Place(Role.ADMIN))
        add_account(cast.charlie, "ADA")
        with pytest.raises(Invalid) as refused:
            account_transfer.transfer_account(cast.alice.scope, ada, strangers, cast.alice.actor)
        assert refused.value.code is ErrorCode.ACCOUNT_EXISTS
        with pytest.raises(NotFound):
            account_transfer.transfer_account(cast.dana.scope, ada, strangers, cast.dana.actor)


def test_an_account_with_an_open_import_does_not_move(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(followers=many(20), owner="busy"))
        run = db.session.scalars(select(ImportRun)).one()
        busy = db.session.get_one(Account, run.account_id).public_id
        run.state = ImportState.UNDOING
        db.session.commit()
        teams.create_team(cast.alice.user_id, "Second", None, cast.alice.actor)
        second = access.get_team_scope(cast.alice.user_id, Permission.TEAM_WRITE)
        target = db.session.get_one(Team, second.team_id).public_id
        with pytest.raises(Conflict) as refused:
            account_transfer.transfer_account(cast.alice.scope, busy, target, cast.alice.actor)
        assert refused.value.code is ErrorCode.ACCOUNT_BUSY


def test_nobody_piles_up_teams(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teams, "MAX_TEAMS", 2)
    teams.create_team(cast.charlie.user_id, "Second", None, cast.charlie.actor)
    with pytest.raises(Invalid) as refused:
        teams.create_team(cast.charlie.user_id, "Third", None, cast.charlie.actor)
    assert refused.value.code is ErrorCode.TEAMS_TOO_MANY


def test_the_grace_is_seven_days() -> None:
    assert timedelta(days=7) == teams.GRACE


def test_public_ids_say_nothing_of_their_order(session: Session, cast: Cast) -> None:
    """SECURITY 39."""
    ids = [team_of(member).public_id for member in (cast.alice, cast.charlie)]
    people = [public_id(member) for member in (cast.alice, cast.bob)]
    assert all(len(text) >= 16 and text.isalnum() and not text.isdigit() for text in (*ids, *people))
