"""The covers that people gave to posts, and which posts the names of image files speak of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select

from webapp.analytics.visible import Reader, visible
from webapp.domain.cover_names import read_cover_name
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Post, PostCover, PostDetail, StudioVideo


class CoverFile(NamedTuple):
    """A kept image: the part of its files' names that nobody can guess, and its widest size in pixels."""

    token: str
    width: int
    height: int


def find_covers(reader: Reader, seconds: Iterable[int] | None = None) -> dict[tuple[int, int], CoverFile]:
    """Return the covers of the posts of some seconds, of all without, by second and ordinal; others are left out."""
    query = select(PostCover).where(PostCover.account_id == reader.account_id)
    if seconds is not None:
        query = query.where(PostCover.published_at.in_(sorted(set(seconds))))
    return {
        (cover.published_at, cover.ordinal): CoverFile(cover.file, cover.width, cover.height)
        for cover in db.session.scalars(query)
    }


class Identity(NamedTuple):
    """A post by what survives imports and undos, and the id of its page now."""

    public_id: str
    published_at: int
    ordinal: int


def get_identity(reader: Reader, public_id: str) -> Identity:
    """Return what a post is known by; raise ``NotFound`` for any other id."""
    query = select(Post.public_id, Post.published_at, Post.ordinal).where(
        visible(Post, reader), Post.public_id == public_id
    )
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return Identity(*found)


def match_names(scope: Scope, names: Sequence[str]) -> list[tuple[Identity, ...]]:
    """Return for each file name the posts that it fits: by the platform's number where it has one, else by second."""
    zone = ZoneInfo(scope.timezone)
    read = [read_cover_name(name, zone) for name in names]
    by_number = _posts_by_number(scope, {number for each in read for number in each.platform_ids})
    by_second = _posts_by_second(scope, {second for each in read for second in each.seconds})
    found = []
    for each in read:
        numbered = {post for number in each.platform_ids for post in by_number.get(number, ())}
        timed = {post for second in each.seconds for post in by_second.get(second, ())}
        found.append(tuple(sorted(numbered or timed)))
    return found


def _posts_by_number(reader: Reader, numbers: set[str]) -> dict[str, set[Identity]]:
    posts = select(Post.public_id, Post.published_at, Post.ordinal)
    told = (
        posts.add_columns(PostDetail.platform_post_id)
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(visible(Post, reader), visible(PostDetail, reader), PostDetail.platform_post_id.in_(numbers))
    )
    matched = (
        posts.add_columns(StudioVideo.platform_post_id)
        .join(StudioVideo, StudioVideo.post_id == Post.id)
        .where(visible(Post, reader), visible(StudioVideo, reader), StudioVideo.platform_post_id.in_(numbers))
    )
    found: dict[str, set[Identity]] = {}
    for query in (told, matched) if numbers else ():
        for *identity, number in db.session.execute(query):
            found.setdefault(number, set()).add(Identity(*identity))
    return found


def _posts_by_second(reader: Reader, seconds: set[int]) -> dict[int, set[Identity]]:
    query = select(Post.public_id, Post.published_at, Post.ordinal).where(
        visible(Post, reader), Post.published_at.in_(seconds)
    )
    found: dict[int, set[Identity]] = {}
    for row in db.session.execute(query) if seconds else ():
        found.setdefault(row.published_at, set()).add(Identity(*row))
    return found
