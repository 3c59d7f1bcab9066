"""Start experiments, end them and give them up; their posts are planned ones of `services/planner.py`."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.analytics.experiments import conclude, find_power, get_experiment, list_complete
from webapp.analytics.statistics.randomisation import draw_order
from webapp.domain.errors import Conflict, ErrorCode, Invalid
from webapp.domain.experiments import (
    MAX_EXPERIMENTS,
    MOST_EACH,
    Arm,
    ExperimentDraft,
    ExperimentState,
    Outcome,
    Verdict,
    plans_of,
)
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Account, AuditAction, Experiment
from webapp.services.audit import Actor, record
from webapp.services.kept_fits import AccountReader
from webapp.services.planner import add_plans, drop_plans_of, lock_account, prepare_plans, require_planner
from webapp.services.transaction import transaction

# What an order is drawn with fits into a column with a sign.
_SEED_BITS: Final = 62


def start_experiment(actor: Actor, scope: Scope, draft: ExperimentDraft) -> str:
    """Draw the order of an experiment and plan its posts; return its public id.

    Raises ``Invalid`` for one that takes more posts than an experiment may have, and for one too many; ``Conflict``
    while another one runs.
    """
    require_planner(scope)
    power = find_power(scope)
    each = power.size(draft.effect).each
    if each > MOST_EACH:
        raise Invalid(ErrorCode.EXPERIMENT_TOO_LONG, field="effect", found=2 * each, maximum=2 * MOST_EACH)
    _refuse_second(scope)
    seed = secrets.randbits(_SEED_BITS)
    arms = [Arm.B if treatment else Arm.A for treatment in draw_order(each, seed)]
    ready = prepare_plans(scope, plans_of(draft, arms, scope.timezone))
    with transaction() as session:
        lock_account(session, scope)
        _refuse_second(scope)
        mine = select(func.count(Experiment.id)).where(Experiment.account_id == scope.account_id)
        if (session.scalar(mine) or 0) >= MAX_EXPERIMENTS:
            raise Invalid(ErrorCode.EXPERIMENTS_FULL, maximum=MAX_EXPERIMENTS)
        row = Experiment(
            account_id=scope.account_id,
            kind=draft.kind,
            state=ExperimentState.RUNNING,
            arm_a=draft.arm_a,
            arm_b=draft.arm_b,
            posts_each=each,
            spread=power.spread,
            effect=draft.effect,
            seed=seed,
            created_by=scope.user_id,
            created_at=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
        add_plans(session, actor, scope, ready, row, arms)
        record(session, actor, AuditAction.EXPERIMENT_STARTED, row.public_id, kind=draft.kind.value, posts=2 * each)
        return row.public_id


def stop_experiment(actor: Actor, scope: Scope, public_id: str) -> int:
    """Give an experiment up and drop what is still planned of it; return how many posts that were.

    Raises ``NotFound`` for an unknown id, and ``Conflict`` for one that does not run.
    """
    require_planner(scope)
    get_experiment(scope, public_id)
    with transaction() as session:
        lock_account(session, scope)
        row = _close(session, scope.account_id, public_id, ExperimentState.STOPPED, None)
        if row is None:
            raise Conflict(ErrorCode.EXPERIMENT_OVER)
        dropped = drop_plans_of(session, scope, row)
        record(session, actor, AuditAction.EXPERIMENT_STOPPED, public_id, dropped=dropped)
        return dropped


def end_experiment(actor: Actor, scope: Scope, public_id: str) -> Outcome:
    """End an experiment: keep what it shows by now, and drop what is still planned of it. Raises as stopping does."""
    require_planner(scope)
    outcome = conclude(scope, get_experiment(scope, public_id))
    with transaction() as session:
        lock_account(session, scope)
        row = _close(session, scope.account_id, public_id, ExperimentState.ENDED, outcome)
        if row is None:
            raise Conflict(ErrorCode.EXPERIMENT_OVER)
        dropped = drop_plans_of(session, scope, row)
        _record_end(session, actor, row, outcome, dropped=dropped)
        return outcome


def settle_experiments(session: Session, account: Account) -> None:
    """End the experiments of which nothing is still to come, in the running transaction of the job that matches posts.

    Whoever ended one before stays right.
    """
    session.flush()
    reader, actor = AccountReader(account.id, account.revision), Actor(team_id=account.team_id)
    for view in list_complete(reader, account.timezone):
        outcome = conclude(reader, view)
        row = _close(session, account.id, view.public_id, ExperimentState.ENDED, outcome)
        if row is not None:
            _record_end(session, actor, row, outcome)


def _refuse_second(scope: Scope) -> None:
    """Raise ``Conflict`` while an experiment runs: the slots and hashtags of two would be mixed up."""
    running = select(Experiment.id).where(
        Experiment.account_id == scope.account_id, Experiment.state == ExperimentState.RUNNING
    )
    if db.session.scalar(running.limit(1)) is not None:
        raise Conflict(ErrorCode.EXPERIMENT_RUNS)


def _close(
    session: Session, account_id: int, public_id: str, state: ExperimentState, outcome: Outcome | None
) -> Experiment | None:
    """Let a running experiment be over; ``None`` for one that does not run, whoever was faster."""
    mine = (Experiment.account_id == account_id, Experiment.public_id == public_id)
    values: dict[str, Any] = {"state": state, "ended_at": datetime.now(UTC)}
    if outcome is not None:
        values["result"] = {**asdict(outcome), "verdict": outcome.verdict.value}
    closing = (
        update(Experiment)
        .where(*mine, Experiment.state == ExperimentState.RUNNING)
        .values(**values)
        .returning(Experiment.id)
    )
    closed = session.scalar(closing)
    return None if closed is None else session.get_one(Experiment, closed, populate_existing=True)


def _record_end(session: Session, actor: Actor, row: Experiment, outcome: Outcome, **detail: object) -> None:
    is_clear = outcome.verdict is Verdict.CLEAR
    record(
        session, actor, AuditAction.EXPERIMENT_ENDED, row.public_id, pairs=outcome.pairs, is_clear=is_clear, **detail
    )
