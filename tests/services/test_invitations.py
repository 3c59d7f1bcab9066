"""Invitations: for one address and one place, for seven days, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, link_of, mail_text, sent_mails
from tests.services.test_members import add_account, change, public_id, scope_of
from webapp.analytics.accounts import list_accounts
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Permission, Role, TeamScope
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Invitation, Membership, User
from webapp.services import access, invitations, members
from webapp.services.members import Place

NEW = "new.person@example.org"
LONG_PASSWORD = "a rather long sentence for tests"


def invite(
    app: Flask,
    by: Member,
    email: str,
    role: Role = Role.VIEWER,
    *,
    hides_names: bool = False,
    accounts: tuple[str, ...] = (),
) -> str:
    """Invite somebody and return the secret of the mailed link."""
    place = Place(role, hides_names)
    invitations.invite(scope_of(by), email, place, by.actor, account_ids=accounts, locale="en")
    return link_of(sent_mails(app)[-1]).rpartition("/")[2]


def refusal_of(text: str) -> ErrorCode:
    db.session.rollback()
    with pytest.raises(NotFound) as refused:
        invitations.find_offer(text)
    return refused.value.code


def test_a_known_person_accepts_and_goes_on_in_the_new_team(app: Flask, cast: Cast) -> None:
    """SECURITY 18."""
    with app.app_context():
        text = invite(app, cast.alice, cast.charlie.email, Role.EDITOR)
        offer = invitations.find_offer(text)
        assert (offer.team_name, offer.email, offer.role, offer.is_known) == (
            *("Alice's team", cast.charlie.email),
            *(Role.EDITOR, True),
        )
        invitations.accept(text, cast.charlie.user_id, cast.charlie.actor, session_id=None)
        team = access.get_team_scope(cast.charlie.user_id, Permission.IMPORT_WRITE)
        assert team.team_id == cast.alice.team_id
        assert refusal_of(text) is ErrorCode.INVITATION_INVALID


def test_only_the_hash_is_kept_and_the_mail_alone_holds_the_secret(app: Flask, cast: Cast) -> None:
    with app.app_context():
        text = invite(app, cast.alice, NEW)
        row = db.session.scalars(select(Invitation)).one()
        assert len(row.token_hash) == 64
        assert text not in str(vars(row))
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.MEMBER_INVITED)).one()
        assert text not in str(event.detail)
        mail = sent_mails(app)[-1]
        assert mail["To"] == NEW
        assert "Alice's team" in mail_text(mail)


def test_an_invitation_is_for_its_address_alone(app: Flask, cast: Cast) -> None:
    """SECURITY 18."""
    with app.app_context():
        text = invite(app, cast.alice, cast.charlie.email)
        with pytest.raises(Forbidden) as refused:
            invitations.accept(text, cast.frank.user_id, cast.frank.actor, session_id=None)
        assert refused.value.code is ErrorCode.INVITATION_OTHER_PERSON
        assert invitations.find_offer(text).email == cast.charlie.email


def test_a_new_person_signs_up_with_a_proved_address_and_exactly_the_offered_place(app: Flask, cast: Cast) -> None:
    """SECURITY 18."""
    with app.app_context():
        shown, hidden = add_account(cast.alice, "shown"), add_account(cast.alice, "hidden")
        text = invite(app, cast.alice, NEW, hides_names=True, accounts=(shown,))
        assert not invitations.find_offer(text).is_known
        user_id = invitations.accept_anew(text, LONG_PASSWORD, cast.frank.actor, locale="fr")
        team = access.get_team_scope(user_id, Permission.ACCOUNT_READ, cast.alice.team_id)
        assert (team.role, team.redaction.hides_names) == (Role.VIEWER, True)
        assert [row.public_id for row in list_accounts(team)] == [shown]
        assert access.find_account_scope(team, hidden) is None
        user = db.session.get_one(User, user_id)
        assert (user.email, user.is_admin, user.verified_at is not None, user.locale) == (NEW, False, True, "fr")
        assert access.get_team_scope(user_id, Permission.ACCOUNT_READ).team_id == cast.alice.team_id


def test_a_weak_password_uses_the_invitation_not_up(app: Flask, cast: Cast) -> None:
    with app.app_context():
        text = invite(app, cast.alice, NEW)
        with pytest.raises(Invalid):
            invitations.accept_anew(text, "short", cast.frank.actor, locale="en")
        assert invitations.find_offer(text).email == NEW


def test_old_withdrawn_replaced_and_foreign_links_open_nothing(app: Flask, cast: Cast) -> None:
    """SECURITY 18: seven days, revocable, and all that are over look alike."""
    with app.app_context():
        replaced = invite(app, cast.alice, NEW)
        text = invite(app, cast.alice, NEW)
        assert refusal_of(replaced) is ErrorCode.INVITATION_INVALID
        row = db.session.scalars(select(Invitation).where(Invitation.revoked_at.is_(None))).one()
        with pytest.raises(NotFound):
            invitations.revoke_invitation(cast.charlie.scope, row.public_id, cast.charlie.actor)
        invitations.revoke_invitation(cast.alice.scope, row.public_id, cast.alice.actor)
        assert refusal_of(text) is ErrorCode.INVITATION_INVALID
        with pytest.raises(NotFound):
            invitations.revoke_invitation(cast.alice.scope, row.public_id, cast.alice.actor)
        late = invite(app, cast.alice, NEW)
        db.session.execute(update(Invitation).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()
        for wrong in (late, "", "x", late[:-1], late + "A", "é" * 43, "A" * 1_000_000):
            assert refusal_of(wrong) is ErrorCode.INVITATION_INVALID


def test_an_invitation_falls_with_the_place_of_who_sent_it(app: Flask, cast: Cast) -> None:
    """SECURITY 18, 35."""
    with app.app_context():
        change(cast.alice, cast.dana, Place(Role.ADMIN))
        first = invite(app, cast.dana, NEW)
        change(cast.alice, cast.dana, Place(Role.EDITOR))
        assert refusal_of(first) is ErrorCode.INVITATION_INVALID
        change(cast.alice, cast.dana, Place(Role.ADMIN))
        # Given back, the role does not bring the invitation back.
        assert refusal_of(first) is ErrorCode.INVITATION_INVALID
        second = invite(app, cast.dana, NEW)
        db.session.execute(update(User).where(User.id == cast.dana.user_id).values(is_disabled=True))
        db.session.commit()
        with pytest.raises(NotFound):
            invitations.accept_anew(second, LONG_PASSWORD, cast.frank.actor, locale="en")


def test_only_admins_invite_and_only_into_their_team(app: Flask, cast: Cast) -> None:
    """SECURITY 36."""
    with app.app_context():
        foreign = add_account(cast.charlie, "foreign")
        for member in (cast.bob, cast.dana):
            claimed = TeamScope(member.user_id, member.team_id, Role.ADMIN)
            with pytest.raises(Forbidden):
                invitations.invite(claimed, NEW, Place(Role.ADMIN), member.actor, locale="en")
        with pytest.raises(NotFound):
            invite(app, cast.alice, NEW, accounts=(foreign,))
        assert db.session.scalars(select(Invitation)).all() == []


def test_an_answer_does_not_tell_whether_somebody_has_the_address(app: Flask, cast: Cast) -> None:
    """SECURITY 4: only members of the team, whom the page lists anyway, are told."""
    with app.app_context():
        invite(app, cast.alice, cast.charlie.email)
        invite(app, cast.alice, NEW)
        with pytest.raises(Invalid) as refused:
            invite(app, cast.alice, cast.bob.email.upper())
        assert refused.value.code is ErrorCode.MEMBER_ALREADY
        assert len(invitations.list_invitations(cast.alice.scope)) == 2


def test_removed_people_lose_invitations_that_wait_for_them(app: Flask, cast: Cast) -> None:
    with app.app_context():
        text = invite(app, cast.alice, cast.charlie.email)
        invitations.accept(text, cast.charlie.user_id, cast.charlie.actor, session_id=None)
        assert db.session.scalar(select(Membership.id).where(Membership.user_id == cast.charlie.user_id)) is not None
        members.remove_member(cast.alice.scope, public_id(cast.charlie), cast.alice.actor)
        with pytest.raises(NotFound):
            access.get_team_scope(cast.charlie.user_id, Permission.ACCOUNT_READ, cast.alice.team_id)


def test_too_many_open_invitations_are_refused(
    app: Flask, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MAX_OPEN", 2)
    for number in range(2):
        invitations.invite(
            cast.alice.scope, f"p{number}@example.org", Place(Role.VIEWER), cast.alice.actor, locale="en"
        )
    with pytest.raises(Invalid) as refused:
        invitations.invite(cast.alice.scope, "p9@example.org", Place(Role.VIEWER), cast.alice.actor, locale="en")
    assert refused.value.code is ErrorCode.INVITATIONS_TOO_MANY
