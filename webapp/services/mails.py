"""Mails: written down in the transaction of what they tell of, sent by a job."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, ErrorCode
from webapp.domain.failpoints import Failpoint, reach
from webapp.extensions import db, settings
from webapp.integrations import outbox
from webapp.integrations.mail_server import MailRefused, MailServerAway, deliver
from webapp.models import Job, Mail, MailState
from webapp.queue import JobKind
from webapp.renderers.mail import WrittenMail, write_mail
from webapp.services import outbound, vault
from webapp.services.jobs import add_job
from webapp.services.lease import Lease, NotYet
from webapp.services.mail_files import MAIL_FILES
from webapp.services.outbound import Purpose
from webapp.services.transaction import after_commit, transaction

logger = logging.getLogger(__name__)

SENDER_NAME = "TikTok Analytics"
# What could not be sent for so long is out of date: the links in it are over.
_LATEST = timedelta(hours=24)
_SOONEST_AGAIN = 10
_LATEST_AGAIN = 900


class MailKind(StrEnum):
    """What a mail says; each has its template in ``templates/emails``."""

    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"  # nosec B105
    PASSWORD_CHANGED = "password_changed"  # nosec B105
    CHANGE_EMAIL = "change_email"
    EMAIL_IN_USE = "email_in_use"
    EMAIL_CHANGED = "email_changed"
    EMAIL_REVERTED = "email_reverted"
    NEW_DEVICE = "new_device"
    EMAIL_CODE = "email_code"
    SECOND_FACTOR_ENABLED = "second_factor_enabled"
    SECOND_FACTOR_DISABLED = "second_factor_disabled"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    LOGIN_THROTTLED = "login_throttled"
    PASSWORD_LOCKED = "password_locked"  # nosec B105
    INVITATION = "invitation"
    MEMBER_REMOVED = "member_removed"
    TEAM_DELETION_ASKED = "team_deletion_asked"
    ALERT = "alert"
    PERSON_EXPORT_READY = "person_export_ready"
    PERSON_DELETED = "person_deleted"
    DIGEST_WEEKLY = "digest_weekly"
    DIGEST_MONTHLY = "digest_monthly"
    DIGEST_REMINDER = "digest_reminder"
    DIGEST_CONFIRM = "digest_confirm"
    NOTIFICATIONS = "notifications"


# A mail to nobody: where it must not show whether there is somebody to write to, as much is done for nobody.
_NOBODYS = "nobodys"
# Of these nothing is kept once they are sent, not even whom they were for.
_LEAVE_NO_TRACE = (_NOBODYS, MailKind.PERSON_DELETED)
_UNSUBSCRIBE: Final = "List-Unsubscribe"
# Among what fills a mail: what it belongs to, and what its file is called.
_MAILING: Final = "mailing"
_TITLE: Final = "attachment_title"


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header that stays on one line: where an address is long, the library would write it as encoded words."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header as it is sent."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS: Final = HeaderRegistry()
_HEADERS.map_to_type(_UNSUBSCRIBE, _Unfolded)


@dataclass(frozen=True, slots=True)
class MailingList:
    """What a mail that comes again and again belongs to: its name and id, and the link that ends it with one POST.

    ``link`` is ``None`` for a mail that was asked for by hand.
    """

    name: str
    id: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of ``services.mail_files`` that goes with a mail, and what its reader sees it called."""

    file: str
    title: str


def link_to(path: str) -> str:
    """Return the absolute address of a page; its host comes from the settings, never from a request."""
    return f"{settings().base_url}{path}"


def queue_mail(
    session: Session,
    kind: MailKind,
    *,
    address: str,
    locale: str | None,
    user_id: int | None = None,
    **values: object,
) -> None:
    """Write a mail down in the running transaction, to be sent once that is committed; no language is English."""
    _queue(session, kind.value, address, locale, user_id, values)


def queue_mailing(
    session: Session,
    kind: MailKind,
    mailing: MailingList,
    values: Mapping[str, object],
    *,
    address: str,
    locale: str,
    user_id: int | None,
    attachment: Attachment | None = None,
) -> None:
    """Write a mail of a list down in the running transaction, as ``queue_mail`` does."""
    filled = {**values, _MAILING: asdict(mailing)}
    if attachment is not None:
        filled[_TITLE] = attachment.title
    mail = _queue(session, kind.value, address, locale, user_id, filled)
    mail.attachment = attachment.file if attachment is not None else None


def queue_nobodys(session: Session) -> None:
    """Do in the running transaction as much as for a mail, and send none."""
    _queue(session, _NOBODYS, "", None, None, {"link": link_to("/")})


def send(lease: Lease) -> None:
    """Send a mail. One whose server is away waits and is tried again for a day; then, or when refused, it fails."""
    mail = db.session.get(Mail, lease.arguments["mail_id"])
    is_open = mail is not None and mail.state is MailState.WAITING and mail.body is not None
    is_meant = mail is not None and mail.kind != _NOBODYS
    if mail is not None and is_open and is_meant:
        _send(mail)
    with transaction() as session:
        found = session.get(Mail, lease.arguments["mail_id"])
        if found is not None and is_open:
            found.state, found.body, found.sent_at = MailState.SENT, None, datetime.now(UTC)
            server = settings().mail_server
            if is_meant and server is not None:
                outbound.note_use(session, Purpose.MAIL, f"{server.host}:{server.port}")
            _forget_file(session, found)
            if found.kind in _LEAVE_NO_TRACE:
                session.delete(found)
        lease.finish(session)


def ended(session: Session, job: Job) -> None:
    """Note in the transaction that ends a job that its mail was not sent, and forget what it said."""
    mail = session.get(Mail, job.arguments["mail_id"])
    if mail is not None and mail.state is MailState.WAITING:
        mail.state, mail.body, mail.error = MailState.FAILED, None, job.error_code
        _forget_file(session, mail)
        if mail.kind in _LEAVE_NO_TRACE:
            session.delete(mail)


def revive(session: Session, job: Job) -> None:
    """Refuse to try a mail again whose text is gone."""
    mail = session.get(Mail, job.arguments["mail_id"])
    if mail is None or mail.body is None:
        raise Conflict(ErrorCode.JOB_NOT_RETRIABLE)


def delete_old_mails(session: Session, before: datetime) -> None:
    """Delete the rows of mails that ended before a moment, inside the running transaction."""
    session.execute(delete(Mail).where(Mail.created_at < before, Mail.state != MailState.WAITING))


def compose(mail: Mail) -> EmailMessage:
    """Return a waiting mail as it is sent."""
    values: dict[str, Any] = json.loads(vault.unseal(mail.body or "", _place(mail)))
    written = draw(mail.kind, mail.locale, mail.address, values)
    policy = (SMTP if mail.address.isascii() else SMTPUTF8).clone(header_factory=_HEADERS)
    message = EmailMessage(policy=policy)
    message["From"] = Address(SENDER_NAME, addr_spec=settings().mail_from)
    message["To"] = mail.address
    message["Subject"] = written.subject
    message["Date"] = format_datetime(mail.created_at)
    # Always the same for one mail: should it be sent twice, its receiver can tell.
    message["Message-ID"] = f"<{mail.public_id}@{settings().mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if (mailing := values.get(_MAILING)) is not None:
        _name_list(message, MailingList(**mailing))
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    content = MAIL_FILES.read(mail.attachment)
    if content is not None:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=values[_TITLE])
    return message


def draw(kind: str, locale: str, address: str, values: Mapping[str, object]) -> WrittenMail:
    """Return what a mail to an address says, filled with values and with what every mail may name."""
    common = {
        "address": address,
        "site": settings().base_url,
        "login_link": link_to("/login"),
        "reset_link": link_to("/password/forgot"),
        "security_link": link_to("/settings/security"),
    }
    return write_mail(kind, locale, {**common, **values})


def _name_list(message: EmailMessage, mailing: MailingList) -> None:
    """Say what the mail belongs to and how it is ended (RFC 2919, RFC 8058)."""
    message["List-Id"] = f"{mailing.name} <{mailing.id}>"
    if mailing.link is not None:
        message[_UNSUBSCRIBE] = f"<{mailing.link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _forget_file(session: Session, mail: Mail) -> None:
    name = mail.attachment
    if name is not None:
        mail.attachment = None
        after_commit(session, lambda: MAIL_FILES.discard(name))


def _queue(
    session: Session, kind: str, address: str, locale: str | None, user_id: int | None, values: Mapping[str, object]
) -> Mail:
    mail = Mail(
        kind=kind, user_id=user_id, address=address, locale=locale or "en", body="", created_at=datetime.now(UTC)
    )
    session.add(mail)
    session.flush()
    text = json.dumps({name: _told(value) for name, value in values.items()})
    mail.body = vault.seal(text, _place(mail))
    add_job(session, JobKind.MAIL_SEND, arguments={"mail_id": mail.id})
    return mail


def _send(mail: Mail) -> None:
    age = datetime.now(UTC) - mail.created_at
    message = compose(mail)
    reach(Failpoint.MAIL_BEFORE_SEND)
    server = settings().mail_server
    if server is None:
        outbox.keep(settings().outbox_directory, mail.public_id, message)
    else:
        # What is read of the database must not stay open while a server is waited for.
        db.session.rollback()
        try:
            deliver(server, message)
        except MailRefused as error:
            logger.warning("the mail server refused a mail for good: %s", error.code)
            raise Conflict(ErrorCode.MAIL_REFUSED, reply=error.code) from error
        except MailServerAway as error:
            logger.warning("a mail waits: %s", error)
            if age > _LATEST:
                raise Conflict(ErrorCode.MAIL_TOO_LATE) from error
            raise NotYet(min(_LATEST_AGAIN, max(_SOONEST_AGAIN, int(age.total_seconds()) // 2))) from error
    reach(Failpoint.MAIL_AFTER_SEND)


def _place(mail: Mail) -> str:
    return f"mail:{mail.id}:body"


def _told(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
