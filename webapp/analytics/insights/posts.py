"""The posts that statistics speak of: public ones on the newest list of posts, with their likes there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, select

from webapp.analytics.visible import find_newest_complete, visible
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Post, PostDetail, PostReading

_PUBLIC: Final = (None, "everyone")


class PublicPost(NamedTuple):
    """A post; ``published_at`` is a Unix second, ``likes`` are those of the newest list, ``None`` where unknown."""

    public_id: str
    published_at: int
    likes: int | None


@dataclass(frozen=True, slots=True)
class PublicPosts:
    """Posts, oldest first, as of the Unix second of their list; ``hidden`` posts on it are not public, or deleted."""

    as_of: int
    posts: tuple[PublicPost, ...]
    hidden: int


def find_public_posts(scope: Scope) -> PublicPosts | None:
    """Return the public posts of the newest export that holds the list of posts; ``None`` where none does.

    An export of an older layout does not say who may see a post: it counts as public.
    """
    newest = find_newest_complete(scope, Section.POSTS)
    if newest is None:
        return None
    on_list = and_(of_post(PostReading, scope), PostReading.export_id == newest.id)
    statement = (
        select(Post.public_id, Post.published_at, PostReading.likes, PostDetail.privacy, PostDetail.deleted_at)
        .join(PostReading, on_list)
        .outerjoin(PostDetail, and_(of_post(PostDetail, scope), PostDetail.is_newest))
        .where(visible(Post, scope))
        .order_by(Post.published_at, Post.ordinal)
    )
    rows = db.session.execute(statement).all()
    posts = tuple(
        PublicPost(public_id, second, likes)
        for public_id, second, likes, privacy, deleted_at in rows
        if privacy in _PUBLIC and deleted_at is None
    )
    return PublicPosts(newest.exported_at, posts, len(rows) - len(posts))


def find_titles(scope: Scope, public_ids: Iterable[str]) -> dict[str, str]:
    """Return the words of posts, which may be none."""
    statement = (
        select(Post.public_id, PostDetail.title)
        .join(PostDetail, and_(of_post(PostDetail, scope), PostDetail.is_newest))
        .where(visible(Post, scope), Post.public_id.in_(list(public_ids)))
    )
    return {public_id: title or "" for public_id, title in db.session.execute(statement)}


def of_post(model: Any, scope: Scope) -> ColumnElement[bool]:
    """Return the condition for the rows of a post that the reader sees.

    Without the account, which is that of the post: with it SQLite goes through all rows of the account for each post.
    """
    return and_(
        model.post_id == Post.id, model.added_revision <= scope.revision, model.removed_revision > scope.revision
    )
