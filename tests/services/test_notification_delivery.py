"""Notifications that are handed over: grouped in one mail, once, to who may still know, and not at night."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests.factories import Cast, Member, account_scope, mail_text, run_jobs, sent_mails
from tests.notices import PARAMS
from webapp.domain import failpoints
from webapp.domain.failpoints import Failpoint, FailpointReached
from webapp.domain.notifications import Channel, Frequency, Hours, Message, NoticeKind, NoticeType
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import (
    Account,
    AuditEvent,
    Job,
    JobState,
    Membership,
    Notification,
    PushDevice,
    PushMessage,
    Team,
    User,
)
from webapp.queue import JobKind
from webapp.renderers import notification_mail
from webapp.services import members, notification_choices
from webapp.services.account_transfer import transfer_account
from webapp.services.accounts import create_account
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import add_job, run_job
from webapp.services.lease import Lease
from webapp.services.notification_choices import Cell
from webapp.services.notifications import tell
from webapp.services.teams import create_team
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MAIL_AT_ONCE: dict[Cell, Frequency] = {
    (kind, Channel.MAIL): Frequency.AT_ONCE for kind in NoticeType if kind is not NoticeType.SECURITY
}
SITE = "http://127.0.0.1:5000"


@pytest.fixture
def mailed(app: Flask, cast: Cast) -> Flask:
    """An account of Alice's team, of which Alice wants everything by mail, at once."""
    with app.app_context():
        create_account(cast.alice.scope, Platform.TIKTOK, "demo.maker", "UTC", cast.alice.actor)
        notification_choices.set_choices(cast.alice.user_id, cast.alice.actor, MAIL_AT_ONCE)
        db.session.remove()
    return app


def say(app: Flask, member: Member, *kinds: NoticeKind, **params: object) -> None:
    """Tell somebody of kinds, each about Alice's account and with a key that nothing else has."""
    with app.app_context():
        account_id = account_scope(member).account_id
        with transaction() as session:
            first = (session.scalar(select(func.max(Notification.id))) or 0) + 1
            tell(
                session,
                [member.user_id],
                [
                    Message(kind, f"key-{number}", {**PARAMS[kind], **params}, member.team_id, account_id)
                    for number, kind in enumerate(kinds, first)
                ],
            )
        db.session.remove()


def mails(app: Flask) -> list[EmailMessage]:
    """Do every queued job and return the mails of notifications, the oldest first."""
    return [mail for mail in sent_mails(app) if str(mail["List-Id"]).partition("<")[2].startswith("notifications.")]


def due(app: Flask) -> list[tuple[int | None, int | None]]:
    """Return when each notification is due by mail and by push."""
    with app.app_context():
        rows = db.session.execute(
            select(Notification.mail_due_at, Notification.push_due_at).order_by(Notification.id)
        ).all()
        db.session.remove()
    return [(row.mail_due_at, row.push_due_at) for row in rows]


def let_be_due(app: Flask, **changes: object) -> None:
    """Let every mail be due, with the job that sends it; ``changes`` are other values of the rows."""
    with app.app_context():
        db.session.execute(update(Notification).values(mail_due_at=1, **changes))
        db.session.commit()
        with transaction() as session:
            add_job(session, JobKind.NOTICES_DELIVER)
        db.session.remove()


def add_device(app: Flask, member: Member) -> None:
    """Give somebody a browser that takes push messages."""
    with app.app_context():
        values: Mapping[str, str] = {"endpoint": "https://push.example/1", "endpoint_hash": "0" * 64, "p256dh": "p"}
        with transaction() as session:
            session.add(
                PushDevice(
                    **values,
                    user_id=member.user_id,
                    auth=None,
                    locale="en",
                    user_agent="tests",
                    created_at=datetime.now(UTC),
                )
            )
        db.session.remove()


def pushed(app: Flask) -> list[int]:
    """Return of how many notifications each push message tells; they are not sent."""
    with app.app_context():
        [job_id] = db.session.scalars(
            select(Job.id).where(Job.kind == JobKind.NOTICES_DELIVER, Job.state == JobState.QUEUED)
        ).all()
        assert run_job(job_id, HANDLERS) is JobState.DONE
        sizes = [len(message.notifications) for message in db.session.scalars(select(PushMessage))]
        db.session.execute(delete(PushMessage))
        db.session.execute(delete(Job))
        db.session.commit()
        db.session.remove()
    return sizes


def test_several_pieces_of_news_are_one_mail_and_come_once(mailed: Flask, cast: Cast) -> None:
    say(mailed, cast.alice, *[NoticeKind.POST_LIKES] * 3, NoticeKind.FOLLOWERS, NoticeKind.GOAL_MET)
    [mail] = mails(mailed)
    assert mail["To"] == "alice@example.org"
    assert mail["Subject"] == "@demo.maker: 5 notifications"
    text = mail_text(mail)
    assert "- 3 posts reached 10,000 likes" in text
    assert "- 10,000 followers reached" in text
    assert text.count("- ") >= 3
    assert re.search(rf"{SITE}/content/posts\?account=[0-9a-f]{{20}}", text)
    assert f"Open notifications: \n{SITE}/notifications" in text or f"Open notifications:\n{SITE}/notifications" in text
    assert f"{SITE}/notifications/choices" in text
    assert re.fullmatch(rf"<{SITE}/notifications/stop/[0-9a-f]{{20}}[\w-]{{22}}>", mail["List-Unsubscribe"])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = mail.get_body(("html",))
    assert html is not None
    assert "3 posts reached 10,000 likes" in html.get_content()
    assert due(mailed) == [(None, None)] * 5
    # Whatever runs again finds nothing more to send.
    with mailed.app_context(), transaction() as session:
        add_job(session, JobKind.NOTICES_DELIVER)
    assert len(mails(mailed)) == 1


@on_sqlite
def test_one_piece_of_news_is_the_subject_in_the_language_of_its_reader(mailed: Flask, cast: Cast) -> None:
    say(mailed, cast.alice, NoticeKind.FOLLOWERS)
    [mail] = mails(mailed)
    assert mail["Subject"] == "@demo.maker: 10,000 followers reached"
    with mailed.app_context():
        db.session.execute(update(User).values(locale="fr"))
        db.session.commit()
    say(mailed, cast.alice, NoticeKind.FOLLOWERS)
    html = mails(mailed)[1].get_body(("html",))
    assert html is not None
    assert '<html lang="fr">' in html.get_content()


def test_what_is_collected_waits_and_comes_together(mailed: Flask, cast: Cast) -> None:
    daily = dict.fromkeys(MAIL_AT_ONCE, Frequency.DAILY)
    with mailed.app_context():
        notification_choices.set_choices(cast.alice.user_id, cast.alice.actor, daily)
        now = int(datetime.now(UTC).timestamp())
    say(mailed, cast.alice, NoticeKind.FOLLOWERS)
    say(mailed, cast.alice, NoticeKind.GOAL_MISSED)
    assert mails(mailed) == []
    [(first, _), (second, _)] = due(mailed)
    assert first == second
    assert first is not None
    assert now < first <= now + 86_400
    assert first % 86_400 == 8 * 3600
    let_be_due(mailed)
    [mail] = mails(mailed)
    assert "10,000 followers reached" in mail_text(mail)
    assert "Goal missed" in mail_text(mail)


@pytest.mark.parametrize("loss", ["removed", "narrowed", "disabled", "unverified", "read", "withdrawn", "deleting"])
@on_sqlite
def test_whoever_may_not_know_any_more_gets_nothing(mailed: Flask, cast: Cast, loss: str) -> None:
    """SECURITY 35, 40."""
    bob = cast.bob.user_id
    with mailed.app_context():
        daily = dict.fromkeys(MAIL_AT_ONCE, Frequency.DAILY)
        notification_choices.set_choices(bob, cast.bob.actor, daily)
        db.session.remove()
    say(mailed, cast.bob, NoticeKind.FOLLOWERS, NoticeKind.POST_LIKES)
    with mailed.app_context():
        if loss == "removed":
            db.session.execute(delete(Membership).where(Membership.user_id == bob))
        elif loss == "narrowed":
            db.session.execute(update(Membership).where(Membership.user_id == bob).values(sees_all_accounts=False))
        elif loss == "disabled":
            db.session.execute(update(User).where(User.id == bob).values(is_disabled=True))
        elif loss == "unverified":
            db.session.execute(update(User).where(User.id == bob).values(verified_at=None))
        elif loss == "deleting":
            db.session.execute(update(Team).values(deletes_at=datetime.now(UTC)))
        db.session.commit()
    withheld: dict[str, dict[str, object]] = {
        "read": {"read_at": datetime.now(UTC)},
        "withdrawn": {"is_withdrawn": True},
    }
    let_be_due(mailed, **withheld.get(loss, {}))
    assert mails(mailed) == []
    assert due(mailed) == [(None, None)] * 2


@on_sqlite
def test_a_member_who_leaves_keeps_nothing_of_the_team(mailed: Flask, cast: Cast) -> None:
    say(mailed, cast.bob, NoticeKind.FOLLOWERS)
    with mailed.app_context():
        with transaction() as session:
            tell(session, [cast.bob.user_id], [Message(NoticeKind.NEW_DEVICE, "d", PARAMS[NoticeKind.NEW_DEVICE])])
        public_id = db.session.scalar(select(User.public_id).where(User.id == cast.bob.user_id))
        members.remove_member(cast.alice.scope, str(public_id), cast.alice.actor)
        kept = db.session.scalars(select(Notification.kind).where(Notification.user_id == cast.bob.user_id)).all()
        assert kept == [NoticeKind.NEW_DEVICE]


@on_sqlite
def test_an_account_of_another_team_leaves_nothing_in_the_first(mailed: Flask, cast: Cast) -> None:
    """SECURITY 35."""
    say(mailed, cast.bob, NoticeKind.FOLLOWERS)
    with mailed.app_context():
        create_team(cast.alice.user_id, "Another", None, cast.alice.actor)
        team = db.session.scalars(select(Team.public_id).where(Team.name == "Another")).one()
        account = db.session.scalars(select(Account.public_id)).one()
        transfer_account(cast.alice.scope, account, team, cast.alice.actor)
        assert db.session.scalars(select(Notification)).all() == []


@on_sqlite
def test_a_mail_names_nobody_of_the_lists(mailed: Flask, cast: Cast) -> None:
    say(mailed, cast.alice, NoticeKind.NEW_MUTUAL, person="person00001")
    say(mailed, cast.alice, NoticeKind.NEW_MUTUAL, person="person00002")
    written = [mail.as_string() for mail in mails(mailed)]
    assert written
    assert "person0000" not in "".join(written)


def test_quiet_hours_that_begin_meanwhile_hold(mailed: Flask, cast: Cast) -> None:
    add_device(mailed, cast.alice)
    say(mailed, cast.alice, NoticeKind.FOLLOWERS)
    with mailed.app_context():
        with transaction() as session:
            tell(session, [cast.alice.user_id], [Message(NoticeKind.NEW_DEVICE, "d", PARAMS[NoticeKind.NEW_DEVICE])])
        local = datetime.now(UTC)
        now, minute = int(local.timestamp()), local.hour * 60 + local.minute
        quiet = Hours("UTC", (minute - 60) % 1440, (minute + 60) % 1440)
        db.session.remove()
        notification_choices.set_hours(cast.alice.user_id, cast.alice.actor, quiet)
        db.session.execute(delete(Job))
        db.session.commit()
        with transaction() as session:
            add_job(session, JobKind.NOTICES_DELIVER)
        db.session.remove()
    # What is about her own safety goes to her device in any case.
    assert pushed(mailed) == [1]
    [(mail_at, push_at), (_, security_at)] = due(mailed)
    assert security_at is None
    assert mail_at == push_at
    assert mail_at is not None
    assert now < mail_at <= now + 3660
    assert mails(mailed) == []
    with mailed.app_context():
        notification_choices.set_hours(cast.alice.user_id, cast.alice.actor, Hours("UTC"))
        db.session.remove()
    # Once she wants no quiet any more, it is due at once.
    again = due(mailed)[0][0]
    assert again is not None
    assert again < mail_at - 3000


@on_sqlite
def test_devices_get_a_message_for_each_group_or_one_of_many(mailed: Flask, cast: Cast) -> None:
    add_device(mailed, cast.alice)
    say(mailed, cast.alice, *[NoticeKind.POST_LIKES] * 4, NoticeKind.FOLLOWERS)
    assert sorted(pushed(mailed)) == [1, 4]
    different = [NoticeKind.FOLLOWERS, NoticeKind.GOAL_MET, NoticeKind.IMPORT_DONE, NoticeKind.REPORT_READY]
    say(mailed, cast.alice, *different)
    assert pushed(mailed) == [4]


@on_sqlite
def test_of_very_many_the_newest_are_in_the_mail(mailed: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification_mail, "MAX_ENTRIES", 2)
    say(mailed, cast.alice, NoticeKind.FOLLOWERS, NoticeKind.ACCOUNT_VIEWS, NoticeKind.ACCOUNT_LIKES)
    text = mail_text(mails(mailed)[0])
    assert "followers reached" not in text
    assert "All posts together reached 10,000 likes" in text
    assert "1 older one is in the app." in text


@pytest.mark.parametrize("point", [Failpoint.DELIVER_BEFORE_COMMIT, Failpoint.DELIVER_AFTER_COMMIT])
def test_a_job_that_dies_sends_neither_twice_nor_never(
    mailed: Flask, cast: Cast, point: Failpoint, tmp_path: Path
) -> None:
    say(mailed, cast.alice, NoticeKind.FOLLOWERS, NoticeKind.GOAL_MET)
    failpoints.arm(f"{point}:1=raise", tmp_path)
    try:
        with mailed.app_context():
            job_id = db.session.scalars(select(Job.id).where(Job.kind == JobKind.NOTICES_DELIVER)).all()[-1]
            lease = Lease(job_id, 0, 60, {}, None, JobKind.NOTICES_DELIVER)
            db.session.execute(update(Job).where(Job.id == job_id).values(state=JobState.RUNNING, fence=0))
            db.session.commit()
            with pytest.raises(FailpointReached):
                HANDLERS[JobKind.NOTICES_DELIVER].run(lease)
            db.session.rollback()
            db.session.execute(update(Job).where(Job.id == job_id).values(state=JobState.QUEUED))
            db.session.commit()
            db.session.remove()
    finally:
        failpoints.arm("", tmp_path)
    assert len(mails(mailed)) == 1


@on_sqlite
def test_what_cannot_be_told_one_keeps_nobody_else_waiting(mailed: Flask, cast: Cast) -> None:
    with mailed.app_context():
        notification_choices.set_choices(cast.dana.user_id, cast.dana.actor, MAIL_AT_ONCE)
        db.session.remove()
    say(mailed, cast.alice, NoticeKind.FOLLOWERS, threshold="many")
    say(mailed, cast.dana, NoticeKind.FOLLOWERS)
    with mailed.app_context():
        is_delivery = Job.kind == JobKind.NOTICES_DELIVER
        job_id = db.session.scalars(select(Job.id).where(is_delivery).order_by(Job.created_at)).all()[-1]
        # It stays a failure, to be looked at.
        assert run_job(job_id, HANDLERS) is JobState.QUEUED
        db.session.execute(delete(Job).where(is_delivery))
        db.session.commit()
        db.session.remove()
    assert [mail["To"] for mail in mails(mailed)] == ["dana@example.org"]


@on_sqlite
def test_choices_hold_for_what_waits_and_are_in_the_record(mailed: Flask, cast: Cast) -> None:
    alice, actor = cast.alice.user_id, cast.alice.actor
    cell = (NoticeType.FOLLOWER_MILESTONE, Channel.MAIL)
    with mailed.app_context():
        notification_choices.set_choices(alice, actor, {cell: Frequency.WEEKLY})
        db.session.remove()
    say(mailed, cast.alice, NoticeKind.FOLLOWERS)
    [(weekly, _)] = due(mailed)
    with mailed.app_context():
        assert notification_choices.set_choices(alice, actor, {cell: Frequency.DAILY}) == 1
        # What is as it was changes nothing, and is nothing for the record.
        assert notification_choices.set_choices(alice, actor, {cell: Frequency.DAILY}) == 0
        details = [event.detail for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
        assert details[-1] == {
            "before": {"follower_milestone-mail": "weekly"},
            "after": {"follower_milestone-mail": "daily"},
        }
        db.session.remove()
    [(daily, _)] = due(mailed)
    assert daily is not None
    assert weekly is not None
    assert daily <= weekly
    with mailed.app_context():
        notification_choices.set_choices(alice, actor, {cell: Frequency.OFF})
        db.session.remove()
    assert due(mailed) == [(None, None)]


def test_run_jobs_leave_nothing_due(mailed: Flask, cast: Cast) -> None:
    """The plan of every five minutes finds what no job was queued for."""
    say(mailed, cast.alice, NoticeKind.FOLLOWERS)
    with mailed.app_context():
        db.session.execute(delete(Job))
        db.session.commit()
        assert run_jobs() == []
        with transaction() as session:
            add_job(session, JobKind.NOTICES_DELIVER)
        db.session.remove()
    assert len(mails(mailed)) == 1
