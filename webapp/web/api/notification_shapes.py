"""The shapes of what is sent and answered about notifications."""

from __future__ import annotations

from typing import Any

from webapp.domain.notifications import NoticeKind, NoticeType
from webapp.web.api.shapes import Id, Instant, Page, Shape


class NotificationItem(Shape, frozen=True, kw_only=True):
    """Something that the caller was told, in words of their language and as values; "url" is the page that shows it."""

    id: Id
    type: NoticeType
    kind: NoticeKind
    at: Instant
    account: Id | None
    is_read: bool
    title: str
    text: str
    params: dict[str, Any]
    url: str


class NotificationList(Page, frozen=True, kw_only=True):
    """What the caller was told, newest first; "unread" is counted over all of it, whatever the filters."""

    unread: int
    results: list[NotificationItem]


class NotificationMark(Shape, frozen=True, kw_only=True):
    """Whether a notification is to be read; false makes it unread again."""

    is_read: bool = True


class NotificationsMarked(Shape, frozen=True, kw_only=True):
    """How many notifications were marked as read, and how many are still unread."""

    marked: int
    unread: int
