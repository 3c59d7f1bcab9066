"""How a person has posts laid out."""

from __future__ import annotations

from sqlalchemy import select

from webapp.domain.post_query import PostLayout
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import User


def find_layout(scope: Scope) -> PostLayout:
    """Return the layout that the person chose last, the list before that."""
    kept = db.session.scalar(select(User.post_layout).where(User.id == scope.user_id))
    return PostLayout(kept) if kept else PostLayout.LIST
