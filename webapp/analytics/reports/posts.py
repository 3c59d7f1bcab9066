"""The posts of a period that did best."""

from __future__ import annotations

from typing import Final

from webapp.analytics.content.covers import CoverFile, find_covers
from webapp.analytics.content.standing import find_standing
from webapp.analytics.content.table import PostTable
from webapp.analytics.reports.material import Material
from webapp.analytics.top_posts import TopPost, TopPosts, find_top_posts
from webapp.domain.covers import file_name, kept_widths
from webapp.domain.reports import PostsPart, ReportPost, Untold

MOST_POSTS: Final = 10
# In pixels: as wide as any sheet or page of a report shows a cover, at twice its dots.
_COVER: Final = 480


def find_posts_part(material: Material) -> PostsPart:
    """Return the public posts of the period with the most likes, and how many more there are."""
    table = material.table
    if table is None:
        return PostsPart(untold=Untold.NO_LIST)
    found = find_top_posts(material.scope, material.span, MOST_POSTS)
    covers = find_covers(material.scope, (post.published_at for post in found.posts))
    return PostsPart(
        top=tuple(_post(material, table, post, covers.get((post.published_at, post.ordinal))) for post in found.posts),
        public=float(found.public),
        without_likes=float(found.without_likes),
        private=float(found.private),
        untold=_untold(found),
    )


def _untold(found: TopPosts) -> Untold | None:
    if found.posts:
        return None
    return Untold.NO_LIKES if found.public else Untold.NO_POSTS


def _post(material: Material, table: PostTable, post: TopPost, cover: CoverFile | None) -> ReportPost:
    row = table.by_id.get(post.public_id)
    plain = ReportPost(
        published_on=material.day(post.published_at),
        kind=post.kind,
        title=post.title,
        likes=float(post.likes),
        post=post.public_id,
        cover=None if cover is None else _file_of(cover),
    )
    if row is None:
        return plain
    return ReportPost(
        published_on=plain.published_on,
        kind=plain.kind,
        title=plain.title,
        likes=plain.likes,
        views=_number(row.views),
        comments=_number(row.comments),
        shares=_number(row.shares),
        rate=row.engagement_rate,
        factor=find_standing(table, row).factor,
        post=plain.post,
        cover=plain.cover,
    )


def _number(value: int | None) -> float | None:
    return None if value is None else float(value)


def _file_of(cover: CoverFile) -> str:
    widths = [width for width in kept_widths(cover.width) if width <= _COVER]
    return file_name(cover.token, widths[-1] if widths else kept_widths(cover.width)[0])
