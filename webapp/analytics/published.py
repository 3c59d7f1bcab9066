"""The posts of an account by the time they were published."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from webapp.analytics.insights.posts import of_post
from webapp.analytics.visible import visible
from webapp.domain.period import Span
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Post, PostDetail


@dataclass(frozen=True, slots=True)
class Published:
    """A post by its public id, its Unix second and its words, which may be none."""

    public_id: str
    published_at: int
    title: str


def list_published(scope: Scope, span: Span, most: int) -> tuple[Published, ...]:
    """Return the posts published in a span, newest first, at most so many."""
    title = select(PostDetail.title).where(of_post(PostDetail, scope), PostDetail.is_newest).limit(1).scalar_subquery()
    query = select(Post.public_id, Post.published_at, title).where(
        visible(Post, scope), Post.published_at <= span.until
    )
    if span.since is not None:
        query = query.where(Post.published_at > span.since)
    found = db.session.execute(query.order_by(Post.published_at.desc(), Post.ordinal).limit(most))
    return tuple(Published(public_id, second, text or "") for public_id, second, text in found)
