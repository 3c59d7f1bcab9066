"""Where a notification leads: the page that holds what it tells of, as a path inside the app and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from webapp.domain.anomalies import AnomalyGroup, AnomalyQuery
from webapp.domain.changes import ChangeQuery
from webapp.domain.notifications import NoticeKind, Told
from webapp.domain.period import Period
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter, PostOrder, PostQuery

_Way = tuple[str, Mapping[str, str]]

_POSTS: Final = "/content/posts"
_TRENDS: Final = "/content/analytics/trends"
_ANOMALIES: Final = "/content/anomalies"
_PEOPLE: Final = "/audience/people"
_IMPORTS: Final = "/imports"
_REPORTS: Final = "/reports"
_DOWNLOADS: Final = "/reports/downloads"
_LINKS: Final = "/reports/links"
_GOALS: Final = "/reports/goals"


def evidence_path(told: Told) -> str:
    """Return the path of the page that shows what a notification tells of."""
    return _path(told, _ONE[told.kind](told))


def group_path(tolds: Sequence[Told]) -> str:
    """Return the path of the page that shows what a group tells of (`webapp.domain.notice_groups`)."""
    first = tolds[0]
    return evidence_path(first) if len(tolds) == 1 else _path(first, _MANY[first.kind](first))


def _path(told: Told, way: _Way) -> str:
    path, arguments = way
    if told.account is not None:
        arguments = {"account": told.account, **arguments}
    return f"{path}?{urlencode(arguments)}" if arguments else path


def _to(path: str) -> Callable[[Told], _Way]:
    return lambda _told: (path, {})


def _below(path: str, name: str) -> Callable[[Told], _Way]:
    """Return the way to one thing by its public id."""
    return lambda told: (f"{path}/{quote(str(told.params[name]), safe='')}", {})


def _posts(order: PostOrder) -> Callable[[Told], _Way]:
    query = PostQuery(PostFilter(Period(None, None, "UTC")), order)
    return lambda _told: (_POSTS, query.to_args())


def _posts_above(told: Told) -> _Way:
    wanted = PostFilter(Period(None, None, told.timezone), min_likes=told.params["threshold"])
    return _POSTS, PostQuery(wanted, PostOrder.LIKES_DESC).to_args()


def _posts_with_tag(told: Told) -> _Way:
    wanted = PostFilter(Period(None, None, told.timezone), hashtag=told.params["tag"].lstrip("#＃"), counted=True)
    return _POSTS, wanted.to_args()


def _posts_with_sound(told: Told) -> _Way:
    wanted = PostFilter(Period(None, None, told.timezone), sound=told.params["sound"], counted=True)
    return _POSTS, wanted.to_args()


def _anomalies(group: AnomalyGroup) -> Callable[[Told], _Way]:
    query = AnomalyQuery(PeriodQuery(Preset.ALL), group)
    return lambda _told: (_ANOMALIES, query.to_args())


def _lost(told: Told) -> _Way:
    return "/audience/changes", ChangeQuery(from_id=told.params["from"], to_id=told.params["to"]).to_args()


def _person(told: Told) -> _Way:
    """Return the page of a person by the name that the reader knows them by."""
    return (f"{_PEOPLE}/{quote(told.subject, safe='')}" if told.subject else _PEOPLE), {}


_ONE: Final[Mapping[NoticeKind, Callable[[Told], _Way]]] = {
    NoticeKind.POST_LIKES: _below(_POSTS, "post"),
    NoticeKind.POST_VIEWS: _below(_POSTS, "post"),
    NoticeKind.ACCOUNT_LIKES: _posts(PostOrder.LIKES_DESC),
    NoticeKind.ACCOUNT_VIEWS: _posts(PostOrder.VIEWS_DESC),
    NoticeKind.FOLLOWERS: _to("/audience/analysis"),
    NoticeKind.RISING_HASHTAG: _posts_with_tag,
    NoticeKind.RISING_SOUND: _posts_with_sound,
    NoticeKind.POST_PEAK: _below(_POSTS, "post"),
    NoticeKind.POST_FLOP: _below(_POSTS, "post"),
    NoticeKind.ENGAGEMENT_RISE: _anomalies(AnomalyGroup.CHANGES),
    NoticeKind.ENGAGEMENT_DROP: _anomalies(AnomalyGroup.CHANGES),
    NoticeKind.FOLLOWER_PEAK: _anomalies(AnomalyGroup.FOLLOWERS),
    NoticeKind.FOLLOWER_DROP: _lost,
    NoticeKind.NEW_MUTUAL: _person,
    NoticeKind.IMPORT_DONE: _below(_IMPORTS, "import"),
    NoticeKind.IMPORT_HELD: _below(_IMPORTS, "import"),
    NoticeKind.IMPORT_FAILED: _below(_IMPORTS, "import"),
    NoticeKind.REPORT_READY: _below(_REPORTS, "report"),
    NoticeKind.REPORT_FAILED: _below(_REPORTS, "report"),
    NoticeKind.DOWNLOAD_READY: _to(_DOWNLOADS),
    NoticeKind.LINK_EXPIRING: _below(_LINKS, "share"),
    NoticeKind.GOAL_MET: _to(_GOALS),
    NoticeKind.GOAL_MISSED: _to(_GOALS),
    NoticeKind.NEW_DEVICE: _to("/settings/security"),
    NoticeKind.ROLE_CHANGED: _to("/teams"),
}
_MANY: Final[Mapping[NoticeKind, Callable[[Told], _Way]]] = {
    NoticeKind.POST_LIKES: _posts_above,
    NoticeKind.POST_VIEWS: _posts(PostOrder.VIEWS_DESC),
    NoticeKind.RISING_HASHTAG: _to(_TRENDS),
    NoticeKind.RISING_SOUND: _to(_TRENDS),
    NoticeKind.POST_PEAK: _anomalies(AnomalyGroup.POSTS),
    NoticeKind.POST_FLOP: _anomalies(AnomalyGroup.POSTS),
    NoticeKind.FOLLOWER_PEAK: _anomalies(AnomalyGroup.FOLLOWERS),
    NoticeKind.NEW_MUTUAL: _to(_PEOPLE),
    NoticeKind.IMPORT_DONE: _to(_IMPORTS),
    NoticeKind.IMPORT_HELD: _to(_IMPORTS),
    NoticeKind.IMPORT_FAILED: _to(_IMPORTS),
    NoticeKind.REPORT_READY: _to(_REPORTS),
    NoticeKind.REPORT_FAILED: _to(_REPORTS),
    NoticeKind.DOWNLOAD_READY: _to(_DOWNLOADS),
    NoticeKind.LINK_EXPIRING: _to(_LINKS),
    NoticeKind.GOAL_MET: _to(_GOALS),
    NoticeKind.GOAL_MISSED: _to(_GOALS),
}
