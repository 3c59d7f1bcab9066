"""How the followers of an account changed: what each export counted, what came and went between, and what is estimated.

An export is an exact point. A list that an export does not hold is a gap: neither zero nor carried over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import msgspec
from sqlalchemy import Text, bindparam, cast, select

from webapp.analytics.growth_model import LAYOUT, GrowthFit, Milestone, PeakDay, Point, work_out
from webapp.analytics.period_changes import ListChange, PeriodChange, add_up
from webapp.analytics.relationships import follower_ratio
from webapp.analytics.renames import count_confirmed
from webapp.analytics.spans import find_base, find_span
from webapp.analytics.statistics.proportions import Interval, wilson
from webapp.analytics.visible import ANY_READER, ZonedReader, values_of, visible
from webapp.domain.period import DAY_SECONDS, Span, day_of, start_of_day
from webapp.domain.period_query import PeriodQuery
from webapp.domain.post_titles import title_of
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Export, FollowerSnapshot, GrowthModel, Post, PostDetail

# Lists so long are worked out by a job alone: a page never waits for one.
LONG_LIST: Final = 10_000
# How many days before a peak a post may have been published that it is named with.
POST_DAYS: Final = 3

# Made once: it is asked for every peak.
_PUBLISHED: Final = (
    select(
        Post.published_at,
        select(PostDetail.title)
        .where(PostDetail.post_id == Post.id, PostDetail.is_newest, visible(PostDetail, ANY_READER))
        .limit(1)
        .scalar_subquery(),
    )
    .where(
        visible(Post, ANY_READER),
        Post.published_at >= bindparam("since"),
        Post.published_at < bindparam("until"),
    )
    .order_by(Post.published_at.desc(), Post.ordinal)
)


@dataclass(frozen=True, slots=True)
class GrossChange:
    """Who came and who left since the complete list before; confirmed renames and new dates are neither."""

    gained: int
    lost: int

    @property
    def net(self) -> int:
        """Return the difference of the two lists' lengths."""
        return self.gained - self.lost


@dataclass(frozen=True, slots=True)
class GrowthRow:
    """One export: its day in the account's zone and second, the length of each list, and what changed before it.

    ``None`` is a list that the export does not hold; a change is ``None`` for it and for the first list. The sources
    are the public ids of this export and of those with the lists before.
    """

    export: str
    day: date
    at: int
    followers: int | None
    following: int | None
    mutuals: int | None
    profile_followers: int | None
    follower_change: GrossChange | None
    following_change: GrossChange | None
    follower_list_before: str | None
    following_list_before: str | None

    @property
    def ratio(self) -> Decimal | None:
        """Return followers / following with two decimals."""
        return follower_ratio(self.followers, self.following)

    def count(self, section: Section) -> int | None:
        """Return the length of a list."""
        return self.followers if section is Section.FOLLOWERS else self.following

    def change(self, section: Section) -> GrossChange | None:
        """Return what changed of a list since the one before it."""
        return self.follower_change if section is Section.FOLLOWERS else self.following_change


@dataclass(frozen=True, slots=True)
class Retention:
    """Of the followers on one list, how many were on the next; seconds and public ids of both exports."""

    begins_at: int
    ends_at: int
    from_export: str
    to_export: str
    kept: int
    of: int

    @property
    def share(self) -> Interval | None:
        """Return kept / of with its 95 % interval; ``None`` of an empty list."""
        return wilson(self.kept, self.of)

    @property
    def in_thirty_days(self) -> Interval | None:
        """Return the same for 30 days, as if people left at one pace: share ** (30 / days)."""
        share, days = self.share, (self.ends_at - self.begins_at) / DAY_SECONDS
        if share is None or days <= 0:
            return None
        return Interval(*(value ** (30 / days) for value in (share.value, share.low, share.high)))


@dataclass(frozen=True, slots=True)
class NearPost:
    """A post by its day in the account's zone and its words, which may be none."""

    day: date
    title: str


@dataclass(frozen=True, slots=True)
class Growth:
    """The answer for one period. ``as_of`` is the second of the newest list, ``None`` when no export holds one.

    ``span`` is the period in seconds; ``None`` when there is no list to count it from. ``base`` is what it is compared
    with, ``None`` for nothing. ``rows`` and ``retention`` are those inside the period, ``history`` is every row.
    ``fit`` holds what is worked out over all time; ``None`` while a job is at it.
    """

    query: PeriodQuery
    timezone: str
    as_of: int | None
    span: Span | None
    base: Span | None
    history: tuple[GrowthRow, ...]
    rows: tuple[GrowthRow, ...]
    retention: tuple[Retention, ...]
    fit: GrowthFit | None

    @property
    def points(self) -> tuple[Point, ...]:
        """Return the points of the curves inside the period."""
        fit = self.fit or GrowthFit()
        return tuple(point for point in fit.points if self._holds(point.at))

    @property
    def peaks(self) -> tuple[PeakDay, ...] | None:
        """Return the peaks of the days inside the period; ``None`` where they are not known."""
        if self.fit is None or self.fit.peaks is None:
            return None
        return tuple(peak for peak in self.fit.peaks if self.holds_day(peak.day))

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """Return the round numbers reached, of all time: a period would hide most of them."""
        return self.fit.milestones if self.fit else ()

    def holds_day(self, day: date) -> bool:
        """Return whether the period touches a day of the account's zone."""
        if self.span is None:
            return False
        first = date.min if self.span.since is None else day_of(self.span.since + 1, self.timezone)
        return first <= day <= day_of(self.span.until, self.timezone)

    def change(self, section: Section) -> PeriodChange | None:
        """Return who came and left on a list over the period; ``None`` where it does not reach over two lists."""
        return find_change(self.history, section, self.span)

    def base_change(self, section: Section) -> PeriodChange | None:
        """Return the same of what the period is compared with."""
        return find_change(self.history, section, self.base)

    def _holds(self, second: int) -> bool:
        return self.span is not None and second in self.span


def find_growth(scope: Scope, query: PeriodQuery) -> Growth:
    """Return the growth of an account over a period; raise ``NotFound`` for an export that is not there."""
    rows = list_growth_rows(scope)
    span = find_span(scope, query)
    return Growth(
        query,
        scope.timezone,
        _as_of(rows),
        span,
        find_base(query, span, scope.timezone),
        tuple(rows),
        tuple(row for row in rows if span is not None and row.at in span),
        tuple(found for found in list_retention(rows) if span is not None and found.ends_at in span),
        _fit(scope, rows),
    )


def find_change(rows: Iterable[GrowthRow], section: Section, span: Span | None) -> PeriodChange | None:
    """Return who came and left on a list over a period; ``rows`` are all of an account, oldest first."""
    if span is None:
        return None
    lists = []
    for row in rows:
        if row.count(section) is not None:
            change = row.change(section)
            gained, lost = (None, None) if change is None else (change.gained, change.lost)
            lists.append(ListChange(row.export, row.at, gained, lost))
    return add_up(lists, span)


def find_posts_near(scope: Scope, days: Sequence[date]) -> dict[date, list[NearPost]]:
    """Return for each day the posts published on it or up to ``POST_DAYS`` days before, newest first."""
    near: dict[date, list[NearPost]] = {day: [] for day in days}
    for first, last in _windows(days):
        for posted, title in _list_titles(scope, first, last):
            for later in range(POST_DAYS + 1):
                if (day := posted + timedelta(days=later)) in near:
                    near[day].append(NearPost(posted, title))
    return near


def _windows(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Yield from when to when posts matter for any of the days; between days far apart may lie thousands of others."""
    first: date | None = None
    for day in sorted(days):
        begins = day - timedelta(days=POST_DAYS)
        if first is None:
            first, last = begins, day
        elif begins > last + timedelta(days=1):
            yield first, last
            first = begins
        last = day
    if first is not None:
        yield first, last


def _list_titles(scope: Scope, first: date, last: date) -> Iterator[tuple[date, str]]:
    """Yield the posts of some days with their words, newest first."""
    zone = scope.timezone
    asked = {"since": start_of_day(first, zone), "until": start_of_day(last + timedelta(days=1), zone)}
    for second, text in db.session.execute(_PUBLISHED, {**values_of(scope), **asked}):
        yield day_of(second, zone), title_of(text)


def list_growth_rows(scope: ZonedReader) -> list[GrowthRow]:
    """Return every export that holds a list whole, oldest first."""
    stored = db.session.execute(
        select(FollowerSnapshot, Export.public_id)
        .join(Export, Export.id == FollowerSnapshot.export_id)
        .where(visible(FollowerSnapshot, scope))
        .order_by(FollowerSnapshot.at, FollowerSnapshot.export_id)
    ).all()
    renamed = {section: count_confirmed(scope, section) for section in DIRECTIONS}
    before: dict[Section, str | None] = dict.fromkeys(DIRECTIONS)
    rows = []
    for snapshot, public_id in stored:
        counts = {Section.FOLLOWERS: snapshot.followers, Section.FOLLOWING: snapshot.following}
        if all(count is None for count in counts.values()):
            continue
        changes = {
            section: _change(snapshot, section, renamed[section].get(snapshot.export_id, 0)) for section in DIRECTIONS
        }
        rows.append(
            GrowthRow(
                export=public_id,
                day=day_of(snapshot.at, scope.timezone),
                at=snapshot.at,
                followers=snapshot.followers,
                following=snapshot.following,
                mutuals=snapshot.mutuals,
                profile_followers=snapshot.profile_followers,
                follower_change=changes[Section.FOLLOWERS],
                following_change=changes[Section.FOLLOWING],
                follower_list_before=before[Section.FOLLOWERS],
                following_list_before=before[Section.FOLLOWING],
            )
        )
        before |= {section: public_id for section, count in counts.items() if count is not None}
    return rows


def _change(snapshot: FollowerSnapshot, section: Section, renamed: int) -> GrossChange | None:
    gained = getattr(snapshot, f"{section.value}_gained")
    lost = getattr(snapshot, f"{section.value}_lost")
    return None if gained is None or lost is None else GrossChange(gained - renamed, lost - renamed)


def _as_of(rows: list[GrowthRow]) -> int | None:
    """Return the second of the newest follower list, of the newest other list where there is none."""
    listed = [row.at for row in rows if row.followers is not None]
    return max(listed or [row.at for row in rows], default=None)


def list_retention(rows: Iterable[GrowthRow]) -> Iterator[Retention]:
    """Yield from each follower list to the next how many stayed; ``rows`` are all of an account, oldest first."""
    before: GrowthRow | None = None
    for row in rows:
        if row.followers is None:
            continue
        if before is not None and row.follower_change is not None:
            of = before.followers or 0
            kept = of - row.follower_change.lost
            yield Retention(before.at, row.at, before.export, row.export, kept, of)
        before = row


def _fit(scope: Scope, rows: list[GrowthRow]) -> GrowthFit | None:
    """Return what is kept for this revision and zone, else work it out where that takes but a moment."""
    stored = db.session.scalar(
        # As text: read straight into its shape, which takes a fifth of the time.
        select(cast(GrowthModel.body, Text)).where(
            GrowthModel.account_id == scope.account_id,
            GrowthModel.revision == scope.revision,
            GrowthModel.timezone == scope.timezone,
            GrowthModel.layout == LAYOUT,
        )
    )
    if stored is not None:
        return msgspec.json.decode(stored, type=GrowthFit)
    if max((max(row.followers or 0, row.following or 0) for row in rows), default=0) >= LONG_LIST:
        return None
    return work_out(scope, scope.timezone)
