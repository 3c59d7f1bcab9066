"""What is planned of an account, which published post each plan became, and how that did against what was expected."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, select

from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import MATURE_DAYS, PostRow, PostTable
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.experiments import Arm
from webapp.domain.forecasts import ForecastRefusal
from webapp.domain.period import Period, day_of
from webapp.domain.plan_matching import PlanFacts, PublishedFacts, rank_published
from webapp.domain.planner import PlanDraft, PlanExpected, PlanMatch, PlanScore
from webapp.domain.scope import Scope
from webapp.domain.studio_matching import Identity
from webapp.extensions import db
from webapp.models import Experiment, PlannedPost

_MATCHED: Final = (PlanMatch.SURE, PlanMatch.CONFIRMED)
_JUDGED: Final = (PlanScore.INSIDE, PlanScore.ABOVE, PlanScore.BELOW)
# A list to choose from by hand.
_MOST_CANDIDATES: Final = 20


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A planned post; its texts are as they were written, so whoever shows them covers what is to be covered.

    ``day`` is that of the account's zone. ``post`` is the published one: with ``UNSURE`` the one a person is asked
    about. ``actual`` are its likes, ``None`` before it is mature and where they are not known. ``experiment`` is a
    public id. ``expected`` was known before the post could be published; ``None`` where it was planned afterwards.
    """

    public_id: str
    draft: PlanDraft
    day: date | None
    expected: PlanExpected | None
    match: PlanMatch
    post: PostRow | None
    score: PlanScore
    actual: int | None
    experiment: str | None
    arm: Arm | None
    sequence: int
    changed_at: datetime
    sound_name: str = ""


@dataclass(frozen=True, slots=True)
class PlanScores:
    """How many planned posts lay in the range that was expected of them.

    ``scored`` is inside, above and below together; ``waiting`` are too young, of ``unscored`` the likes or the range
    are not known.
    """

    scored: int
    inside: int
    above: int
    below: int
    waiting: int
    unscored: int


def list_plans(scope: Scope, first: date | None = None, last: date | None = None) -> tuple[PlanRow, ...]:
    """Return what is planned for some days of the account's zone, both inclusive and open without, by time."""
    period = Period(first, last, scope.timezone)
    query = _mine(scope).where(PlannedPost.planned_at.is_not(None))
    if period.starts_at is not None:
        query = query.where(PlannedPost.planned_at >= period.starts_at)
    if period.ends_at is not None:
        query = query.where(PlannedPost.planned_at < period.ends_at)
    return _rows(scope, query)


def list_ideas(scope: Scope) -> tuple[PlanRow, ...]:
    """Return what has no time yet, oldest first."""
    return _rows(scope, _mine(scope).where(PlannedPost.planned_at.is_(None)))


def list_unsure(scope: Scope) -> tuple[PlanRow, ...]:
    """Return the plans of which a person is asked whether a post is the one, by time."""
    rows = _rows(scope, _mine(scope).where(PlannedPost.match == PlanMatch.UNSURE))
    # One that an undo has just taken away is asked about no more.
    return tuple(row for row in rows if row.post is not None)


def list_matched(scope: Scope) -> tuple[PlanRow, ...]:
    """Return the plans that became a post, by the time they were planned for."""
    return _rows(scope, _mine(scope).where(PlannedPost.match.in_(_MATCHED)))


def list_of_experiment(scope: Scope, experiment: str) -> tuple[PlanRow, ...]:
    """Return the planned posts of an experiment by its public id, by time."""
    return _rows(scope, _mine(scope).where(Experiment.public_id == experiment))


def get_plan(scope: Scope, public_id: str) -> PlanRow:
    """Return one planned post; raise ``NotFound`` for an unknown id."""
    found = _rows(scope, _mine(scope).where(PlannedPost.public_id == public_id))
    if not found:
        raise NotFound(ErrorCode.PLAN_UNKNOWN)
    return found[0]


def find_candidates(scope: Scope, public_id: str) -> tuple[PostRow, ...]:
    """Return the posts around the time of a plan that a person may choose from, the likeliest first.

    Those that a person gave to another plan are left out. Raises ``NotFound`` for an unknown id.
    """
    draft, table = get_plan(scope, public_id).draft, find_posts(scope)
    if table is None or draft.planned_at is None:
        return ()
    query = select(PlannedPost.match_published_at, PlannedPost.match_ordinal).where(
        PlannedPost.account_id == scope.account_id,
        PlannedPost.match == PlanMatch.CONFIRMED,
        PlannedPost.public_id != public_id,
    )
    taken = {tuple(row) for row in db.session.execute(query)}
    facts = PlanFacts(public_id, draft.planned_at, draft.title)
    posts = tuple(post for post in facts_of(table) if post.identity not in taken)
    found = (find_identity_row(table, identity) for identity in rank_published(facts, posts, _MOST_CANDIDATES))
    return tuple(row for row in found if row is not None)


def find_plan_scores(scope: Scope) -> PlanScores:
    """Return how the plans that became a post did; experiments count like all others."""
    return count_scores(list_matched(scope))


def count_scores(rows: Iterable[PlanRow]) -> PlanScores:
    """Return how planned posts did against the range that was expected of them."""
    found = Counter(row.score for row in rows)
    return PlanScores(
        scored=sum(found[score] for score in _JUDGED),
        inside=found[PlanScore.INSIDE],
        above=found[PlanScore.ABOVE],
        below=found[PlanScore.BELOW],
        waiting=found[PlanScore.YOUNG],
        unscored=found[PlanScore.UNKNOWN] + found[PlanScore.NO_RANGE],
    )


def draft_of(row: PlannedPost) -> PlanDraft:
    """Return a stored plan as a person writes it."""
    return PlanDraft(
        planned_at=row.planned_at,
        title=row.title,
        hashtags=tuple(row.hashtags),
        sound=row.sound or "",
        sound_text=row.sound_text,
        kind=row.kind,
        notes=row.notes,
        state=row.state,
    )


def identity_of(row: PlannedPost) -> Identity | None:
    """Return the post that a stored plan became, or may have become."""
    return None if row.match_published_at is None else (row.match_published_at, row.match_ordinal or 0)


def refused_of(row: PlannedPost) -> frozenset[Identity]:
    """Return the posts of which a person said that a stored plan did not become them."""
    return frozenset((second, ordinal) for second, ordinal in row.refused)


def facts_of(table: PostTable) -> tuple[PublishedFacts, ...]:
    """Return what plans are compared with, oldest first."""
    facts = (PublishedFacts((row.published_at, row.ordinal), row.title) for row in table.rows)
    return tuple(sorted(facts, key=lambda post: post.identity))


def find_identity_row(table: PostTable | None, identity: Identity | None) -> PostRow | None:
    """Return the post of an identity as the reader sees it; ``None`` where no export shows it."""
    if table is None or identity is None:
        return None
    place = bisect_left(table.rows, identity[0], key=lambda row: row.published_at)
    same_second = (row for row in table.rows[place : place + _MOST_CANDIDATES] if row.published_at == identity[0])
    return next((row for row in same_second if row.ordinal == identity[1]), None)


def _mine(scope: Scope) -> Select[PlannedPost, str | None]:
    return (
        select(PlannedPost, Experiment.public_id)
        .outerjoin(Experiment, Experiment.id == PlannedPost.experiment_id)
        .where(PlannedPost.account_id == scope.account_id)
        .order_by(PlannedPost.planned_at, PlannedPost.id)
    )


def _rows(scope: Scope, query: Select[PlannedPost, str | None]) -> tuple[PlanRow, ...]:
    found = db.session.execute(query).all()
    if not found:
        return ()
    table = find_posts(scope)
    sounds = {sound.public_id: sound.name for sound in table.sounds} if table is not None else {}
    return tuple(_row(row, experiment, table, sounds, scope.timezone) for row, experiment in found)


def _row(
    row: PlannedPost, experiment: str | None, table: PostTable | None, sounds: dict[str, str], timezone: str
) -> PlanRow:
    expected = _expected(row.expected)
    post = find_identity_row(table, identity_of(row))
    score, actual = PlanScore.NONE, None
    if table is not None and post is not None and row.match in _MATCHED:
        score, actual = _score(table, post, expected)
    return PlanRow(
        public_id=row.public_id,
        draft=draft_of(row),
        day=None if row.planned_at is None else day_of(row.planned_at, timezone),
        expected=expected,
        match=row.match,
        post=post,
        score=score,
        actual=actual,
        experiment=experiment,
        arm=row.arm,
        sequence=row.sequence,
        changed_at=row.changed_at,
        sound_name=sounds.get(row.sound or "", ""),
    )


def _score(table: PostTable, post: PostRow, expected: PlanExpected | None) -> tuple[PlanScore, int | None]:
    """Return how a post did against the range that was shown when it was planned, and its likes once mature."""
    if not table.counts(post) or post.likes is None:
        is_young = table.age_days(post) < MATURE_DAYS
        return (PlanScore.YOUNG if is_young else PlanScore.UNKNOWN), None
    if expected is None or expected.low is None or expected.high is None:
        return PlanScore.NO_RANGE, post.likes
    if post.likes > expected.high:
        return PlanScore.ABOVE, post.likes
    return (PlanScore.BELOW if post.likes < expected.low else PlanScore.INSIDE), post.likes


def _expected(kept: dict[str, Any] | None) -> PlanExpected | None:
    if kept is None:
        return None
    refused = kept["refused"]
    return PlanExpected(
        typical=kept["typical"],
        low=kept["low"],
        high=kept["high"],
        level=kept["level"],
        posts=kept["posts"],
        indicative=kept["indicative"],
        refused=None if refused is None else ForecastRefusal(refused),
    )
