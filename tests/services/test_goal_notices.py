"""Goals that were met or missed are found once, by the export that decides it, in whichever order files come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope
from tests.ledgers import at, parse_here
from tests.services.test_goals import FOLLOWERS, JUNE, MAY, POSTS, bring, on_sqlite, published
from webapp.analytics.notices.goals import find_goals
from webapp.analytics.notices.history import read_history
from webapp.domain.notifications import Finding, NoticeKind, NoticeType
from webapp.models import Notification
from webapp.services.goals import set_goal

MET, MISSED = NoticeKind.GOAL_MET, NoticeKind.GOAL_MISSED


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def found(alice: Member) -> list[Finding]:
    return sorted(find_goals(read_history(account_scope(alice))), key=lambda each: (each.at, each.key))


@on_sqlite
def test_a_goal_of_followers_is_met_by_the_first_list_that_holds_as_many(session: Session, alice: Member) -> None:
    # An export of June comes first, and an older one last.
    bring(alice, "2025-06-20", 230)
    goal = set_goal(alice.actor, account_scope(alice), MAY, FOLLOWERS, 150)
    assert found(alice) == [], "no list of May, so nobody knows"
    bring(alice, "2025-05-28", 140)
    assert [(each.kind, each.at, each.params["actual"]) for each in found(alice)] == [(MISSED, at("2025-06-20"), 140)]
    bring(alice, "2025-05-20", 160)
    bring(alice, "2025-05-10", 155)
    told = found(alice)
    assert [(each.kind, each.at, each.params["actual"]) for each in told] == [
        (MET, at("2025-05-10"), 155),
        (MISSED, at("2025-06-20"), 140),
    ]
    assert told[0].params == {
        "goal": goal,
        "metric": "followers",
        "month": "2025-05-01",
        "target": 150.0,
        "actual": 155,
    }
    set_goal(alice.actor, account_scope(alice), MAY, FOLLOWERS, 1_000)
    again = found(alice)
    assert [each.kind for each in again] == [MISSED]
    assert again[0].key not in {each.key for each in told}, "another target is another goal"


@on_sqlite
def test_a_goal_of_posts_is_decided_by_the_first_list_of_posts_after_the_month(session: Session, alice: Member) -> None:
    posts = [published(f"2025-05-0{day}") for day in (3, 6, 9)]
    bring(alice, "2025-05-10", 5, posts)
    scope = account_scope(alice)
    set_goal(alice.actor, scope, MAY, POSTS, 4)
    set_goal(alice.actor, scope, JUNE, POSTS, 1)
    assert found(alice) == []
    bring(alice, "2025-07-20", 7, posts)
    bring(alice, "2025-06-02", 6, posts)
    assert [(each.kind, each.params["month"], each.at, each.params["actual"]) for each in found(alice)] == [
        (MISSED, "2025-05-01", at("2025-06-02"), 3),
        (MISSED, "2025-06-01", at("2025-07-20"), 0),
    ]


@on_sqlite
def test_a_goal_that_an_import_meets_is_news_once(session: Session, alice: Member) -> None:
    newest = datetime.now(UTC) - timedelta(days=1)
    bring(alice, (newest - timedelta(hours=1)).isoformat(), 3)
    month = newest.date().replace(day=1)
    goal = set_goal(alice.actor, account_scope(alice), month, FOLLOWERS, 5)
    told = select(Notification).where(Notification.type == NoticeType.GOAL, Notification.user_id == alice.user_id)
    assert session.scalars(told).all() == []
    bring(alice, newest.isoformat(), 6)
    bring(alice, (newest + timedelta(hours=1)).isoformat(), 7)
    session.rollback()
    [row] = session.scalars(told)
    assert (row.kind, row.params["goal"], row.params["actual"]) == (MET, goal, 6)
    assert (row.read_at, row.is_withdrawn) == (None, False)
