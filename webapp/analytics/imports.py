"""Imports, jobs and freshness as pages and the API show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from webapp.analytics.visible import ANY_READER, COMPLETE, values_of, visible
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.scope import Scope, TeamScope
from webapp.extensions import db
from webapp.models import Account, Export, ImportRun, Job

# Made once, because every page tells how far the data reach.
_FRESHNESS = (
    select(Export.exported_at)
    .where(
        visible(Export, ANY_READER),
        Export.followers_state.in_(COMPLETE) | Export.following_state.in_(COMPLETE) | Export.posts_state.in_(COMPLETE),
    )
    .order_by(Export.exported_at.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import run with the newest of its jobs and its account."""

    run: ImportRun
    job: Job | None
    account: Account | None


def get_import_view(scope: TeamScope, public_id: str) -> ImportView:
    """Return one import of the team; raise ``NotFound`` for any other id."""
    run = db.session.scalars(
        select(ImportRun).where(ImportRun.public_id == public_id, ImportRun.team_id == scope.team_id)
    ).one_or_none()
    if run is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return _view(run)


def list_imports(scope: TeamScope, limit: int = 50, offset: int = 0) -> Sequence[ImportView]:
    """Return the team's imports, newest first."""
    query = (
        select(ImportRun)
        .where(ImportRun.team_id == scope.team_id)
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_view(run) for run in db.session.scalars(query)]


def list_exports(scope: Scope) -> Sequence[Export]:
    """Return the exports of the account, oldest first."""
    query = select(Export).where(visible(Export, scope)).order_by(Export.exported_at, Export.id)
    return db.session.scalars(query).all()


def find_freshness(scope: Scope) -> int | None:
    """Return the export time of the newest export that holds any list whole; ``None`` without one."""
    return db.session.connection().scalar(_FRESHNESS, values_of(scope))


def list_jobs(limit: int = 100) -> Sequence[Job]:
    """Return the newest jobs of the installation; for its admins."""
    return db.session.scalars(select(Job).order_by(Job.created_at.desc(), Job.id).limit(limit)).all()


def _view(run: ImportRun) -> ImportView:
    job = db.session.scalars(
        select(Job).where(Job.import_id == run.id).order_by(Job.created_at.desc(), Job.id).limit(1)
    ).first()
    account = db.session.get(Account, run.account_id) if run.account_id is not None else None
    return ImportView(run, job, account)
