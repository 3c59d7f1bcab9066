"""What fills the mail of notifications: grouped, account by account, each with the way to what it tells of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from webapp.domain.notice_groups import group_told
from webapp.domain.notifications import Told
from webapp.renderers.notice_paths import group_path
from webapp.renderers.notice_texts import NoticeTexts

# A mail of more is cut off by mail programs; the app lists the others.
MAX_ENTRIES: Final = 50


def notification_values(tolds: Sequence[Told], locale: str, link_to: Callable[[str], str]) -> dict[str, object]:
    """Return what fills the mail that tells of notifications; ``link_to`` makes an address of a path in the app.

    There are at least one; of many groups the newest are told, in the order in which they are given.
    """
    words = NoticeTexts(locale)
    groups = group_told(tolds)
    shown = groups[-MAX_ENTRIES:]
    handles = list(dict.fromkeys(group[0].handle for group in shown))
    only = handles[0] if len(handles) == 1 else None
    return {
        "count": len(tolds),
        "shown_count": words.count(len(tolds)),
        "account": f"@{only}" if only else "",
        "title": words.many(groups[0]).title if len(groups) == 1 else "",
        "sections": [_section(words, handle, shown, link_to) for handle in handles],
        "rest": len(groups) - len(shown),
        "shown_rest": words.count(len(groups) - len(shown)),
        "link": link_to("/notifications"),
        "choices": link_to("/notifications/choices"),
    }


def _section(
    words: NoticeTexts, handle: str | None, groups: Sequence[tuple[Told, ...]], link_to: Callable[[str], str]
) -> dict[str, object]:
    """Return the account and what is told of it: title, more words, and address of each."""
    entries = []
    for group in groups:
        if group[0].handle == handle:
            text = words.many(group)
            entries.append([text.title, text.body, link_to(group_path(group))])
    return {"account": f"@{handle}" if handle else "", "entries": entries}
