"""B16: somebody with 10,000 unread notifications: the centre, the badge that every open page asks for, and telling."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import update

from benchmarks.busy import RUNS
from benchmarks.lab import IMPORT_KINDS, Lab
from benchmarks.measure import Goal, Line, Of, Unit, median, repeat, timed, timed_line
from benchmarks.own_account import asked, find_ids, read_from, write_posts
from webapp.domain.notifications import Message, NoticeKind
from webapp.extensions import db
from webapp.models import Notification
from webapp.services.notifications import tell
from webapp.services.transaction import transaction

OWNER: Final = "telling.account"
_POSTS: Final = 2_000
_UNREAD: Final = 10_000
_AT_ONCE: Final = 500
_BETWEEN_SECONDS: Final = 60
_PAGE, _BADGE = Goal(50, Of.P95), Goal(5, Of.P95)
_BADGE_PLACE: Final = "/notifications/badge"
_FLOOR: Final = (
    "SELECT id, kind, params, at, read_at FROM notification WHERE user_id = ? ORDER BY at DESC, id DESC LIMIT 50"
)
_COUNT: Final = (
    "SELECT account_id, count(*) FROM notification WHERE user_id = ? AND team_id = ? AND read_at IS NULL"
    " AND is_shown = 1 AND is_withdrawn = 0 GROUP BY account_id"
)
# What is asked for, and its address.
_PLACES: Final = (
    ("the centre", "/notifications"),
    ("of one type", "/notifications?type=milestone"),
    ("of one account", "/notifications?account={account}"),
    ("the unread", "/notifications?unread=1"),
    ("the answer of the API", "/api/notifications/"),
)


def notifications(lab: Lab) -> list[Line]:
    """B16: each answer as one process gives it, and what it costs to tell."""
    lab.bring_in(write_posts(lab, OWNER, _POSTS, seed=71), *IMPORT_KINDS)
    jobs = lab.do_jobs()
    account_id, public_id = find_ids(lab, OWNER)
    told = _tell(lab, account_id)
    user, team = lab.scope.user_id, lab.scope.team_id
    rows = median(repeat(read_from(lab, _FLOOR, [user]), RUNS))
    count = median(repeat(read_from(lab, _COUNT, [user, team]), RUNS))
    lines = [
        timed_line("B16", name, repeat(asked(lab, place.format(account=public_id)), RUNS), rows, _PAGE)
        for name, place in _PLACES
    ]
    badge, unchanged = asked(lab, _BADGE_PLACE), _asked_again(lab)
    return [
        *lines,
        timed_line("B16", "the badge", repeat(badge, RUNS), count, _BADGE),
        timed_line("B16", "the badge, 304: nothing changed", repeat(unchanged, RUNS), count, _BADGE),
        Line("B16", f"telling one person of {_UNREAD:,} things", Unit.SECONDS, told),
        Line(
            "B16", "the job that looks for what is worth telling", Unit.SECONDS, jobs.seconds.get("notices.find", 0.0)
        ),
    ]


def _tell(lab: Lab, account_id: int) -> float:
    """Tell the lab's person of many things, a minute apart, and return the seconds that the telling took."""
    params = {"post": "0" * 20, "threshold": 10_000, "count": 10_482, "day": "2026-01-12"}
    messages = [
        Message(NoticeKind.POST_LIKES, f"bench {number}", params, lab.scope.team_id, account_id)
        for number in range(_UNREAD)
    ]
    with lab.app.app_context():
        with timed() as watch:
            for start in range(0, _UNREAD, _AT_ONCE):
                with transaction() as session:
                    tell(session, [lab.scope.user_id], messages[start : start + _AT_ONCE])
        with transaction() as session:
            # As if they had come over a week.
            session.execute(update(Notification).values(at=int(time.time()) - Notification.id * _BETWEEN_SECONDS))
        db.session.remove()
    return watch.seconds


def _asked_again(lab: Lab) -> Callable[[], object]:
    """Return the question of a page that knows the badge already; it raises unless that is all it is told."""
    known = lab.browser.get(_BADGE_PLACE).headers["ETag"]

    def ask() -> None:
        answer = lab.browser.get(_BADGE_PLACE, headers={"If-None-Match": known})
        if answer.status_code != 304 or answer.data:
            raise RuntimeError(f"{_BADGE_PLACE} answers {answer.status}")

    return ask
