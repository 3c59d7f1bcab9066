"""Imports, exports and jobs as pages and the API show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.analytics.visible import visible
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.scope import Scope, TeamScope
from webapp.domain.studio import STUDIO_LAYOUT
from webapp.extensions import db
from webapp.models import Account, Export, FollowerSnapshot, ImportRun, ImportState, Job

# What waits for a person is a handful; more than this no page shows.
_MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import run with the newest of its jobs and its account."""

    run: ImportRun
    job: Job | None
    account: Account | None


def runs_of(scope: TeamScope) -> ColumnElement[bool]:
    """Return which imports of the team a member sees: those of their accounts, and their own that have none yet."""
    is_team = ImportRun.team_id == scope.team_id
    if not scope.is_narrowed:
        return is_team
    named = dict(scope.account_roles)
    if scope.sees_all_accounts:
        is_seen = ImportRun.account_id.not_in([account for account, role in named.items() if role is None])
    else:
        is_seen = ImportRun.account_id.in_([account for account, role in named.items() if role is not None])
    is_own = and_(ImportRun.account_id.is_(None), ImportRun.user_id == scope.user_id)
    return and_(is_team, or_(is_seen, is_own))


def get_import_view(scope: TeamScope, public_id: str) -> ImportView:
    """Return one import of the team; raise ``NotFound`` for any other id."""
    run = db.session.scalars(select(ImportRun).where(ImportRun.public_id == public_id, runs_of(scope))).one_or_none()
    if run is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return _view(run)


def list_imports(scope: TeamScope, limit: int = 50, offset: int = 0) -> Sequence[ImportView]:
    """Return the team's imports, newest first."""
    query = (
        select(ImportRun)
        .where(runs_of(scope))
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_view(run) for run in db.session.scalars(query)]


def list_waiting(scope: TeamScope) -> Sequence[ImportView]:
    """Return the team's imports that wait for a person, newest first."""
    query = (
        select(ImportRun)
        .where(
            runs_of(scope),
            ImportRun.state.in_((ImportState.RECOGNISED, ImportState.HELD, ImportState.READY)),
        )
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
        .limit(_MOST_WAITING)
    )
    return [_view(run) for run in db.session.scalars(query)]


def list_exports(scope: Scope) -> Sequence[Export]:
    """Return the exports of the account, oldest first; downloads from TikTok Studio are none."""
    query = select(Export).where(visible(Export, scope), Export.layout != STUDIO_LAYOUT)
    query = query.order_by(Export.exported_at, Export.id)
    return db.session.scalars(query).all()


def list_downloads(scope: Scope) -> Sequence[Export]:
    """Return the downloads from TikTok Studio of the account, oldest first."""
    query = select(Export).where(visible(Export, scope), Export.layout == STUDIO_LAYOUT)
    return db.session.scalars(query.order_by(Export.exported_at, Export.id)).all()


def find_snapshot(scope: Scope, export_id: int) -> FollowerSnapshot | None:
    """Return the counts of an export, as they are reckoned now."""
    query = select(FollowerSnapshot).where(visible(FollowerSnapshot, scope), FollowerSnapshot.export_id == export_id)
    return db.session.scalars(query).first()


def list_jobs(limit: int = 100) -> Sequence[Job]:
    """Return the newest jobs of the installation; for its admins."""
    return db.session.scalars(select(Job).order_by(Job.created_at.desc(), Job.id).limit(limit)).all()


def _view(run: ImportRun) -> ImportView:
    job = db.session.scalars(
        select(Job).where(Job.import_id == run.id).order_by(Job.created_at.desc(), Job.id).limit(1)
    ).first()
    account = db.session.get(Account, run.account_id) if run.account_id is not None else None
    return ImportView(run, job, account)
