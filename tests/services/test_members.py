"""Members of a team: what they may do, how they leave, and what ends with that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import (
    Cast,
    Member,
    export_json,
    import_done,
    import_file,
    many,
    receive,
    run_jobs,
    sent_mails,
)
from webapp.analytics.accounts import list_accounts
from webapp.analytics.imports import list_imports
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, LoginNeeded, NotFound
from webapp.domain.scope import Permission, Role, TeamScope
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import (
    Account,
    AuditAction,
    AuditEvent,
    ImportOrigin,
    ImportRun,
    ImportState,
    Invitation,
    Job,
    JobState,
    Membership,
    User,
)
from webapp.services import access, accounts, api_keys, invitations, members
from webapp.services.imports import ImportWishes, create_import
from webapp.services.members import Place


def public_id(member: Member) -> str:
    return db.session.scalars(select(User.public_id).where(User.id == member.user_id)).one()


def scope_of(member: Member, permission: Permission = Permission.ACCOUNT_READ) -> TeamScope:
    """Return what the services let the member do now, in the team of the cast."""
    db.session.rollback()
    return access.get_team_scope(member.user_id, permission, member.team_id)


def change(actor: Member, member: Member, place: Place) -> None:
    members.change_member(actor.scope, public_id(member), actor.actor, place)


def add_account(member: Member, handle: str) -> str:
    return accounts.create_account(member.scope, Platform.TIKTOK, handle, "UTC", member.actor)


def actions() -> list[AuditAction]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_members_are_listed_with_admins_first_and_others_are_unknown(session: Session, cast: Cast) -> None:
    rows = members.list_members(cast.bob.scope)
    assert rows[0].email == cast.alice.email
    assert {row.email for row in rows} == {cast.alice.email, cast.bob.email, cast.dana.email, cast.erin.email}
    with pytest.raises(NotFound):
        members.get_member(cast.alice.scope, public_id(cast.charlie))


def test_a_changed_role_counts_at_once_and_is_recorded_with_before_and_after(session: Session, cast: Cast) -> None:
    change(cast.alice, cast.bob, Place(Role.EDITOR))
    assert scope_of(cast.bob, Permission.IMPORT_WRITE).role is Role.EDITOR
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.MEMBER_CHANGED)).one()
    assert (event.detail["before"]["role"], event.detail["after"]["role"]) == ("viewer", "editor")


def test_nobody_changes_or_removes_themselves_and_only_admins_change_others(session: Session, cast: Cast) -> None:
    """SECURITY 36."""
    for member in (cast.bob, cast.dana):
        with pytest.raises(Forbidden):
            change(member, cast.erin, Place(Role.ADMIN))
        with pytest.raises(Forbidden):
            members.remove_member(member.scope, public_id(cast.erin), member.actor)
    with pytest.raises(Forbidden) as refused:
        change(cast.alice, cast.alice, Place(Role.VIEWER))
    assert refused.value.code is ErrorCode.MEMBER_SELF
    with pytest.raises(Forbidden):
        members.remove_member(cast.alice.scope, public_id(cast.alice), cast.alice.actor)
    with pytest.raises(NotFound):
        change(cast.charlie, cast.bob, Place(Role.ADMIN))


def test_a_team_always_keeps_an_admin(session: Session, cast: Cast) -> None:
    """SECURITY 36: the one who was demoted a moment ago demotes nobody."""
    with pytest.raises(Conflict) as refused:
        members.leave_team(cast.alice.scope, cast.alice.actor)
    assert refused.value.code is ErrorCode.LAST_ADMIN
    change(cast.alice, cast.bob, Place(Role.ADMIN))
    before = TeamScope(cast.alice.user_id, cast.alice.team_id, Role.ADMIN)
    bob = TeamScope(cast.bob.user_id, cast.bob.team_id, Role.ADMIN)
    members.change_member(bob, public_id(cast.alice), cast.bob.actor, Place(Role.VIEWER))
    with pytest.raises(Forbidden):
        members.change_member(before, public_id(cast.bob), cast.alice.actor, Place(Role.VIEWER))
    members.leave_team(scope_of(cast.alice), cast.alice.actor)
    admins = select(func.count()).where(Membership.team_id == cast.bob.team_id, Membership.role == Role.ADMIN)
    assert session.scalar(admins) == 1


def test_numbers_without_names_goes_with_viewers_alone(session: Session, cast: Cast) -> None:
    assert scope_of(cast.erin).redaction.hides_names
    change(cast.alice, cast.erin, Place(Role.EDITOR, hides_names=True))
    assert not scope_of(cast.erin).redaction.hides_names
    change(cast.alice, cast.erin, Place(Role.ADMIN, sees_all_accounts=False))
    assert scope_of(cast.erin).sees_all_accounts


def test_a_role_in_an_account_is_narrower_never_wider(session: Session, cast: Cast) -> None:
    open_one, closed, read = (add_account(cast.alice, handle) for handle in ("open", "closed", "read"))
    change(cast.alice, cast.dana, Place(Role.EDITOR, accounts={closed: None, read: Role.VIEWER}))
    team = scope_of(cast.dana)
    assert [row.public_id for row in list_accounts(team)] == [open_one, read]
    assert access.find_account_scope(team, closed) is None
    with pytest.raises(NotFound):
        access.get_account_scope(team, closed)
    assert access.get_account_scope(team, open_one).allows(Permission.IMPORT_WRITE)
    assert not access.get_account_scope(team, read).allows(Permission.IMPORT_WRITE)
    change(cast.alice, cast.bob, Place(Role.VIEWER, accounts={read: Role.EDITOR}))
    assert access.get_account_scope(scope_of(cast.bob), read).role is Role.VIEWER


def test_whoever_sees_named_accounts_alone_does_not_see_later_ones(session: Session, cast: Cast) -> None:
    first = add_account(cast.alice, "first")
    second = add_account(cast.alice, "second")
    change(cast.alice, cast.bob, Place(Role.VIEWER, sees_all_accounts=False, accounts={second: Role.VIEWER}))
    add_account(cast.alice, "third")
    team = scope_of(cast.bob)
    assert [row.public_id for row in list_accounts(team)] == [second]
    found = access.find_account_scope(team)
    assert found is not None
    assert found == access.get_account_scope(team, second)
    assert access.find_account_scope(team, first) is None


def test_accounts_of_another_team_cannot_be_named(session: Session, cast: Cast) -> None:
    """SECURITY 38."""
    foreign = add_account(cast.charlie, "foreign")
    with pytest.raises(NotFound):
        change(cast.alice, cast.bob, Place(Role.VIEWER, accounts={foreign: Role.VIEWER}))


def test_imports_of_a_hidden_account_are_neither_seen_nor_made(app: Flask, cast: Cast) -> None:
    with app.app_context():
        run = import_done(cast.alice, export_json(followers=many(20), owner="hidden"), "first.json")
        hidden = db.session.scalars(select(Account.public_id)).one()
        change(cast.alice, cast.dana, Place(Role.EDITOR, accounts={hidden: None}))
        team = scope_of(cast.dana)
        assert list_imports(team) == []
        wishes = ImportWishes(commits_itself=True)
        file = receive(export_json(followers=many(30), owner="hidden"), "second.json")
        made = create_import(cast.dana.actor, team, file, ImportOrigin.WEB, wishes)
        again = create_import(
            cast.dana.actor, team, receive(export_json(followers=many(20), owner="hidden")), ImportOrigin.WEB, wishes
        )
        run_jobs()
        db.session.rollback()
        for name in (made, again):
            refused = db.session.scalars(select(ImportRun).where(ImportRun.public_id == name)).one()
            assert (refused.state, refused.error_code) == (ImportState.FAILED, ErrorCode.JOB_REFUSED)
            assert refused.preview is None
        assert [view.run.public_id for view in list_imports(cast.alice.scope)][-1] == run.public_id


def test_whoever_sees_named_accounts_alone_adds_none_by_an_import(app: Flask, cast: Cast) -> None:
    with app.app_context():
        change(cast.alice, cast.dana, Place(Role.EDITOR, sees_all_accounts=False))
        run = import_file(cast.dana, export_json(followers=many(5), owner="brand.new"))
        assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.JOB_REFUSED)
        assert db.session.scalars(select(Account)).all() == []


def test_removal_ends_pages_keys_invitations_and_work_at_once(app: Flask, cast: Cast) -> None:
    """SECURITY 35: ten seconds later nothing of it opens anything."""
    with app.app_context():
        change(cast.alice, cast.dana, Place(Role.ADMIN))
        dana = TeamScope(cast.dana.user_id, cast.dana.team_id, Role.ADMIN)
        key = api_keys.create_key(dana, "backup", cast.dana.actor, can_write=True)
        invitations.invite(dana, "friend@example.org", Place(Role.VIEWER), cast.dana.actor, locale="en")
        invitations.invite(cast.alice.scope, "other@example.org", Place(Role.VIEWER), cast.alice.actor, locale="en")
        wishes = ImportWishes(commits_itself=True)
        waiting = create_import(
            cast.dana.actor, dana, receive(export_json(followers=many(5))), ImportOrigin.WEB, wishes
        )
        running = create_import(
            cast.dana.actor, dana, receive(export_json(followers=many(6))), ImportOrigin.WEB, wishes
        )
        running_job = select(Job).join(ImportRun).where(ImportRun.public_id == running)
        db.session.scalars(running_job).one().state = JobState.RUNNING
        db.session.commit()
        members.remove_member(cast.alice.scope, public_id(cast.dana), cast.alice.actor)

        with pytest.raises(NotFound):
            scope_of(cast.dana)
        with pytest.raises(LoginNeeded):
            api_keys.authenticate_key(key.text)
        open_ones = select(Invitation.email).where(Invitation.revoked_at.is_(None))
        assert db.session.scalars(open_ones).all() == ["other@example.org"]
        assert db.session.scalars(running_job).one().is_cancel_wanted
        own = access.get_team_scope(cast.dana.user_id, Permission.TEAM_WRITE)
        assert own.team_id != cast.dana.team_id
        run_jobs()
        db.session.rollback()
        run = db.session.scalars(select(ImportRun).where(ImportRun.public_id == waiting)).one()
        assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.JOB_REFUSED)
        assert db.session.scalars(select(Account)).all() == []
    assert "dana@example.org" in [mail["To"] for mail in sent_mails(app)]


def test_work_of_somebody_who_may_not_any_more_is_refused_and_recorded(app: Flask, cast: Cast) -> None:
    """SECURITY 40: rights are asked for again when a job runs."""
    with app.app_context():
        file = receive(export_json(followers=many(5)))
        wishes = ImportWishes(commits_itself=True)
        create_import(cast.dana.actor, cast.dana.scope, file, ImportOrigin.WEB, wishes)
        change(cast.alice, cast.dana, Place(Role.VIEWER))
        assert JobState.FAILED in run_jobs()
        assert db.session.scalars(select(ImportRun.error_code)).all() == [ErrorCode.JOB_REFUSED]
        assert AuditAction.ACCESS_DENIED in actions()


def test_a_key_follows_the_role_of_its_person(session: Session, cast: Cast) -> None:
    """SECURITY 35: a lowered role lowers the keys as well."""
    change(cast.alice, cast.dana, Place(Role.ADMIN))
    dana = TeamScope(cast.dana.user_id, cast.dana.team_id, Role.ADMIN)
    key = api_keys.create_key(dana, "backup", cast.dana.actor, can_write=True)
    change(cast.alice, cast.dana, Place(Role.VIEWER))
    used = api_keys.authenticate_key(key.text)
    assert access.get_team_scope(used.user_id, Permission.ACCOUNT_READ, used.team_id).role is Role.VIEWER
    with pytest.raises(Forbidden):
        access.get_team_scope(used.user_id, Permission.IMPORT_WRITE, used.team_id)


def test_whoever_is_left_without_a_team_gets_an_empty_one(session: Session, cast: Cast) -> None:
    members.leave_team(cast.bob.scope, cast.bob.actor)
    team = access.get_team_scope(cast.bob.user_id, Permission.TEAM_WRITE)
    assert team.team_id != cast.bob.team_id
    assert list_accounts(team) == []
    assert actions()[-1] is AuditAction.MEMBER_LEFT


def test_a_disabled_person_has_no_scope(session: Session, cast: Cast) -> None:
    session.execute(update(User).where(User.id == cast.bob.user_id).values(is_disabled=True))
    session.commit()
    with pytest.raises(NotFound):
        scope_of(cast.bob)


def test_members_are_shown_with_the_day_they_came(session: Session, cast: Cast) -> None:
    member = members.get_member(cast.alice.scope, public_id(cast.erin))
    assert member.place == Place(Role.VIEWER, hides_names=True, accounts={})
    assert member.joined_at <= datetime.now(UTC)
    assert not member.has_second_factor
