"""Send digests: each planned one becomes one mail, or the reason why not, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from webapp.domain.digests import DigestOutcome, latest_slot, next_slot
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.reports import Paper, Report
from webapp.extensions import db
from webapp.models import Account, AuditAction, DigestSlot, DigestSubscription, Job, User, database_now
from webapp.queue import JobKind
from webapp.renderers.report_pdf import write_report_pdf
from webapp.services import mail_files
from webapp.services.audit import Actor, record
from webapp.services.digest_letters import (
    DigestReader,
    Letter,
    find_news,
    find_reader,
    may_remind,
    write_letter,
    write_reminder,
)
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.mail_files import MAIL_FILES
from webapp.services.mails import Attachment, queue_mailing
from webapp.services.report_images import images_of
from webapp.services.transaction import after_commit, transaction

_SLOT: Final = "slot_id"
_SUBSCRIPTION: Final = "subscription_id"


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is to become of a digest, and the letter where one is sent."""

    outcome: DigestOutcome
    letter: Letter | None = None


def plan(lease: Lease) -> None:
    """Queue every digest that is due; of those that were missed while nothing ran the latest one alone."""
    now = db.session.scalar(select(database_now())) or 0
    due = select(DigestSubscription.id).where(
        DigestSubscription.next_at <= now,
        DigestSubscription.confirmed_at.is_not(None),
        DigestSubscription.unsubscribed_at.is_(None),
    )
    for subscription_id in db.session.scalars(due.order_by(DigestSubscription.next_at, DigestSubscription.id)).all():
        with transaction() as session:
            lease.hold(session)
            _plan_one(session, subscription_id, now)
    with transaction() as session:
        lease.finish(session)


def send(lease: Lease) -> None:
    """Write one digest and queue its mail; done once for a planned one, however often the job runs."""
    row = db.session.get(DigestSubscription, lease.arguments[_SUBSCRIPTION])
    if row is None or not _is_open(db.session(), lease):
        _finish(lease)
        return
    decision = _decide(lease, row)
    with transaction() as session:
        # Read again: it may have been ended while it was written, or whoever gets it may see the account no more.
        found = session.get(DigestSubscription, lease.arguments[_SUBSCRIPTION], with_for_update=True)
        if found is not None and find_reader(session, found, lease.arguments.get("user_id")) is None:
            MAIL_FILES.discard(_file_of(lease.job_id))
            decision = _Decision(DigestOutcome.REFUSED)
        if found is not None and found.unsubscribed_at is None and _settle(session, lease, decision.outcome):
            _post(session, lease, found, decision)
        elif decision.letter is not None:
            after_commit(session, lambda: MAIL_FILES.discard(_file_of(lease.job_id)))
        lease.finish(session)
        reach(Failpoint.DIGEST_BEFORE_COMMIT)
    reach(Failpoint.DIGEST_AFTER_COMMIT)


def ended(session: Session, job: Job) -> None:
    """Note in the transaction that ends a job that its digest was not sent."""
    _note(session, job.arguments, DigestOutcome.FAILED)
    after_commit(session, lambda: MAIL_FILES.discard(_file_of(job.id)))


def revive(session: Session, job: Job) -> None:
    """Open a digest again that is to be tried once more."""
    slot_id = job.arguments.get(_SLOT)
    session.execute(
        update(DigestSlot)
        .where(DigestSlot.id == slot_id, DigestSlot.outcome == DigestOutcome.FAILED)
        .values(outcome=None, ended_at=None)
    )


def _plan_one(session: Session, subscription_id: int, now: int) -> None:
    row = session.get(DigestSubscription, subscription_id, with_for_update=True, populate_existing=True)
    if row is None or row.next_at > now:
        return  # another scheduler was quicker
    planned_at = latest_slot(row.kind, now, row.timezone)
    row.next_at = next_slot(row.kind, now, row.timezone)
    is_there = select(DigestSlot.id).where(DigestSlot.subscription_id == row.id, DigestSlot.planned_at == planned_at)
    if session.scalar(is_there) is not None:
        return  # the zone was changed since, or a clock was set back
    slot = DigestSlot(subscription_id=row.id, planned_at=planned_at, created_at=datetime.now(UTC))
    session.add(slot)
    session.flush()
    reach(Failpoint.DIGESTS_PLAN_MID)
    team_id = session.scalar(select(Account.team_id).where(Account.id == row.account_id))
    arguments = {_SLOT: slot.id, _SUBSCRIPTION: row.id}
    add_job(session, JobKind.DIGEST_SEND, team_id=team_id, arguments=arguments)


def _is_open(session: Session, lease: Lease) -> bool:
    """Return whether nothing has become of a planned digest yet; a copy is always open."""
    slot_id = lease.arguments.get(_SLOT)
    if slot_id is None:
        return True
    query = select(DigestSlot.id).where(DigestSlot.id == slot_id, DigestSlot.outcome.is_(None))
    return session.scalar(query) is not None


def _decide(lease: Lease, row: DigestSubscription) -> _Decision:
    session, user_id = db.session(), lease.arguments.get("user_id")
    now = session.scalar(select(database_now())) or 0
    planned_at = _planned_at(session, lease) or latest_slot(row.kind, now, row.timezone)
    if user_id is None and _has_later(session, row, planned_at):
        return _Decision(DigestOutcome.MISSED)
    reader = find_reader(session, row, user_id)
    if reader is None or _address(session, row, user_id) is None:
        return _Decision(DigestOutcome.REFUSED)
    matter = find_news(reader, planned_at)
    if matter.is_news or (user_id is not None and matter.until is not None):
        letter = write_letter(reader, matter, now)
        if letter.report is not None:
            mail_files.keep(_file_of(lease.job_id), _draw(reader, letter.report))
        return _Decision(DigestOutcome.TOLD, letter)
    if user_id is not None or (may_remind(reader, now) and not _was_reminded(session, row)):
        return _Decision(DigestOutcome.REMINDED, write_reminder(reader, matter))
    return _Decision(DigestOutcome.SILENT)


def _draw(reader: DigestReader, report: Report) -> bytes:
    return write_report_pdf(report, reader.locale, Paper.A4, images=images_of(report)).content


def _settle(session: Session, lease: Lease, outcome: DigestOutcome) -> bool:
    """Note what became of the digest; of two who do one succeeds. A copy has nothing to be noted."""
    return lease.arguments.get(_SLOT) is None or _note(session, lease.arguments, outcome)


def _note(session: Session, arguments: dict[str, object], outcome: DigestOutcome) -> bool:
    noted = session.scalars(
        update(DigestSlot)
        .where(DigestSlot.id == arguments.get(_SLOT), DigestSlot.outcome.is_(None))
        .values(outcome=outcome, ended_at=datetime.now(UTC))
        .returning(DigestSlot.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(noted)


def _post(session: Session, lease: Lease, row: DigestSubscription, decision: _Decision) -> None:
    """Queue the mail and remember what it told, so that it is not told again."""
    user_id, letter = lease.arguments.get("user_id"), decision.letter
    address = _address(session, row, user_id) if letter is not None else None
    if letter is not None and address is not None:
        attachment = None
        if letter.report is not None:
            attachment = Attachment(_file_of(lease.job_id), _title_of(letter.report))
        queue_mailing(
            *(session, letter.kind, letter.mailing, letter.values),
            address=address,
            locale=row.locale,
            user_id=user_id or row.user_id,
            attachment=attachment,
        )
    if user_id is None:
        _remember(session, lease, row, decision)


def _remember(session: Session, lease: Lease, row: DigestSubscription, decision: _Decision) -> None:
    planned_at, letter = _planned_at(session, lease), decision.letter
    if decision.outcome is DigestOutcome.TOLD and letter is not None:
        row.told_until = row.told_until if letter.until is None else letter.until
        row.quiet_since = None
        session.execute(update(DigestSubscription).where(*_same_reader(row)).values(reminded_at=None))
    elif decision.outcome in (DigestOutcome.REMINDED, DigestOutcome.SILENT):
        row.quiet_since = row.quiet_since or planned_at
        row.reminded_at = planned_at if letter is not None else row.reminded_at
    if letter is not None:
        team_id = session.scalar(select(Account.team_id).where(Account.id == row.account_id))
        detail = {"kind": row.kind.value, "outcome": decision.outcome.value}
        record(session, Actor(team_id=team_id), AuditAction.DIGEST_SENT, row.public_id, **detail)


def _was_reminded(session: Session, row: DigestSubscription) -> bool:
    """Return whether the reader was asked for an export since the last news, by this digest or by their other one."""
    query = select(DigestSubscription.id).where(*_same_reader(row), DigestSubscription.reminded_at.is_not(None))
    return session.scalar(query.limit(1)) is not None


def _same_reader(row: DigestSubscription) -> list[ColumnElement[bool]]:
    return [DigestSubscription.account_id == row.account_id, DigestSubscription.address_key == row.address_key]


def _planned_at(session: Session, lease: Lease) -> int | None:
    return session.scalar(select(DigestSlot.planned_at).where(DigestSlot.id == lease.arguments.get(_SLOT)))


def _has_later(session: Session, row: DigestSubscription, planned_at: int) -> bool:
    query = select(DigestSlot.id).where(DigestSlot.subscription_id == row.id, DigestSlot.planned_at > planned_at)
    return session.scalar(query.limit(1)) is not None


def _address(session: Session, row: DigestSubscription, user_id: int | None) -> str | None:
    """Return where the digest goes: to where a member signs in, once they have confirmed that it is theirs."""
    person = user_id or row.user_id
    if person is None:
        return row.address
    return session.scalar(select(User.email).where(User.id == person, User.verified_at.is_not(None)))


def _file_of(job_id: str) -> str:
    return f"{job_id}.pdf"


def _title_of(report: Report) -> str:
    """Return what the attached file is called: the platform and the month."""
    month = report.head.first.strftime("-%Y-%m") if report.head.first is not None else ""
    return f"{report.head.platform.value}{month}.pdf"


def _finish(lease: Lease) -> None:
    with transaction() as session:
        lease.finish(session)
