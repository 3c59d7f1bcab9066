"""What a digest says to one reader, found and put into words; nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.account_step import find_step
from webapp.analytics.accounts import AccountRow, list_accounts
from webapp.analytics.digests import DigestMatter, find_matter
from webapp.analytics.next_step import NextStep, Step
from webapp.analytics.reports.report import find_report
from webapp.domain.digests import DigestKind, latest_slot
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.period import instant
from webapp.domain.redaction import NameDisplay, Redaction
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Report, ReportSection
from webapp.domain.scope import Permission, Scope, TeamScope
from webapp.domain.sections import Section
from webapp.extensions import db, settings
from webapp.models import DigestSubscription
from webapp.renderers.digest import WayOn, digest_values, reminder_values
from webapp.renderers.mail import WrittenMail
from webapp.renderers.step_texts import step_way
from webapp.services import access, mails
from webapp.services.digest_links import unsubscribe_link
from webapp.services.mails import MailingList, MailKind, link_to
from webapp.services.redaction import link_cipher

# A week is told in the mail itself, a month with the whole report beside it.
_WEEKLY: Final = (ReportSection.FIGURES, ReportSection.NEWS, ReportSection.POSTS, ReportSection.GOALS)
_KINDS: Final = {DigestKind.WEEKLY: MailKind.DIGEST_WEEKLY, DigestKind.MONTHLY: MailKind.DIGEST_MONTHLY}


@dataclass(frozen=True, slots=True)
class DigestReader:
    """Whom a digest is written for: a member by what they may see, or somebody outside by what its maker may.

    ``link`` ends it; ``None`` for a copy that somebody else asked for.
    """

    scope: Scope
    team: TeamScope
    account: AccountRow
    kind: DigestKind
    locale: str
    timezone: str
    told_until: int
    public_id: str
    link: str | None
    is_outside: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest before it is sent: what fills its mail, and for a month the report that goes with it.

    ``until`` is the Unix second that its data reach to; a reminder has none.
    """

    kind: MailKind
    mailing: MailingList
    values: Mapping[str, object]
    until: int | None
    report: Report | None = None


def find_reader(session: Session, row: DigestSubscription, user_id: int | None = None) -> DigestReader | None:
    """Return whom a digest is written for; ``None`` where they, or who answers for them, may not see it any more.

    ``user_id`` is a person of the team who gets a copy instead.
    """
    is_outside = row.user_id is None and user_id is None
    person = user_id or row.user_id or row.made_by
    wanted = Permission.DIGEST_WRITE if is_outside else Permission.REPORT_READ
    scope = access.find_scope_of(session, person, row.account_id, wanted)
    team = access.find_team_scope(session, person, scope.team_id) if scope is not None else None
    if scope is None or team is None:
        return None
    account = next((each for each in list_accounts(team) if each.id == row.account_id), None)
    if account is None:
        return None
    if is_outside:
        # Who is on the lists is nothing for somebody outside; how many they are is what they were promised.
        hidden = Redaction(names=NameDisplay.HIDDEN, cipher=link_cipher(row.public_id))
        scope = replace(scope, redaction=hidden.laid_over(scope.redaction))
    is_theirs = user_id is None or user_id == row.user_id
    return DigestReader(
        scope=scope,
        team=team,
        account=account,
        kind=row.kind,
        locale=row.locale,
        timezone=row.timezone,
        told_until=row.told_until,
        public_id=row.public_id,
        link=unsubscribe_link(row.public_id) if is_theirs else None,
        is_outside=is_outside,
    )


def find_news(reader: DigestReader, planned_at: int) -> DigestMatter:
    """Return what a digest that is due at a second would tell."""
    return find_matter(reader.scope, reader.kind, planned_at, reader.timezone, reader.told_until)


def write_letter(reader: DigestReader, matter: DigestMatter, now: int) -> Letter:
    """Return a digest of the days that it tells of; it bears the Unix second ``now``."""
    sections = _WEEKLY if reader.kind is DigestKind.WEEKLY else tuple(ReportSection)
    query = ReportQuery(matter.period, sections)
    report = _nameless(find_report(reader.scope, query, now, is_public=reader.is_outside))
    values = digest_values(report, reader.locale, reader.kind, _way_on(reader, matter, now))
    is_monthly = reader.kind is DigestKind.MONTHLY
    return Letter(_KINDS[reader.kind], _mailing(reader), values, matter.until, report if is_monthly else None)


def _nameless(report: Report) -> Report:
    """Return a report without the people who came and left: no mail can be called back when one of them is erased."""
    changes = report.changes
    return report if changes is None else replace(report, changes=replace(changes, came=(), left=()))


def write_reminder(reader: DigestReader, matter: DigestMatter) -> Letter:
    """Return the one mail that asks for a new export."""
    was_asked = reader.account.export_requested_at is not None
    until = None if matter.until is None else instant(matter.until, reader.scope.timezone).date()
    link = link_to(_step_path(reader, NextStep(Step.FETCH_EXPORT), Section.FOLLOWERS))
    values = reminder_values(reader.account.handle, reader.locale, until, was_asked=was_asked, link=link)
    return Letter(MailKind.DIGEST_REMINDER, _mailing(reader), values, None)


def may_remind(reader: DigestReader, now: int) -> bool:
    """Return whether to ask for a new export: not of who cannot import, nor where the team wants no reminders now."""
    reminders = reader.account.reminders
    is_snoozed = reminders.snoozed_until is not None and _moment(now) < reminders.snoozed_until
    can_import = not reader.is_outside and reader.scope.allows(Permission.IMPORT_WRITE)
    return can_import and reminders.days > 0 and not is_snoozed and not reader.account.is_sample


def preview(scope: Scope, public_id: str, address: str, stylesheet: str) -> WrittenMail:
    """Return a digest that the person of the scope sees, as it would be sent now; nothing is sent or noted.

    ``stylesheet`` is the address of the styles, which a page may not hold itself. Raises ``NotFound`` for any other id.
    """
    query = select(DigestSubscription).where(
        DigestSubscription.account_id == scope.account_id, DigestSubscription.public_id == public_id
    )
    row = db.session.scalars(query).one_or_none()
    reader = find_reader(db.session(), row) if row is not None and row.user_id in (None, scope.user_id) else None
    if row is None or reader is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    # Whoever covers names on their pages looks at the mail on one.
    reader = replace(reader, scope=replace(reader.scope, redaction=scope.redaction.laid_over(reader.scope.redaction)))
    now = int(datetime.now(UTC).timestamp())
    planned_at = latest_slot(row.kind, now, row.timezone)
    matter = find_news(reader, planned_at)
    letter = write_reminder(reader, matter) if matter.until is None else write_letter(reader, matter, now)
    # The link that ends it is in the mail alone: whoever looks at a page may not be who gets it.
    values = {**letter.values, "mailing": {"link": link_to("/reports/digests")}, "stylesheet": stylesheet}
    return mails.draw(letter.kind.value, row.locale, scope.redaction.address(row.address or address), values)


def _mailing(reader: DigestReader) -> MailingList:
    host = urlsplit(settings().base_url).hostname or "localhost"
    return MailingList(mails.SENDER_NAME, f"{reader.kind.value}.{reader.public_id}.{host}", reader.link)


def _way_on(reader: DigestReader, matter: DigestMatter, now: int) -> WayOn | None:
    """Return where the mail leads to; somebody outside has no page to go to."""
    if reader.is_outside:
        return None
    step, section = find_step(reader.scope, reader.team, reader.account, _moment(now))
    page = _path("/dashboard", reader, matter.period.to_args())
    return WayOn(
        page=link_to(page),
        step=step,
        step_link=link_to(_step_path(reader, step, section)),
        settings=link_to(_path("/reports/digests", reader)),
    )


def _step_path(reader: DigestReader, step: NextStep, section: Section) -> str:
    path, arguments = step_way(step, section)
    return _path(path, reader, arguments)


def _path(path: str, reader: DigestReader, arguments: Mapping[str, str] | None = None) -> str:
    return f"{path}?{urlencode({'account': reader.account.public_id, **(arguments or {})})}"


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
