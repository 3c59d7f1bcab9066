"""What the frame around every page shows: rooms, account, freshness, person, language, theme."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g, get_flashed_messages, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from webapp.analytics.accounts import list_accounts
from webapp.analytics.freshness import find_freshness
from webapp.domain.names import initial
from webapp.domain.scope import Permission
from webapp.domain.sections import PLATFORM_NAMES
from webapp.extensions import db, settings
from webapp.models import Team
from webapp.services.teams import list_teams
from webapp.web import outbox, sessions
from webapp.web.accounts import current_scope
from webapp.web.auth import team_scope
from webapp.web.i18n import LANGUAGES, locale
from webapp.web.masking import Mask, current_mask, shown_address
from webapp.web.notification_badge import ShownBadge, shown_badge
from webapp.web.reminders import Banner, Freshness, describe_freshness, describe_reminder
from webapp.web.rooms import current_room, room_styles

DEFAULT_HUE = 270


@dataclass(frozen=True, slots=True)
class Room:
    """A place in the rail; ``short`` is its word in the bar of a phone, where those not on it are behind "More"."""

    key: str
    label: str
    short: str
    href: str
    icon: str
    is_current: bool
    is_on_phone: bool = True


@dataclass(frozen=True, slots=True)
class Language:
    """A language the reader can switch to."""

    code: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Flash:
    """A message for the next page."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FrameUser:
    """The person who is signed in."""

    email: str
    initial: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class FrameAccount:
    """An account in the switcher."""

    handle: str
    platform_name: str
    select_href: str
    is_current: bool
    is_sample: bool


@dataclass(frozen=True, slots=True)
class FrameTeam:
    """The team that is open, or another one in the switcher."""

    name: str
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class MaskChoice:
    """How much masked mode can cover, and what that means."""

    value: str
    label: str
    is_current: bool


class Frame:
    """The frame of one answer; a visitor's has neither person nor account."""

    def __init__(self) -> None:
        self.locale = locale()
        self.languages = [Language(code, name, code == self.locale) for code, name in LANGUAGES.items()]
        self.csrf_token = generate_csrf()
        self.flashes = [Flash(*flash) for flash in get_flashed_messages(with_categories=True)]
        self.user: FrameUser | None = None
        self.rooms: list[Room] = []
        self.account: FrameAccount | None = None
        self.accounts: list[FrameAccount] = []
        self.team: FrameTeam | None = None
        self.other_teams: list[FrameTeam] = []
        self.reads_audit = False
        self.manages_accounts = False
        self.freshness: Freshness | None = None
        self.reminder: Banner | None = None
        self.asks_verification = False
        self.has_outbox = False
        self.calendar_href: str | None = None
        self.hue = DEFAULT_HUE
        self.styles = room_styles()
        self.masks: list[MaskChoice] = []
        self.bell: ShownBadge | None = None
        self.has_stream = settings().notification_streams > 0
        self.theme = session.get("theme") or "system"
        if not g.get("is_bare") and current_user.is_authenticated:
            self._fill()

    def _fill(self) -> None:
        team = team_scope(Permission.ACCOUNT_READ)
        address = shown_address(current_user.email)
        self.user = FrameUser(address, initial(address), current_user.is_admin)
        opened = sessions.current().opened
        self.asks_verification = opened is not None and opened.owner is not None and not opened.owner.is_verified
        self.has_outbox = current_user.is_admin and outbox.is_shown()
        self.theme = current_user.theme or self.theme
        self.hue = _hue(team.team_id)
        self.team, self.other_teams = _teams(team.team_id)
        self.reads_audit = team.allows(Permission.AUDIT_READ)
        self.manages_accounts = team.allows(Permission.ACCOUNT_WRITE)
        self.masks = _masks()
        self.bell = shown_badge(team)
        self.rooms = _rooms()
        scope = current_scope()
        rows = list_accounts(team)
        self.accounts = [
            FrameAccount(
                row.handle,
                PLATFORM_NAMES[row.platform],
                url_for("accounts.select_account", public_id=row.public_id),
                scope is not None and row.id == scope.account_id,
                row.is_sample,
            )
            for row in rows
        ]
        self.account = next((account for account in self.accounts if account.is_current), None)
        if scope is not None:
            row = next(row for row in rows if row.id == scope.account_id)
            times = find_freshness(scope)
            self.freshness = describe_freshness(times, row)
            self.calendar_href = url_for("reminders.calendar", public_id=row.public_id)
            if team.allows(Permission.IMPORT_WRITE) and request.endpoint in _REMINDING:
                self.reminder = describe_reminder(times, row)


def _masks() -> list[MaskChoice]:
    here = current_mask()
    texts = (
        (Mask.OFF, _("Show everything")),
        (Mask.NAMES, _("Cover names, captions and addresses")),
        (Mask.NUMBERS, _("Cover them and round numbers")),
    )
    return [MaskChoice(mask.value, text, mask is here) for mask, text in texts]


def _hue(team_id: int) -> int:
    """Return the colour of the team; that of the person's own came with the session."""
    opened = sessions.current().opened
    if (
        opened is not None
        and opened.owner is not None
        and opened.owner.team_id == team_id
        and opened.owner.hue is not None
    ):
        return opened.owner.hue
    return db.session.get_one(Team, team_id).hue


def _teams(team_id: int) -> tuple[FrameTeam, list[FrameTeam]]:
    """Return the team that is open and the person's others; with the session it came whether there are any."""
    opened = sessions.current().opened
    owner = opened.owner if opened is not None else None
    if owner is not None and owner.team_id == team_id and owner.team_count == 1:
        return FrameTeam(owner.team_name or ""), []
    rows = [row for row in list_teams(current_user.id) if row.deletes_at is None]
    here = next((FrameTeam(row.name) for row in rows if row.id == team_id), FrameTeam(""))
    return here, [FrameTeam(row.name, row.public_id) for row in rows if row.id != team_id]


# The rooms in the bar of a phone, which has room for five places; the fifth opens the others.
_ON_PHONE = frozenset({"dashboard", "audience", "content", "planner"})
# Above which pages the reminder of a new export stands; all others have the chip, which leads to the same guide.
_REMINDING = ("dashboard.show", "imports.index")


def _rooms() -> list[Room]:
    here = current_room()
    table = (
        ("dashboard", _("Dashboard"), url_for("dashboard.show"), "dashboard"),
        ("audience", _("Audience"), url_for("audience.followers"), "users"),
        ("content", _("Content"), url_for("posts.index"), "video"),
        ("planner", _("Planner"), url_for("planner.index"), "calendar"),
        ("reports", _("Reports"), url_for("reports.index"), "file"),
        ("imports", _("Imports"), url_for("imports.index"), "upload"),
        ("accounts", _("Accounts"), url_for("accounts.index"), "settings"),
    )
    short = {"dashboard": _("Home")}
    return [
        Room(key, label, short.get(key, label), href, icon, key == here, key in _ON_PHONE)
        for key, label, href, icon in table
    ]


def init_app(app: Flask) -> None:
    """Give every template its frame, made when the template first asks for it."""

    @app.context_processor
    def provide_frame() -> dict[str, object]:
        return {"frame": _LazyFrame()}

    app.jinja_env.globals["ui"] = _Macros(app)


class _LazyFrame:
    """Stands for the frame until a template reads it: a fragment never does."""

    def __init__(self) -> None:
        self._frame: Frame | None = None

    def __getattr__(self, name: str) -> object:
        if self._frame is None:
            self._frame = Frame()
        return getattr(self._frame, name)


class _Macros:
    """The macros of ``macros/ui.html`` for every template, translated in the language of the answer."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> object:
        found = getattr(self._app.jinja_env.get_template("macros/ui.html").module, name)
        if not self._app.jinja_env.auto_reload:
            setattr(self, name, found)
        return found
