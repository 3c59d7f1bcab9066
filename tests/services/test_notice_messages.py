"""What is told of things that are done, fail or concern one person: to whom, once, and not any longer than needed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from tests import downloads
from tests.factories import Cast, Member, account_scope, export_json, import_done, import_file, many, run_jobs
from tests.ledgers import at, parse_here
from tests.services.test_members import public_id
from tests.services.test_person_export import export_of
from tests.shares import make_share
from webapp.domain.data_exports import ExportContent, ExportForm
from webapp.domain.notifications import Message, NoticeKind, NoticeType
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Paper
from webapp.domain.scope import Role
from webapp.extensions import db
from webapp.models import (
    ImportState,
    JobState,
    Membership,
    Notification,
    NotificationChoice,
    NotificationHours,
    PushDevice,
    PushMessage,
    ReportRun,
    ShareLink,
    User,
)
from webapp.queue import JobKind
from webapp.services import devices, members, shares
from webapp.services.imports import ImportWishes
from webapp.services.jobs import add_job
from webapp.services.members import Place
from webapp.services.notifications import tell
from webapp.services.reports import request_again, request_report
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def told(member: Member, *types: NoticeType) -> list[tuple[NoticeKind, dict[str, Any]]]:
    """Return what a member was told of some types, oldest first."""
    db.session.rollback()
    query = select(Notification).where(Notification.user_id == member.user_id, Notification.type.in_(types))
    return [(row.kind, row.params) for row in db.session.scalars(query.order_by(Notification.id))]


def do(kind: JobKind) -> None:
    with transaction() as session:
        add_job(session, kind)
    assert set(run_jobs()) <= {JobState.DONE}


def test_an_import_is_told_to_whoever_reads_the_account_and_its_trouble_to_who_imported(app: Flask, cast: Cast) -> None:
    with app.app_context():
        content = export_json(many(20), many(10))
        run = import_done(cast.alice, content, "first.json", exported_at=at("2025-02-01"))
        import_done(cast.dana, content, "again.json", exported_at=at("2025-03-01"))
        expected = [(NoticeKind.IMPORT_DONE, {"import": run.public_id, "file": "first.json"})]
        for member in (cast.alice, cast.bob, cast.dana, cast.erin):
            assert told(member, NoticeType.IMPORT) == expected, "a file that is known already is no news"
        assert told(cast.charlie, NoticeType.IMPORT) == []
        [row] = db.session.scalars(select(Notification).where(Notification.user_id == cast.bob.user_id))
        assert (row.team_id, row.account_id) == (cast.alice.team_id, account_scope(cast.alice).account_id)

        later = ImportWishes(commits_itself=True, exported_at=at("2025-03-01"))
        held = import_file(cast.dana, export_json(many(20, "other"), many(10)), "held.json", wishes=later)
        failed = import_file(cast.dana, b"{}", "broken.json")
        assert (held.state, failed.state) == (ImportState.HELD, ImportState.FAILED)
        assert told(cast.dana, NoticeType.IMPORT)[1:] == [
            (NoticeKind.IMPORT_HELD, {"import": held.public_id, "file": "held.json"}),
            (
                NoticeKind.IMPORT_FAILED,
                {"import": failed.public_id, "file": "broken.json", "error": failed.error_code},
            ),
        ]
        assert told(cast.alice, NoticeType.IMPORT) == expected


@on_sqlite
def test_what_somebody_asked_for_is_told_to_them_alone_and_once(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(many(5), many(3)), exported_at=at("2025-02-01"))
        scope = account_scope(cast.dana)
        asked = {"locale": "en", "paper": Paper.A4}
        report = request_report(cast.dana.actor, scope, ReportQuery(), title="A month", **asked)
        download = downloads.ask(cast.dana, scope, ExportContent.FOLLOWERS, ExportForm.CSV)
        run_jobs()
        assert told(cast.dana, NoticeType.REPORT) == [
            (NoticeKind.REPORT_READY, {"report": report, "title": "A month"}),
            (NoticeKind.DOWNLOAD_READY, {"download": download, "content": "followers", "form": "csv"}),
        ]
        assert told(cast.alice, NoticeType.REPORT) == []
        # Drawn anew, as after an erasure, it is no news.
        with transaction() as session:
            run = session.scalars(select(ReportRun)).one()
            run.job_id = add_job(
                session, JobKind.REPORT_MAKE, team_id=scope.team_id, arguments={"report_id": run.id}
            ).id
        run_jobs()
        assert len(told(cast.dana, NoticeType.REPORT)) == 2
        # Whoever may not make one any more learns that nothing came of it.
        refused = request_again(cast.dana.actor, scope, report, keeps_numbers=False, **asked)
        with transaction() as session:
            session.execute(update(Membership).where(Membership.user_id == cast.dana.user_id).values(role=Role.VIEWER))
        run_jobs()
        [failed] = told(cast.dana, NoticeType.REPORT)[2:]
        assert failed[0] is NoticeKind.REPORT_FAILED
        assert failed[1]["report"] == refused


@on_sqlite
def test_a_link_is_told_of_three_days_before_its_end_and_again_with_a_new_end(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(many(5), many(3)), exported_at=at("2025-02-01"))
        made = make_share(cast.alice, title="For the agency", days=30)
        short = make_share(cast.alice, days=2)
        link = db.session.scalars(select(ShareLink).where(ShareLink.public_id == made.public_id)).one()
        end, link_id = link.expires_at, link.id
        assert short.public_id
        with time_machine.travel(end - timedelta(days=3, hours=1), tick=False):
            do(JobKind.NOTICES_WATCH)
            assert told(cast.alice, NoticeType.LINK) == []
        for hours in (60, 59):
            with time_machine.travel(end - timedelta(hours=hours), tick=False):
                do(JobKind.NOTICES_WATCH)
        until = int(end.timestamp())
        values = {"share": made.public_id, "title": "For the agency", "expires_at": until}
        assert told(cast.alice, NoticeType.LINK) == [(NoticeKind.LINK_EXPIRING, values)]
        later = end + timedelta(days=30)
        for is_paused in (True, False):
            with transaction() as session:
                session.execute(
                    update(ShareLink)
                    .where(ShareLink.id == link_id)
                    .values(expires_at=later, paused_at=SUMMER if is_paused else None)
                )
            with time_machine.travel(later - timedelta(days=1), tick=False):
                do(JobKind.NOTICES_WATCH)
            assert len(told(cast.alice, NoticeType.LINK)) == (1 if is_paused else 2)
        with transaction() as session:
            shares.revoke_shares_of(session, cast.alice.team_id, cast.alice.user_id)
            session.execute(update(ShareLink).where(ShareLink.id == link_id).values(expires_at=later + timedelta(1)))
        with time_machine.travel(later, tick=False):
            do(JobKind.NOTICES_WATCH)
        assert len(told(cast.alice, NoticeType.LINK)) == 2


@on_sqlite
def test_a_new_browser_and_another_role_are_told_to_the_person(app: Flask, cast: Cast) -> None:
    with app.app_context():
        for agent in ("first", "second"):
            with transaction() as session:
                user = session.get_one(User, cast.bob.user_id)
                devices.note_device(session, user, replace(cast.bob.actor, user_agent=agent), [], is_trusted=False)
        assert told(cast.bob, NoticeType.SECURITY) == [
            (NoticeKind.NEW_DEVICE, {"browser": "second", "ip": "127.0.0.1"})
        ], "the very first browser is no news"
        for role in (Role.EDITOR, Role.EDITOR, Role.VIEWER):
            members.change_member(cast.alice.scope, public_id(cast.bob), cast.alice.actor, Place(role))
        assert told(cast.bob, NoticeType.SECURITY)[1:] == [
            (NoticeKind.ROLE_CHANGED, {"team": "Alice's team", "role": role}) for role in ("editor", "viewer")
        ]
        assert told(cast.alice, NoticeType.SECURITY) == []


def test_what_was_read_long_ago_is_forgotten_and_what_was_not_stays(app: Flask, cast: Cast) -> None:
    with app.app_context():
        messages = [Message(NoticeKind.NEW_DEVICE, key, {"browser": "", "ip": ""}) for key in ("old", "new", "unread")]
        old, fresh = SUMMER - timedelta(days=181), SUMMER - timedelta(days=179)
        with transaction() as session:
            tell(session, [cast.bob.user_id], messages)
            for key, moment in (("old", old), ("new", fresh)):
                session.execute(update(Notification).where(Notification.key == key).values(read_at=moment))
            session.execute(update(Notification).where(Notification.key == "unread").values(created_at=old))
            session.add(device := a_device(cast.bob.user_id))
            session.flush()
            for name, days in (("long ago", 8), ("lately", 6), ("waiting", None)):
                ended_at = None if days is None else SUMMER - timedelta(days=days)
                session.add(
                    PushMessage(
                        public_id=name, device_id=device.id, notifications=[], created_at=old, ended_at=ended_at
                    )
                )
        with time_machine.travel(SUMMER, tick=False):
            do(JobKind.NOTICES_WATCH)
        assert set(db.session.scalars(select(Notification.key))) == {"new", "unread"}
        assert set(db.session.scalars(select(PushMessage.public_id))) == {"lately", "waiting"}


def a_device(user_id: int) -> PushDevice:
    return PushDevice(
        user_id=user_id,
        endpoint="https://push.example/secret-address",
        endpoint_hash="0" * 64,
        p256dh="secret-point",
        auth="secret-auth",
        locale="en",
        user_agent="Firefox",
        created_at=SUMMER,
    )


@on_sqlite
def test_people_take_what_they_were_told_with_them_and_no_name_that_they_may_not_see(app: Flask, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(many(5), many(3)), exported_at=at("2025-02-01"))
        scope = account_scope(cast.alice)
        people = [cast.alice.user_id, cast.erin.user_id, cast.bob.user_id]
        place = {"team_id": scope.team_id, "account_id": scope.account_id}
        mutual = Message(NoticeKind.NEW_MUTUAL, "one", {"person": "ada.harbour", "day": "2025-02-01"}, **place)
        with transaction() as session:
            tell(session, people, [mutual])
            for user_id in people[:2]:
                session.add(
                    NotificationChoice(user_id=user_id, type=NoticeType.GOAL, channel="mail", frequency="daily")
                )
                session.add(NotificationHours(user_id=user_id, timezone="Europe/Paris", quiet_from=1320))
            session.add(a_device(cast.erin.user_id))
            # Bob sees no account any more.
            session.execute(
                update(Membership).where(Membership.user_id == cast.bob.user_id).values(sees_all_accounts=False)
            )
        alice, erin, bob = (export_of(member) for member in (cast.alice, cast.erin, cast.bob))
        assert [row["kind"] for row in alice["notifications.json"]] == ["import_done", "new_mutual"]
        assert alice["notifications.json"][1]["params"] == mutual.params
        assert alice["channels.json"][0]["frequency"] == "daily"
        assert alice["quiet_hours.json"][0]["quiet_from"] == 1320
        assert not [name for name in alice if name.rpartition("/")[2] in ("notification.json", "notice.json")]
        assert [row["kind"] for row in erin["notifications.json"]] == ["import_done", "new_mutual"]
        assert erin["notifications.json"][1]["params"] is None
        assert [row["user_agent"] for row in erin["devices.json"]] == ["Firefox"]
        assert "notifications.json" not in bob
        said = json.dumps({name: text for name, text in erin.items() if name != "README.txt"})
        for secret in ("ada.harbour", "secret-address", "secret-point", "secret-auth"):
            assert secret not in said
