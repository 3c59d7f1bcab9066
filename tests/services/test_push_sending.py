"""Push messages: handed to the browser's service, read by that browser alone, tried again where that may help."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests.conftest import make_settings
from tests.factories import Cast, Member, account_scope
from tests.notices import PARAMS
from tests.push_service import PushService, Subscriber, running_service
from webapp.domain import failpoints
from webapp.domain.errors import Conflict, ErrorCode, Invalid, NotFound
from webapp.domain.failpoints import Failpoint
from webapp.domain.notifications import Message, NoticeKind
from webapp.domain.sections import Platform
from webapp.domain.setting_values import SettingsError
from webapp.extensions import db
from webapp.integrations.web_push import Browser
from webapp.models import (
    AuditAction,
    AuditEvent,
    Job,
    JobState,
    Membership,
    Notification,
    OutboundUse,
    PushDevice,
    PushKey,
    PushMessage,
    User,
)
from webapp.queue import JobKind
from webapp.services import push_devices, push_keys, push_sending
from webapp.services.accounts import create_account
from webapp.services.audit import Actor
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import retry_job, run_job
from webapp.services.login_sessions import end_other_sessions
from webapp.services.notifications import tell
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SITE = "http://127.0.0.1:5000"


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service on this machine."""
    with running_service() as running:
        yield running


@pytest.fixture
def world(app: Flask, cast: Cast) -> Flask:
    """Alice's team has an account, and this machine may be sent to."""
    known = app.config["APP"]
    app.config["APP"] = make_settings(known.instance_path, known.database_url, LOOPBACK_DESTINATIONS="on")
    with app.app_context():
        create_account(cast.alice.scope, Platform.TIKTOK, "demo.maker", "UTC", cast.alice.actor)
        push_keys.public_key()
        db.session.remove()
    return app


def add(app: Flask, member: Member, browser: Subscriber, locale: str = "en", **more: str) -> str:
    with app.app_context():
        found = Browser(browser.endpoint, browser.p256dh, browser.auth)
        public_id = push_devices.add(
            Actor(member.user_id, user_agent="Firefox/144.0"), member.user_id, found, locale, **more
        )
        db.session.remove()
    return public_id


def say(app: Flask, member: Member, *kinds: NoticeKind, **params: object) -> None:
    """Tell somebody of kinds about Alice's account, and do every job that this brings."""
    with app.app_context():
        account_id = account_scope(member).account_id
        with transaction() as session:
            first = (session.scalar(select(func.max(Notification.id))) or 0) + 1
            messages = [
                Message(kind, f"key-{number}", {**PARAMS[kind], **params}, member.team_id, account_id)
                for number, kind in enumerate(kinds, first)
            ]
            tell(session, [member.user_id], messages)
        _deliver()
        db.session.remove()


def _deliver() -> None:
    for job_id in db.session.scalars(select(Job.id).where(Job.kind == JobKind.NOTICES_DELIVER)).all():
        run_job(job_id, HANDLERS)


def send_waiting(app: Flask) -> list[JobState | None]:
    """Try every message that waits, once; return how its job stands."""
    with app.app_context():
        db.session.execute(update(Job).where(Job.state == JobState.QUEUED).values(run_at=0))
        db.session.commit()
        ids = db.session.scalars(
            select(Job.id).where(Job.kind == JobKind.PUSH_SEND, Job.state == JobState.QUEUED).order_by(Job.created_at)
        ).all()
        states = [run_job(job_id, HANDLERS) for job_id in ids]
        db.session.remove()
    return states


def rows(app: Flask, query: Any) -> list[Any]:
    with app.app_context():
        found = [tuple(row) for row in db.session.execute(query)]
        db.session.remove()
    return found


def job_errors(app: Flask) -> list[str | None]:
    return [code for (code,) in rows(app, select(Job.error_code).where(Job.kind == JobKind.PUSH_SEND))]


def test_news_arrives_in_the_words_of_the_device_and_leads_to_its_evidence(
    world: Flask, cast: Cast, service: PushService
) -> None:
    english, french, bobs = (service.subscribe(name) for name in ("en", "fr", "bob"))
    add(world, cast.alice, english)
    add(world, cast.alice, french, "fr")
    add(world, cast.bob, bobs)
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    assert send_waiting(world) == [JobState.DONE, JobState.DONE]
    [message] = service.messages(english)
    told = message["notification"]
    assert message["web_push"] == 8030
    assert message["app_badge"] == told["app_badge"] == "1"
    assert told["title"] == "10,000 followers reached"
    assert told["body"].startswith("@demo.maker: 10,482 followers")
    assert told["navigate"].startswith(f"{SITE}/audience/analysis")
    assert (told["lang"], told["dir"]) == ("en", "ltr")
    assert service.messages(french)[0]["notification"]["lang"] == "fr"
    assert service.messages(bobs) == []
    first = service.received[0]
    assert (first.headers["Urgency"], first.headers["Topic"]) == ("normal", told["tag"])
    assert int(first.headers["TTL"]) > 23 * 3600
    assert send_waiting(world) == []
    assert rows(world, select(PushMessage.status, PushMessage.ended_at.is_not(None))) == [(201, True)] * 2
    assert rows(world, select(OutboundUse.purpose, OutboundUse.destination, OutboundUse.uses)) == [
        ("push", f"127.0.0.1:{service.port}", 2)
    ]
    sent = select(PushDevice.last_sent_at.is_not(None), PushDevice.user_id).order_by(PushDevice.id)
    assert rows(world, sent) == [(True, cast.alice.user_id)] * 2 + [(False, cast.bob.user_id)]


@on_sqlite
def test_several_are_one_message_and_safety_does_not_wait(world: Flask, cast: Cast, service: PushService) -> None:
    browser = service.subscribe()
    add(world, cast.alice, browser)
    say(world, cast.alice, NoticeKind.POST_LIKES, NoticeKind.POST_LIKES)
    say(world, cast.alice, *[kind for kind in NoticeKind if kind is not NoticeKind.NEW_MUTUAL])
    send_waiting(world)
    same, all_of_them = (message["notification"] for message in service.messages(browser))
    assert same["title"] == "2 posts reached 10,000 likes"
    assert same["body"].startswith("@demo.maker")
    assert all_of_them["title"] == f"{len(NoticeKind) - 1} notifications"
    assert all_of_them["navigate"] == f"{SITE}/notifications"
    assert [each.headers["Urgency"] for each in service.received] == ["normal", "high"]


def test_what_was_read_withdrawn_or_is_not_theirs_any_more_is_not_sent(
    world: Flask, cast: Cast, service: PushService
) -> None:
    browser = service.subscribe()
    add(world, cast.bob, browser)
    for change in ({"read_at": datetime.now(UTC)}, {"is_withdrawn": True}):
        say(world, cast.bob, NoticeKind.FOLLOWERS)
        with world.app_context():
            db.session.execute(update(Notification).values(**change))
            db.session.commit()
        assert send_waiting(world) == [JobState.DONE]
    say(world, cast.bob, NoticeKind.FOLLOWERS)
    with world.app_context():
        db.session.execute(delete(Membership).where(Membership.user_id == cast.bob.user_id))
        db.session.commit()
    assert send_waiting(world) == [JobState.DONE]
    assert service.received == []
    assert rows(world, select(PushMessage.status)) == [(None,)] * 3


@on_sqlite
def test_who_may_not_sign_in_is_told_nothing(world: Flask, cast: Cast, service: PushService) -> None:
    add(world, cast.bob, service.subscribe())
    say(world, cast.bob, NoticeKind.FOLLOWERS)
    with world.app_context():
        db.session.execute(update(User).where(User.id == cast.bob.user_id).values(is_disabled=True))
        db.session.commit()
    assert send_waiting(world) == [JobState.DONE]
    assert service.received == []


@on_sqlite
@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_with_what_waits_for_it(
    world: Flask, cast: Cast, service: PushService, status: int
) -> None:
    gone, other = service.subscribe("gone"), service.subscribe("other")
    public_id = add(world, cast.alice, gone)
    add(world, cast.alice, other)
    service.answers = [(status, {})]
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    say(world, cast.alice, NoticeKind.GOAL_MET)
    assert send_waiting(world) == [JobState.DONE] * 4
    assert [each.path for each in service.received] == ["/send/gone", "/send/other", "/send/other"]
    assert rows(world, select(PushDevice.endpoint)) == [(other.endpoint,)]
    event = select(AuditEvent.target, AuditEvent.user_id).where(AuditEvent.action == AuditAction.PUSH_DEVICE_REMOVED)
    assert rows(world, event) == [(public_id, None)]


@on_sqlite
def test_a_message_that_is_too_large_is_sent_once_more_without_its_body(
    world: Flask, cast: Cast, service: PushService
) -> None:
    browser = service.subscribe()
    add(world, cast.alice, browser)
    service.answers = [(413, {}), (201, {}), (413, {}), (413, {})]
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    assert send_waiting(world) == [JobState.DONE]
    long, short = (message["notification"] for message in service.messages(browser))
    assert long["title"] == short["title"]
    assert long["body"]
    assert not short["body"]
    say(world, cast.alice, NoticeKind.GOAL_MET)
    assert send_waiting(world) == [JobState.FAILED]
    assert len(service.received) == 4


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        ((429, {"Retry-After": "120"}), 120),
        ((429, {"Retry-After": "soon"}), 10),
        ((503, {"Retry-After": "date"}), 300),
        ((500, {"Retry-After": "-5"}), 10),
        (None, 10),
    ],
)
@on_sqlite
def test_a_service_that_is_busy_or_away_is_tried_again(
    world: Flask, cast: Cast, service: PushService, answer: tuple[int, dict[str, str]] | None, pause: int
) -> None:
    browser = service.subscribe() if answer else Subscriber("http://127.0.0.1:1/send/one")
    add(world, cast.alice, browser)
    if answer is not None:
        in_five_minutes = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
        service.answers = [
            (answer[0], {name: in_five_minutes if text == "date" else text for name, text in answer[1].items()})
        ]
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    begun = time.time()
    assert send_waiting(world) == [JobState.QUEUED]
    ended = time.time()
    [(attempts, run_at)] = rows(world, select(Job.attempts, Job.run_at).where(Job.kind == JobKind.PUSH_SEND))
    assert attempts == 0  # waiting is no try
    assert begun + pause - 3 <= run_at <= ended + pause + 1
    assert rows(world, select(PushDevice.last_error)) == [(answer[0] if answer else 0,)]
    if answer is not None:
        assert send_waiting(world) == [JobState.DONE]
        assert len(service.messages(browser)) == 2
        assert rows(world, select(PushDevice.last_error)) == [(None,)]
        return
    with world.app_context():
        db.session.execute(update(PushMessage).values(created_at=datetime.now(UTC) - timedelta(hours=24)))
        db.session.commit()
    assert send_waiting(world) == [JobState.FAILED]
    assert job_errors(world) == ["push_too_late"]
    assert rows(world, select(PushMessage.ended_at.is_not(None), PushMessage.status)) == [(True, 0)]


@on_sqlite
def test_a_service_that_asks_for_more_than_a_day_is_not_waited_for(
    world: Flask, cast: Cast, service: PushService
) -> None:
    add(world, cast.alice, service.subscribe())
    service.answers = [(429, {"Retry-After": "99999999"})]
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    assert send_waiting(world) == [JobState.FAILED]
    assert job_errors(world) == ["push_too_late"]


@pytest.mark.parametrize("status", [302, 403])
@on_sqlite
def test_what_is_refused_for_good_fails_and_can_be_tried_again_by_hand(
    world: Flask, cast: Cast, service: PushService, status: int
) -> None:
    browser = service.subscribe()
    add(world, cast.alice, browser)
    service.answers = [(status, {"Location": "http://169.254.169.254/"})]
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    assert send_waiting(world) == [JobState.FAILED]
    assert job_errors(world) == ["push_refused"]
    assert rows(world, select(PushDevice.last_error)) == [(status,)]
    [(job_id,)] = rows(world, select(Job.id).where(Job.kind == JobKind.PUSH_SEND))
    with world.app_context():
        retry_job(Actor(cast.alice.user_id), job_id, HANDLERS)
    assert send_waiting(world) == [JobState.DONE]
    assert len(service.messages(browser)) == 2


@on_sqlite
def test_an_address_that_is_not_public_is_not_reached_even_when_it_is_stored(
    world: Flask, cast: Cast, service: PushService
) -> None:
    """SECURITY 83: the check is made when it is sent, whatever was checked before."""
    add(world, cast.alice, service.subscribe())
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    known = world.config["APP"]
    world.config["APP"] = make_settings(known.instance_path, known.database_url)
    assert send_waiting(world) == [JobState.FAILED]
    assert service.received == []
    assert job_errors(world) == ["push_refused"]


def test_a_job_that_dies_after_the_answer_sends_the_same_message_once_more(
    world: Flask, cast: Cast, service: PushService, tmp_path: Path
) -> None:
    browser = service.subscribe()
    add(world, cast.alice, browser)
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    failpoints.arm(f"{Failpoint.PUSH_AFTER_SEND}:1=raise", tmp_path)
    try:
        assert send_waiting(world) == [JobState.QUEUED]
    finally:
        failpoints.arm("", tmp_path)
    assert send_waiting(world) == [JobState.DONE]
    first, second = service.messages(browser)
    assert first == second  # the same tag: the browser shows it in the place of the first
    assert len({each.headers["Topic"] for each in service.received}) == 1
    assert send_waiting(world) == []


@on_sqlite
def test_without_the_key_that_sealed_it_a_message_fails_and_waits_for_the_key(world: Flask, cast: Cast) -> None:
    add(world, cast.alice, Subscriber("https://push.example.org/send"))
    say(world, cast.alice, NoticeKind.FOLLOWERS)
    with world.app_context():
        db.session.execute(update(PushKey).values(private_key="lost:AAAA"))
        db.session.commit()
    assert send_waiting(world) == [JobState.FAILED]
    assert job_errors(world) == ["secret_unreadable"]


def test_the_pair_of_keys_is_made_once_and_sealed(world: Flask) -> None:
    with world.app_context():
        first = push_keys.public_key()
        with transaction() as session:
            push_keys._make(session)  # what a second process does that asked at the same moment
        assert push_keys.public_key() == first
        pair, [row] = push_keys.find_keys(db.session()), db.session.scalars(select(PushKey)).all()
        assert pair is not None
        assert row.private_key is not None
        assert pair.private not in row.private_key


def test_a_browser_is_one_device_of_one_person(world: Flask, cast: Cast) -> None:
    browser = Subscriber("https://push.example.org/send/one")
    first = add(world, cast.alice, browser)
    again = Subscriber(browser.endpoint)
    assert add(world, cast.alice, again) == first
    assert rows(world, select(PushDevice.p256dh)) == [(again.p256dh,)]
    moved = Subscriber("https://push.example.org/send/moved")
    assert add(world, cast.alice, moved, earlier=browser.endpoint) == first
    assert rows(world, select(PushDevice.endpoint)) == [(moved.endpoint,)]
    # Somebody else signs in there: what is theirs must not come to Alice, and hers not to them.
    assert add(world, cast.bob, moved) != first
    assert rows(world, select(PushDevice.user_id)) == [(cast.bob.user_id,)]
    # An address of somebody else's opens nothing of theirs.
    other = Subscriber("https://push.example.org/send/other")
    add(world, cast.alice, other, earlier=moved.endpoint)
    assert rows(world, select(PushDevice.user_id).order_by(PushDevice.id)) == [
        (cast.bob.user_id,),
        (cast.alice.user_id,),
    ]


@on_sqlite
def test_whoever_signs_out_everywhere_else_has_no_device_left(world: Flask, cast: Cast) -> None:
    add(world, cast.alice, Subscriber("https://push.example.org/send/lost"))
    add(world, cast.bob, Subscriber("https://push.example.org/send/bob"))
    with world.app_context():
        end_other_sessions(cast.alice.user_id, None, cast.alice.actor)
    assert rows(world, select(PushDevice.user_id)) == [(cast.bob.user_id,)]


@on_sqlite
def test_what_cannot_be_sent_to_is_refused_before_it_is_kept(world: Flask, cast: Cast) -> None:
    good = Subscriber("https://push.example.org/send")
    for change in ({"endpoint": "https://10.0.0.1/x"}, {"p256dh": "AAAA"}, {"auth": "é"}, {"endpoint": ""}):
        browser = Subscriber(good.endpoint)
        for name, value in change.items():
            setattr(browser, name, value)
        with pytest.raises(Invalid) as refusal:
            add(world, cast.alice, browser)
        assert refusal.value.code is ErrorCode.PUSH_BROWSER_REFUSED
    assert rows(world, select(PushDevice.id)) == []


@on_sqlite
def test_devices_are_the_persons_own_and_not_too_many(world: Flask, cast: Cast) -> None:
    ids = [
        add(world, cast.alice, Subscriber(f"https://push.example.org/{number}"))
        for number in range(push_devices.MAX_PER_USER)
    ]
    with pytest.raises(Invalid) as refusal:
        add(world, cast.alice, Subscriber("https://push.example.org/more"))
    assert refusal.value.code is ErrorCode.PUSH_DEVICES_FULL
    with world.app_context():
        for deed in (push_devices.remove, push_devices.test):
            with pytest.raises(NotFound):
                deed(cast.bob.actor, cast.bob.user_id, ids[0])
        push_devices.remove(cast.alice.actor, cast.alice.user_id, ids[0])
        assert len(push_devices.list_devices(cast.alice.user_id)) == push_devices.MAX_PER_USER - 1


@on_sqlite
def test_a_message_whose_browser_was_forgotten_is_not_tried_again(world: Flask, cast: Cast) -> None:
    public_id = add(world, cast.alice, Subscriber("https://push.example.org/1"))
    with world.app_context():
        push_devices.test(cast.alice.actor, cast.alice.user_id, public_id)
        push_devices.remove(cast.alice.actor, cast.alice.user_id, public_id)
        assert db.session.scalars(select(PushMessage)).all() == []
        job = db.session.scalars(select(Job).where(Job.kind == JobKind.PUSH_SEND)).one()
        with pytest.raises(Conflict):
            push_sending.revive(db.session(), job)
    assert send_waiting(world) == [JobState.DONE]


def test_production_sends_nothing_to_this_machine(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LOOPBACK_DESTINATIONS"):
        make_settings(
            tmp_path, "sqlite:////nowhere", APP_ENV="production", LOOPBACK_DESTINATIONS="on", RATE_LIMITS="on"
        )
