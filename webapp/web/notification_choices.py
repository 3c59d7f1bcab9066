"""Choices of notifications: a matrix of what is told by what and how soon, and the hours in which nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.notifications import (
    COLLECTED_AT,
    Channel,
    Frequency,
    Hours,
    NoticeType,
    allowed_frequencies,
    format_minute,
    parse_minute,
)
from webapp.domain.query import refuse_unknown
from webapp.domain.text import N_
from webapp.extensions import settings
from webapp.renderers.notice_texts import NoticeTexts
from webapp.services import notification_choices, push_devices
from webapp.services.notification_choices import Cell, name_of
from webapp.web.accounts import current_scope, timezone_choices
from webapp.web.audience_tabs import Tab
from webapp.web.auth import current_actor
from webapp.web.forms import fulfil
from webapp.web.htmx import is_fragment_request, redirect_to, say
from webapp.web.i18n import locale
from webapp.web.notification_tabs import notification_tabs
from webapp.web.planner.texts import clock_text

blueprint = Blueprint("notification_choices", __name__, url_prefix="/notifications/choices")

CHANNEL_NAMES: Final[Mapping[Channel, str]] = {
    Channel.APP: N_("In the app"),
    Channel.MAIL: N_("By mail"),
    Channel.PUSH: N_("On your devices"),
}
_FREQUENCIES: Final[Mapping[Frequency, str]] = {
    Frequency.OFF: N_("Never"),
    Frequency.AT_ONCE: N_("At once"),
    Frequency.DAILY: N_("Once a day"),
    Frequency.WEEKLY: N_("Once a week"),
}
_IN_THE_APP: Final[Mapping[Frequency, str]] = {Frequency.AT_ONCE: N_("Shown"), Frequency.OFF: N_("Not shown")}
_FIXED: Final[Mapping[Channel, str]] = {
    Channel.APP: N_("Always shown"),
    Channel.MAIL: N_("Has mails of its own"),
}
_ABOUT: Final[Mapping[NoticeType, str]] = {
    NoticeType.MILESTONE: N_("A post or the account passes 1,000, 10,000, 100,000 or a million likes or views."),
    NoticeType.FOLLOWER_MILESTONE: N_("The account passes 100, 1,000, 10,000 and more followers."),
    NoticeType.TREND: N_("You use a hashtag or a sound more often than before."),
    NoticeType.ANOMALY: N_("Exceptional posts, lasting changes of engagement, days with many new or lost followers."),
    NoticeType.MUTUAL: N_("Somebody whom you marked and you follow each other now."),
    NoticeType.IMPORT: N_("An import is done, waits for an answer, or failed."),
    NoticeType.REPORT: N_("A report or a download that you asked for is ready, or could not be made."),
    NoticeType.LINK: N_("A public link of yours ends in a few days."),
    NoticeType.GOAL: N_("A month is over, and a goal was met or missed."),
    NoticeType.SECURITY: N_("A new browser signed in to your account, or your role changed. Quiet hours do not hold."),
}
_QUIET: Final = Hours(quiet_from=22 * 60, quiet_until=7 * 60)


class HoursForm(FlaskForm):
    """A person's zone and quiet hours."""

    timezone = SelectField(_l("Time zone"), [InputRequired()], choices=timezone_choices)
    is_quiet = BooleanField(_l("Send me nothing at certain hours"))
    quiet_from = StringField(
        _l("Quiet from"),
        [InputRequired(_l("Enter a time of day as in 22:00."))],
        render_kw={"type": "time"},
    )
    quiet_until = StringField(
        _l("Quiet until"),
        [InputRequired(_l("Enter a time of day as in 22:00."))],
        render_kw={"type": "time"},
    )

    @property
    def hours(self) -> Hours:
        """Return what was entered; raise ``Invalid`` naming the field of what is no time of day."""
        if not self.is_quiet.data:
            return Hours(self.timezone.data)
        quiet_from = parse_minute("quiet_from", self.quiet_from.data)
        return Hours(self.timezone.data, quiet_from, parse_minute("quiet_until", self.quiet_until.data))


@dataclass(frozen=True, slots=True)
class ChoiceCell:
    """A place of the matrix; ``fixed`` says what holds where nothing can be chosen."""

    name: str
    channel: str
    value: str
    options: tuple[tuple[str, str], ...]
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """What one type is, and how it is told."""

    key: str
    name: str
    about: str
    cells: tuple[ChoiceCell, ...]


class ChoicesPage:
    """The parts of the page; a form of hours that was refused says why."""

    def __init__(self, form: HoursForm | None = None) -> None:
        self.sends_no_mail = settings().mail_server is None
        self.channels = [_(name) for name in CHANNEL_NAMES.values()]
        self._form = form

    @property
    def tabs(self) -> list[Tab]:
        """Return the tabs of the room."""
        return notification_tabs("notification_choices.index")

    @property
    def rows(self) -> list[ChoiceRow]:
        """Return the matrix, type by type."""
        words, choices = NoticeTexts(locale()), notification_choices.list_choices(current_user.id)
        return [
            ChoiceRow(
                kind.value,
                words.type_label(kind),
                _(_ABOUT[kind]),
                tuple(_cell((kind, channel), choices[kind, channel]) for channel in Channel),
            )
            for kind in NoticeType
        ]

    @property
    def has_device(self) -> bool:
        """Return whether some browser of the person takes push messages."""
        return bool(push_devices.list_devices(current_user.id))

    @cached_property
    def hours(self) -> Hours | None:
        """Return the hours that hold; ``None`` until they are set."""
        return notification_choices.get_hours(current_user.id)

    @property
    def hours_text(self) -> str:
        """Return when what is collected is sent."""
        timezone = (self.hours or Hours()).timezone.replace("_", " ")
        return str(
            _(
                "What is told once a day comes at %(time)s, what is told once a week on Mondays. Your time zone: "
                "%(zone)s.",
                time=clock_text(COLLECTED_AT),
                zone=timezone,
            )
        )

    @cached_property
    def form(self) -> HoursForm:
        """Return the form of hours; until they are set it offers the account's zone and a night."""
        if self._form is not None:
            return self._form
        scope = current_scope()
        shown = self.hours or Hours(scope.timezone if scope is not None else "UTC")
        is_quiet = shown.quiet_from is not None and shown.quiet_until is not None
        return HoursForm(
            formdata=None,
            timezone=shown.timezone,
            is_quiet=is_quiet,
            quiet_from=format_minute((shown if is_quiet else _QUIET).quiet_from or 0),
            quiet_until=format_minute((shown if is_quiet else _QUIET).quiet_until or 0),
        )


def choice_label(name: str) -> str | None:
    """Return what a place of the matrix is called in the record of actions; ``None`` for any other name."""
    kind, _dash, channel = name.rpartition("-")
    if kind not in set(NoticeType) or channel not in set(Channel):
        return None
    words = NoticeTexts(locale())
    return f"{words.type_label(NoticeType(kind))}, {_(CHANNEL_NAMES[Channel(channel)])}"


@blueprint.get("")
def index() -> Response:
    """Show what is told by what, and when nothing is sent."""
    refuse_unknown(request.args, ("account",))
    return _page(ChoicesPage())


@blueprint.post("")
def save() -> Response:
    """Take what was chosen; places that the form does not name stay as they are."""
    notification_choices.set_choices(current_user.id, current_actor(), _wishes(request.form))
    if is_fragment_request():
        return say(_("Your choice is saved."))
    flash(_("Your choices are saved."), "success")
    return redirect_to(url_for("notification_choices.index"))


@blueprint.post("/hours")
def save_hours() -> Response:
    """Take the zone and the quiet hours."""
    form = HoursForm()
    if fulfil(form, lambda: notification_choices.set_hours(current_user.id, current_actor(), form.hours)) is None:
        return _page(ChoicesPage(form), 422)
    flash(_("Your hours are saved."), "success")
    return redirect_to(url_for("notification_choices.index"))


def _wishes(form: MultiDict[str, Any]) -> dict[Cell, Frequency]:
    """Return what a form asks for; raise ``Invalid`` for what is no frequency."""
    cells = {name_of((kind, channel)): (kind, channel) for kind in NoticeType for channel in Channel}
    wishes = {}
    for name, cell in cells.items():
        value = form.get(name)
        if value is not None:
            if value not in set(Frequency):
                raise Invalid(ErrorCode.FIELD_INVALID, field=name, value=value[:40])
            wishes[cell] = Frequency(value)
    return wishes


def _cell(cell: Cell, chosen: Frequency) -> ChoiceCell:
    kind, channel = cell
    allowed = allowed_frequencies(kind, channel)
    names = _IN_THE_APP if channel is Channel.APP else _FREQUENCIES
    return ChoiceCell(
        name=name_of(cell),
        channel=_(CHANNEL_NAMES[channel]),
        value=chosen.value,
        options=tuple((frequency.value, _(names[frequency])) for frequency in allowed),
        fixed=_(_FIXED[channel]) if len(allowed) == 1 else "",
    )


def _page(page: ChoicesPage, status: int = 200) -> Response:
    return make_response(render_template("notifications/choices.html", page=page), status)
