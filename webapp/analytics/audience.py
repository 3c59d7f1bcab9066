"""The figures of the audience as of the newest lists: sizes, arrivals and the days that brought most."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from webapp.analytics.list_index import find_packed
from webapp.analytics.relationships import RelationshipSummary, count_by_day, summarise_relationships
from webapp.analytics.visible import current, find_newest_lists
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Export

_DAY_SECONDS: Final = 86_400
WEEK_DAYS: Final = 7
MONTH_DAYS: Final = 30
_TOP_DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many of the people on each list now were followed within some days before its export; ``None`` is unknown.

    Those who came and left again within these days are not in it.
    """

    followers: int | None
    following: int | None


@dataclass(frozen=True, slots=True)
class AudienceStats:
    """The figures of both lists; ``None`` is unknown."""

    sizes: RelationshipSummary
    week: Arrivals
    month: Arrivals
    top_days: tuple[tuple[date, int], ...] | None

    @property
    def as_of(self) -> int | None:
        """Return the Unix second of the newest complete list."""
        return self.sizes.as_of

    @property
    def followers(self) -> int | None:
        """Return how many follow the account."""
        return self.sizes.followers

    @property
    def following(self) -> int | None:
        """Return how many the account follows."""
        return self.sizes.following

    @property
    def mutuals(self) -> int | None:
        """Return how many are on both lists."""
        return self.sizes.mutuals

    @property
    def followers_only(self) -> int | None:
        """Return how many follow the account and are not followed back."""
        return self.sizes.followers_only

    @property
    def following_only(self) -> int | None:
        """Return how many the account follows who do not follow back."""
        return self.sizes.following_only

    @property
    def follower_ratio(self) -> Decimal | None:
        """Return followers / following."""
        return self.sizes.follower_ratio


def summarise_audience(scope: Scope) -> AudienceStats:
    """Return the figures of the newest complete lists."""
    sizes = summarise_relationships(scope)
    newest = find_newest_lists(scope)
    return AudienceStats(
        sizes=sizes,
        week=_count_arrivals(scope, newest, WEEK_DAYS),
        month=_count_arrivals(scope, newest, MONTH_DAYS),
        top_days=None if sizes.followers is None else list_top_days(scope, _TOP_DAYS),
    )


def list_top_days(scope: Scope, most: int) -> tuple[tuple[date, int], ...]:
    """Return the days of the account's zone on which most of today's followers came, the later first on a tie."""
    days = count_by_day(scope, Section.FOLLOWERS).items()
    return tuple(sorted(days, key=lambda day: (day[1], day[0]), reverse=True)[:most])


def _count_arrivals(scope: Scope, newest: dict[Section, Export | None], days: int) -> Arrivals:
    counts = {
        section: None if export is None else _count_since(scope, section, export, days)
        for section, export in newest.items()
    }
    return Arrivals(counts[Section.FOLLOWERS], counts[Section.FOLLOWING])


def _count_since(scope: Scope, section: Section, export: Export, days: int) -> int:
    """Return how many follow seconds of a list lie in (export time - days, export time]."""
    end = export.exported_at
    start = end - days * _DAY_SECONDS
    packed = find_packed(export, section)
    if packed is not None:
        return bisect_right(packed.seconds, end) - bisect_right(packed.seconds, start)
    model = DIRECTIONS[section]
    within = current(model, scope) & (model.followed_at > start) & (model.followed_at <= end)
    return db.session.scalar(select(func.count()).select_from(model).where(within)) or 0
