"""The posts of a period that were liked most, by the newest list of posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from webapp.analytics.insights.posts import of_post
from webapp.analytics.visible import find_newest_complete, visible
from webapp.domain.period import Span
from webapp.domain.post_query import PostKind
from webapp.domain.post_titles import title_of
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Post, PostDetail, PostReading

_EVERYONE: Final = "everyone"


@dataclass(frozen=True, slots=True)
class TopPost:
    """A post with its likes on the newest list of posts; ``published_at`` is a Unix second."""

    public_id: str
    published_at: int
    ordinal: int
    kind: PostKind
    title: str
    likes: int


@dataclass(frozen=True, slots=True)
class TopPosts:
    """The posts with the most likes, most first, and how many of the period are not among them for what reason.

    ``without_likes`` are public posts whose likes the list does not hold; ``private`` are those not everybody can see.
    """

    posts: tuple[TopPost, ...] = ()
    public: int = 0
    without_likes: int = 0
    private: int = 0


def find_top_posts(scope: Scope, span: Span | None, count: int) -> TopPosts:
    """Return the public posts of a period with the most likes; deleted ones are neither shown nor counted."""
    newest = find_newest_complete(scope, Section.POSTS)
    if newest is None:
        return TopPosts()
    likes, is_shown = PostReading.likes, and_(_is_public(), PostReading.likes.is_not(None))
    columns = (PostDetail.title, likes, is_shown)
    # Everything in one pass: each post costs two steps into an index.
    query = (
        select(Post.public_id, Post.published_at, Post.ordinal, PostDetail.kind, *columns, *_totals())
        .join(PostReading, and_(of_post(PostReading, scope), PostReading.export_id == newest.id))
        .join(PostDetail, and_(of_post(PostDetail, scope), PostDetail.is_newest, PostDetail.deleted_at.is_(None)))
        .where(visible(Post, scope), *_published(span))
        .order_by(case((is_shown, 0), else_=1), likes.desc(), Post.published_at.desc(), Post.ordinal)
        .limit(count)
    )
    rows = db.session.execute(query).all()
    posts = tuple(
        TopPost(public_id, at, ordinal, PostKind(kind), " ".join(title_of(title).split()), found)
        for public_id, at, ordinal, kind, title, found, shown, *_ in rows
        if shown and found is not None
    )
    if not rows:
        return TopPosts()
    *_, public, without_likes, private = rows[0]
    return TopPosts(posts, public, without_likes, private)


def _totals() -> tuple[ColumnElement[int], ...]:
    """Return over all posts of the question: the public ones, those of them without likes, and the others."""
    conditions = (_is_public(), and_(_is_public(), PostReading.likes.is_(None)), ~_is_public())
    return tuple(func.count(case((condition, 1))).over() for condition in conditions)


def _published(span: Span | None) -> list[ColumnElement[bool]]:
    if span is None:
        return []
    ends = Post.published_at <= span.until
    return [ends] if span.since is None else [ends, Post.published_at > span.since]


def _is_public() -> ColumnElement[bool]:
    # Older exports do not say who may see a post.
    return or_(PostDetail.privacy.is_(None), PostDetail.privacy == _EVERYONE)
