"""How many people are on both newest lists: read from the export that holds both, else counted."""

from __future__ import annotations

from sqlalchemy import select

from webapp.analytics.follow_statements import few_count_statement
from webapp.analytics.visible import count_kept, visible
from webapp.domain.period import Period
from webapp.domain.query import FollowQuery, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, FollowerSnapshot


def count_mutuals(scope: Scope, followers: Export, following: Export) -> int:
    """Return how many names are on both lists, each of the newest export that holds it whole."""
    if followers.id == following.id:
        # Counted when the export came in, and whenever people of its lists are erased.
        counted = db.session.scalar(
            select(FollowerSnapshot.mutuals).where(
                visible(FollowerSnapshot, scope), FollowerSnapshot.export_id == followers.id
            )
        )
        if counted is not None:
            return counted
    shorter = count_kept(following, Section.FOLLOWING) < count_kept(followers, Section.FOLLOWERS)
    everybody = FollowQuery(Period(None, None, scope.timezone), relation=Relation.MUTUAL)
    statement = few_count_statement(scope, Section.FOLLOWERS, everybody, other_is_shorter=shorter)
    return db.session.scalar(statement) or 0
