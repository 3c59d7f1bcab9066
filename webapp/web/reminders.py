"""Freshness: how old the data are, the reminder of a new export, and the same for a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from flask import Blueprint, Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.accounts import AccountRow, get_account
from webapp.analytics.freshness import FreshnessTimes
from webapp.domain.formatting import format_day
from webapp.domain.period import day_of
from webapp.domain.reminders import last_fetch_day
from webapp.domain.scope import Permission
from webapp.domain.sections import SECTION_LABELS
from webapp.extensions import settings
from webapp.renderers.calendar import CalendarEvent, render_calendar
from webapp.services import reminders
from webapp.web.auth import current_actor, team_scope
from webapp.web.htmx import redirect_to
from webapp.web.i18n import locale
from webapp.web.redirects import safe_target

blueprint = Blueprint("reminders", __name__)

# How often a calendar reminds of an account whose team wants no reminders in the app.
_USUAL_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far the data reach: in a line, and section by section."""

    text: str
    is_stale: bool
    sections: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Banner:
    """The reminder above the pages of an account; ``was_asked`` says that a file is on its way."""

    title: str
    text: str
    was_asked: bool
    asked_href: str
    snooze_href: str


def today_in(timezone: str) -> date:
    """Return the day it is in an account's zone."""
    return day_of(int(datetime.now(UTC).timestamp()), timezone)


def describe_freshness(times: FreshnessTimes, account: AccountRow) -> Freshness | None:
    """Return how old the newest data are, in words; ``None`` before the first import."""
    if times.newest is None:
        return None
    today, data_day = today_in(account.timezone), day_of(times.newest, account.timezone)
    age = max(0, (today - data_day).days)
    shown = _short_day(data_day, age)
    if age == 0:
        text = _("Data to %(day)s, today", day=shown)
    else:
        text = ngettext("Data to %(day)s, %(num)s day old", "Data to %(day)s, %(num)s days old", age, day=shown)
    sections = tuple(
        (
            _(SECTION_LABELS[section]),
            None if at is None else format_day(day_of(at, account.timezone), locale()),
        )
        for section, at in times.sections.items()
    )
    return Freshness(str(text), account.reminders.is_stale(data_day, today), sections)


def describe_reminder(times: FreshnessTimes, account: AccountRow) -> Banner | None:
    """Return the reminder to show now; ``None`` for a sample, fresh data, or when it was put off."""
    if account.is_sample or times.newest is None:
        return None
    today, data_day = today_in(account.timezone), day_of(times.newest, account.timezone)
    if not account.reminders.is_due(data_day, today, datetime.now(UTC)):
        return None
    asked = account.export_requested_at
    hrefs = {
        "asked_href": url_for("reminders.note_request", public_id=account.public_id),
        "snooze_href": url_for("reminders.snooze", public_id=account.public_id),
    }
    if asked is None:
        age = (today - data_day).days
        title = ngettext("Your data are %(num)s day old", "Your data are %(num)s days old", age)
        text = _("Ask TikTok for a new export to see who came and who left since %(day)s.", day=_day(data_day))
        return Banner(str(title), str(text), was_asked=False, **hrefs)
    asked_day = day_of(int(asked.timestamp()), account.timezone)
    last = last_fetch_day(asked_day)
    title = _("You asked TikTok for a new export on %(day)s", day=_day(asked_day))
    if today <= last:
        text = _("TikTok keeps the file for four days once it is ready: fetch it by %(day)s.", day=_day(last))
    else:
        text = _(
            "TikTok keeps the file for four days once it is ready. Look whether it is still there; if it is gone, "
            "ask again."
        )
    return Banner(str(title), str(text), was_asked=True, **hrefs)


@blueprint.post("/accounts/<public_id>/reminder/asked")
def note_request(public_id: str) -> Response:
    """Note that a new export was asked for."""
    reminders.note_request(team_scope(Permission.IMPORT_WRITE), public_id, current_actor())
    return _back()


@blueprint.post("/accounts/<public_id>/reminder/snooze")
def snooze(public_id: str) -> Response:
    """Say nothing of a new export for a week."""
    reminders.snooze(team_scope(Permission.IMPORT_WRITE), public_id, current_actor())
    flash(_("You will be reminded in 7 days."), "success")
    return _back()


@blueprint.get("/accounts/<public_id>/reminder.ics")
def calendar(public_id: str) -> Response:
    """Download the reminders of an account for a calendar."""
    account = get_account(team_scope(Permission.ACCOUNT_READ), public_id)
    name = _("TikTok exports of @%(handle)s", handle=account.handle)
    body = render_calendar(str(name), _("TikTok Analytics"), _events(account), datetime.now(UTC))
    response = make_response(body)
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = f'attachment; filename="tiktok-export-{account.public_id}.ics"'
    return response


def _events(account: AccountRow) -> list[CalendarEvent]:
    guide = settings().base_url.rstrip("/") + url_for("guide.tiktok")
    every = account.reminder_days or _USUAL_DAYS
    today = today_in(account.timezone)
    data_day = today if account.exported_at is None else day_of(account.exported_at, account.timezone)
    host = settings().base_url.partition("://")[2].partition("/")[0]
    events = [
        CalendarEvent(
            uid=f"export-{account.public_id}@{host}",
            day=data_day + timedelta(days=every),
            summary=_("Ask TikTok for a new export of @%(handle)s", handle=account.handle),
            description=_("Choose all data and the JSON format, then import the file. How it is done:"),
            url=guide,
            every_days=every,
        )
    ]
    if account.export_requested_at is not None:
        asked_day = day_of(int(account.export_requested_at.timestamp()), account.timezone)
        events.append(
            CalendarEvent(
                uid=f"fetch-{account.public_id}-{asked_day:%Y%m%d}@{host}",
                day=last_fetch_day(asked_day),
                summary=_("Fetch the TikTok export of @%(handle)s", handle=account.handle),
                description=_("TikTok keeps the file for four days, then it disappears. Where to find it:"),
                url=guide,
            )
        )
    return events


def _back() -> Response:
    return redirect_to(safe_target(request.form.get("next"), url_for("imports.index")))


def _day(value: date) -> str:
    return format_day(value, locale())


def _short_day(value: date, age: int) -> str:
    return format_day(value, locale(), "d MMM y" if age > 300 else "d MMM")
