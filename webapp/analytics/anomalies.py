"""What stands out of an account: posts far from what was expected, lasting changes, days and times of many or few.

Nothing is said of why. What cannot be watched yet is said with how much more it would take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from webapp.analytics.content.kept import keep
from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts.fit import Checked, ForecastFit
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.analytics.growth import Growth, Retention, find_growth, list_retention
from webapp.analytics.insights.peaks import chances_of
from webapp.analytics.spans import find_span
from webapp.analytics.statistics.drops import LEAST_INTERVALS, LEAST_LOSSES, Drop, Interval, find_drops
from webapp.analytics.statistics.peaks import LEAST_DAYS
from webapp.analytics.visible import Reader, redaction_of
from webapp.domain.anomalies import KIND_OF_LABEL, AnomalyKind, AnomalyQuery, Expectedness, PostLabel
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import DAY_SECONDS, Period, day_of, start_of_day
from webapp.domain.period_query import Comparison, PeriodQuery, Preset
from webapp.domain.post_query import PostFilter
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Annotation, ExpectedAnomaly, User

# Mature posts from which on posts get labels, and lasting changes are looked for (STATISTICS, table of minima).
LABELS_NEED: Final = 20
CHANGES_NEED: Final = 40


class Watch(StrEnum):
    """What is watched."""

    LABELS = "labels"
    CHANGES = "changes"
    PEAKS = "peaks"
    DROPS = "drops"


class Why(StrEnum):
    """Why something cannot be watched yet."""

    WORKING = "working"  # a job is at it
    NO_POSTS = "no_posts"  # no export holds the list of posts
    NO_LIKES = "no_likes"  # the exports do not say the likes
    FEW_POSTS = "few_posts"
    NO_LIST = "no_list"  # no export holds the list of followers
    FEW_DAYS = "few_days"
    FEW_INTERVALS = "few_intervals"  # times between two lists, of about the same length
    FEW_LOSSES = "few_losses"


@dataclass(frozen=True, slots=True)
class Unwatched:
    """What cannot be watched yet; ``found`` of ``needed`` are there where it is a matter of number."""

    watch: Watch
    why: Why
    found: int = 0
    needed: int = 0


@dataclass(frozen=True, slots=True)
class PostEvidence:
    """A post and what was expected of it before: likes, its 80 % range, and how often posts lie so far out.

    What was expected is rounded to two significant digits, as every forecast. ``z`` is the distance of the post in
    robust sd, ``tail`` the share of the ``earlier`` posts and itself that lay as far out.
    """

    post: str
    published_at: int
    label: PostLabel
    likes: int
    low: int
    typical: int
    high: int
    z: float
    tail: float | None
    earlier: int


@dataclass(frozen=True, slots=True)
class ChangeEvidence:
    """A lasting change of what posts get: where it probably began, where it was found, and by which factor.

    ``posts`` since are what the factor is reckoned from. ``before`` and ``since`` are the days of the two levels, up to
    the change before and to the next one.
    """

    started_post: str
    started_at: int
    found_post: str
    found_at: int
    factor: float
    posts: int
    before: Period
    since: Period


@dataclass(frozen=True, slots=True)
class PeakEvidence:
    """How many came on a day, how many are usual around it, and the chance of so many, of ``days`` looked at."""

    came: int
    usual: float
    chance: float
    days: int


@dataclass(frozen=True, slots=True)
class DropEvidence:
    """How many left between two lists, by their public ids and Unix seconds, and how many do so as a rule.

    ``chance`` is that of so many or more; ``intervals`` are the earlier ones it was compared with.
    """

    from_export: str
    to_export: str
    begins_at: int
    ends_at: int
    lost: int
    usual: float
    chance: float
    intervals: int


Evidence = PostEvidence | ChangeEvidence | PeakEvidence | DropEvidence


@dataclass(frozen=True, slots=True)
class ExpectedMark:
    """That somebody expected it, and why; the note may have been deleted since, as may who wrote it."""

    note: str | None
    by: str | None
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing that stands out, on a day of the account's zone; ``at`` is the Unix second that orders it."""

    kind: AnomalyKind
    key: str
    at: int
    day: date
    evidence: Evidence
    expected: ExpectedMark | None = None


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Everything that stands out, newest first, and what cannot be watched yet; ``posts`` of them were compared."""

    rows: tuple[Anomaly, ...]
    unwatched: tuple[Unwatched, ...]
    posts: int

    @property
    def is_working(self) -> bool:
        """Return whether a job works something out, so that more may come."""
        return any(each.why is Why.WORKING for each in self.unwatched)


def find_anomalies(scope: Scope) -> Anomalies:
    """Return everything that stands out of an account, of all time."""
    fit, growth = find_forecast_fit(scope), find_growth(scope, PeriodQuery(Preset.ALL))
    drops, lacking = _drops(growth)
    found = [
        *_kept_posts(scope, fit),
        *_changes(scope, fit or ForecastFit()),
        *_peaks(scope, growth),
        *drops,
    ]
    marks = _list_marks(scope)
    rows = (_marked(row, marks.get((row.kind, row.key))) for row in found)
    unwatched = (*_unwatched_posts(fit), *_unwatched_peaks(growth), *lacking)
    newest_first = sorted(rows, key=lambda row: (row.at, row.kind, row.key), reverse=True)
    return Anomalies(tuple(newest_first), unwatched, 0 if fit is None else fit.posts)


def select_anomalies(scope: Scope, found: Anomalies, query: AnomalyQuery) -> list[Anomaly]:
    """Return those that a query asks for; raise ``NotFound`` for an export of its period that is not there."""
    span = find_span(scope, query.period, (Section.POSTS, *DIRECTIONS))
    first = last = None
    if span is not None:
        first = None if span.since is None else day_of(span.since + 1, scope.timezone)
        last = day_of(span.until, scope.timezone)
    kinds, expected = query.group.kinds, query.expected
    return [
        row
        for row in found.rows
        if row.kind in kinds
        and (first is None or row.day >= first)
        and (last is None or row.day <= last)
        and (expected is Expectedness.ANY or (row.expected is not None) is (expected is Expectedness.YES))
    ]


def get_anomaly(scope: Scope, kind: AnomalyKind, key: str) -> Anomaly:
    """Return one of them; raise ``NotFound`` for what does not stand out (any more)."""
    for row in find_anomalies(scope).rows:
        if (row.kind, row.key) == (kind, key):
            return row
    raise NotFound(ErrorCode.NOT_FOUND)


def figure_of(row: Anomaly) -> FigureQuery:
    """Return the number that it is about; of a lasting change what posts typically got since."""
    match row.evidence:
        case PostEvidence() as found:
            return FigureQuery(MetricKey.POST_LIKES, post=found.post)
        case ChangeEvidence() as found:
            return FigureQuery(MetricKey.TYPICAL_LIKES, posts=PostFilter(found.since, counted=True))
        case PeakEvidence():
            return FigureQuery(MetricKey.DAY_FOLLOWS, day=row.day)
        case DropEvidence() as found:
            period = PeriodQuery(Preset.EXPORTS, from_id=found.from_export, to_id=found.to_export)
            return FigureQuery(MetricKey.LOST, period=period.with_(comparison=Comparison.NONE))


def find_labels(scope: Scope) -> Mapping[str, PostLabel]:
    """Return the labels of posts by their public id; none while a job works them out."""
    fit = find_forecast_fit(scope)
    return {} if fit is None else {each.post: each.label for each in fit.checked if each.label is not None}


def find_anomalies_near(scope: Scope, growth: Growth) -> list[Anomaly]:
    """Return the times of many losses and the lasting changes within the period of a growth that is at hand."""
    found = [*_drops(growth)[0], *_changes(scope, find_forecast_fit(scope) or ForecastFit())]
    return [row for row in found if growth.holds_day(row.day)]


def _kept_posts(scope: Scope, fit: ForecastFit | None) -> Sequence[Anomaly]:
    """Return the posts with a label; of large accounts they are thousands, so they are kept as long as the posts."""
    table = find_posts(scope)
    if fit is None or table is None:
        return ()
    return keep(table, ("labelled", scope.timezone), lambda: list(_posts(fit, scope.timezone)))


def _posts(fit: ForecastFit, timezone: str) -> Iterator[Anomaly]:
    for each in fit.checked:
        if each.label is not None:
            day = day_of(each.published_at, timezone)
            kind = KIND_OF_LABEL[each.label]
            yield Anomaly(kind, each.post, each.published_at, day, _post_evidence(each, each.label))


def _post_evidence(each: Checked, label: PostLabel) -> PostEvidence:
    low, typical, high = (rounded_likes(likes) for likes in (each.low, each.typical, each.high))
    return PostEvidence(
        post=each.post,
        published_at=each.published_at,
        label=label,
        likes=each.actual,
        low=low,
        typical=typical,
        high=high,
        z=each.z,
        tail=each.tail,
        earlier=each.earlier,
    )


def _changes(scope: Scope, fit: ForecastFit) -> Iterator[Anomaly]:
    zone = scope.timezone
    days = [None, *(day_of(each.started_at, zone) for each in fit.changes), None]
    for each, (first, day, after) in zip(fit.changes, zip(days, days[1:], days[2:], strict=False), strict=True):
        kind = AnomalyKind.ENGAGEMENT_RISE if each.factor > 1 else AnomalyKind.ENGAGEMENT_DROP
        evidence = ChangeEvidence(
            started_post=each.started,
            started_at=each.started_at,
            found_post=each.post,
            found_at=each.found_at,
            factor=each.factor,
            posts=each.posts,
            before=_until(first, day, zone),
            since=_until(day, after, zone),
        )
        yield Anomaly(kind, each.post, each.started_at, day_of(each.started_at, zone), evidence)


def _until(first: date | None, end: date | None, timezone: str) -> Period:
    """Return the days from one to right before another; two changes of one day share it."""
    last = None if end is None else end - timedelta(days=1)
    return Period(first, last if first is None or last is None else max(first, last), timezone)


def _peaks(scope: Scope, growth: Growth) -> Iterator[Anomaly]:
    fit = growth.fit
    if fit is None or not fit.peaks:
        return
    chances = chances_of(fit.peaks, fit.days)
    for peak in fit.peaks:
        evidence = PeakEvidence(peak.gained, peak.expected, chances[peak.day], fit.days)
        at = start_of_day(peak.day, scope.timezone)
        yield Anomaly(AnomalyKind.FOLLOWER_PEAK, peak.day.isoformat(), at, peak.day, evidence)


def _drops(growth: Growth) -> tuple[list[Anomaly], list[Unwatched]]:
    """Return the times in which many left, and what is missing to look for them."""
    steps = list(list_retention(growth.history))
    found = find_drops([interval_of(step) for step in steps])
    rows = [_drop(growth, drop, steps[drop.first], steps[drop.place]) for drop in found.found]
    if all(row.followers is None for row in growth.history):
        return rows, [Unwatched(Watch.DROPS, Why.NO_LIST)]
    if not found.tested and found.before < LEAST_INTERVALS:
        return rows, [Unwatched(Watch.DROPS, Why.FEW_INTERVALS, found.before, LEAST_INTERVALS)]
    if not found.tested:
        return rows, [Unwatched(Watch.DROPS, Why.FEW_LOSSES, found.losses, LEAST_LOSSES)]
    return rows, []


def interval_of(step: Retention) -> Interval:
    """Return the time between two lists as drops are looked for in it."""
    return Interval((step.ends_at - step.begins_at) / DAY_SECONDS, step.of, step.of - step.kept)


def _drop(growth: Growth, drop: Drop, first: Retention, last: Retention) -> Anomaly:
    evidence = DropEvidence(
        from_export=first.from_export,
        to_export=last.to_export,
        begins_at=first.begins_at,
        ends_at=last.ends_at,
        lost=drop.lost,
        usual=drop.expected,
        chance=drop.p_value,
        intervals=drop.intervals,
    )
    day = day_of(last.ends_at, growth.timezone)
    return Anomaly(AnomalyKind.FOLLOWER_DROP, last.to_export, last.ends_at, day, evidence)


def _unwatched_posts(fit: ForecastFit | None) -> Iterator[Unwatched]:
    for watch, needed in ((Watch.LABELS, LABELS_NEED), (Watch.CHANGES, CHANGES_NEED)):
        if fit is None:
            yield Unwatched(watch, Why.WORKING)
        elif fit.as_of is None:
            yield Unwatched(watch, Why.NO_POSTS)
        elif not fit.has_likes:
            yield Unwatched(watch, Why.NO_LIKES)
        elif fit.posts <= needed:
            yield Unwatched(watch, Why.FEW_POSTS, fit.posts, needed + 1)


def _unwatched_peaks(growth: Growth) -> Iterator[Unwatched]:
    fit = growth.fit
    if fit is None:
        yield Unwatched(Watch.PEAKS, Why.WORKING)
    elif not fit.times:
        yield Unwatched(Watch.PEAKS, Why.NO_LIST)
    elif fit.peaks is None:
        yield Unwatched(Watch.PEAKS, Why.FEW_DAYS, fit.days, LEAST_DAYS)


def _marked(row: Anomaly, mark: ExpectedMark | None) -> Anomaly:
    return row if mark is None else replace(row, expected=mark)


def _list_marks(reader: Reader) -> dict[tuple[AnomalyKind, str], ExpectedMark]:
    query = (
        select(ExpectedAnomaly.kind, ExpectedAnomaly.key, Annotation.text, User.email, ExpectedAnomaly.created_at)
        .outerjoin(Annotation, Annotation.id == ExpectedAnomaly.annotation_id)
        .outerjoin(User, User.id == ExpectedAnomaly.created_by)
        .where(ExpectedAnomaly.account_id == reader.account_id)
    )
    seen = redaction_of(reader)
    return {
        (kind, key): ExpectedMark(None if text is None else seen.remark(text), by, marked_at)
        for kind, key, text, by, marked_at in db.session.execute(query)
    }
