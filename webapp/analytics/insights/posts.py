"""The posts that statistics speak of: public ones on the newest list of posts, with their likes there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select

from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.visible import Reader, visible
from webapp.domain.post_query import Standing
from webapp.domain.post_titles import title_of
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Post, PostDetail


class PublicPost(NamedTuple):
    """A post; ``published_at`` is a Unix second, ``likes`` are those of the newest list, ``None`` where unknown."""

    public_id: str
    published_at: int
    likes: int | None


@dataclass(frozen=True, slots=True)
class PublicPosts:
    """Posts, oldest first, as of the Unix second of their list; ``hidden`` posts on it are not public."""

    as_of: int
    posts: tuple[PublicPost, ...]
    hidden: int


def find_public_posts(reader: Reader) -> PublicPosts | None:
    """Return the public posts of the newest list of posts; ``None`` where no export holds one."""
    table = find_posts(reader)
    return None if table is None else public_posts(table)


def public_posts(table: PostTable) -> PublicPosts:
    """Return the public posts of the newest list; of an older layout, which does not say it, all are."""
    listed = [row for row in table.rows if row.standing is Standing.LISTED]
    posts = tuple(PublicPost(row.public_id, row.published_at, row.likes) for row in listed if row.is_public)
    return PublicPosts(table.as_of, posts, len(listed) - len(posts))


def find_titles(scope: Scope, public_ids: Iterable[str]) -> dict[str, str]:
    """Return the words of posts, which may be none."""
    statement = (
        select(Post.public_id, PostDetail.title)
        .join(PostDetail, and_(of_post(PostDetail, scope), PostDetail.is_newest))
        .where(visible(Post, scope), Post.public_id.in_(list(public_ids)))
    )
    return {public_id: title_of(title) for public_id, title in db.session.execute(statement)}


def of_post(model: Any, scope: Reader) -> ColumnElement[bool]:
    """Return the condition for the rows of a post that the reader sees.

    Without the account, which is that of the post: with it SQLite goes through all rows of the account for each post.
    """
    return and_(
        model.post_id == Post.id, model.added_revision <= scope.revision, model.removed_revision > scope.revision
    )
