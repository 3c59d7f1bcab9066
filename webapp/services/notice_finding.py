"""The job that looks through the exports of an account for what is worth telling, after each switch.

What is found follows from the exports alone; what is stored of it says what was told. So the job may run twice, late,
or be killed: each run finds the same and tells what is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from webapp.analytics.notices.history import AccountAt, NoticeHistory, read_history
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.names import name_key
from webapp.domain.notifications import Finding, Message, NoticeKind
from webapp.domain.period import DAY_SECONDS
from webapp.extensions import db
from webapp.models import Account, Job, JobState, Notice, NoticeState, Notification, database_now
from webapp.queue import JobKind
from webapp.services.bulk import one_of
from webapp.services.jobs import add_job
from webapp.services.lease import Lease
from webapp.services.notice_rules import NoticeRules
from webapp.services.notifications import find_readers, tell
from webapp.services.transaction import transaction

# What an export shows that is older than this is no news, however late it comes in.
NEWS_SECONDS: Final = 90 * DAY_SECONDS
_ACCOUNT: Final = "account_id"

_Key = tuple[NoticeKind, str]


def queue_finding(session: Session, account: Account, *, rings: bool = True) -> None:
    """Add the job to the transaction that changed what the account's exports say."""
    arguments = {_ACCOUNT: account.id}
    add_job(session, JobKind.NOTICES_FIND, team_id=account.team_id, arguments=arguments, rings=rings)


def find(lease: Lease) -> None:
    """Look through an account as it is now, unless that was done already, and tell people what is new.

    The job of the schedule names no account: it queues one for each that was not looked at since it changed.
    """
    if _ACCOUNT not in lease.arguments:
        _queue_missing(lease)
        return
    account = db.session.get(Account, lease.arguments[_ACCOUNT])
    state = None if account is None else _find_state(db.session(), account.id)
    if account is None or account.deleted_at is not None or (state is not None and state.revision == account.revision):
        with transaction() as session:
            lease.finish(session)
        return
    known = {} if state is None else dict(state.body)
    reader = AccountAt(account.id, account.revision, account.timezone)
    lease.begin_step("looking")
    with lease.kept_alive():
        history = read_history(reader, known)
        findings = _find_all(history)
    with transaction() as session:
        lease.hold(session)
        account = session.get_one(Account, reader.account_id, with_for_update=True)
        # What was switched meanwhile has a job of its own.
        if account.revision == reader.revision and account.deleted_at is None:
            _settle(session, account, history, findings)
        reach(Failpoint.NOTICES_BEFORE_COMMIT)
        lease.finish(session)
    reach(Failpoint.NOTICES_AFTER_COMMIT)


def forget_names(session: Session, account_id: int, names: Collection[str]) -> None:
    """Delete, inside the running transaction, what was told of people, by their compared names, who are erased."""
    about = select(Notice.id, Notice.params).where(
        Notice.account_id == account_id, Notice.kind == NoticeKind.NEW_MUTUAL
    )
    theirs = [notice_id for notice_id, params in session.execute(about) if name_key(params["person"]) in names]
    session.execute(delete(Notification).where(one_of(session, Notification.notice_id, theirs)))
    session.execute(delete(Notice).where(one_of(session, Notice.id, theirs)))


def _find_all(history: NoticeHistory) -> dict[_Key, Finding]:
    # Here, not above: the web process queues the job and must not load a numerical library.
    from webapp.analytics.notices.findings import find_all

    return find_all(history)


def _queue_missing(lease: Lease) -> None:
    """Queue what an older version of the app or a job that failed left undone."""
    not_seen = or_(NoticeState.id.is_(None), NoticeState.revision != Account.revision)
    missing = (
        select(Account)
        .outerjoin(NoticeState, NoticeState.account_id == Account.id)
        .where(Account.deleted_at.is_(None), Account.revision > 0, not_seen)
    )
    open_jobs = select(Job.arguments).where(
        Job.kind == JobKind.NOTICES_FIND, Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    )
    with transaction() as session:
        begun = {arguments.get(_ACCOUNT) for arguments in session.scalars(open_jobs)}
        for account in session.scalars(missing.order_by(Account.id)).all():
            if account.id not in begun:
                queue_finding(session, account)
        lease.finish(session)


def _find_state(session: Session, account_id: int) -> NoticeState | None:
    return session.scalars(select(NoticeState).where(NoticeState.account_id == account_id)).one_or_none()


def _settle(session: Session, account: Account, history: NoticeHistory, findings: Mapping[_Key, Finding]) -> None:
    """Let the notices of an account be what was found, and tell of those that were not there before."""
    state = _find_state(session, account.id)
    if state is not None and state.revision == account.revision:
        return
    stored = session.scalars(select(Notice).where(Notice.account_id == account.id)).all()
    by_key: dict[_Key, Notice] = {(notice.kind, notice.key): notice for notice in stored}
    _withdraw(session, [notice for key, notice in by_key.items() if key not in findings])
    _renew(session, [(notice, findings[key]) for key, notice in by_key.items() if key in findings])
    newest = history.exports[-1].at if history.exports else 0
    now = session.scalar(select(database_now())) or 0
    news = _News(now - NEWS_SECONDS, newest - 1 if state is None else state.examined_until)
    _add(session, account, [finding for key, finding in findings.items() if key not in by_key], news)
    if state is None:
        state = NoticeState(account_id=account.id)
        session.add(state)
    state.revision, state.examined_until, state.examined_at = account.revision, newest, datetime.now(UTC)
    state.body = history.kept
    session.flush()


@dataclass(frozen=True, slots=True)
class _News:
    """What is told as news: of exports from ``since`` on that are newer than ``after``, both Unix seconds."""

    since: int
    after: int

    def holds(self, finding: Finding) -> bool:
        return finding.at >= self.since and finding.at > self.after


def _withdraw(session: Session, notices: Iterable[Notice]) -> None:
    """Take back what does not follow from the exports any more; nobody is mailed or pushed it from now on."""
    gone = [notice for notice in notices if notice.withdrawn_at is None]
    now = datetime.now(UTC)
    for notice in gone:
        notice.withdrawn_at = now
    _update(session, gone, is_withdrawn=True, mail_due_at=None, push_due_at=None)


def _renew(session: Session, pairs: Iterable[tuple[Notice, Finding]]) -> None:
    """Let notices say what was found now; those that were taken back are there again, and nobody is told twice."""
    back = []
    for notice, finding in pairs:
        if notice.withdrawn_at is not None:
            notice.withdrawn_at = None
            back.append(notice)
        notice.at = finding.at
        if notice.params != finding.params:
            notice.params = dict(finding.params)
            _update(session, [notice], params=notice.params)
    _update(session, back, is_withdrawn=False)


def _update(session: Session, notices: Sequence[Notice], **values: Any) -> None:
    """Write what people were told of some notices."""
    if notices:
        of_them = one_of(session, Notification.notice_id, [notice.id for notice in notices])
        session.execute(
            update(Notification).where(of_them).values(**values).execution_options(synchronize_session=False)
        )


def _add(session: Session, account: Account, findings: Sequence[Finding], news: _News) -> None:
    """Write new notices, and tell whoever may read the account of those that its rules let through."""
    if not findings:
        return
    now = datetime.now(UTC)
    notices = [
        Notice(
            account_id=account.id,
            kind=finding.kind,
            key=finding.key,
            at=finding.at,
            params=dict(finding.params),
            created_at=now,
        )
        for finding in findings
    ]
    session.add_all(notices)
    session.flush()
    rules, people = NoticeRules.load(session, account.id), find_readers(session, account.team_id, account.id)
    allowed = [pair for pair in zip(findings, notices, strict=True) if rules.allows(pair[0])]
    fresh = [notice for finding, notice in allowed if news.holds(finding)]
    old = [notice for finding, notice in allowed if not news.holds(finding)]
    tell(session, people, [_message(account, notice) for notice in fresh])
    history_at = {notice.public_id: notice.at for notice in old}
    tell(session, people, [_message(account, notice) for notice in old], history_at=history_at)


def _message(account: Account, notice: Notice) -> Message:
    """Return what is told of a notice; its own random name is the key, so that no name of a person is in it."""
    return Message(
        notice.kind,
        notice.public_id,
        notice.params,
        team_id=account.team_id,
        account_id=account.id,
        notice_id=notice.id,
    )
