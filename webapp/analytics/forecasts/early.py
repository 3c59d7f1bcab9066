"""What posts of the last days will get, from what they have already (STATISTICS 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.analytics.forecasts.fit import Expected, ForecastFit, to_likes, to_log
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.analytics.forecasts.history import is_young
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.analytics.statistics.growth import Growth
from webapp.domain.period import DAY_SECONDS
from webapp.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class EarlyForecast:
    """A post whose likes still rise, and what it will get: eight of ten such posts end between ``low`` and ``high``.

    ``likes`` are those of the newest list, at ``age_days``. The three are rounded to two significant digits, never
    below the likes that are there, and ``None`` where fewer than fifteen own posts were read at such an age;
    ``posts`` is how many were. ``skill`` is how much smaller the error is than that of ``expected``, the forecast
    before publication. A post takes off where it will get more than that range, as far as can be told.
    """

    post: str
    published_at: int
    age_days: float
    likes: int | None
    typical: int | None = None
    low: int | None = None
    high: int | None = None
    posts: int = 0
    skill: float | None = None
    expected: Expected | None = None
    takes_off: bool = False


def find_early(scope: Scope) -> tuple[EarlyForecast, ...]:
    """Return the posts that are too young to count, newest first; none while a job is at it."""
    fit, table = find_forecast_fit(scope), find_posts(scope)
    return () if fit is None or table is None else early_of(fit, table)


def early_of(fit: ForecastFit, table: PostTable) -> tuple[EarlyForecast, ...]:
    """Return the young posts of a table, newest first, by what is kept of the mature ones."""
    since = table.as_of - MATURE_DAYS * DAY_SECONDS
    newest = takewhile(lambda row: row.published_at > since, reversed(table.rows))
    return tuple(_forecast(fit, table, row) for row in newest if is_young(table, row))


def _forecast(fit: ForecastFit, table: PostTable, row: PostRow) -> EarlyForecast:
    age, expected = table.age_days(row), fit.find_expected(row.public_id)
    growth = _growth_at(fit, age)
    if growth is None or row.likes is None:
        return EarlyForecast(row.public_id, row.published_at, age, row.likes, expected=expected)
    now = to_log(row.likes, fit.scale)
    low, typical, high = (
        max(float(row.likes), to_likes(now + more, fit.scale)) for more in (growth.low, growth.median, growth.high)
    )
    return EarlyForecast(
        post=row.public_id,
        published_at=row.published_at,
        age_days=age,
        likes=row.likes,
        typical=max(row.likes, rounded_likes(typical)),
        low=max(row.likes, rounded_likes(low)),
        high=max(row.likes, rounded_likes(high)),
        posts=growth.posts,
        skill=growth.skill,
        expected=expected,
        takes_off=expected is not None and low > expected.high,
    )


def _growth_at(fit: ForecastFit, age: float) -> Growth | None:
    return next((growth for growth in fit.growth if growth.first <= age < growth.last), None)
