"""The parts of the page of notifications, each computed when the template asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.accounts import AccountRow, list_accounts
from webapp.analytics.notifications import (
    Badge,
    ToldPage,
    count_marked,
    count_unread,
    find_zone,
    list_told,
)
from webapp.domain.formatting import format_count, format_day
from webapp.domain.notification_query import NotificationPlace, NotificationQuery, moment_number
from webapp.domain.notifications import NoticeType, Told
from webapp.domain.period import day_of, instant
from webapp.domain.scope import TeamScope
from webapp.renderers.notice_texts import NoticeTexts
from webapp.web.audience_tabs import Tab
from webapp.web.i18n import locale
from webapp.web.notification_tabs import notification_tabs
from webapp.web.people_list import Option
from webapp.web.planner.texts import time_text
from webapp.web.reminders import today_in

ICONS: Final = {
    NoticeType.MILESTONE: "heart",
    NoticeType.FOLLOWER_MILESTONE: "users",
    NoticeType.TREND: "tag",
    NoticeType.ANOMALY: "chart",
    NoticeType.MUTUAL: "mutual",
    NoticeType.IMPORT: "upload",
    NoticeType.REPORT: "file",
    NoticeType.LINK: "link",
    NoticeType.GOAL: "check-circle",
    NoticeType.SECURITY: "key",
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notification as a line of the page."""

    public_id: str
    title: str
    body: str
    icon: str
    type: str
    handle: str | None
    time: str
    iso: str
    is_read: bool
    open_href: str
    mark_href: str


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """What a day brought."""

    day: date
    label: str
    lines: list[NoticeLine]


@dataclass(frozen=True, slots=True)
class Done:
    """What was just marked as read, and how it is undone."""

    text: str
    undo_href: str
    moment: int


class NotificationsPage:
    """What a reader was told in the open team; ``marked_at`` is the moment of what they have just marked as read."""

    def __init__(self, team: TeamScope, query: NotificationQuery, marked_at: datetime | None = None) -> None:
        self.query = query
        self.said = ""
        self._team = team
        self._marked_at = marked_at

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages about notifications."""
        return notification_tabs("notifications.index")

    @cached_property
    def result(self) -> ToldPage:
        """Return the page of the list."""
        return list_told(self._team, self.query)

    @cached_property
    def badge(self) -> Badge:
        """Return how many are unread, whatever the view."""
        return count_unread(self._team)

    @property
    def unread_text(self) -> str:
        """Return how many are unread, in words."""
        unread = self.badge.unread
        if not unread:
            return str(_("Everything is read."))
        return str(
            ngettext("%(count)s unread notification", "%(count)s unread notifications", unread, count=_written(unread))
        )

    @property
    def days(self) -> list[NoticeDay]:
        """Return the notifications of the page by the days on which they were told, the newest first."""
        rows = groupby(self.result.rows, key=lambda told: day_of(told.at, self._zone))
        return [NoticeDay(day, self._day_text(day), self._lines(told)) for day, told in rows]

    @cached_property
    def done(self) -> Done | None:
        """Return what was just marked as read; ``None`` where nothing was, or no longer is."""
        if self._marked_at is None:
            return None
        count = count_marked(self._team, self._marked_at)
        if not count:
            return None
        text = ngettext(
            "%(count)s notification was marked as read.",
            "%(count)s notifications were marked as read.",
            count,
            count=_written(count),
        )
        return Done(str(text), self._href("notifications.undo"), moment_number(self._marked_at))

    # ---- the view ----

    @property
    def views(self) -> list[Tab]:
        """Return the two lists: all, and what is unread."""
        texts = ((_("All notifications"), False), (_("Unread"), True))
        return [
            Tab(text, self._href("notifications.index", self.query.with_(unread=unread)), self.query.unread is unread)
            for text, unread in texts
        ]

    @property
    def types(self) -> list[Option]:
        """Return the types that can be chosen."""
        found = [Option(kind.value, self._texts.type_label(kind)) for kind in NoticeType]
        return [Option("", _("Every type")), *found]

    @property
    def accounts(self) -> list[Option]:
        """Return the accounts that can be chosen; none where there is only one."""
        if len(self._accounts) < 2:
            return []
        found = [Option(row.public_id, f"@{row.handle}") for row in self._accounts]
        return [Option("", _("Every account")), *found]

    @property
    def shows_account(self) -> bool:
        """Return whether each line says which account it is about."""
        return len(self._accounts) > 1

    @property
    def clear_href(self) -> str:
        """Return the address of the whole list."""
        return url_for("notifications.index")

    @property
    def filter_href(self) -> str:
        """Return where the filters are sent."""
        return url_for("notifications.index")

    @property
    def mark_all_href(self) -> str:
        """Return where it is asked to mark all of this view as read."""
        return self._href("notifications.mark_all", self.query.with_())

    @property
    def newer_href(self) -> str | None:
        """Return the address of the page with newer ones."""
        return self._place_href(self.result.newer)

    @property
    def older_href(self) -> str | None:
        """Return the address of the page with older ones."""
        return self._place_href(self.result.older)

    @property
    def range_text(self) -> str:
        """Return the days that this page reaches over."""
        rows = self.result.rows
        newest, oldest = (format_day(day_of(rows[place].at, self._zone), locale()) for place in (0, -1))
        if newest == oldest:
            return newest
        return str(_("%(first)s to %(last)s", first=oldest, last=newest))

    @property
    def choices_href(self) -> str:
        """Return where it is chosen what comes by mail or to a device."""
        return url_for("notification_choices.index")

    @cached_property
    def _texts(self) -> NoticeTexts:
        return NoticeTexts(locale())

    @cached_property
    def _accounts(self) -> list[AccountRow]:
        return list_accounts(self._team)

    @cached_property
    def _zone(self) -> str:
        """Return the zone whose days these are: the reader's own, else that of the account they see first."""
        return find_zone(self._team.user_id) or (self._accounts[0].timezone if self._accounts else "UTC")

    def _lines(self, rows: Iterable[Told]) -> list[NoticeLine]:
        return [self._line(told) for told in rows]

    def _line(self, told: Told) -> NoticeLine:
        text = self._texts.one(told)
        # Made by hand: two addresses a line take longer than all else of it.
        own, wish = f"{self._base}/{told.public_id}", "unread" if told.is_read else "read"
        return NoticeLine(
            public_id=told.public_id,
            title=text.title,
            body=text.body,
            icon=ICONS[told.type],
            type=self._texts.type_label(told.type),
            handle=told.handle if self.shows_account else None,
            time=time_text(told.at, self._zone),
            iso=instant(told.at).isoformat(),
            is_read=told.is_read,
            open_href=f"{own}/open",
            mark_href=f"{own}/{wish}{self._asked}",
        )

    @cached_property
    def _base(self) -> str:
        return url_for("notifications.index")

    @cached_property
    def _asked(self) -> str:
        """Return the view as the end of an address."""
        arguments = self.query.to_args()
        return f"?{urlencode(arguments)}" if arguments else ""

    def _day_text(self, day: date) -> str:
        today = today_in(self._zone)
        if day == today:
            return str(_("Today"))
        if day == today - timedelta(days=1):
            return str(_("Yesterday"))
        return format_day(day, locale(), "full")

    def _place_href(self, place: NotificationPlace | None) -> str | None:
        return None if place is None else self._href("notifications.index", self.query.with_(place=place))

    def _href(self, endpoint: str, query: NotificationQuery | None = None) -> str:
        arguments: dict[str, Any] = (self.query if query is None else query).to_args()
        return url_for(endpoint, **arguments)


def _written(number: int) -> str:
    return format_count(number, locale())
