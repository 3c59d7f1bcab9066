"""What a push message says: a declarative notification, which browsers show by themselves or by our service worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from webapp.domain.notice_groups import group_told
from webapp.domain.notifications import NoticeType, Told
from webapp.renderers.notice_paths import group_path
from webapp.renderers.notice_texts import NoticeText, NoticeTexts

# The mark of a declarative message, after RFC 8030.
_DECLARATIVE: Final = 8030
_LIST: Final = "/notifications"
_DEVICES: Final = "/notifications/devices"
# So many pieces of news are named where one message tells of several.
_NAMED: Final = 3
# A topic has at most 32 characters of base64url (RFC 8030, 5.4).
_TOPIC_LENGTH: Final = 32
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True)
class PushMatter:
    """What a message tells, in one language, and where a click on it leads.

    A later message of the same ``topic`` takes the place of an earlier one, at the push service and on the screen.
    """

    text: NoticeText
    path: str
    topic: str
    is_urgent: bool
    locale: str


def tell_all(tolds: Sequence[Told], locale: str) -> PushMatter:
    """Return notifications as one message; ``tolds`` is not empty."""
    words = NoticeTexts(locale)
    groups = group_told(tolds)
    is_urgent = any(told.type is NoticeType.SECURITY for told in tolds)
    if len(groups) == 1:
        return PushMatter(_of_account(words, groups[0]), group_path(groups[0]), _topic(tolds), is_urgent, words.locale)
    count = words.count(len(tolds))
    title = words.ngettext("%(count)s notification", "%(count)s notifications", len(tolds), count=count)
    named = [words.many(group).title for group in groups[:_NAMED]]
    text = NoticeText(title, "\n".join([*named, _ELLIPSIS] if len(groups) > _NAMED else named))
    return PushMatter(text, _LIST, _topic(tolds), is_urgent, words.locale)


def tell_test(locale: str) -> PushMatter:
    """Return the message that somebody sends to their own browser to see it come."""
    words = NoticeTexts(locale)
    title = words.gettext("Push messages arrive here")
    body = words.gettext("This is the test that you asked for. What you chose to be told comes the same way.")
    return PushMatter(NoticeText(title, body), _DEVICES, "test", is_urgent=True, locale=words.locale)


def write_payload(
    matter: PushMatter, link_to: Callable[[str], str], unread: int | None, longest: int, *, is_short: bool = False
) -> bytes:
    """Return a message as it is encrypted, of at most ``longest`` bytes; a short one is its title alone.

    ``unread`` is shown beside the icon of the installed app; ``None`` leaves that as it is.
    """
    body = "" if is_short else matter.text.body
    while True:
        content = _declare(matter, body, link_to, unread)
        if len(content) <= longest or not body:
            return content
        body = body[: len(body) * 3 // 4].rstrip() + _ELLIPSIS if len(body) > 1 else ""


def _declare(matter: PushMatter, body: str, link_to: Callable[[str], str], unread: int | None) -> bytes:
    # Sources put the number in either place, so it stands in both.
    badge = {} if unread is None else {"app_badge": str(unread)}
    notification = {
        "title": matter.text.title,
        "body": body,
        "navigate": link_to(matter.path),
        "lang": matter.locale,
        "dir": "ltr",
        "tag": matter.topic,
        **badge,
    }
    declared = {"web_push": _DECLARATIVE, "notification": notification, **badge}
    return json.dumps(declared, ensure_ascii=False, separators=(",", ":")).encode()


def _of_account(words: NoticeTexts, group: Sequence[Told]) -> NoticeText:
    """Return a group in words that say which account it is about."""
    text = words.many(group)
    if group[0].handle is None:
        return text
    return NoticeText(text.title, f"@{group[0].handle}: {text.body}" if text.body else f"@{group[0].handle}")


def _topic(tolds: Sequence[Told]) -> str:
    """Return a name that a message sent twice has again, and that tells the push service nothing."""
    first = group_told(tolds)[0][0]
    known = (first.kind.value, first.account, first.params.get("threshold"), first.public_id)
    return sha256(repr(known).encode()).hexdigest()[:_TOPIC_LENGTH]
