"""The schedule: what is done at which times."""

from __future__ import annotations

from webapp.queue import JobKind
from webapp.services.schedules import Schedule

HOUR = 3600
QUARTER = HOUR // 4
FIVE_MINUTES = HOUR // 12
DAY = 24 * HOUR

SCHEDULES: tuple[Schedule, ...] = (
    Schedule("sweep_uploads", JobKind.UPLOADS_SWEEP, every_seconds=HOUR),
    Schedule("sweep_files", JobKind.FILES_SWEEP, every_seconds=HOUR),
    Schedule("sweep_revisions", JobKind.REVISIONS_SWEEP, every_seconds=HOUR),
    Schedule("fit_growth", JobKind.GROWTH_FIT, every_seconds=HOUR),
    Schedule("pack_posts", JobKind.POST_INDEX, every_seconds=HOUR),
    Schedule("fit_content", JobKind.CONTENT_FIT, every_seconds=HOUR),
    Schedule("fit_forecasts", JobKind.FORECAST_FIT, every_seconds=HOUR),
    Schedule("find_notices", JobKind.NOTICES_FIND, every_seconds=DAY),
    Schedule("watch_notices", JobKind.NOTICES_WATCH, every_seconds=HOUR),
    Schedule("sweep_teams", JobKind.TEAMS_SWEEP, every_seconds=HOUR),
    Schedule("purge_sessions", JobKind.SESSIONS_PURGE, every_seconds=HOUR),
    Schedule("scan_alerts", JobKind.ALERTS_SCAN, every_seconds=QUARTER),
    Schedule("plan_digests", JobKind.DIGESTS_PLAN, every_seconds=QUARTER),
    Schedule("deliver_notifications", JobKind.NOTICES_DELIVER, every_seconds=FIVE_MINUTES),
    Schedule("seal_audit", JobKind.AUDIT_SEAL, every_seconds=DAY),
)
