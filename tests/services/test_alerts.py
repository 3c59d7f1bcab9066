"""Suspicious activity: each rule fires once, honest work does not set one off, and those concerned are told."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, sent_mails, sign_in
from webapp.domain.scope import Permission
from webapp.extensions import db
from webapp.models import Alert, AuditAction, AuditEvent
from webapp.services import access, alerts, api_keys
from webapp.services.alert_rules import AlertRule, Finding, Places, Seen, find_suspicious
from webapp.services.audit import Actor, record
from webapp.services.transaction import transaction

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"
START = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOME = Places(frozenset({"198.51.100.0/24"}), frozenset({"Firefox, Linux"}))


class Story:
    """What one person does, one thing after another."""

    def __init__(self) -> None:
        self.events: list[Seen] = []
        self.at = START

    def do(
        self,
        action: AuditAction,
        *,
        times: int = 1,
        every: timedelta = timedelta(seconds=20),
        ip: str = "198.51.100.7",
        user_agent: str = FIREFOX,
        target: str | None = None,
        **detail: object,
    ) -> Story:
        for _ in range(times):
            self.at += every
            self.events.append(Seen(len(self.events) + 1, self.at, action, 1, 1, target, ip, user_agent, detail))
        return self

    def wait(self, **span: float) -> Story:
        self.at += timedelta(**span)
        return self

    def found(self, known: Places | None = HOME) -> list[Finding]:
        return list(find_suspicious(self.events, {1: known} if known else {}))


def raised(before: str, after: str) -> dict[str, Any]:
    return {"before": {"role": before}, "after": {"role": after}}


SUSPICIOUS: dict[AlertRule, Callable[[Story], object]] = {
    AlertRule.FAILS_THEN_SUCCESS: lambda story: story.do(AuditAction.USER_LOGIN_FAILED, times=10).do(
        AuditAction.USER_LOGGED_IN
    ),
    AlertRule.NEW_PLACE: lambda story: story.do(AuditAction.USER_LOGGED_IN, ip="203.0.113.9", user_agent=PHONE),
    AlertRule.MANY_NETWORKS: lambda story: [
        story.do(AuditAction.USER_LOGGED_IN, ip=f"198.51.{number}.1") for number in range(100, 104)
    ],
    AlertRule.MANY_DOWNLOADS: lambda story: story.do(AuditAction.DATA_DOWNLOADED, times=40),
    AlertRule.KEY_MOVED: lambda story: story.do(AuditAction.API_KEY_MOVED, times=3, target="key"),
    AlertRule.ROLE_RAISED: lambda story: story.do(AuditAction.MEMBER_CHANGED, **raised("viewer", "admin")),
    AlertRule.SECOND_FACTOR_OFF: lambda story: story.do(AuditAction.USER_SECOND_FACTOR_DISABLED),
    AlertRule.MASS_DELETION: lambda story: story.do(AuditAction.ANNOTATION_DELETED, times=15),
    AlertRule.TOKEN_REUSED: lambda story: story.do(AuditAction.TOKEN_REUSED, times=3),
    AlertRule.FOREIGN_THINGS: lambda story: story.do(AuditAction.ACCESS_DENIED, times=60, status=404),
    AlertRule.LINK_SPREAD: lambda story: [
        story.do(AuditAction.SHARE_OPENED, ip=f"198.51.{number}.0", target="a link") for number in range(25)
    ],
}


def test_every_rule_has_a_story() -> None:
    assert set(SUSPICIOUS) == set(AlertRule)


@pytest.mark.parametrize("rule", AlertRule)
def test_what_is_suspicious_is_found_once(rule: AlertRule) -> None:
    """SECURITY 96."""
    story = Story()
    SUSPICIOUS[rule](story)
    assert [finding.rule for finding in story.found()] == [rule]


@pytest.mark.parametrize(
    "story",
    [
        Story().do(AuditAction.USER_LOGIN_FAILED, times=9).do(AuditAction.USER_LOGGED_IN),
        Story().do(AuditAction.USER_LOGIN_FAILED, times=9).wait(hours=2).do(AuditAction.USER_LOGIN_FAILED),
        Story().do(AuditAction.USER_LOGIN_FAILED, times=20).wait(hours=2).do(AuditAction.USER_LOGGED_IN),
        Story().do(AuditAction.USER_LOGGED_IN, ip="203.0.113.9"),
        Story().do(AuditAction.USER_LOGGED_IN, user_agent=PHONE),
        Story().do(AuditAction.USER_LOGGED_IN, ip="198.51.1.1").wait(hours=2).do(AuditAction.USER_LOGGED_IN),
        Story().do(AuditAction.DATA_DOWNLOADED, times=40, every=timedelta(minutes=3)),
        Story().do(AuditAction.MEMBER_CHANGED, **raised("admin", "viewer")),
        Story().do(AuditAction.MEMBER_CHANGED, before={"hides_names": False}, after={"hides_names": True}),
        Story().do(AuditAction.ANNOTATION_DELETED, times=10),
        Story().do(AuditAction.ACCESS_DENIED, times=60, status=403),
        Story().do(AuditAction.ACCESS_DENIED, times=49, status=404),
        Story().do(AuditAction.SHARE_OPENED, times=200, target="a link"),
    ],
)
def test_what_is_not_quite_suspicious_is_let_be(story: Story) -> None:
    assert story.found() == []


def test_the_very_first_sign_in_surprises_nobody() -> None:
    assert Story().do(AuditAction.USER_LOGGED_IN).found(known=None) == []


def test_thirty_days_of_honest_work_set_off_one_alert_at_most() -> None:
    """SECURITY 96."""
    for seed in range(20):
        chance = random.Random(seed)
        story = Story()
        for _ in range(30):
            story.at = story.at.replace(hour=8, minute=0) + timedelta(days=1)
            for _ in range(chance.randint(1, 4)):
                story.do(AuditAction.USER_LOGIN_FAILED, times=chance.choice((0, 0, 0, 1, 2)))
                place = chance.choice(("198.51.100.7", "198.51.100.9", "192.0.2.4"))
                story.wait(minutes=chance.randint(5, 90))
                story.do(AuditAction.USER_LOGGED_IN, ip=place, user_agent=chance.choice((FIREFOX, FIREFOX, PHONE)))
            story.do(AuditAction.DATA_DOWNLOADED, times=chance.randint(0, 6))
            story.do(AuditAction.ANNOTATION_DELETED, times=chance.randint(0, 3))
            story.do(AuditAction.ACCESS_DENIED, times=chance.randint(0, 2), status=404)
        assert len({(finding.rule, finding.key) for finding in story.found()}) <= 1, seed


def happen(actor: Actor, actions: Iterable[AuditAction], **detail: object) -> None:
    with transaction() as session:
        for action in actions:
            record(session, actor, action, "thing", **detail)


def test_an_alert_is_written_once_and_reaches_admins_and_the_person_even_if_she_is_the_admin(
    app: Flask, cast: Cast
) -> None:
    """SECURITY 96."""
    with app.app_context():
        happen(cast.bob.actor, [AuditAction.USER_SECOND_FACTOR_DISABLED])
        happen(cast.alice.actor, [AuditAction.USER_SECOND_FACTOR_DISABLED])
        assert alerts.raise_alerts() == 2
        assert alerts.raise_alerts() == 0
        assert db.session.scalar(select(func.count()).select_from(Alert)) == 2
        db.session.remove()
    told = [(mail["To"], "switched off" in mail.as_string()) for mail in sent_mails(app)]
    assert sorted(told) == [(cast.alice.email, True), (cast.alice.email, True), (cast.bob.email, True)]


def test_failures_of_somebody_who_is_in_no_team_yet_are_told_in_their_first_one(session: Session, bob: Member) -> None:
    nowhere = Actor(bob.user_id, None, "203.0.113.9")
    happen(nowhere, [AuditAction.USER_LOGIN_FAILED] * 10)
    happen(bob.actor, [AuditAction.USER_LOGGED_IN])
    alerts.raise_alerts()
    session.rollback()
    alert = session.scalars(select(Alert)).one()
    assert (alert.rule, alert.team_id, alert.detail) == ("fails_then_success", bob.team_id, {"count": 10})


def test_a_key_that_turns_up_in_another_network_is_recorded_once_a_network(session: Session, alice: Member) -> None:
    maker = access.get_team_scope(alice.user_id, Permission.KEY_WRITE)
    text = api_keys.create_key(maker, "script", alice.actor).text
    for ip in ("192.0.2.1", "192.0.2.99", "203.0.113.5", "203.0.113.6", "192.0.2.1"):
        api_keys.authenticate_key(text, Actor(ip=ip))
    session.rollback()
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.API_KEY_MOVED)).all()
    assert [(event.ip, event.user_id, event.team_id) for event in events] == [
        ("203.0.113.5", alice.user_id, alice.team_id)
    ]


def test_an_alert_stands_above_the_record_until_somebody_has_read_it(
    app: Flask, client: FlaskClient, cast: Cast
) -> None:
    with app.app_context():
        happen(cast.bob.actor, [AuditAction.USER_SECOND_FACTOR_DISABLED])
        alerts.raise_alerts()
        public_id = db.session.scalars(select(Alert.public_id)).one()
        db.session.remove()
    path = f"/audit/alerts/{public_id}/seen"
    sign_in(client, cast.alice)
    page = client.get("/audit").text
    assert "The second factor was switched off" in page
    assert path in page
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert client.post(path, data={"csrf_token": token}, headers=headers).status_code == 303
    assert path not in client.get("/audit").text
    sign_in(client, cast.charlie)
    token = client.get("/audit").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert client.post(path, data={"csrf_token": token}, headers=headers).status_code == 404
    assert "The second factor was switched off" not in client.get("/audit").text
