"""The posts of the account, and one of them with its history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Response, request
from flask_babel import gettext as _

from webapp.analytics.content.listing import PostPage, list_posts
from webapp.analytics.content.post_history import PostWords, Reading, find_history, read_words
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostKind, PostQuery, Privacy
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.web.api.arguments import cursor_url, find_scope, known_id
from webapp.web.api.explain import explained
from webapp.web.api.follows import unknown_code
from webapp.web.api.operations import ACCOUNT, EXPLAIN, Operation, describe
from webapp.web.api.post_arguments import POST_LIST
from webapp.web.api.post_shapes import PostItem, PostList, PostReading, PostSound, SinglePost
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc
from webapp.web.masking import shown_caption

TAG = N_("Posts")
REASONS: dict[UnknownCode, str] = {
    UnknownCode.NO_ACCOUNT: N_("There is no account yet. Import an export to begin."),
    UnknownCode.NO_EXPORT: N_("Nothing was imported for this account yet. Import an export to fill this list."),
    UnknownCode.NOT_IN_EXPORTS: N_(
        "No export of this account holds the list of posts. Ask the platform for an export with all data."
    ),
    UnknownCode.NO_TITLES: N_(
        "The exports of this account hold no captions, so hashtags and words are unknown. Ask the platform for an "
        "export as JSON with all data."
    ),
}
# Posts whose words are read at once.
_BATCH = 500
_METRICS = (
    MetricKey.POST_LIKES,
    MetricKey.POST_VIEWS,
    MetricKey.POST_COMMENTS,
    MetricKey.POST_SHARES,
)
_EXAMPLE = PostItem(
    id="5f0c1d2e3a4b5c6d7e8f",
    published_at=datetime(2026, 3, 4, 17, 5, 12, tzinfo=UTC),
    title="Bread in four steps #baking #sourdough",
    kind=PostKind.VIDEO,
    likes=1203,
    views=18_450,
    comments=61,
    shares=34,
    sound=PostSound(name="Slow morning", author="The Loaves"),
    hashtags=["baking", "sourdough"],
    location=None,
    privacy="everyone",
    permalink="https://www.tiktok.com/@ada.bakes/video/7301234567890123456",
    deleted_at=None,
)
_MAY, _JUNE = datetime(2026, 5, 3, 9, 15, tzinfo=UTC), datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_SINGLE = SinglePost(
    **msgspec.structs.asdict(_EXAMPLE),
    history=[
        PostReading(at=_MAY, likes=1180, views=None, comments=None, shares=None),
        PostReading(at=_JUNE, likes=1203, views=18_450, comments=61, shares=34),
    ],
)


@blueprint.get("/posts/")
@limited
@describe(
    Operation(
        N_("List the posts of the account"),
        TAG,
        PostList,
        PostList(count=1, next=None, previous=None, results=[_EXAMPLE]),
        parameters=POST_LIST,
        errors=(404, 422),
        sample="?hashtag=baking&ordering=-likes",
    )
)
def posts() -> Response:
    """Answer one page of the posts."""
    refuse_unknown(request.args, [parameter.name for parameter in POST_LIST])
    scope = find_scope()
    query = PostQuery.parse(request.args, scope.timezone if scope else "UTC")
    if scope is None:
        return answer(explained(_unknown(UnknownCode.NO_ACCOUNT), None))
    table = find_posts(scope)
    body = _unknown(unknown_code(scope)) if table is None else _page(scope, table, list_posts(table, query))
    return answer(explained(body, scope, MetricKey.POSTS, posts=query.filter))


@blueprint.get("/posts/<public_id>/")
@limited
@describe(
    Operation(
        N_("Show a post with its history"),
        TAG,
        SinglePost,
        _SINGLE,
        parameters=(ACCOUNT, EXPLAIN),
        errors=(404, 422),
    )
)
def post(public_id: str) -> Response:
    """Answer what is known of a post; raise ``NotFound`` for one that is not the account's."""
    refuse_unknown(request.args, (ACCOUNT.name, EXPLAIN.name))
    scope = find_scope()
    table = find_posts(scope) if scope else None
    row = table.by_id.get(known_id(public_id)) if table else None
    if scope is None or table is None or row is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    item = _item(table, row, read_words(scope, [row.id]))
    history = [_reading(reading) for reading in find_history(scope, row)]
    body = SinglePost(**msgspec.structs.asdict(item), history=history)
    return answer(explained(body, scope, *_METRICS, post=public_id))


def _page(scope: Scope, table: PostTable, page: PostPage) -> PostList:
    ids = [row.id for row in page.rows]
    words: dict[int, PostWords] = {}
    for start in range(0, len(ids), _BATCH):
        words.update(read_words(scope, ids[start : start + _BATCH]))
    return PostList(
        count=page.total,
        next=cursor_url(page.query, page.next),
        previous=cursor_url(page.query, page.previous),
        results=[_item(table, row, words) for row in page.rows],
    )


def _item(table: PostTable, row: PostRow, words: Mapping[int, PostWords]) -> PostItem:
    sound = None if row.sound is None else table.sounds[row.sound]
    told = words.get(row.id)
    figures: dict[str, Any] = {name: getattr(row, name) for name in ("likes", "views", "comments", "shares")}
    return PostItem(
        id=row.public_id,
        published_at=utc(row.published_at),
        title=shown_caption(row.title) or None,
        kind=PostKind(row.kind),
        **figures,
        sound=None if sound is None else PostSound(name=sound.name, author=sound.author),
        hashtags=[table.tags[place].spelling for place in row.hashtags],
        location=told.location if told else None,
        privacy=None if row.privacy == Privacy.UNSTATED else str(row.privacy),
        permalink=row.permalink,
        deleted_at=None if row.deleted_at is None else utc(row.deleted_at),
    )


def _reading(reading: Reading) -> PostReading:
    return PostReading(
        at=utc(reading.at),
        likes=reading.likes,
        views=reading.views,
        comments=reading.comments,
        shares=reading.shares,
    )


def _unknown(code: UnknownCode) -> PostList:
    unknown = Unknown(code=code, text=_(REASONS[code]))
    return PostList(count=None, next=None, previous=None, results=[], unknown=unknown)
