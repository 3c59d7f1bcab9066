"""Planned posts: what is written, what an export makes of them, what people say, and how they did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import at, parse_here, written
from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts.forecast import find_forecast
from webapp.analytics.planner import (
    PlanRow,
    PlanScores,
    find_candidates,
    find_plan_scores,
    get_plan,
    list_ideas,
    list_plans,
    list_unsure,
)
from webapp.domain import planner as rules
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.forecasts import ForecastRefusal
from webapp.domain.planner import PlanDraft, PlanMatch, PlanScore, PlanState
from webapp.domain.scope import Scope
from webapp.models import AuditAction, AuditEvent, Job, JobState, PlannedPost
from webapp.queue import JobKind
from webapp.services import plan_jobs
from webapp.services import planner as service
from webapp.services.plan_answers import confirm_match, refuse_match
from webapp.services.plan_matching import find_matches
from webapp.services.planner import (
    change_plan,
    create_plan,
    delete_plan,
    duplicate_plan,
    move_plan,
    set_state,
)
from webapp.services.undo import undo_import

DAY = 86_400
# Exports of these days; plans lie between them.
FIRST, SECOND = at("2026-05-01 12:00:00"), at("2026-06-30 12:00:00")
FOLD = "Three ways to fold a map on the road"
COOK = "Cooking with grandma, part two"

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def post(second: int, title: str, likes: int) -> dict[str, Any]:
    return {"Date": written(second), "Link": "", "Likes": str(likes), "Title": title, "Sound": "original sound"}


def earlier(count: int = 40) -> list[dict[str, Any]]:
    """Return posts of before the first export, one a day, with 80 to 120 likes."""
    return [post(FIRST - (20 + day) * DAY, f"post {day}", 80 + 7 * day % 41) for day in range(count)]


def bring(alice: Member, second: int, posts: Iterable[dict[str, Any]] = ()) -> str:
    """Import the export of a second and do what follows; return the public id of the import."""
    run = import_done(alice, export_json(many(1 + second % 7), [], posts=[*earlier(), *posts]), exported_at=second)
    run_jobs()
    return run.public_id


def draft(second: int, title: str = FOLD, **facts: Any) -> PlanDraft:
    return PlanDraft(planned_at=second, title=title, **facts)


def plan(alice: Member, second: int, title: str = FOLD, **facts: Any) -> str:
    return create_plan(alice.actor, account_scope(alice), draft(second, title, **facts))


def row(alice: Member, public_id: str) -> PlanRow:
    return get_plan(account_scope(alice), public_id)


def told(session: Session, action: AuditAction) -> list[dict[str, Any]]:
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id))
    return [event.detail for event in events]


def test_a_plan_is_scored_once_an_export_shows_its_post_and_an_undo_takes_that_back(
    session: Session, alice: Member
) -> None:
    bring(alice, FIRST)
    inside, above, young, waits = (
        plan(alice, FIRST + day * DAY, title)
        for day, title in ((10, FOLD), (20, COOK), (58, "Packing light"), (90, "Next summer"))
    )
    expected = row(alice, inside).expected
    assert expected is not None
    forecast = find_forecast(account_scope(alice), row(alice, inside).draft.to_post())
    assert (expected.low, expected.high, expected.posts) == (forecast.low, forecast.high, 40)
    assert [found.score for found in list_plans(account_scope(alice))] == [PlanScore.NONE] * 4
    published = [
        post(FIRST + 10 * DAY + 300, f"{FOLD} #travel", 100),
        post(FIRST + 20 * DAY - 900, COOK, 10_000),
        post(FIRST + 58 * DAY, "Packing light", 30),
    ]
    run = bring(alice, SECOND, published)
    rows = {each.public_id: each for each in list_plans(account_scope(alice))}
    assert [(rows[key].score, rows[key].actual) for key in (inside, above, young, waits)] == [
        (PlanScore.INSIDE, 100),
        (PlanScore.ABOVE, 10_000),
        (PlanScore.YOUNG, None),
        (PlanScore.NONE, None),
    ]
    assert [rows[key].draft.state for key in (inside, waits)] == [PlanState.PUBLISHED, PlanState.PLANNED]
    # What is known now does not change what was expected then.
    assert rows[inside].expected == expected
    assert find_plan_scores(account_scope(alice)) == PlanScores(2, 1, 1, 0, 1, 0)
    assert told(session, AuditAction.PLAN_MATCHED) == [{"sure": 3}]
    undo_import(alice.actor, alice.scope, run)
    run_jobs()
    found = row(alice, inside)
    assert (found.match, found.post, found.draft.state) == (PlanMatch.NONE, None, PlanState.PLANNED)
    assert told(session, AuditAction.PLAN_MATCHED)[-1] == {"none": 3}


@on_sqlite
def test_the_same_job_twice_writes_nothing_more(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    public_id = plan(alice, FIRST + 10 * DAY)
    bring(alice, SECOND, [post(FIRST + 10 * DAY, FOLD, 100)])
    before = row(alice, public_id)
    # Another plan of the past has the job run once more.
    plan(alice, FIRST + 11 * DAY, "quite another thing")
    run_jobs()
    assert row(alice, public_id) == before
    assert len(told(session, AuditAction.PLAN_MATCHED)) == 1


@on_sqlite
def test_an_unsure_post_is_asked_about_and_the_answer_outlives_an_undo(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    yes, no = plan(alice, FIRST + 10 * DAY, FOLD), plan(alice, FIRST + 20 * DAY, COOK)
    posts = [post(FIRST + 10 * DAY + 600, "A quite other title", 90), post(FIRST + 20 * DAY, "Nothing like it", 90)]
    run = bring(alice, SECOND, posts)
    scope = account_scope(alice)
    asked = list_unsure(scope)
    assert [(found.public_id, found.score, found.draft.state) for found in asked] == [
        (yes, PlanScore.NONE, PlanState.PLANNED),
        (no, PlanScore.NONE, PlanState.PLANNED),
    ]
    confirm_match(alice.actor, scope, yes)
    refuse_match(alice.actor, scope, no)
    run_jobs()
    assert list_unsure(scope) == ()
    assert (row(alice, yes).match, row(alice, yes).score) == (PlanMatch.CONFIRMED, PlanScore.INSIDE)
    assert (row(alice, no).match, row(alice, no).draft.state) == (PlanMatch.NONE, PlanState.PLANNED)
    undo_import(alice.actor, alice.scope, run)
    run_jobs()
    assert (row(alice, yes).match, row(alice, yes).post) == (PlanMatch.CONFIRMED, None)
    bring(alice, SECOND + 60, posts)
    assert row(alice, yes).score is PlanScore.INSIDE
    assert row(alice, no).match is PlanMatch.NONE
    with pytest.raises(Conflict):
        confirm_match(alice.actor, account_scope(alice), no)


@on_sqlite
def test_a_person_may_choose_another_post_and_two_plans_never_share_one(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    first, second = plan(alice, FIRST + 10 * DAY, FOLD), plan(alice, FIRST + 11 * DAY, COOK)
    bring(alice, SECOND, [post(FIRST + 10 * DAY, FOLD, 90), post(FIRST + 11 * DAY + 7_200, "other", 95)])
    scope = account_scope(alice)
    fold, other = (found for found in find_posts(scope).rows if found.title in (FOLD, "other"))  # type: ignore[union-attr]
    assert [found.public_id for found in find_candidates(scope, second)][:2] == [other.public_id, fold.public_id]
    confirm_match(alice.actor, scope, second, fold.public_id)
    run_jobs()
    assert (row(alice, first).match, row(alice, second).match) == (PlanMatch.NONE, PlanMatch.CONFIRMED)
    assert row(alice, first).draft.state is PlanState.PLANNED
    with pytest.raises(Conflict) as caught:
        confirm_match(alice.actor, scope, first, fold.public_id)
    assert caught.value.code is ErrorCode.PLAN_POST_TAKEN
    assert fold not in find_candidates(scope, first)
    for unknown in ("0" * 20, ""):
        with pytest.raises(NotFound):
            confirm_match(alice.actor, scope, first, unknown)
    refuse_match(alice.actor, scope, second)
    run_jobs()
    assert row(alice, first).match is PlanMatch.SURE


@on_sqlite
def test_a_plan_is_written_moved_copied_dropped_and_deleted(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    scope, soon = account_scope(alice), FIRST + 90 * DAY
    public_id = plan(alice, soon, FOLD, hashtags=("Travel",), notes="ask Bob")
    change_plan(alice.actor, scope, public_id, replace(row(alice, public_id).draft, title=COOK))
    assert move_plan(alice.actor, scope, public_id, soon + DAY) == soon
    assert set_state(alice.actor, scope, public_id, PlanState.DROPPED) is PlanState.PLANNED
    found = row(alice, public_id)
    assert (found.draft.title, found.draft.planned_at, found.draft.state) == (COOK, soon + DAY, PlanState.DROPPED)
    assert found.sequence == 3
    copy = row(alice, duplicate_plan(alice.actor, scope, public_id, soon))
    assert copy.draft == replace(found.draft, planned_at=soon, state=PlanState.PLANNED)
    assert delete_plan(alice.actor, scope, public_id) == found.draft
    assert [each.public_id for each in list_plans(scope)] == [copy.public_id]
    with pytest.raises(NotFound) as caught:
        delete_plan(alice.actor, scope, public_id)
    assert caught.value.code is ErrorCode.PLAN_UNKNOWN
    with pytest.raises(NotFound):
        get_plan(scope, public_id)
    written = told(session, AuditAction.PLAN_WRITTEN)
    assert [event.get("is_new", False) for event in written] == [True, False, False, False, True]
    moved = (written[2]["before"]["planned_at"], written[2]["after"]["planned_at"])
    assert moved == ("2026-07-30T12:00+00:00", "2026-07-31T12:00+00:00")
    # The record outlives the plan: it holds none of its words.
    assert all(word not in str(written) for word in (FOLD, COOK, "Travel", "Bob"))
    assert len(told(session, AuditAction.PLAN_DELETED)) == 1


@on_sqlite
def test_what_changes_nothing_is_no_event(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    scope, public_id = account_scope(alice), plan(alice, FIRST + 90 * DAY)
    before = row(alice, public_id)
    change_plan(alice.actor, scope, public_id, before.draft)
    move_plan(alice.actor, scope, public_id, FIRST + 90 * DAY)
    assert row(alice, public_id) == before
    assert len(told(session, AuditAction.PLAN_WRITTEN)) == 1


@on_sqlite
def test_what_an_export_shows_is_not_rewritten_but_may_be_parted_from_its_post(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    public_id = plan(alice, FIRST + 10 * DAY)
    bring(alice, SECOND, [post(FIRST + 10 * DAY, FOLD, 90)])
    scope = account_scope(alice)
    with pytest.raises(Conflict) as caught:
        move_plan(alice.actor, scope, public_id, FIRST + 11 * DAY)
    assert caught.value.code is ErrorCode.PLAN_PUBLISHED
    with pytest.raises(Conflict):
        change_plan(alice.actor, scope, public_id, draft(FIRST + 10 * DAY, COOK, state=PlanState.PUBLISHED))
    change_plan(alice.actor, scope, public_id, replace(row(alice, public_id).draft, notes="went well"))
    assert (row(alice, public_id).match, row(alice, public_id).draft.notes) == (PlanMatch.SURE, "went well")
    set_state(alice.actor, scope, public_id, PlanState.PLANNED)
    run_jobs()
    assert (row(alice, public_id).match, row(alice, public_id).post) == (PlanMatch.NONE, None)


@on_sqlite
def test_what_a_person_says_is_published_stays_so_without_an_export(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    public_id = plan(alice, FIRST + 10 * DAY)
    set_state(alice.actor, account_scope(alice), public_id, PlanState.PUBLISHED)
    run = bring(alice, SECOND, [post(FIRST + 10 * DAY, FOLD, 90)])
    assert row(alice, public_id).match is PlanMatch.SURE
    undo_import(alice.actor, alice.scope, run)
    run_jobs()
    assert (row(alice, public_id).match, row(alice, public_id).draft.state) == (PlanMatch.NONE, PlanState.PUBLISHED)


@on_sqlite
def test_nothing_is_expected_with_hindsight(session: Session, alice: Member) -> None:
    bring(alice, SECOND)
    past = plan(alice, SECOND - DAY)
    assert row(alice, past).expected is None
    # Moved into the past, a plan keeps what was expected of it before.
    coming = plan(alice, SECOND + DAY, COOK)
    expected = row(alice, coming).expected
    move_plan(alice.actor, account_scope(alice), coming, SECOND - 2 * DAY)
    assert row(alice, coming).expected is None
    assert expected is not None


@on_sqlite
def test_what_is_planned_while_a_job_is_at_the_forecast_gets_its_range_afterwards(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(alice, FIRST)
    monkeypatch.setattr(service, "find_forecast_fit", lambda scope: None)
    ahead = at("2090-01-01")
    waits, late = plan(alice, ahead + DAY), plan(alice, ahead - DAY, COOK)
    for public_id in (waits, late):
        kept = row(alice, public_id).expected
        assert kept is not None
        assert (kept.low, kept.refused) == (None, ForecastRefusal.NOT_READY)
    # The job that looks again later comes after the next import.
    jobs = session.scalars(select(Job).where(Job.state == JobState.QUEUED)).all()
    assert [job.kind for job in jobs] == [JobKind.PLAN_MATCH] * 2
    session.execute(update(Job).values(state=JobState.DONE))
    session.commit()
    import_done(alice, export_json(many(9), [], posts=earlier()), exported_at=ahead)
    run_jobs()
    found, gone = row(alice, waits).expected, row(alice, late).expected
    assert found is not None
    assert gone is not None
    assert (found.posts, found.refused) == (40, None)
    # The newer export could show it.
    assert gone.refused is ForecastRefusal.NOT_READY


@on_sqlite
def test_of_two_who_change_a_plan_at_once_one_is_refused(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(alice, FIRST)
    scope, public_id = account_scope(alice), plan(alice, FIRST + 90 * DAY)
    lock = service.lock_account

    def others_first(session: Session, scope: Scope) -> Any:
        account = lock(session, scope)
        found = session.scalars(select(PlannedPost)).one()
        found.title, found.changed_at = "theirs", datetime.now(UTC)
        session.flush()
        return account

    monkeypatch.setattr(service, "lock_account", others_first)
    with pytest.raises(Conflict) as caught:
        change_plan(alice.actor, scope, public_id, draft(FIRST + 90 * DAY, COOK))
    assert caught.value.code is ErrorCode.PLAN_CHANGED


@on_sqlite
def test_a_plan_that_is_changed_while_the_job_compares_is_compared_once_more(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(alice, FIRST)
    public_id = plan(alice, FIRST + 10 * DAY)
    compare, times = find_matches, [0]

    def change_meanwhile(*given: Any) -> Any:
        found = compare(*given)
        times[0] += 1
        if times[0] == 1:
            change_plan(alice.actor, account_scope(alice), public_id, draft(FIRST + 40 * DAY, COOK))
        return found

    monkeypatch.setattr(plan_jobs, "find_matches", change_meanwhile)
    bring(alice, SECOND, [post(FIRST + 10 * DAY, FOLD, 90)])
    assert times[0] > 1
    assert (row(alice, public_id).draft.title, row(alice, public_id).match) == (COOK, PlanMatch.NONE)


@on_sqlite
def test_days_are_those_of_the_account_and_ideas_have_none(session: Session, alice: Member) -> None:
    bring(alice, FIRST)
    scope = replace(account_scope(alice), timezone="Pacific/Auckland")
    late = plan(alice, at("2026-06-01 13:00:00"))
    idea = create_plan(alice.actor, scope, PlanDraft(title="some day", state=PlanState.IDEA))
    assert [each.public_id for each in list_plans(scope, date(2026, 6, 2), date(2026, 6, 2))] == [late]
    assert list_plans(scope, date(2026, 6, 1), date(2026, 6, 1)) == ()
    assert list_plans(scope, last=date(2026, 6, 2))[0].day == date(2026, 6, 2)
    assert [(each.public_id, each.day) for each in list_ideas(scope)] == [(idea, None)]


@on_sqlite
def test_a_sound_of_another_account_and_a_plan_too_many_are_refused(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(alice, FIRST)
    with pytest.raises(Invalid) as caught:
        plan(alice, FIRST + 90 * DAY, sound="0" * 20)
    assert caught.value.code is ErrorCode.PLAN_SOUND_UNKNOWN
    monkeypatch.setattr(service, "MAX_PLANS", 1)
    plan(alice, FIRST + 90 * DAY)
    with pytest.raises(Invalid) as caught:
        plan(alice, FIRST + 91 * DAY)
    assert (caught.value.code, caught.value.params["maximum"]) == (ErrorCode.PLANS_FULL, 1)
    assert rules.MAX_PLANS == 2_000


@on_sqlite
def test_viewers_read_plans_and_write_none(session: Session, cast: Cast) -> None:
    alice, viewer = cast.alice, cast.erin
    bring(alice, FIRST)
    public_id = plan(alice, FIRST + 90 * DAY)
    scope = account_scope(viewer)
    assert get_plan(scope, public_id).draft.title == FOLD
    acts: tuple[Callable[[], object], ...] = (
        lambda: create_plan(viewer.actor, scope, draft(FIRST + 90 * DAY)),
        lambda: move_plan(viewer.actor, scope, public_id, FIRST + 91 * DAY),
        lambda: delete_plan(viewer.actor, scope, public_id),
        lambda: duplicate_plan(viewer.actor, scope, public_id),
        lambda: confirm_match(viewer.actor, scope, public_id),
        lambda: refuse_match(viewer.actor, scope, public_id),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
