"""Everything that the exports of an account show that is worth telling."""

from __future__ import annotations

from webapp.analytics.notices.anomalies import find_anomalies
from webapp.analytics.notices.followers import find_followers
from webapp.analytics.notices.goals import find_goals
from webapp.analytics.notices.history import NoticeHistory
from webapp.analytics.notices.milestones import find_milestones
from webapp.analytics.notices.mutuals import find_mutuals
from webapp.analytics.notices.trends import find_trends
from webapp.domain.notifications import Finding, NoticeKind

# They compare an export with those before it, so one alone shows nothing.
_COMPARING = (find_followers, find_milestones, find_mutuals, find_anomalies, find_trends)


def find_all(history: NoticeHistory) -> dict[tuple[NoticeKind, str], Finding]:
    """Return the findings of an account by what tells them apart; of one key the first."""
    found: dict[tuple[NoticeKind, str], Finding] = {}
    for part in (*(_COMPARING if len(history.exports) > 1 else ()), find_goals):
        for finding in part(history):
            found.setdefault((finding.kind, finding.key), finding)
    return found
