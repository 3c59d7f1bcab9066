"""What people are told of: types they choose channels for, kinds that have words, and when each is due."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from webapp.domain.errors import ErrorCode, Invalid

# In the morning, an hour after digests: what is collected over a day or a week comes then; a week on Mondays.
COLLECTED_AT: Final = time(8)
_DAY: Final = timedelta(days=1)
_MINUTES: Final = 24 * 60
_CLOCK: Final = re.compile(r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])")

MILESTONES: Final = (1_000, 10_000, 100_000, 1_000_000)
FOLLOWER_MILESTONES: Final = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


class NoticeType(StrEnum):
    """What a person chooses channels for."""

    MILESTONE = "milestone"
    FOLLOWER_MILESTONE = "follower_milestone"
    TREND = "trend"
    ANOMALY = "anomaly"
    MUTUAL = "mutual"
    IMPORT = "import"
    REPORT = "report"
    LINK = "link"
    GOAL = "goal"
    SECURITY = "security"


class NoticeKind(StrEnum):
    """What is said; each kind has its sentence (`renderers/notice_texts.py`) and these values in ``params``.

    Days are ISO dates in the account's zone. ``post``, ``import``, ``report``, ``share`` and ``goal`` are public ids.
    """

    POST_LIKES = "post_likes"  # post, threshold, count, day (of the export: at the latest then)
    POST_VIEWS = "post_views"  # post, threshold, count, day
    ACCOUNT_LIKES = "account_likes"  # threshold, count, day
    ACCOUNT_VIEWS = "account_views"  # threshold, count, day
    FOLLOWERS = "followers"  # threshold, count, day (at the latest on)
    RISING_HASHTAG = "rising_hashtag"  # tag, recent, of_recent, earlier, of_earlier
    RISING_SOUND = "rising_sound"  # sound (public id), recent, of_recent, earlier, of_earlier
    POST_PEAK = "post_peak"  # post, likes, low, typical, high, z
    POST_FLOP = "post_flop"
    ENGAGEMENT_RISE = "engagement_rise"  # post (at which it was found), day (it began), factor, posts
    ENGAGEMENT_DROP = "engagement_drop"
    FOLLOWER_PEAK = "follower_peak"  # day, gained, expected
    FOLLOWER_DROP = "follower_drop"  # from, to (exports), first, last (days), lost, usual
    NEW_MUTUAL = "new_mutual"  # person (username), day (of the export)
    IMPORT_DONE = "import_done"  # import, file
    IMPORT_HELD = "import_held"  # import, file
    IMPORT_FAILED = "import_failed"  # import, file, error (an `ErrorCode`)
    REPORT_READY = "report_ready"  # report, title
    REPORT_FAILED = "report_failed"  # report, title, error
    DOWNLOAD_READY = "download_ready"  # download (public id), content, form
    LINK_EXPIRING = "link_expiring"  # share, title, expires_at (Unix second)
    GOAL_MET = "goal_met"  # goal, metric, month (ISO date of its first day), target, actual
    GOAL_MISSED = "goal_missed"
    NEW_DEVICE = "new_device"  # browser, ip
    ROLE_CHANGED = "role_changed"  # team (name), role


TYPE_OF: Final[Mapping[NoticeKind, NoticeType]] = {
    NoticeKind.POST_LIKES: NoticeType.MILESTONE,
    NoticeKind.POST_VIEWS: NoticeType.MILESTONE,
    NoticeKind.ACCOUNT_LIKES: NoticeType.MILESTONE,
    NoticeKind.ACCOUNT_VIEWS: NoticeType.MILESTONE,
    NoticeKind.FOLLOWERS: NoticeType.FOLLOWER_MILESTONE,
    NoticeKind.RISING_HASHTAG: NoticeType.TREND,
    NoticeKind.RISING_SOUND: NoticeType.TREND,
    NoticeKind.POST_PEAK: NoticeType.ANOMALY,
    NoticeKind.POST_FLOP: NoticeType.ANOMALY,
    NoticeKind.ENGAGEMENT_RISE: NoticeType.ANOMALY,
    NoticeKind.ENGAGEMENT_DROP: NoticeType.ANOMALY,
    NoticeKind.FOLLOWER_PEAK: NoticeType.ANOMALY,
    NoticeKind.FOLLOWER_DROP: NoticeType.ANOMALY,
    NoticeKind.NEW_MUTUAL: NoticeType.MUTUAL,
    NoticeKind.IMPORT_DONE: NoticeType.IMPORT,
    NoticeKind.IMPORT_HELD: NoticeType.IMPORT,
    NoticeKind.IMPORT_FAILED: NoticeType.IMPORT,
    NoticeKind.REPORT_READY: NoticeType.REPORT,
    NoticeKind.REPORT_FAILED: NoticeType.REPORT,
    NoticeKind.DOWNLOAD_READY: NoticeType.REPORT,
    NoticeKind.LINK_EXPIRING: NoticeType.LINK,
    NoticeKind.GOAL_MET: NoticeType.GOAL,
    NoticeKind.GOAL_MISSED: NoticeType.GOAL,
    NoticeKind.NEW_DEVICE: NoticeType.SECURITY,
    NoticeKind.ROLE_CHANGED: NoticeType.SECURITY,
}


class Channel(StrEnum):
    """How a person is told."""

    APP = "app"
    MAIL = "mail"
    PUSH = "push"


class Frequency(StrEnum):
    """How soon a channel tells; the app only knows off and at once."""

    OFF = "off"
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


def allowed_frequencies(kind: NoticeType, channel: Channel) -> tuple[Frequency, ...]:
    """Return what may be chosen; one alone is fixed: security is always in the app, and has mails of its own."""
    if kind is NoticeType.SECURITY and channel is not Channel.PUSH:
        return (Frequency.AT_ONCE,) if channel is Channel.APP else (Frequency.OFF,)
    if channel is Channel.APP:
        return (Frequency.AT_ONCE, Frequency.OFF)
    return (Frequency.OFF, Frequency.AT_ONCE, Frequency.DAILY, Frequency.WEEKLY)


def default_frequency(channel: Channel) -> Frequency:
    """Return what holds until a person chooses: nobody is mailed unasked, a device asked by being added."""
    return Frequency.OFF if channel is Channel.MAIL else Frequency.AT_ONCE


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that exports show of an account, found by its data alone: the same whichever way they came in.

    ``key`` tells it from others of its kind, whatever the import; ``at`` is the Unix second of the export that shows
    it first, in the order of export times.
    """

    kind: NoticeKind
    key: str
    at: int
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell people; ``key`` tells it from others of its kind, so that nobody is told of it twice.

    ``team_id`` is ``None`` for what is about the person alone, ``account_id`` for what is about no account.
    """

    kind: NoticeKind
    key: str
    params: Mapping[str, Any]
    team_id: int | None = None
    account_id: int | None = None
    notice_id: int | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """When a person wants no mail or push, in minutes of their day; from 22:00 to 7:00 goes over midnight."""

    timezone: str = "UTC"
    quiet_from: int | None = None
    quiet_until: int | None = None

    def is_quiet(self, second: int) -> bool:
        """Return whether a Unix second lies in the quiet hours."""
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return False
        local = datetime.fromtimestamp(second, ZoneInfo(self.timezone))
        minute = local.hour * 60 + local.minute
        if self.quiet_from < self.quiet_until:
            return self.quiet_from <= minute < self.quiet_until
        return minute >= self.quiet_from or minute < self.quiet_until

    def after_quiet(self, second: int) -> int:
        """Return the second itself, or the one at which the quiet hours that it lies in are over."""
        if not self.is_quiet(second) or self.quiet_until is None:
            return second
        zone = ZoneInfo(self.timezone)
        today = datetime.fromtimestamp(second, zone).date()
        end = time(*divmod(self.quiet_until % _MINUTES, 60))
        # Where clocks are set back, the end may come twice; where they are set forward, it comes an hour later.
        ends = (
            int(datetime.combine(day, end, zone).replace(fold=fold).timestamp())
            for day in (today, today + _DAY)
            for fold in (0, 1)
        )
        return next(each for each in ends if each > second and not self.is_quiet(each))


def parse_minute(field: str, text: str) -> int:
    """Return the minute of the day that HH:MM names; raise ``Invalid`` naming the field for anything else."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise Invalid(ErrorCode.QUIET_TIME_INVALID, field=field, value=text[:20])
    return int(found["hour"]) * 60 + int(found["minute"])


def format_minute(minute: int) -> str:
    """Return a minute of the day as HH:MM."""
    return f"{minute // 60:02}:{minute % 60:02}"


def hours_for(kind: NoticeType, hours: Hours) -> Hours:
    """Return when somebody wants nothing of a type; what is about their own safety does not wait for the morning."""
    return Hours(hours.timezone) if kind is NoticeType.SECURITY else hours


def due_at(frequency: Frequency, hours: Hours, now: int) -> int | None:
    """Return the Unix second at which something of this moment is to be sent; ``None`` for never."""
    if frequency is Frequency.OFF:
        return None
    if frequency is Frequency.AT_ONCE:
        return hours.after_quiet(now)
    zone = ZoneInfo(hours.timezone)
    day = datetime.fromtimestamp(now, zone).date()
    while True:
        second = int(datetime.combine(day, COLLECTED_AT, zone).timestamp())
        if second > now and (frequency is Frequency.DAILY or day.weekday() == 0):
            return hours.after_quiet(second)
        day += _DAY


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as one reader may know it, before it is put into words (`renderers/notice_texts.py`).

    ``account`` is a public id and ``handle`` its name; both are ``None`` for what is about no account, ``timezone`` is
    the account's or UTC. ``subject`` are the words of the post, the name of the sound or of the person that it is
    about, as far as the reader may know them, else empty.
    """

    id: int
    public_id: str
    kind: NoticeKind
    params: Mapping[str, Any]
    at: int
    account: str | None = None
    handle: str | None = None
    timezone: str = "UTC"
    is_read: bool = False
    subject: str = ""

    @property
    def type(self) -> NoticeType:
        """Return what channels are chosen for."""
        return TYPE_OF[self.kind]
