"""Which single number is asked about: what a link to its drawer carries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

from webapp.domain.metrics import OF_POSTS, MetricKey
from webapp.domain.period_query import PeriodQuery
from webapp.domain.post_query import PostFilter
from webapp.domain.query import MAX_PAGE, Arguments, parse_day, parse_number, single


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A number by its metric, and by what else tells it from others of the metric.

    ``period`` is that of gained, lost and net. ``day`` is the day of a point of a curve, of the day's follows, of the
    month of an arrival (its first day). ``export`` is the public id of the export that counted it, of the newest one
    without; of a share that stayed it is the later list. ``post`` is a post's public id. ``hour`` is counted from the
    first of Monday, 0 to 167. ``posts`` are those that a number of ``OF_POSTS`` is about, all without: nothing else but
    the page tells such numbers apart, so a link may spell the days of the posts as it spells those of a period.
    ``page`` is that of the rows behind the number.
    """

    metric: MetricKey
    period: PeriodQuery = field(default_factory=PeriodQuery)
    day: date | None = None
    export: str = ""
    post: str = ""
    hour: int | None = None
    posts: PostFilter | None = None
    page: int = 1

    _FIELDS: ClassVar[tuple[str, ...]] = (*PeriodQuery.FIELDS, "day", "export", "post", "hour", "page")

    @classmethod
    def fields_of(cls, metric: MetricKey) -> tuple[str, ...]:
        """Return the names of the arguments that tell the numbers of a metric apart."""
        return (*PostFilter.FIELDS, "page") if metric in OF_POSTS else cls._FIELDS

    @classmethod
    def parse(cls, metric: MetricKey, arguments: Arguments, timezone: str) -> FigureQuery:
        """Return the question that the arguments ask; raise ``Invalid`` naming the field of a bad value."""
        page = parse_number("page", single(arguments, "page"), 1, 1, MAX_PAGE)
        if metric in OF_POSTS:
            posts = PostFilter.parse(arguments, timezone)
            return cls(metric, posts=None if posts.is_open else posts, page=page)
        hour = single(arguments, "hour")
        return cls(
            metric=metric,
            period=PeriodQuery.parse(arguments),
            day=parse_day("day", single(arguments, "day")),
            export=single(arguments, "export"),
            post=single(arguments, "post"),
            hour=parse_number("hour", hour, 0, 0, 167) if hour else None,
            page=page,
        )

    def with_(self, **changes: object) -> FigureQuery:
        """Return a copy with other values, at its first page unless that is given."""
        return replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this question again, defaults left out."""
        page = {} if self.page == 1 else {"page": str(self.page)}
        if self.metric in OF_POSTS:
            return {**(self.posts.to_args() if self.posts else {}), **page}
        arguments = {
            **self.period.to_args(),
            "day": self.day.isoformat() if self.day else "",
            "export": self.export,
            "post": self.post,
            "hour": "" if self.hour is None else str(self.hour),
            **page,
        }
        return {name: value for name, value in arguments.items() if value}
