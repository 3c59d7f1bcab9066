"""Write what is planned: posts that do not exist yet. What an export shows of them is `services/plan_matching.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.analytics.planner import draft_of
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.experiments import Arm
from webapp.domain.period import instant
from webapp.domain.planner import MAX_PLANS, PlanDraft, PlanMatch, PlanState, clean_draft
from webapp.domain.scope import Permission, Scope
from webapp.extensions import db
from webapp.models import Account, AuditAction, Experiment, PlannedPost, Sound
from webapp.services.audit import Actor, record
from webapp.services.plan_matching import RANGE_SECONDS, queue_matching
from webapp.services.plan_ranges import expect, find_as_of, is_foreseen, is_waiting
from webapp.services.transaction import transaction

# A post that an export shows is what it is.
MATCHED: Final = (PlanMatch.SURE, PlanMatch.CONFIRMED)


@dataclass(frozen=True, slots=True)
class ReadyPlan:
    """A planned post as it is stored, and what is expected of it, as the table keeps it."""

    draft: PlanDraft
    expected: dict[str, Any] | None


def create_plan(actor: Actor, scope: Scope, draft: PlanDraft) -> str:
    """Plan a post; return its public id. Raises ``Invalid`` for what cannot be one, and for one too many."""
    require_planner(scope)
    ready = prepare_plans(scope, [draft])
    with transaction() as session:
        lock_account(session, scope)
        return add_plans(session, actor, scope, ready)[0].public_id


def prepare_plans(scope: Scope, drafts: Sequence[PlanDraft]) -> list[ReadyPlan]:
    """Return planned posts with what is expected of them, before the transaction that adds them; raise ``Invalid``."""
    cleaned = [clean_draft(draft) for draft in drafts]
    for sound in {draft.sound for draft in cleaned}:
        _check_sound(scope, sound)
    fit, as_of = find_forecast_fit(scope), find_as_of(scope)
    return [ReadyPlan(draft, expect(scope, fit, as_of, draft)) for draft in cleaned]


def add_plans(
    session: Session,
    actor: Actor,
    scope: Scope,
    ready: Sequence[ReadyPlan],
    experiment: Experiment | None = None,
    arms: Sequence[Arm] = (),
) -> list[PlannedPost]:
    """Add planned posts inside the running transaction, which holds the account; raise ``Invalid`` for too many.

    Of an experiment each has its arm, in the same order.
    """
    count = session.scalar(select(func.count()).select_from(_mine(scope).subquery())) or 0
    if count + len(ready) > MAX_PLANS:
        raise Invalid(ErrorCode.PLANS_FULL, field="title", maximum=MAX_PLANS)
    added = []
    for place, (plan, arm) in enumerate(zip_longest(ready, arms)):
        row = PlannedPost(
            account_id=scope.account_id,
            experiment_id=None if experiment is None else experiment.id,
            arm=arm,
            experiment_place=None if experiment is None else place,
            expected=plan.expected,
            created_by=scope.user_id,
            created_at=datetime.now(UTC),
        )
        _write(row, plan.draft)
        session.add(row)
        added.append(row)
    session.flush()
    # One event tells of a whole experiment.
    for row in added if experiment is None else ():
        record(session, actor, AuditAction.PLAN_WRITTEN, row.public_id, is_new=True, **_shape_of(draft_of(row)))
    _follow_soon(session, scope, [row.planned_at for row in added], [plan.expected for plan in ready])
    return added


def change_plan(actor: Actor, scope: Scope, public_id: str, draft: PlanDraft) -> None:
    """Write a planned post anew.

    Raises ``NotFound`` for an unknown id, ``Invalid`` as ``create_plan`` does, and ``Conflict`` where an export shows
    the post already and more than its notes would change, or when somebody else changed it a moment ago.
    """
    _change(actor, scope, public_id, lambda _: draft)


def move_plan(actor: Actor, scope: Scope, public_id: str, planned_at: int) -> int | None:
    """Plan a post for another Unix second; return the one it had. Raises as ``change_plan`` does."""
    return _change(actor, scope, public_id, lambda draft: replace(draft, planned_at=planned_at)).planned_at


def set_state(actor: Actor, scope: Scope, public_id: str, state: PlanState) -> PlanState:
    """Say where a planned post stands; return where it stood. Raises as ``change_plan`` does."""
    return _change(actor, scope, public_id, lambda draft: replace(draft, state=state)).state


def duplicate_plan(actor: Actor, scope: Scope, public_id: str, planned_at: int | None = None) -> str:
    """Plan a post like another one, for the same second unless one is given; return the public id of the new one."""
    require_planner(scope)
    draft = draft_of(_get(db.session(), scope, public_id))
    state = PlanState.IDEA if draft.state is PlanState.IDEA else PlanState.PLANNED
    return create_plan(actor, scope, replace(draft, planned_at=planned_at or draft.planned_at, state=state))


def delete_plan(actor: Actor, scope: Scope, public_id: str) -> PlanDraft:
    """Delete a planned post; return what it was. Raises ``NotFound`` for an unknown id."""
    require_planner(scope)
    with transaction() as session:
        lock_account(session, scope)
        row = _get(session, scope, public_id)
        draft = draft_of(row)
        record(session, actor, AuditAction.PLAN_DELETED, public_id, **_shape_of(draft))
        session.delete(row)
        session.flush()
        # The post it was is free for another planned one.
        _follow_soon(session, scope, [row.planned_at])
        return draft


def drop_plans_of(session: Session, scope: Scope, experiment: Experiment) -> int:
    """Drop what is still planned of an experiment inside the running transaction; return how many posts that were.

    The event of the experiment tells of it.
    """
    query = _mine(scope).where(
        PlannedPost.experiment_id == experiment.id, PlannedPost.state.in_((PlanState.IDEA, PlanState.PLANNED))
    )
    rows = session.scalars(query).all()
    for row in rows:
        _write(row, replace(draft_of(row), state=PlanState.DROPPED))
    return len(rows)


def require_planner(scope: Scope) -> None:
    """Raise ``Forbidden`` for who may not plan."""
    if not scope.allows(Permission.PLAN_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def lock_account(session: Session, scope: Scope) -> Account:
    """Let those who write come one after another, so that what they compare and count holds."""
    return session.get_one(Account, scope.account_id, with_for_update=True)


def _change(actor: Actor, scope: Scope, public_id: str, edit: Callable[[PlanDraft], PlanDraft]) -> PlanDraft:
    """Write what ``edit`` makes of a planned post; return what it was."""
    require_planner(scope)
    seen = _get(db.session(), scope, public_id)
    before, changed_at = draft_of(seen), seen.changed_at
    after = clean_draft(edit(before))
    if after == before:
        return before
    if after.sound != before.sound:
        _check_sound(scope, after.sound)
    # Before the transaction, which keeps others from writing.
    expected = seen.expected
    if after.to_post() != before.to_post() and is_foreseen(before, as_of := find_as_of(scope)):
        expected = expect(scope, find_forecast_fit(scope), as_of, after)
    with transaction() as session:
        lock_account(session, scope)
        row = _get(session, scope, public_id)
        if row.changed_at != changed_at:
            raise Conflict(ErrorCode.PLAN_CHANGED)
        if row.match in MATCHED and replace(after, notes="", state=before.state) != replace(before, notes=""):
            raise Conflict(ErrorCode.PLAN_PUBLISHED)
        _write(row, after)
        row.expected = expected
        _record_change(session, actor, row, before)
        _follow_soon(session, scope, [before.planned_at, after.planned_at], [expected])
    return before


def _write(row: PlannedPost, draft: PlanDraft) -> None:
    if row.state is not draft.state:
        _change_state(row, draft.state)
    row.planned_at, row.title, row.hashtags = draft.planned_at, draft.title, list(draft.hashtags)
    row.sound, row.sound_text = draft.sound or None, draft.sound_text
    row.kind, row.notes = draft.kind, draft.notes
    row.sequence, row.changed_at = (row.sequence or 0) + (row.id is not None), datetime.now(UTC)


def _change_state(row: PlannedPost, state: PlanState) -> None:
    """Let a planned post stand elsewhere; one that is not published any more is not the post that it was."""
    if state is not PlanState.PUBLISHED and row.match in MATCHED:
        row.refused = [*row.refused, [row.match_published_at, row.match_ordinal]]
    if state is not PlanState.PUBLISHED:
        row.match, row.match_published_at, row.match_ordinal = PlanMatch.NONE, None, None
    row.state, row.said_published = state, state is PlanState.PUBLISHED


def _check_sound(scope: Scope, sound: str) -> None:
    """Raise ``Invalid`` for a sound that is none of the account's."""
    if sound:
        known = select(Sound.id).where(Sound.account_id == scope.account_id, Sound.public_id == sound)
        if db.session.scalar(known) is None:
            raise Invalid(ErrorCode.PLAN_SOUND_UNKNOWN, field="sound")


def _follow_soon(
    session: Session, scope: Scope, times: Iterable[int | None], ranges: Iterable[dict[str, Any] | None] = ()
) -> None:
    """Have what lies in the past compared with the posts that are known, and ranges that are missing filled in."""
    account, now = session.get_one(Account, scope.account_id), datetime.now(UTC).timestamp()
    if any(second is not None and second <= now for second in times):
        queue_matching(session, account)
    elif any(is_waiting(expected) for expected in ranges):
        queue_matching(session, account, delay_seconds=RANGE_SECONDS)


def _mine(scope: Scope) -> Select[PlannedPost]:
    return select(PlannedPost).where(PlannedPost.account_id == scope.account_id)


def _get(session: Session, scope: Scope, public_id: str) -> PlannedPost:
    row = session.scalars(_mine(scope).where(PlannedPost.public_id == public_id)).first()
    if row is None:
        raise NotFound(ErrorCode.PLAN_UNKNOWN)
    return row


def _record_change(session: Session, actor: Actor, row: PlannedPost, before: PlanDraft) -> None:
    shapes = {"before": _shape_of(before), "after": _shape_of(draft_of(row))}
    record(session, actor, AuditAction.PLAN_WRITTEN, row.public_id, **shapes)


def _shape_of(draft: PlanDraft) -> dict[str, object]:
    # Not what it says: the record outlives the plan.
    return {
        "state": draft.state.value,
        "planned_at": None if draft.planned_at is None else instant(draft.planned_at).isoformat(timespec="minutes"),
        "kind": draft.kind.value,
        "characters": len(draft.title) + len(draft.notes),
    }
