"""Goals that the exports show as met or missed, judged by the numbers of their page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from webapp.analytics.goals import list_verdicts
from webapp.analytics.notices.history import NoticeHistory
from webapp.domain.notifications import Finding, NoticeKind
from webapp.domain.reports import GoalState

_KINDS: Final = {GoalState.MET: NoticeKind.GOAL_MET, GoalState.MISSED: NoticeKind.GOAL_MISSED}


def find_goals(history: NoticeHistory) -> Iterator[Finding]:
    """Yield a finding for each goal that was met and each that was missed; with another target it is another goal."""
    posts_at = [export.at for export in history.exports if export.has_posts]
    for found in list_verdicts(history.reader, posts_at):
        yield Finding(
            _KINDS[found.state],
            f"{found.goal}:{float(found.target)}",
            found.at,
            {
                "goal": found.goal,
                "metric": found.metric.value,
                "month": found.month.isoformat(),
                "target": found.target,
                "actual": found.actual,
            },
        )
