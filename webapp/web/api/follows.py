"""Who follows the account, and whom it follows."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, request
from flask_babel import gettext as _

from webapp.analytics.follows import FollowPage, FollowRow, list_follows
from webapp.analytics.imports import list_exports
from webapp.domain.metrics import MetricKey
from webapp.domain.query import FollowQuery, refuse_unknown
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.text import N_
from webapp.web.api.arguments import cursor_url, find_scope
from webapp.web.api.explain import explained
from webapp.web.api.follow_shapes import Follow, FollowList
from webapp.web.api.operations import FOLLOW_LIST, Operation, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc

REASONS: dict[UnknownCode, str] = {
    UnknownCode.NO_ACCOUNT: N_("There is no account yet. Import an export to begin."),
    UnknownCode.NO_EXPORT: N_("Nothing was imported for this account yet. Import an export to fill this list."),
    UnknownCode.NOT_IN_EXPORTS: N_(
        "No export of this account holds this list whole. Ask the platform for an export with all data."
    ),
}
_METRICS = {Section.FOLLOWERS: MetricKey.FOLLOWERS, Section.FOLLOWING: MetricKey.FOLLOWING}
_EXAMPLE = FollowList(
    count=2,
    next=None,
    previous=None,
    results=[
        Follow(username="ada.lovelace", date_followed=datetime(2026, 3, 29, 18, 4, 11, tzinfo=UTC), is_mutual=True),
        Follow(username="grace_h", date_followed=datetime(2026, 3, 1, 7, 30, 2, tzinfo=UTC), is_mutual=False),
    ],
)


@blueprint.get("/followers/")
@limited
@describe(
    Operation(
        N_("List the people who follow the account"),
        N_("Followers and following"),
        FollowList,
        _EXAMPLE,
        parameters=FOLLOW_LIST,
        errors=(404, 422),
        sample="?search=ada&ordering=username",
    )
)
def followers() -> Response:
    """Answer one page of the followers."""
    return _list(Section.FOLLOWERS)


@blueprint.get("/following/")
@limited
@describe(
    Operation(
        N_("List the people whom the account follows"),
        N_("Followers and following"),
        FollowList,
        _EXAMPLE,
        parameters=FOLLOW_LIST,
        errors=(404, 422),
        sample="?date_from=2026-01-01&mutual=1",
    )
)
def following() -> Response:
    """Answer one page of the people the account follows."""
    return _list(Section.FOLLOWING)


def _list(section: Section) -> Response:
    refuse_unknown(request.args, [parameter.name for parameter in FOLLOW_LIST])
    scope = find_scope()
    query = FollowQuery.parse(request.args, scope.timezone if scope else "UTC")
    if scope is None:
        return answer(explained(_unknown(UnknownCode.NO_ACCOUNT), None))
    page = list_follows(scope, section, query)
    body = _unknown(unknown_code(scope)) if page.is_unknown else _known(page)
    return answer(explained(body, scope, _METRICS[section], is_narrowed=query.is_filtered))


def _known(page: FollowPage) -> FollowList:
    return FollowList(
        count=page.total,
        next=cursor_url(page.query, page.next),
        previous=cursor_url(page.query, page.previous),
        results=[_item(row) for row in page.rows],
    )


def _item(row: FollowRow) -> Follow:
    return Follow(username=row.username, date_followed=utc(row.followed_at), is_mutual=row.is_mutual)


def unknown_code(scope: Scope) -> UnknownCode:
    """Return why no export answers: there is none, or none holds what it takes."""
    return UnknownCode.NOT_IN_EXPORTS if list_exports(scope) else UnknownCode.NO_EXPORT


def _unknown(code: UnknownCode) -> FollowList:
    unknown = Unknown(code=code, text=_(REASONS[code]))
    return FollowList(count=None, next=None, previous=None, results=[], unknown=unknown)
