"""Goals: what is taken, and what the imports say of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many
from tests.ledgers import at, parse_here
from webapp.analytics.goals import find_goals, list_goals, list_months
from webapp.domain import goals as rules
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.goals import parse_goal_month, parse_target, typed_target
from webapp.domain.reports import GoalMetric, GoalProgress, GoalState
from webapp.domain.scope import Scope
from webapp.models import AuditAction, AuditEvent, Goal
from webapp.services import goals as service
from webapp.services.goals import delete_goal, set_goal

MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)
FOLLOWERS, POSTS, LIKES, RATE = GoalMetric


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def bring(alice: Member, day: str, followers: int = 1, posts: list[dict[str, Any]] | None = None) -> Scope:
    """Import the list of a day."""
    # No two days have the same lists: the second file would be known already.
    following = [(f"day.{day[:10]}".replace("-", "."), "2024-01-01 10:00:00")]
    content = export_json(many(followers, year=2024), following, posts=posts)
    import_done(alice, content, exported_at=at(day), losses_confirmed=True)
    return account_scope(alice)


def published(day: str, likes: int | None = 10, **facts: str) -> dict[str, Any]:
    return {"Date": f"{day} 18:00:00", "Link": "", "Title": day, **({"Likes": str(likes)} if likes else {}), **facts}


def goal(alice: Member, metric: GoalMetric, target: float, month: date = MAY) -> GoalProgress:
    """Set a goal and return what is told of it."""
    scope = account_scope(alice)
    set_goal(alice.actor, scope, month, metric, target)
    return next(found for found in find_goals(scope, month, month) if found.metric is metric)


def test_a_goal_of_followers_goes_from_the_list_before_the_month_at_an_even_pace(
    session: Session, alice: Member
) -> None:
    bring(alice, "2025-04-28", 100)
    bring(alice, "2025-05-11", 130)
    found = goal(alice, FOLLOWERS, 200)
    assert (found.start, found.actual, found.share, found.as_of) == (100, 130, 0.3, date(2025, 5, 11))
    assert found.expected == pytest.approx(10 / 31, abs=0.02)
    assert found.state is GoalState.BEHIND
    assert goal(alice, FOLLOWERS, 180).state is GoalState.ON_PACE
    assert goal(alice, FOLLOWERS, 130).state is GoalState.MET


@on_sqlite
def test_the_last_list_of_the_month_counts_and_the_next_one_ends_it(session: Session, alice: Member) -> None:
    bring(alice, "2025-04-28", 100)
    bring(alice, "2025-05-11", 130)
    bring(alice, "2025-06-02", 500)
    found = goal(alice, FOLLOWERS, 131)
    assert (found.actual, found.as_of, found.state) == (130, date(2025, 5, 11), GoalState.MISSED)
    assert goal(alice, FOLLOWERS, 130).state is GoalState.MET


def test_the_days_of_a_month_are_those_of_the_accounts_zone(session: Session, alice: Member) -> None:
    scope = bring(alice, "2025-05-31T23:30", 140)
    set_goal(alice.actor, scope, MAY, FOLLOWERS, 200)
    set_goal(alice.actor, scope, JUNE, FOLLOWERS, 200)
    in_paris = Scope(scope.user_id, scope.team_id, scope.role, scope.account_id, scope.revision, "Europe/Paris")
    assert [found.actual for found in find_goals(scope, MAY, JUNE)] == [140, None]
    assert [found.actual for found in find_goals(in_paris, MAY, JUNE)] == [None, 140]


@on_sqlite
def test_a_first_list_tells_no_pace_and_a_second_one_does(session: Session, alice: Member) -> None:
    bring(alice, "2025-05-11", 100)
    found = goal(alice, FOLLOWERS, 200)
    assert (found.start, found.share, found.expected, found.state) == (None, 0.5, None, GoalState.UNKNOWN)
    bring(alice, "2025-05-21", 160)
    found = goal(alice, FOLLOWERS, 200)
    assert (found.start, found.share) == (100, 0.6)
    assert found.expected == pytest.approx(10 / 20.5, abs=0.02)


@on_sqlite
def test_a_goal_below_what_there_was_is_to_be_held(session: Session, alice: Member) -> None:
    bring(alice, "2025-04-28", 100)
    bring(alice, "2025-05-11", 90)
    found = goal(alice, FOLLOWERS, 95)
    assert (found.expected, found.state) == (1.0, GoalState.BEHIND)
    assert found.share == pytest.approx(90 / 95)
    losing = goal(alice, FOLLOWERS, 110)
    assert losing.share == 0.0


@on_sqlite
def test_a_month_without_a_list_is_unknown(session: Session, alice: Member) -> None:
    bring(alice, "2025-04-28", 100)
    for metric in (FOLLOWERS, POSTS, LIKES, RATE):
        found = goal(alice, metric, 1)
        assert (found.actual, found.share, found.state, found.as_of) == (None, None, GoalState.UNKNOWN, None)


def test_posts_are_all_of_the_month_and_likes_those_that_statistics_count(session: Session, alice: Member) -> None:
    posts = [
        published("2025-04-30", 1000),
        published("2025-05-02", 30),
        published("2025-05-03", 20),
        published("2025-05-04", 500, WhoCanView="Only you"),
        published("2025-05-11", 7000),
        published("2025-06-01", 1000),
    ]
    bring(alice, "2025-05-12", posts=[post for post in posts if post["Date"] < "2025-05-12"])
    assert goal(alice, POSTS, 8).actual == 4
    early = goal(alice, LIKES, 60)
    assert (early.actual, early.state) == (50, GoalState.ON_PACE)
    bring(alice, "2025-06-02", posts=posts)
    assert (goal(alice, POSTS, 5).state, goal(alice, POSTS, 4).state) == (GoalState.MISSED, GoalState.MET)
    # The posts of the last days are too young, so likes are not settled yet.
    assert goal(alice, LIKES, 10_000).state is GoalState.BEHIND
    bring(alice, "2025-06-09", posts=posts)
    settled = goal(alice, LIKES, 10_000)
    assert (settled.actual, settled.state) == (7050, GoalState.MISSED)


@on_sqlite
def test_a_rate_is_met_at_the_end_alone(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    from webapp.analytics import goals as analytics
    from webapp.analytics.content.figures import PostFigure

    bring(alice, "2025-05-20", posts=[published("2025-05-02")])
    # No export of the test's layout holds views; what is reckoned of them is tested where it is done.
    monkeypatch.setattr(analytics, "selection_figure", lambda *_: PostFigure(0.05, 1))
    found = goal(alice, RATE, 0.05)
    assert (found.actual, found.share, found.expected, found.state) == (0.05, 1.0, 1.0, GoalState.ON_PACE)
    assert goal(alice, RATE, 0.06).state is GoalState.BEHIND
    bring(alice, "2025-06-09", posts=[published("2025-05-02")])
    assert goal(alice, RATE, 0.05).state is GoalState.MET


def test_a_goal_is_set_once_a_month_changed_and_removed_and_all_is_recorded(session: Session, alice: Member) -> None:
    scope = bring(alice, "2025-04-28", 100)
    first = set_goal(alice.actor, scope, MAY, FOLLOWERS, 200)
    assert set_goal(alice.actor, scope, MAY, FOLLOWERS, 200) == first
    assert set_goal(alice.actor, scope, MAY, FOLLOWERS, 300) == first
    set_goal(alice.actor, scope, MAY, POSTS, 5)
    set_goal(alice.actor, scope, JUNE, POSTS, 6)
    assert [(row.progress.month, row.progress.metric, row.progress.target) for row in list_goals(scope)] == [
        (MAY, FOLLOWERS, 300),
        (MAY, POSTS, 5),
        (JUNE, POSTS, 6),
    ]
    assert list_months(scope) == [JUNE, MAY]
    assert [found.month for found in find_goals(scope, date(2025, 6, 15), date(2025, 6, 20))] == [JUNE]
    delete_goal(alice.actor, scope, first)
    with pytest.raises(NotFound):
        delete_goal(alice.actor, scope, first)
    session.rollback()
    set_ones = select(AuditEvent.detail).where(AuditEvent.action == AuditAction.GOAL_SET).order_by(AuditEvent.id)
    details = list(session.scalars(set_ones))
    assert details[0] == {"month": "2025-05", "metric": "followers", "goal": 200}
    assert (details[1]["before"]["goal"], details[1]["after"]["goal"]) == (200, 300)
    assert len(details) == 4
    gone = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.GOAL_DELETED)).one()
    assert (gone.target, gone.detail["goal"]) == (first, 300)


@on_sqlite
def test_one_goal_too_many_is_refused_and_a_change_is_not(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = bring(alice, "2025-04-28", 100)
    monkeypatch.setattr(service, "MAX_GOALS", 1)
    set_goal(alice.actor, scope, MAY, FOLLOWERS, 200)
    set_goal(alice.actor, scope, MAY, FOLLOWERS, 300)
    with pytest.raises(Invalid) as refused:
        set_goal(alice.actor, scope, JUNE, FOLLOWERS, 200)
    assert refused.value.code is ErrorCode.GOALS_FULL
    assert len(session.scalars(select(Goal)).all()) == 1


@on_sqlite
def test_a_viewer_sets_and_removes_nothing(session: Session, alice: Member, bob: Member) -> None:
    scope = bring(alice, "2025-04-28", 100)
    public_id = set_goal(alice.actor, scope, MAY, FOLLOWERS, 200)
    with pytest.raises(Forbidden):
        set_goal(bob.actor, account_scope(bob), MAY, FOLLOWERS, 1)
    with pytest.raises(Forbidden):
        delete_goal(bob.actor, account_scope(bob), public_id)
    assert [found.target for found in find_goals(account_scope(bob), None, None)] == [200]


@pytest.mark.parametrize(
    ("metric", "text", "target"),
    [
        (FOLLOWERS, "12000", 12_000),
        (FOLLOWERS, " 12\u202f000 ", 12_000),
        (RATE, "4,5", 0.045),
        (RATE, "4.5 %", 0.045),
        (LIKES, "10000000000000", 10_000_000_000_000),
    ],
)
def test_a_number_is_taken_as_people_type_it(metric: GoalMetric, text: str, target: float) -> None:
    assert parse_target(metric, text) == target
    assert parse_target(metric, typed_target(metric, target)) == target


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        (FOLLOWERS, "12.5"),
        (FOLLOWERS, "0"),
        (FOLLOWERS, "-5"),
        (FOLLOWERS, "1_000"),
        (FOLLOWERS, "١٢"),
        (FOLLOWERS, "ten"),
        (FOLLOWERS, "9" * 400),
        (RATE, "nan"),
        (RATE, "inf"),
        (RATE, "101"),
        (RATE, "0.01"),
        (POSTS, ""),
    ],
)
def test_what_is_no_target_is_refused(metric: GoalMetric, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_target(metric, text)
    assert (refused.value.code, refused.value.params["field"]) == (ErrorCode.GOAL_TARGET_INVALID, "target")


@pytest.mark.parametrize("text", ["", "2015-12", "2100-01", "2025-13", "2025-5", "May"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_goal_month(text)
    assert refused.value.code is ErrorCode.GOAL_MONTH_INVALID
    assert parse_goal_month("2016-01") == rules.FIRST_MONTH
