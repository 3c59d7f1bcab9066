"""What the caller was told in the team of the key, and marking it as read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from flask import Response, request

from webapp.analytics.notifications import count_told, count_unread, get_told, list_told
from webapp.domain.notification_query import NOTIFICATIONS_SHOWN, NotificationPlace, NotificationQuery
from webapp.domain.notifications import NoticeKind, NoticeType, Told
from webapp.domain.period import instant
from webapp.domain.query import MAX_PAGE_SIZE, parse_number, refuse_unknown, single
from webapp.domain.scope import Permission, TeamScope
from webapp.domain.text import N_
from webapp.extensions import settings
from webapp.renderers.notice_paths import evidence_path
from webapp.renderers.notice_texts import NoticeTexts
from webapp.services import notification_marks
from webapp.web.api.arguments import absolute_url, known_id, read_json
from webapp.web.api.notification_shapes import (
    NotificationItem,
    NotificationList,
    NotificationMark,
    NotificationsMarked,
)
from webapp.web.api.operations import Operation, Parameter, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.auth import team_scope
from webapp.web.i18n import locale

_TAG: Final = N_("Notifications")
_FILTERS: Final = (
    Parameter(
        "account",
        N_("Public id of the account that they are about; without it all are listed."),
        {"type": "string", "pattern": "^[0-9a-f]{20}$"},
    ),
    Parameter("type", N_("Only notifications of this type."), {"type": "string", "enum": [*NoticeType]}),
)
_PARAMETERS: Final = (
    *_FILTERS,
    Parameter("unread", N_("Only what is not read yet."), {"type": "boolean", "default": False}),
    Parameter(
        "page_size",
        N_("Rows of a page."),
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": NOTIFICATIONS_SHOWN},
    ),
    Parameter("place", N_("A place in the list, as “next” and “previous” carry it."), {"type": "string"}),
)
_EXAMPLE: Final = NotificationItem(
    id="0b8f3c9a7d2e41560f9c",
    type=NoticeType.FOLLOWER_MILESTONE,
    kind=NoticeKind.FOLLOWERS,
    at=datetime(2026, 6, 8, 9, 12, tzinfo=UTC),
    account="7f0c2b9d4e6a81350c2d",
    is_read=False,
    title="10,000 followers reached",
    text="10,012 followers, reached on 8 Jun 2026 at the latest.",
    params={"threshold": 10_000, "count": 10_012, "day": "2026-06-08"},
    url="http://127.0.0.1:5000/audience/analysis?account=7f0c2b9d4e6a81350c2d",
)


@blueprint.get("/notifications/")
@limited
@describe(
    Operation(
        N_("List what the caller was told"),
        _TAG,
        NotificationList,
        NotificationList(count=1, next=None, previous=None, unread=1, results=[_EXAMPLE]),
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?unread=1",
    )
)
def notifications() -> Response:
    """Answer one page of the notifications, the newest first."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    team = _team()
    size = parse_number("page_size", single(request.args, "page_size"), NOTIFICATIONS_SHOWN, 1, MAX_PAGE_SIZE)
    query = replace(_query(), page_size=size)
    page, texts = list_told(team, query), NoticeTexts(locale())
    body = NotificationList(
        count=count_told(team, query),
        next=_url(query, page.older),
        previous=_url(query, page.newer),
        unread=count_unread(team).unread,
        results=[_item(told, texts) for told in page.rows],
    )
    return answer(body)


@blueprint.get("/notifications/<public_id>/")
@limited
@describe(Operation(N_("Show a notification"), _TAG, NotificationItem, _EXAMPLE, errors=(404, 422)))
def notification(public_id: str) -> Response:
    """Answer one notification."""
    refuse_unknown(request.args, ())
    return answer(_item(get_told(_team(), known_id(public_id)), NoticeTexts(locale())))


@blueprint.post("/notifications/<public_id>/read/")
@limited
@describe(
    Operation(
        N_("Mark a notification as read or unread"),
        _TAG,
        NotificationItem,
        _EXAMPLE,
        body=NotificationMark,
        errors=(400, 403, 404, 413, 415, 422),
        sample='{"is_read": true}',
    )
)
def mark_notification(public_id: str) -> Response:
    """Mark one notification, and answer it as it is then."""
    refuse_unknown(request.args, ())
    team, wish = _team(), read_json(NotificationMark)
    notification_marks.mark(team, known_id(public_id), is_read=wish.is_read)
    return answer(_item(get_told(team, public_id), NoticeTexts(locale())))


@blueprint.post("/notifications/read/")
@limited
@describe(
    Operation(
        N_("Mark all notifications as read, or those of a type or an account"),
        _TAG,
        NotificationsMarked,
        NotificationsMarked(marked=12, unread=0),
        parameters=_FILTERS,
        errors=(403, 404, 422),
    )
)
def mark_notifications() -> Response:
    """Mark what the filters leave, on all pages, and answer how many that were."""
    refuse_unknown(request.args, [parameter.name for parameter in _FILTERS])
    team = _team()
    marked = notification_marks.mark_all(team, _query())
    return answer(NotificationsMarked(marked=marked.count, unread=count_unread(team).unread))


def _team() -> TeamScope:
    return team_scope(Permission.ACCOUNT_READ)


def _query() -> NotificationQuery:
    named = single(request.args, "account")
    if named:
        known_id(named)
    return NotificationQuery.parse(request.args)


def _url(query: NotificationQuery, place: NotificationPlace | None) -> str | None:
    if place is None:
        return None
    size = {} if query.page_size == NOTIFICATIONS_SHOWN else {"page_size": str(query.page_size)}
    return absolute_url({**query.with_(place=place).to_args(), **size})


def _item(told: Told, texts: NoticeTexts) -> NotificationItem:
    said = texts.one(told)
    return NotificationItem(
        id=told.public_id,
        type=told.type,
        kind=told.kind,
        at=instant(told.at),
        account=told.account,
        is_read=told.is_read,
        title=said.title,
        text=said.body,
        params=dict(told.params),
        url=f"{settings().base_url}{evidence_path(told)}",
    )
