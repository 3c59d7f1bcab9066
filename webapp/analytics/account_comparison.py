"""Several accounts beside each other: what their exports counted, and who came and left over one period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from webapp.analytics.growth import GrowthRow, find_change, list_growth_rows
from webapp.analytics.period_changes import PeriodChange
from webapp.analytics.relationships import follower_ratio, summarise_relationships
from webapp.analytics.spans import find_span
from webapp.analytics.timeline import find_timeline
from webapp.domain.period import Span
from webapp.domain.period_query import PeriodQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS


class Figure(StrEnum):
    """The figures of an account, in their order."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"
    MUTUALS = "mutuals"
    RATIO = "follower_ratio"
    GAINED = "gained"
    LOST = "lost"
    NET = "net"
    PACE = "net_per_day"


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure with the public id of the export that counted it; none where it takes two exports."""

    count: int
    export: str = ""


@dataclass(frozen=True, slots=True)
class ExactPoint:
    """What an export of a day counted; ``count`` is ``None`` where it does not hold the list."""

    day: date
    export: str
    count: int | None


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """One account at the end of the period and over it; ``None`` is unknown.

    ``as_of`` is the Unix second of its newest list by then. ``points`` are the follower lists of the period with the
    one at which it begins, oldest first and one a day, with the exports between them that lack the list.
    """

    as_of: int | None
    followers: Counted | None
    following: Counted | None
    mutuals: Counted | None
    change: PeriodChange | None
    points: tuple[ExactPoint, ...]

    def value(self, figure: Figure) -> float | Decimal | None:
        """Return a figure; the pace is followers more or fewer a day, between the lists of ``change``."""
        change = self.change
        match figure:
            case Figure.FOLLOWERS:
                return _count(self.followers)
            case Figure.FOLLOWING:
                return _count(self.following)
            case Figure.MUTUALS:
                return _count(self.mutuals)
            case Figure.RATIO:
                return follower_ratio(_count(self.followers), _count(self.following))
            case Figure.GAINED:
                return None if change is None else change.gained
            case Figure.LOST:
                return None if change is None else change.lost
            case Figure.NET:
                return None if change is None else change.net
            case Figure.PACE:
                return None if change is None or change.days <= 0 else change.net / change.days

    @property
    def base(self) -> int | None:
        """Return the count that is 100 on an indexed scale; ``None`` where there is none, or it is zero."""
        return next((point.count for point in self.points if point.count is not None), None) or None


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over the accounts; ``known`` is that of those whose figure is known, ``missing`` the places of the rest."""

    known: float | Decimal
    missing: tuple[int, ...]

    @property
    def value(self) -> float | Decimal | None:
        """Return the sum of all; ``None`` where one is missing, for a smaller number would look like the whole."""
        return None if self.missing else self.known


@dataclass(frozen=True, slots=True)
class AccountComparison:
    """The accounts in the order asked for; ``leader`` is the place of the one from whose lists the period is counted.

    ``span`` is the period in seconds, the same for all; ``None`` where no account has a list.
    """

    accounts: tuple[AccountFigures, ...]
    leader: int
    span: Span | None

    def total(self, figure: Figure) -> Total | None:
        """Return the sum of a figure over the accounts; ``None`` for a ratio, which has none."""
        if figure is Figure.RATIO:
            return None
        values = [account.value(figure) for account in self.accounts]
        missing = tuple(place for place, value in enumerate(values) if value is None)
        return Total(sum(value for value in values if value is not None), missing)


def compare_accounts(scopes: Sequence[Scope], query: PeriodQuery) -> AccountComparison:
    """Return the figures of at least one account over one period.

    It is counted from the account with the newest list, or from that whose exports the period names. Raises
    ``NotFound`` for an export that is none of theirs.
    """
    histories = [list_growth_rows(scope) for scope in scopes]
    leader = _find_leader(scopes, histories, query)
    span = find_span(scopes[leader], query)
    return AccountComparison(
        tuple(_figures(scope, rows, span) for scope, rows in zip(scopes, histories, strict=True)), leader, span
    )


def _find_leader(scopes: Sequence[Scope], histories: Sequence[Sequence[GrowthRow]], query: PeriodQuery) -> int:
    named = query.to_id or query.from_id
    if named:
        for place, rows in enumerate(histories):
            if any(row.export == named for row in rows):
                return place
    newest = [rows[-1].at if rows else -1 for rows in histories]
    return newest.index(max(newest))


def _figures(scope: Scope, rows: Sequence[GrowthRow], span: Span | None) -> AccountFigures:
    if span is None:
        return AccountFigures(None, None, None, None, None, ())
    by_then = [row for row in rows if row.at <= span.until]
    last = {section: _last_with(by_then, section) for section in DIRECTIONS}
    followers, following = last[Section.FOLLOWERS], last[Section.FOLLOWING]
    newest = followers or following
    return AccountFigures(
        as_of=None if newest is None else newest.at,
        followers=_counted(followers, Section.FOLLOWERS),
        following=_counted(following, Section.FOLLOWING),
        mutuals=_mutuals(scope, followers, following),
        change=find_change(rows, Section.FOLLOWERS, span),
        points=tuple(_points(rows, span)),
    )


def _last_with(rows: Sequence[GrowthRow], section: Section) -> GrowthRow | None:
    return next((row for row in reversed(rows) if row.count(section) is not None), None)


def _counted(row: GrowthRow | None, section: Section) -> Counted | None:
    count = None if row is None else row.count(section)
    return None if row is None or count is None else Counted(count, row.export)


def _mutuals(scope: Scope, followers: GrowthRow | None, following: GrowthRow | None) -> Counted | None:
    """Return those on both lists: as their export counted them, else only where both are the newest there are."""
    if followers is None or following is None:
        return None
    if followers.export == following.export:
        return None if followers.mutuals is None else Counted(followers.mutuals, followers.export)
    for section, row in ((Section.FOLLOWERS, followers), (Section.FOLLOWING, following)):
        if find_timeline(scope, section).exports[-1].public_id != row.export:
            return None
    mutuals = summarise_relationships(scope).mutuals
    return None if mutuals is None else Counted(mutuals)


def _points(rows: Sequence[GrowthRow], span: Span) -> list[ExactPoint]:
    """Return the points of a period: of several lists of a day the last, without gaps at either end."""
    by_day: dict[date, ExactPoint] = {}
    for row in rows:
        if row.at != span.since and row.at not in span:
            continue
        if row.followers is not None or row.day not in by_day:
            by_day[row.day] = ExactPoint(row.day, row.export, row.followers)
    points = list(by_day.values())
    while points and points[-1].count is None:
        points.pop()
    while points and points[0].count is None:
        points.pop(0)
    return points


def _count(counted: Counted | None) -> int | None:
    return None if counted is None else counted.count
