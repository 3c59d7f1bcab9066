"""Which notifications are told as one: three posts that reached the same number of likes are one piece of news."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

from webapp.domain.notifications import NoticeKind, Told
from webapp.domain.period import day_of

# Of the others there is one at a time, or each has its own story.
GROUPED: Final = frozenset(
    {
        NoticeKind.POST_LIKES,
        NoticeKind.POST_VIEWS,
        NoticeKind.RISING_HASHTAG,
        NoticeKind.RISING_SOUND,
        NoticeKind.POST_PEAK,
        NoticeKind.POST_FLOP,
        NoticeKind.FOLLOWER_PEAK,
        NoticeKind.NEW_MUTUAL,
        NoticeKind.IMPORT_DONE,
        NoticeKind.IMPORT_HELD,
        NoticeKind.IMPORT_FAILED,
        NoticeKind.REPORT_READY,
        NoticeKind.REPORT_FAILED,
        NoticeKind.DOWNLOAD_READY,
        NoticeKind.LINK_EXPIRING,
        NoticeKind.GOAL_MET,
        NoticeKind.GOAL_MISSED,
    }
)


def group_told(tolds: Iterable[Told]) -> list[tuple[Told, ...]]:
    """Return notifications in groups of one kind, account, threshold and day, each at the place of its first one.

    The day is that of the account's zone. What stands alone is a group of one.
    """
    groups: dict[Hashable, list[Told]] = {}
    for told in tolds:
        groups.setdefault(_group_of(told), []).append(told)
    return [tuple(group) for group in groups.values()]


def _group_of(told: Told) -> Hashable:
    if told.kind not in GROUPED:
        return told.id
    return told.kind, told.account, told.params.get("threshold"), day_of(told.at, told.timezone)
