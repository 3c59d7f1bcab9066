"""The pages of a team: members, invitations, roles, settings, the switcher, the end."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.factories import Cast, Member, link_of, sent_mails, sign_in
from tests.services.test_members import add_account, public_id
from tests.web.pages import log_in, send
from webapp.domain.scope import Permission, Role
from webapp.extensions import db
from webapp.models import AccountRole, AuditAction, AuditEvent, Invitation, LoginSession, Membership, Team, User
from webapp.services import access, invitations, members, teams
from webapp.services.members import Place

# Pages alone: what they ask of the database is tried on both with the services.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW = "new.person@example.org"
LONG_PASSWORD = "a rather long sentence for tests"


def id_of(app: Flask, member: Member) -> str:
    with app.app_context():
        return public_id(member)


def role_of(app: Flask, member: Member) -> Role:
    with app.app_context():
        query = select(Membership.role).where(
            Membership.user_id == member.user_id, Membership.team_id == member.team_id
        )
        return db.session.scalars(query).one()


def team_id(app: Flask, member: Member) -> str:
    with app.app_context():
        return db.session.get_one(Team, member.team_id).public_id


def invite(app: Flask, by: Member, email: str, role: Role = Role.VIEWER) -> str:
    """Invite somebody and return the path of the mailed link."""
    with app.app_context():
        invitations.invite(by.scope, email, Place(role), by.actor, locale="en")
    return link_of(sent_mails(app)[-1])


def test_everybody_sees_who_is_there_and_admins_alone_the_forms(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, cast.bob)
    page = client.get("/team").text
    assert all(member.email in page for member in (cast.alice, cast.bob, cast.dana, cast.erin))
    assert cast.charlie.email not in page
    assert "Invite somebody" not in page
    assert "Numbers without names" in page
    assert client.get("/team/settings").status_code == 403
    assert "Invite people, change what they may do, and remove them" in client.get("/team/roles").text
    sign_in(client, cast.alice)
    assert "Invite somebody" in client.get("/team").text


def test_an_admin_changes_the_place_of_a_member(app: Flask, client: FlaskClient, cast: Cast) -> None:
    with app.app_context():
        ada, grace = add_account(cast.alice, "ada"), add_account(cast.alice, "grace")
    page = f"/team/members/{id_of(app, cast.dana)}"
    sign_in(client, cast.alice)
    fields = {"role": "viewer", "hides_names": "y", "other_accounts": "none", f"account_{ada}": "viewer"}
    answer = send(client, page, page, **fields, **{f"account_{grace}": "team"})
    assert answer.status_code == 303
    with app.app_context():
        team = access.get_team_scope(cast.dana.user_id, Permission.ACCOUNT_READ, cast.dana.team_id)
        assert (team.role, team.redaction.hides_names, team.sees_all_accounts) == (Role.VIEWER, True, False)
        assert len(db.session.scalars(select(AccountRole)).all()) == 1
    assert "Some accounts only" in client.get("/team").text
    shown = client.get(page).text
    assert "selected" in shown
    sign_in(client, cast.dana)
    assert "@grace" not in client.get("/accounts").text


@pytest.mark.parametrize("role", [" admin", "ADMIN", "owner", "admin\x00", ""])
def test_roles_that_are_none_are_refused(app: Flask, client: FlaskClient, cast: Cast, role: str) -> None:
    """W34."""
    page = f"/team/members/{id_of(app, cast.bob)}"
    sign_in(client, cast.alice)
    assert send(client, page, page, role=role, other_accounts="team").status_code in (400, 422)
    assert role_of(app, cast.bob) is Role.VIEWER


def test_a_viewer_and_an_editor_give_nobody_a_role(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 36: an editor who posts a higher role is refused."""
    bob = id_of(app, cast.bob)
    for member in (cast.bob, cast.dana):
        sign_in(client, member)
        for target, fields in (
            (f"/team/members/{bob}", {"role": "admin", "other_accounts": "team"}),
            (f"/team/members/{bob}/remove", {}),
            ("/team/invitations", {"email": NEW, "role": "admin"}),
            ("/team/settings", {"name": "Mine", "hue": "235", "audit_days": "0"}),
            ("/team/delete", {"typed_name": "Alice's team"}),
        ):
            assert send(client, "/team", target, **fields).status_code == 403, target
    assert role_of(app, cast.bob) is Role.VIEWER


def test_members_of_another_team_are_unknown(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 31, 38."""
    sign_in(client, cast.alice)
    stranger, nobody = id_of(app, cast.charlie), "0" * 20
    for path in ("/team/members/{}", "/team/members/{}/remove", "/team/invitations/{}/revoke"):
        answers = [
            send(client, "/team", path.format(name), role="viewer", other_accounts="team")
            for name in (stranger, nobody)
        ]
        assert {answer.status_code for answer in answers} == {404}


def test_grave_changes_ask_for_a_proof_first(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 24."""
    bob = id_of(app, cast.bob)
    sign_in(client, cast.alice, has_sudo=False)
    for target in (f"/team/members/{bob}", f"/team/members/{bob}/remove", "/team/invitations", "/team/settings"):
        answer = send(client, "/team", target)
        assert answer.status_code == 303
        assert answer.location.startswith("/settings/sudo"), target
    assert client.get("/team/delete").location.startswith("/settings/sudo")
    assert role_of(app, cast.bob) is Role.VIEWER


def test_a_removed_member_sees_nothing_with_the_next_click(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 35."""
    with app.app_context():
        ada = add_account(cast.alice, "ada")
    hers = app.test_client()
    sign_in(hers, cast.bob)
    assert hers.get(f"/dashboard?account={ada}").status_code == 200
    sign_in(client, cast.alice)
    bob = id_of(app, cast.bob)
    assert send(client, f"/team/members/{bob}", f"/team/members/{bob}/remove").status_code == 303
    for path in (f"/dashboard?account={ada}", f"/api/accounts/{ada}/"):
        assert hers.get(path).status_code == 404, path
    assert cast.alice.email not in hers.get("/team").text
    assert hers.get("/dashboard").status_code == 200


def test_a_new_person_comes_in_by_the_mailed_link(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 18."""
    sign_in(client, cast.alice)
    made = send(client, "/team", "/team/invitations", email=NEW, role="viewer", hides_names="y")
    assert made.status_code == 200
    assert NEW in client.get("/team").text
    link = link_of(sent_mails(app)[-1])
    # Where no mail is sent, the admin gives the link on, and sees it this once.
    assert link in made.text
    assert link not in client.get("/team").text
    visitor = app.test_client()
    page = visitor.get(link)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert "Alice&#39;s team" in page.text
    assert send(visitor, link, link, password="short").status_code == 422
    assert send(visitor, link, link, password=LONG_PASSWORD).status_code == 303
    assert "Alice&#39;s team" in visitor.get("/teams").text
    assert visitor.get("/team/settings").status_code == 403
    assert app.test_client().get(link).status_code == 404
    assert NEW in client.get("/team").text


def test_a_known_person_joins_and_others_are_refused(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 18: another person who is signed in gets a 403."""
    link = invite(app, cast.alice, cast.charlie.email, Role.EDITOR)
    visitor = app.test_client()
    assert "/login?next=" in visitor.get(link).text
    sign_in(client, cast.frank)
    assert client.get(link).status_code == 403
    assert send(client, "/team", f"{link}/join").status_code == 403
    sign_in(client, cast.charlie)
    assert send(client, link, f"{link}/join").status_code == 303
    assert "Alice&#39;s team" in client.get("/team").text
    assert send(client, "/team", f"{link}/join").status_code == 404


def test_nobody_takes_over_a_known_address_with_a_new_password(app: Flask, client: FlaskClient, cast: Cast) -> None:
    link = invite(app, cast.alice, cast.charlie.email)
    assert client.post(link, data={"password": LONG_PASSWORD}).status_code == 403
    assert log_in(client, cast.charlie.email).status_code == 303


def test_an_invitation_is_withdrawn(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 18."""
    link = invite(app, cast.alice, NEW)
    with app.app_context():
        row = db.session.scalars(select(Invitation.public_id)).one()
    sign_in(client, cast.alice)
    assert send(client, "/team", f"/team/invitations/{row}/revoke").status_code == 303
    assert app.test_client().get(link).status_code == 404


def test_an_address_of_another_team_of_ones_own_says_so_and_leads_there(
    app: Flask, client: FlaskClient, cast: Cast
) -> None:
    with app.app_context():
        named = add_account(cast.alice, "ada")
    sign_in(client, cast.bob)
    assert send(client, "/teams", "/teams", name="Bob's own").status_code == 303
    page = client.get(f"/audience/followers?account={named}&search=x")
    assert page.status_code == 404
    assert f'value="{team_id(app, cast.alice)}"' in page.text
    assert f'value="/audience/followers?account={named}&amp;search=x"' in page.text
    values = {"team": team_id(app, cast.alice), "next": f"/audience/followers?account={named}&search=x"}
    answer = send(client, "/teams", "/teams/select", **values)
    assert (answer.status_code, answer.location) == (303, f"/audience/followers?account={named}&search=x")
    assert client.get(answer.location).status_code == 200
    assert send(client, "/teams", "/teams/select", **{**values, "next": "//elsewhere"}).location == "/dashboard"
    sign_in(client, cast.charlie)
    strange = client.get(f"/audience/followers?account={named}")
    assert strange.status_code == 404
    assert team_id(app, cast.alice) not in strange.text


def test_the_switcher_leads_to_another_team_and_only_to_ones_own(app: Flask, client: FlaskClient, cast: Cast) -> None:
    with app.app_context():
        add_account(cast.alice, "ada")
    sign_in(client, cast.bob)
    assert send(client, "/teams", "/teams", name="Bob's own").status_code == 303
    assert "@ada" not in client.get("/accounts").text
    shared, strange = team_id(app, cast.alice), team_id(app, cast.charlie)
    assert f'value="{shared}"' in client.get("/dashboard").text
    assert send(client, "/teams", "/teams/select", team=shared).status_code == 303
    assert "@ada" in client.get("/accounts").text
    assert send(client, "/teams", "/teams/select", team=strange).status_code == 404
    assert send(client, "/teams", "/teams/select").status_code == 400
    with app.app_context():
        chosen = select(LoginSession.team_id).where(LoginSession.user_id == cast.bob.user_id)
        assert db.session.scalars(chosen).all() == [cast.alice.team_id]
        events = select(AuditEvent.action).where(AuditEvent.user_id == cast.bob.user_id)
        assert AuditAction.TEAM_OPENED in db.session.scalars(events).all()
    another = app.test_client()
    sign_in(another, cast.bob)
    assert "@ada" in another.get("/accounts").text


def test_a_session_in_a_team_its_person_was_never_in_falls_back(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 35."""
    sign_in(client, cast.frank)
    with app.app_context():
        db.session.execute(update(LoginSession).values(team_id=cast.alice.team_id))
        db.session.commit()
    page = client.get("/team").text
    assert "Frank&#39;s team" in page
    assert cast.alice.email not in page


def test_the_settings_change_name_and_colour(app: Flask, client: FlaskClient, cast: Cast) -> None:
    sign_in(client, cast.alice)
    fields = {"name": "Studio", "hue": "235", "audit_days": "365"}
    assert send(client, "/team/settings", "/team/settings", **fields).status_code == 303
    page = client.get("/team").text
    assert "Studio" in page
    assert "/brand-235.css" in page
    refused = send(client, "/team/settings", "/team/settings", **fields, requires_second_factor="y")
    assert refused.status_code == 422
    assert "Set up your own second factor first" in refused.text


def test_a_team_is_deleted_with_its_name_and_taken_back(app: Flask, client: FlaskClient, cast: Cast) -> None:
    sign_in(client, cast.alice)
    assert send(client, "/team/delete", "/team/delete", typed_name="alice").status_code == 422
    assert send(client, "/team/delete", "/team/delete", typed_name="Alice's team").status_code == 303
    hers = app.test_client()
    sign_in(hers, cast.bob)
    assert "Alice&#39;s team" not in hers.get("/teams").text
    ending = team_id(app, cast.alice)
    assert send(hers, "/teams", f"/teams/{ending}/restore").status_code == 404
    assert "Teams that will be deleted" in client.get("/teams").text
    assert send(client, "/teams", f"/teams/{ending}/restore").status_code == 303
    assert send(client, "/teams", "/teams/select", team=ending).status_code == 303
    assert cast.bob.email in client.get("/team").text


def test_a_member_leaves_and_the_only_admin_stays(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 36."""
    sign_in(client, cast.bob)
    assert send(client, "/team", "/team/leave").status_code == 303
    assert "Alice&#39;s team" not in client.get("/teams").text
    sign_in(client, cast.alice)
    assert send(client, "/team", "/team/leave").status_code == 409
    assert role_of(app, cast.alice) is Role.ADMIN


def test_an_account_is_given_to_another_team(app: Flask, client: FlaskClient, cast: Cast) -> None:
    with app.app_context():
        ada = add_account(cast.alice, "ada")
        teams.create_team(cast.alice.user_id, "Second", None, cast.alice.actor)
        user = db.session.get_one(User, cast.alice.user_id)
        second, user.last_team_id = user.last_team_id, cast.alice.team_id
        assert second is not None
        target = db.session.get_one(Team, second).public_id
        db.session.commit()
    sign_in(client, cast.alice)
    page = f"/accounts/{ada}/transfer"
    assert "Second" in client.get(page).text
    assert send(client, page, page, team=target, typed_name="other").status_code == 422
    assert send(client, page, page, team=team_id(app, cast.charlie), typed_name="ada").status_code == 422
    assert send(client, page, page, team=target, typed_name="@ada").status_code == 303
    assert client.get(f"/accounts/{ada}").status_code == 404
    send(client, "/teams", "/teams/select", team=target)
    assert client.get(f"/accounts/{ada}").status_code == 200


def test_a_role_narrowed_in_one_account_refuses_what_is_written_there(
    app: Flask, client: FlaskClient, cast: Cast
) -> None:
    """SECURITY 36: an editor of the team who only looks at one account of it."""
    with app.app_context():
        free, closed, hidden = (add_account(cast.alice, handle) for handle in ("free", "closed", "hidden"))
        place = Place(Role.EDITOR, accounts={closed: Role.VIEWER, hidden: None})
        members.change_member(cast.alice.scope, public_id(cast.dana), cast.alice.actor, place)
    sign_in(client, cast.dana)
    for account, status in ((free, 303), (closed, 403), (hidden, 404)):
        notes = f"/audience/annotations?account={account}"
        assert send(client, "/dashboard", notes, day="2026-01-01", text="a note").status_code == status
        assert send(client, "/dashboard", f"/accounts/{account}/reminder/asked").status_code == status
    assert client.get(f"/dashboard?account={closed}").status_code == 200
    assert client.get(f"/dashboard?account={hidden}").status_code == 404
    assert client.get(f"/api/accounts/{hidden}/").status_code == 404
    assert "@hidden" not in client.get("/accounts").text
