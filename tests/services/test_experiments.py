"""Experiments: drawn, planned, told when they are over, and never before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.experiments import SLOTS, always_draw_the_same, begin, bring, published
from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import parse_here
from webapp.analytics.experiments import (
    USUAL_SPREAD,
    ExperimentView,
    find_power,
    find_running,
    get_experiment,
    list_experiments,
    outcome_of,
)
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.experiments import (
    Arm,
    ExperimentKind,
    ExperimentState,
    Outcome,
    Stage,
    Verdict,
    parse_arms,
    parse_first_day,
    parse_time,
    plans_of,
)
from webapp.domain.period import instant
from webapp.models import AuditAction, AuditEvent, Experiment, PlannedPost
from webapp.services.experiments import end_experiment, start_experiment, stop_experiment
from webapp.services.planner import delete_plan
from webapp.services.undo import undo_import

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TRIPLED = {Arm.A: 3.0, Arm.B: 1.0}
EQUAL = {Arm.A: 1.0, Arm.B: 1.0}


@pytest.fixture(autouse=True)
def here(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account of Alice without posts."""
    parse_here(monkeypatch)
    always_draw_the_same(monkeypatch)
    import_done(alice, export_json(many(3)), exported_at=1_700_000_000)


def kept(member: Member, public_id: str) -> Outcome:
    found = get_experiment(account_scope(member), public_id).outcome
    assert found is not None
    return found


def test_starting_draws_pairs_and_plans_their_posts(session: Session, alice: Member) -> None:
    scope = account_scope(alice)
    public_id = start_experiment(alice.actor, scope, SLOTS)
    view = get_experiment(scope, public_id)
    assert (view.state, view.each, len(view.posts)) == (ExperimentState.RUNNING, 41, 82)
    assert [post.place for post in view.posts] == list(range(82))
    assert all({one.arm, other.arm} == set(Arm) for one, other in zip(view.posts[::2], view.posts[1::2], strict=True))
    assert {post.arm for post in view.posts[::2]} == set(Arm)
    hours = {Arm.A: (19, 30), Arm.B: (13, 30)}
    for day, post in enumerate(view.posts):
        planned = instant(post.planned_at or 0)
        assert planned.date() == SLOTS.first + timedelta(days=day)
        assert (planned.hour, planned.minute) == hours[post.arm]
        assert post.stage is Stage.TO_COME
    assert session.scalar(select(func.count(PlannedPost.id)).where(PlannedPost.expected.is_not(None))) == 82
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPERIMENT_STARTED))
    assert (event.target, event.detail["posts"]) == (public_id, 82)
    assert session.scalar(select(func.count()).where(AuditEvent.action == AuditAction.PLAN_WRITTEN)) == 0


@on_sqlite
def test_a_hashtag_stands_in_one_post_of_each_pair(session: Session, alice: Member) -> None:
    draft = replace(SLOTS, kind=ExperimentKind.HASHTAG, arm_a="Bread", arm_b="", at=time(7, 15), every=3)
    start_experiment(alice.actor, account_scope(alice), draft)
    rows = session.scalars(select(PlannedPost).order_by(PlannedPost.experiment_place)).all()
    assert all(row.hashtags == (["Bread"] if row.arm is Arm.A else []) for row in rows)
    assert {f"{instant(row.planned_at or 0):%H:%M}" for row in rows} == {"07:15"}
    assert (rows[1].planned_at or 0) - (rows[0].planned_at or 0) == 3 * 86_400


@on_sqlite
def test_one_runs_at_a_time_and_one_too_long_is_refused(session: Session, alice: Member, bob: Member) -> None:
    scope = account_scope(alice)
    with pytest.raises(Invalid) as refused:
        start_experiment(alice.actor, scope, replace(SLOTS, effect=0.25))
    assert (refused.value.code, refused.value.params["found"]) == (ErrorCode.EXPERIMENT_TOO_LONG, 778)
    with pytest.raises(Forbidden):
        start_experiment(bob.actor, account_scope(bob), SLOTS)
    public_id = start_experiment(alice.actor, scope, SLOTS)
    with pytest.raises(Conflict):
        start_experiment(alice.actor, scope, SLOTS)
    running = find_running(scope)
    assert running is not None
    assert running.public_id == public_id
    assert stop_experiment(alice.actor, scope, public_id) == 82
    assert find_running(scope) is None
    again = start_experiment(alice.actor, scope, SLOTS)
    assert [view.public_id for view in list_experiments(scope)] == [again, public_id]


def test_the_import_that_shows_the_last_likes_ends_it_and_a_true_difference_is_told(
    session: Session, alice: Member
) -> None:
    public_id = begin(alice)
    posts = get_experiment(account_scope(alice), public_id).posts
    bring(alice, public_id, published(posts[:40], TRIPLED), days_after=-30)
    view = get_experiment(account_scope(alice), public_id)
    assert (view.state, view.outcome, view.count(Stage.COUNTED)) == (ExperimentState.RUNNING, None, 40)
    bring(alice, public_id, published(posts, TRIPLED), days_after=30)
    found = kept(alice, public_id)
    assert (found.verdict, found.pairs, found.missing, found.outside, found.is_early) == (
        Verdict.CLEAR,
        41,
        0,
        0,
        False,
    )
    assert found.low is not None
    assert found.low > 0
    assert (found.posts_a, found.posts_b) == (41, 41)
    assert (found.typical_a or 0) > (found.typical_b or 0)
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPERIMENT_ENDED))
    assert (event.user_id, event.detail) == (None, {"pairs": 41, "is_clear": True})
    # Kept, whatever later imports hold.
    bring(alice, public_id, published(posts, EQUAL), days_after=60)
    assert kept(alice, public_id) == found


@on_sqlite
def test_without_a_true_difference_nothing_is_told(session: Session, alice: Member) -> None:
    public_id = begin(alice)
    bring(alice, public_id, published(get_experiment(account_scope(alice), public_id).posts, EQUAL))
    found = kept(alice, public_id)
    assert found.verdict is Verdict.UNCLEAR
    assert (found.low or 0) < 0 < (found.high or 0)


@on_sqlite
def test_whatever_all_likes_are_multiplied_with_the_answer_stays(session: Session, alice: Member) -> None:
    public_id = begin(alice)
    bring(alice, public_id, published(get_experiment(account_scope(alice), public_id).posts, TRIPLED))
    view = get_experiment(account_scope(alice), public_id)
    found, more = outcome_of(view, None), outcome_of(multiplied(view, 40), None)
    assert replace(more, typical_a=found.typical_a, typical_b=found.typical_b) == found
    assert more.typical_a == pytest.approx(40 * (found.typical_a or 0), rel=0.02)


def multiplied(view: ExperimentView, factor: int) -> ExperimentView:
    posts = []
    for post in view.posts:
        assert post.post is not None
        posts.append(replace(post, post=structs.replace(post.post, likes=factor * (post.post.likes or 0))))
    return replace(view, posts=tuple(posts))


@on_sqlite
def test_posts_outside_their_arm_count_as_drawn_and_missing_ones_leave_their_pair_out(
    session: Session, alice: Member
) -> None:
    public_id = begin(alice)

    def change(place: int, row: dict[str, Any]) -> dict[str, Any] | None:
        if place == 0:
            return None
        if place == 3:
            return {**row, "WhoCanView": "Friends"}
        return row

    posts = get_experiment(account_scope(alice), public_id).posts
    rows = session.scalars(select(PlannedPost).order_by(PlannedPost.experiment_place)).all()
    moved = next(row for row in rows if row.arm is Arm.A and (row.experiment_place or 0) > 5)
    moved.arm, rows[(moved.experiment_place or 0) ^ 1].arm = Arm.B, Arm.A
    session.commit()
    bring(alice, public_id, published(posts, TRIPLED, change))
    found = kept(alice, public_id)
    assert (found.pairs, found.missing, found.outside) == (39, 2, 2)
    stages = {post.place: post.stage for post in get_experiment(account_scope(alice), public_id).posts}
    assert (stages[0], stages[3]) == (Stage.MISSED, Stage.UNCOUNTED)


@on_sqlite
def test_a_planned_post_that_was_deleted_is_missing_with_its_pair(session: Session, alice: Member) -> None:
    public_id = begin(alice)
    posts = get_experiment(account_scope(alice), public_id).posts
    delete_plan(alice.actor, account_scope(alice), posts[5].plan)
    bring(alice, public_id, published(posts, TRIPLED))
    found = kept(alice, public_id)
    assert (found.pairs, found.missing, found.posts_a + found.posts_b) == (40, 1, 81)


@on_sqlite
def test_ended_early_it_is_indicative_and_what_was_planned_is_dropped(session: Session, alice: Member) -> None:
    public_id = begin(alice)
    posts = get_experiment(account_scope(alice), public_id).posts
    bring(alice, public_id, published(posts[:60], TRIPLED), days_after=-14)
    found = end_experiment(alice.actor, account_scope(alice), public_id)
    assert (found.verdict, found.is_early, found.pairs) == (Verdict.INDICATIVE, True, 30)
    assert kept(alice, public_id) == found
    view = get_experiment(account_scope(alice), public_id)
    assert (view.state, view.count(Stage.DROPPED)) == (ExperimentState.ENDED, 22)
    for again in (end_experiment, stop_experiment):
        with pytest.raises(Conflict):
            again(alice.actor, account_scope(alice), public_id)


@on_sqlite
def test_too_few_pairs_and_one_that_was_given_up_conclude_nothing(session: Session, alice: Member) -> None:
    public_id = begin(alice)
    found = end_experiment(alice.actor, account_scope(alice), public_id)
    assert (found.verdict, found.pairs, found.difference) == (Verdict.FEW, 0, None)
    other = begin(alice)
    stop_experiment(alice.actor, account_scope(alice), other)
    view = get_experiment(account_scope(alice), other)
    assert (view.state, view.outcome) == (ExperimentState.STOPPED, None)
    assert session.scalar(select(Experiment.result.is_(None)).where(Experiment.public_id == other))


@on_sqlite
def test_an_undone_import_leaves_a_running_experiment_as_it_was(session: Session, alice: Member) -> None:
    public_id = begin(alice)
    posts = get_experiment(account_scope(alice), public_id).posts
    last = get_experiment(account_scope(alice), public_id).last_at or 0
    run = import_done(alice, export_json(many(3), posts=published(posts[:40], EQUAL)), exported_at=last - 40 * 86_400)
    assert get_experiment(account_scope(alice), public_id).count(Stage.COUNTED) > 20
    undo_import(alice.actor, alice.scope, run.public_id)
    run_jobs()
    view = get_experiment(account_scope(alice), public_id)
    assert (view.state, view.count(Stage.COUNTED), view.count(Stage.TO_COME)) == (ExperimentState.RUNNING, 0, 82)


@on_sqlite
def test_the_size_comes_from_the_accounts_own_posts_where_they_are_enough(session: Session, alice: Member) -> None:
    power = find_power(account_scope(alice))
    assert (power.spread, power.is_own, power.per_week) == (USUAL_SPREAD, False, None)
    assert [power.size(effect).posts for effect in (0.25, 0.5, 1.0)] == [778, 236, 82]


@on_sqlite
def test_another_teams_experiment_is_not_there(session: Session, alice: Member, charlie: Member) -> None:
    public_id = begin(alice)
    import_done(charlie, export_json(many(2), owner="other.maker"))
    for ask in (get_experiment, lambda scope, name: stop_experiment(charlie.actor, scope, name)):
        with pytest.raises(NotFound):
            ask(account_scope(charlie), public_id)


def test_what_a_form_may_say() -> None:
    slots, tag = ExperimentKind.SLOTS, ExperimentKind.HASHTAG
    today = date(2026, 3, 27)
    assert parse_arms(slots, "1", "2", "") == ("1", "2")
    assert parse_arms(tag, "", "", "#Pain") == ("Pain", "")
    assert parse_first_day("2026-03-27", today) == today
    assert parse_time("07:05") == time(7, 5)
    refused = (
        (lambda: parse_arms(slots, "1", "1", ""), ErrorCode.EXPERIMENT_ARMS_SAME),
        (lambda: parse_arms(tag, "", "", "two words"), ErrorCode.PLAN_TAG_INVALID),
        (lambda: parse_first_day("2026-03-26", today), ErrorCode.EXPERIMENT_DAY_INVALID),
        (lambda: parse_first_day("soon", today), ErrorCode.EXPERIMENT_DAY_INVALID),
        (lambda: parse_time("24:00"), ErrorCode.EXPERIMENT_TIME_INVALID),
    )
    for parse, code in refused:
        with pytest.raises(Invalid) as error:
            parse()
        assert error.value.code is code


def test_posts_keep_their_time_of_day_when_the_clock_changes() -> None:
    draft = replace(SLOTS, first=date(2026, 3, 28))
    plans = plans_of(draft, [Arm.A, Arm.A], "Europe/Paris")
    assert [f"{instant(plan.planned_at or 0, 'Europe/Paris'):%d %H:%M}" for plan in plans] == ["28 19:30", "29 19:30"]
