"""Digests: sent once and only with news, to those who may see what they tell."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import delete, select, update

from tests.digests import (
    DAY,
    MONTHLY,
    PARIS,
    WEEKLY,
    bring_another,
    bring_two,
    come_due,
    digests_sent,
    let_be_due,
    outcomes,
    subscribe,
)
from tests.factories import Cast, mail_text, run_jobs
from webapp.domain import failpoints
from webapp.domain.digests import DigestKind, DigestOutcome, latest_slot, next_slot
from webapp.domain.failpoints import Failpoint
from webapp.extensions import db
from webapp.models import (
    Account,
    DigestSlot,
    DigestSubscription,
    Export,
    Job,
    JobState,
    Mail,
    Membership,
    User,
)
from webapp.queue import JobKind
from webapp.services import digest_sending
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import add_job, retry_job, run_job
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lists(app: Flask, cast: Cast) -> Flask:
    """Alice's account with two lists, of a week ago and of yesterday."""
    bring_two(app, cast)
    return app


def test_a_week_with_news_is_told_once_and_a_quiet_one_reminds_once(lists: Flask, cast: Cast) -> None:
    subscribe(lists, cast.alice)
    come_due(lists)
    [mail] = digests_sent(lists)
    assert mail["To"] == "alice@example.org"
    text = mail_text(mail)
    assert "Followers: 32" in text
    assert "Gained: 6" in text
    assert "No longer follow you: 4" in text
    assert "Été à Marseille 🏖️ · 30 likes" in text
    assert "What to do next" in text
    come_due(lists)
    assert outcomes(lists) == [DigestOutcome.TOLD]
    come_due(lists, weeks=1)
    come_due(lists, weeks=1)
    come_due(lists, weeks=1)
    assert outcomes(lists) == [
        DigestOutcome.TOLD,
        DigestOutcome.REMINDED,
        DigestOutcome.SILENT,
        DigestOutcome.SILENT,
    ]
    assert len(digests_sent(lists)) == 2
    assert "nothing new" in digests_sent(lists)[1]["Subject"]
    with lists.app_context():
        bring_another(cast)
    come_due(lists, weeks=1)
    assert outcomes(lists)[-1] is DigestOutcome.TOLD
    with lists.app_context():
        row = db.session.scalars(select(DigestSubscription)).one()
        assert (row.quiet_since, row.reminded_at) == (None, None)


@on_sqlite
def test_no_reminder_goes_to_who_cannot_import_or_wants_none(lists: Flask, cast: Cast) -> None:
    subscribe(lists, cast.bob)
    come_due(lists)
    come_due(lists, weeks=1)
    assert outcomes(lists) == [DigestOutcome.TOLD, DigestOutcome.SILENT]
    with lists.app_context():
        db.session.execute(update(Membership).values(role="admin"))
        db.session.execute(update(Account).values(reminder_days=0))
        db.session.commit()
    come_due(lists, weeks=1)
    assert outcomes(lists)[-1] is DigestOutcome.SILENT
    with lists.app_context():
        later = datetime.now(UTC) + timedelta(days=1)
        db.session.execute(update(Account).values(reminder_days=30, reminder_snoozed_until=later))
        db.session.commit()
    come_due(lists, weeks=1)
    assert outcomes(lists)[-1] is DigestOutcome.SILENT
    with lists.app_context():
        db.session.execute(update(Account).values(reminder_snoozed_until=None))
        db.session.commit()
    come_due(lists, weeks=1)
    assert outcomes(lists)[-1] is DigestOutcome.REMINDED


def test_a_month_comes_with_its_report(lists: Flask, cast: Cast) -> None:
    subscribe(lists, cast.alice, MONTHLY)
    with lists.app_context():
        # Of the month before there are data in any case.
        bring_another(cast)
    come_due(lists)
    [mail] = digests_sent(lists)
    [part] = list(mail.iter_attachments())
    assert part.get_content_type() == "application/pdf"
    assert part.get_content()[:5] == b"%PDF-"
    assert part.get_filename() is not None
    assert "attached as a PDF" in mail_text(mail)
    with lists.app_context():
        assert db.session.scalars(select(Mail.attachment).where(Mail.kind == "digest_monthly")).all() == [None]
        folder = lists.config["APP"].instance_path / "mail_files"
        assert list(folder.iterdir()) == []


def test_of_missed_slots_the_latest_alone_is_sent(lists: Flask, cast: Cast) -> None:
    """SECURITY 90."""
    subscribe(lists, cast.alice)
    with lists.app_context():
        long_ago = latest_slot(DigestKind.WEEKLY, int(datetime.now(UTC).timestamp()) - 40 * DAY, PARIS)
        db.session.execute(update(DigestSubscription).values(next_at=long_ago))
        db.session.commit()
        with transaction() as session:
            add_job(session, JobKind.DIGESTS_PLAN)
            add_job(session, JobKind.DIGESTS_PLAN)
        run_jobs()
        now = int(datetime.now(UTC).timestamp())
        assert db.session.scalars(select(DigestSlot.planned_at)).all() == [latest_slot(DigestKind.WEEKLY, now, PARIS)]
        assert db.session.scalars(select(DigestSubscription.next_at)).one() == next_slot(DigestKind.WEEKLY, now, PARIS)
    assert len(digests_sent(lists)) == 1


@on_sqlite
def test_a_digest_that_waited_too_long_gives_way_to_the_next(lists: Flask, cast: Cast) -> None:
    subscribe(lists, cast.alice)
    with lists.app_context():
        subscription = db.session.scalars(select(DigestSubscription)).one()
        now, subscription_id = int(datetime.now(UTC).timestamp()), subscription.id
        with transaction() as session:
            slots = [
                DigestSlot(
                    subscription_id=subscription_id, planned_at=now - week * 7 * DAY, created_at=datetime.now(UTC)
                )
                for week in (1, 0)
            ]
            session.add_all(slots)
            session.flush()
            for slot in slots:
                arguments = {"slot_id": slot.id, "subscription_id": subscription_id}
                add_job(session, JobKind.DIGEST_SEND, arguments=arguments)
        run_jobs()
    assert outcomes(lists) == [DigestOutcome.MISSED, DigestOutcome.TOLD]
    assert len(digests_sent(lists)) == 1


@on_sqlite
def test_a_job_that_runs_twice_sends_once(lists: Flask, cast: Cast) -> None:
    subscribe(lists, cast.alice)
    come_due(lists)
    with lists.app_context():
        db.session.execute(update(Job).where(Job.kind == JobKind.DIGEST_SEND).values(state=JobState.QUEUED))
        db.session.commit()
        run_jobs()
    assert len(digests_sent(lists)) == 1


@on_sqlite
@pytest.mark.parametrize("loss", ["removed", "disabled", "unverified", "narrowed"])
def test_whoever_may_not_see_the_account_gets_nothing(lists: Flask, cast: Cast, loss: str) -> None:
    """SECURITY 14, 35, 40."""
    subscribe(lists, cast.bob)
    with lists.app_context():
        bob = cast.bob.user_id
        if loss == "removed":
            db.session.execute(delete(Membership).where(Membership.user_id == bob))
        elif loss == "narrowed":
            db.session.execute(update(Membership).where(Membership.user_id == bob).values(sees_all_accounts=False))
        else:
            change = {"is_disabled": True} if loss == "disabled" else {"verified_at": None}
            db.session.execute(update(User).where(User.id == bob).values(**change))
        db.session.commit()
    come_due(lists)
    assert outcomes(lists) == [DigestOutcome.REFUSED]
    assert digests_sent(lists) == []


@on_sqlite
def test_a_digest_names_nobody_on_the_lists(lists: Flask, cast: Cast) -> None:
    """SECURITY 32, 97: what was mailed cannot be called back when somebody asks to be erased."""
    for member in (cast.alice, cast.erin):
        subscribe(lists, member, MONTHLY)
    come_due(lists)
    mails = digests_sent(lists)
    assert len(mails) == 2
    for mail in mails:
        [part] = list(mail.iter_attachments())
        told = mail_text(mail) + "".join(page.extract_text() for page in PdfReader(BytesIO(part.get_content())).pages)
        assert "Followers" in told
        assert re.findall(r"person0\d+|new0\d+|brand0\d+", told) == []


@on_sqlite
def test_two_digests_of_one_reader_ask_for_an_export_once(lists: Flask, cast: Cast) -> None:
    for wish in (WEEKLY, MONTHLY):
        subscribe(lists, cast.alice, wish)
    with lists.app_context():
        # Nobody knows anything of the last month.
        db.session.execute(update(DigestSubscription).values(told_until=int(datetime.now(UTC).timestamp())))
        db.session.execute(update(Export).values(exported_at=Export.exported_at - 70 * DAY))
        db.session.commit()
    come_due(lists)
    come_due(lists, weeks=1)
    assert sorted(map(str, outcomes(lists))) == ["reminded", "silent", "silent", "silent"]
    with lists.app_context():
        bring_another(cast)
    come_due(lists, weeks=1)
    with lists.app_context():
        assert db.session.scalars(select(DigestSubscription.reminded_at)).all() == [None, None]


@on_sqlite
@pytest.mark.parametrize(
    "point", [Failpoint.DIGESTS_PLAN_MID, Failpoint.DIGEST_BEFORE_COMMIT, Failpoint.DIGEST_AFTER_COMMIT]
)
def test_a_job_that_breaks_off_sends_nothing_and_its_next_try_one(
    point: Failpoint, lists: Flask, cast: Cast, tmp_path: Path
) -> None:
    """SECURITY 86."""
    subscribe(lists, cast.alice, MONTHLY)
    failpoints.arm(f"{point.value}:1=raise", tmp_path / "fail")
    try:
        with lists.app_context():
            let_be_due()
            for kind in (JobKind.DIGESTS_PLAN, JobKind.DIGEST_SEND):
                for job_id in db.session.scalars(select(Job.id).where(Job.kind == kind)).all():
                    run_job(job_id, HANDLERS)
            mails = db.session.scalars(select(Mail.state)).all()
            assert len(mails) == (1 if point is Failpoint.DIGEST_AFTER_COMMIT else 0)
            db.session.execute(update(Job).values(run_at=0))
            db.session.commit()
    finally:
        failpoints.arm("", tmp_path)
    [mail] = digests_sent(lists)
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]
    assert outcomes(lists) == [DigestOutcome.TOLD]


@on_sqlite
def test_a_digest_that_cannot_be_written_says_so_and_can_be_tried_again(lists: Flask, cast: Cast) -> None:
    subscribe(lists, cast.alice, MONTHLY)
    with lists.app_context():
        let_be_due()
        plan_id = db.session.scalars(select(Job.id).where(Job.kind == JobKind.DIGESTS_PLAN)).one()
        run_job(plan_id, HANDLERS)
        job = db.session.scalars(select(Job).where(Job.kind == JobKind.DIGEST_SEND)).one()
        with transaction() as session:
            found = session.get_one(Job, job.id)
            found.state = JobState.FAILED
            digest_sending.ended(session, found)
        assert outcomes(lists) == [DigestOutcome.FAILED]
        job_id = db.session.scalars(select(Job.id).where(Job.kind == JobKind.DIGEST_SEND)).one()
        retry_job(cast.alice.actor, job_id, HANDLERS)
    assert len(digests_sent(lists)) == 1
    assert outcomes(lists) == [DigestOutcome.TOLD]
