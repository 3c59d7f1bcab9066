"""A notification of every kind, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from webapp.domain.notifications import NoticeKind, Told

ID: Final = "0123456789abcdefghij"
OTHER: Final = "abcdefghij0123456789"
# 12 November 2026, 10:13 UTC.
AT: Final = 1_794_478_380
ACCOUNT: Final = "accountaccountaccoun"
_EXPECTED: Final = {"post": ID, "low": 90, "typical": 300, "high": 1_000, "z": 3.2}
_LEVEL: Final = {"post": ID, "day": "2026-10-02", "posts": 41}
_RISING: Final = {"recent": 9, "of_recent": 20, "earlier": 4, "of_earlier": 210}
_REACHED: Final = {"threshold": 10_000, "count": 10_482, "day": "2026-11-12"}
_GOAL: Final = {"goal": ID, "metric": "followers", "month": "2026-10-01", "target": 1_500.0}
_FILE: Final = {"import": ID, "file": "user_data.zip"}

PARAMS: Final[Mapping[NoticeKind, Mapping[str, Any]]] = {
    NoticeKind.POST_LIKES: {"post": ID, **_REACHED},
    NoticeKind.POST_VIEWS: {"post": ID, **_REACHED},
    NoticeKind.ACCOUNT_LIKES: _REACHED,
    NoticeKind.ACCOUNT_VIEWS: _REACHED,
    NoticeKind.FOLLOWERS: _REACHED,
    NoticeKind.RISING_HASHTAG: {"tag": "harbour", **_RISING},
    NoticeKind.RISING_SOUND: {"sound": ID, **_RISING},
    NoticeKind.POST_PEAK: {**_EXPECTED, "likes": 9_000},
    NoticeKind.POST_FLOP: {**_EXPECTED, "likes": 1},
    NoticeKind.ENGAGEMENT_RISE: {**_LEVEL, "factor": 3.04},
    NoticeKind.ENGAGEMENT_DROP: {**_LEVEL, "factor": 0.25},
    NoticeKind.FOLLOWER_PEAK: {"day": "2026-11-03", "gained": 131, "expected": 26.6},
    NoticeKind.FOLLOWER_DROP: {
        "from": ID,
        "to": OTHER,
        "first": "2026-10-15",
        "last": "2026-11-12",
        "lost": 61,
        "usual": 0.2,
    },
    NoticeKind.NEW_MUTUAL: {"person": "ada.harbour", "day": "2026-11-12"},
    NoticeKind.IMPORT_DONE: _FILE,
    NoticeKind.IMPORT_HELD: _FILE,
    NoticeKind.IMPORT_FAILED: {**_FILE, "error": "not_an_export"},
    NoticeKind.REPORT_READY: {"report": ID, "title": "For the agency"},
    NoticeKind.REPORT_FAILED: {"report": ID, "title": "", "error": "job_failed"},
    NoticeKind.DOWNLOAD_READY: {"download": ID, "content": "posts", "form": "xlsx"},
    NoticeKind.LINK_EXPIRING: {"share": ID, "title": "For the agency", "expires_at": AT + 3 * 86_400},
    NoticeKind.GOAL_MET: {**_GOAL, "actual": 1_612.0},
    NoticeKind.GOAL_MISSED: {**_GOAL, "actual": 1_402.0},
    NoticeKind.NEW_DEVICE: {"browser": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Firefox/144.0", "ip": "192.0.2.7"},
    NoticeKind.ROLE_CHANGED: {"team": "Harbour", "role": "editor"},
}
_SUBJECTS: Final = {
    **dict.fromkeys(
        (NoticeKind.POST_LIKES, NoticeKind.POST_VIEWS, NoticeKind.POST_PEAK, NoticeKind.POST_FLOP), "Boats at dawn"
    ),
    NoticeKind.RISING_SOUND: "Tides · Ada",
    NoticeKind.NEW_MUTUAL: "ada.harbour",
}
OF_NO_ACCOUNT: Final = frozenset({NoticeKind.NEW_DEVICE, NoticeKind.ROLE_CHANGED})


def told(kind: NoticeKind, place: int = 1, *, subject: str | None = None, at: int = AT, **params: Any) -> Told:
    """Return a notification of a kind; ``params`` replace some of its values."""
    is_of_account = kind not in OF_NO_ACCOUNT
    return Told(
        id=place,
        public_id=f"{place:020d}",
        kind=kind,
        params={**PARAMS[kind], **params},
        at=at,
        account=ACCOUNT if is_of_account else None,
        handle="harbour" if is_of_account else None,
        timezone="Europe/Paris" if is_of_account else "UTC",
        subject=_SUBJECTS.get(kind, "") if subject is None else subject,
    )
