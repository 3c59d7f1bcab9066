"""What a scope sees of the versioned tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, select

from webapp.domain.scope import Scope
from webapp.domain.sections import Section, SectionState
from webapp.extensions import db
from webapp.models import Export, Follower, Following

COMPLETE = (SectionState.FILLED, SectionState.EMPTY)


def visible(model: Any, scope: Scope) -> ColumnElement[bool]:
    """Return the condition for the rows of a versioned mapping that the scope sees."""
    return and_(
        model.account_id == scope.account_id,
        model.added_revision <= scope.revision,
        model.removed_revision > scope.revision,
    )


def current(model: type[Follower] | type[Following], scope: Scope) -> ColumnElement[bool]:
    """Return the condition for the names on the newest complete list."""
    return and_(visible(model, scope), model.gone_export_id.is_(None))


def find_newest_complete(scope: Scope, section: Section) -> Export | None:
    """Return the newest export that holds the section whole; ``None`` means unknown, never zero."""
    state = {
        Section.FOLLOWERS: Export.followers_state,
        Section.FOLLOWING: Export.following_state,
        Section.POSTS: Export.posts_state,
    }[section]
    query = (
        select(Export)
        .where(visible(Export, scope), state.in_(COMPLETE))
        .order_by(Export.exported_at.desc(), Export.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()
