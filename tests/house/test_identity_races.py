"""What is good once is taken once, whoever else tries at the same moment; and a team never loses its last admin."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import Cast, Member, password_hash
from tests.house.actors import give_second_factor
from tests.shares import furnish_account, make_share, share_of
from webapp.domain import totp
from webapp.domain.errors import AppError
from webapp.domain.scope import Role
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Invitation, MailedToken, Membership, TokenKind, User
from webapp.services import invitations, members, own_password, recovery_codes, share_door, sign_in
from webapp.services.mailed_tokens import make_token
from webapp.services.members import Place
from webapp.services.sign_in import Factor
from webapp.services.transaction import transaction

AT_ONCE = 50
ROUNDS = 100


def race(app: Flask, *tries: Callable[[], object]) -> Counter[str]:
    """Let everybody begin at the same moment; return how often it went well, and the codes of what it failed with."""
    gate = threading.Barrier(len(tries))
    ends: list[str] = []

    def take_part(work: Callable[[], object]) -> None:
        with app.app_context():
            db.session.connection()  # a try begins with its connection already there
            db.session.rollback()
            gate.wait()
            try:
                work()
                ends.append("won")
            except AppError as error:
                ends.append(error.code.value)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=take_part, args=(work,)) for work in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == len(tries), "somebody met a fault"
    return Counter(ends)


@pytest.fixture
def secret(app: Flask, alice: Member) -> str:
    """The secret of Alice's authenticator."""
    return give_second_factor(app, alice)


def shows(member: Member, factor: Factor, code: str) -> Callable[[], object]:
    return lambda: sign_in.check_second_factor(member.user_id, factor, code, member.actor)


def test_of_fifty_who_show_one_code_of_an_authenticator_one_gets_in(app: Flask, alice: Member, secret: str) -> None:
    """SECURITY 9."""
    code = totp.code_of(secret, totp.step_of(time.time()))
    ends = race(app, *[shows(alice, Factor.TOTP, code)] * AT_ONCE)
    assert ends == {"won": 1, "code_wrong": AT_ONCE - 1}
    with app.app_context():
        reused = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == AuditAction.TOKEN_REUSED)
        assert db.session.scalar(reused) == AT_ONCE - 1


def test_of_fifty_who_show_one_recovery_code_one_gets_in(app: Flask, alice: Member, secret: str) -> None:
    """SECURITY 11."""
    with app.app_context(), transaction() as session:
        code = recovery_codes.renew(session, alice.user_id)[0]
    ends = race(app, *[shows(alice, Factor.RECOVERY_CODE, code)] * AT_ONCE)
    assert ends == {"won": 1, "code_wrong": AT_ONCE - 1}
    with app.app_context():
        assert recovery_codes.count_left(db.session(), alice.user_id) == recovery_codes.COUNT - 1


def test_of_fifty_who_open_one_reset_link_one_sets_the_password(
    app: Flask, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECURITY 13."""
    with app.app_context(), transaction() as session:
        text = make_token(session, TokenKind.RESET_PASSWORD, session.get_one(User, alice.user_id), minutes=30)
    stored = password_hash()
    monkeypatch.setattr(own_password, "_checked_hash", lambda _user, password: f"{stored}{password[-2:]}")
    tries = [
        lambda number=number: own_password.reset_password(text, f"a password of {number:02}", alice.actor)
        for number in range(AT_ONCE)
    ]
    assert race(app, *tries) == {"won": 1, "link_invalid": AT_ONCE - 1}
    with app.app_context():
        assert db.session.get_one(User, alice.user_id).security_version == 1
        assert db.session.scalars(select(MailedToken.used_at)).one() is not None


def test_of_fifty_who_accept_one_invitation_one_joins(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """SECURITY 18."""
    monkeypatch.setattr("webapp.services.invitations.new_secret", lambda: "A" * 43)
    alice, charlie = cast.alice, cast.charlie
    with app.app_context():
        invitations.invite(alice.scope, charlie.email, Place(Role.EDITOR), alice.actor, locale="en")
    ends = race(
        app,
        *[lambda: invitations.accept("A" * 43, charlie.user_id, charlie.actor, session_id=None)] * AT_ONCE,
    )
    assert ends == {"won": 1, "invitation_invalid": AT_ONCE - 1}
    with app.app_context():
        assert db.session.scalars(select(Invitation.accepted_at)).one() is not None
        joined = select(Membership.role).where(
            Membership.user_id == charlie.user_id, Membership.team_id == alice.team_id
        )
        assert db.session.scalars(joined).all() == [Role.EDITOR]


def test_of_fifty_who_open_a_link_of_three_views_three_get_in(app: Flask, cast: Cast) -> None:
    """Issue 8: a view limit holds whoever comes at once."""
    with app.app_context():
        furnish_account(cast.alice)
        made = make_share(cast.alice, max_views=3)
        door = share_door.find_door(made.token)
        db.session.remove()
    ends = race(app, *[lambda: share_door.enter(door, "203.0.113.9")] * AT_ONCE)
    assert ends == {"won": 3, "not_found": AT_ONCE - 3}
    with app.app_context():
        assert share_of(made).views == 3
        opened = select(func.count()).where(AuditEvent.action == AuditAction.SHARE_OPENED)
        assert db.session.scalar(opened) == 3


def test_two_admins_who_lower_each_other_always_leave_one(app: Flask, cast: Cast) -> None:
    """SECURITY 36."""
    alice, bob = cast.alice, cast.bob
    rows = update(Membership).where(Membership.team_id == alice.team_id)
    admins = select(func.count()).where(Membership.team_id == alice.team_id, Membership.role == Role.ADMIN)
    with app.app_context():
        names = {user.id: user.public_id for user in db.session.scalars(select(User))}
    left = Counter[int]()
    for _ in range(ROUNDS):
        with app.app_context(), transaction() as session:
            session.execute(rows.where(Membership.user_id.in_((alice.user_id, bob.user_id))).values(role=Role.ADMIN))
        ends = race(
            app,
            lambda: members.change_member(alice.scope, names[bob.user_id], alice.actor, Place(Role.VIEWER)),
            lambda: members.change_member(bob.scope, names[alice.user_id], bob.actor, Place(Role.VIEWER)),
        )
        assert ends == {"won": 1, "forbidden": 1}
        with app.app_context():
            left[db.session.scalar(admins) or 0] += 1
    assert left == {1: ROUNDS}
