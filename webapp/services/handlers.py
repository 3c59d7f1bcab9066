"""Which service does which kind of job."""

from __future__ import annotations

from webapp.domain.scope import Permission
from webapp.queue import JobKind
from webapp.services import (
    alerts,
    audit_seals,
    content,
    data_export_making,
    digest_sending,
    erasure,
    files_sweep,
    forecasts,
    growth,
    import_commit,
    import_jobs,
    list_index,
    mails,
    maintenance,
    moves,
    notice_finding,
    notice_watch,
    notification_delivery,
    person_export,
    plan_jobs,
    post_index,
    push_sending,
    report_making,
    revisions,
    share_making,
    studio_choices,
    team_purge,
    undo,
)
from webapp.services.jobs import Handler, Handlers

HANDLERS: Handlers = {
    JobKind.IMPORT_RECOGNISE: Handler(
        import_jobs.recognise, import_jobs.ended, import_jobs.revive, Permission.IMPORT_WRITE
    ),
    JobKind.IMPORT_COMMIT: Handler(
        import_commit.commit, import_jobs.ended, import_jobs.revive, Permission.IMPORT_WRITE
    ),
    JobKind.IMPORT_UNDO: Handler(undo.undo, undo.ended, undo.revive, Permission.IMPORT_WRITE),
    JobKind.EXPORT_MOVE: Handler(moves.move, moves.ended, moves.revive, Permission.IMPORT_WRITE),
    JobKind.PERSON_ERASE: Handler(erasure.erase, erasure.ended),
    JobKind.LIST_INDEX: Handler(list_index.build, list_index.ended),
    JobKind.GROWTH_FIT: Handler(growth.GROWTH.fit),
    JobKind.POST_INDEX: Handler(post_index.POSTS.fit),
    JobKind.CONTENT_FIT: Handler(content.CONTENT.fit),
    JobKind.FORECAST_FIT: Handler(forecasts.FORECAST.fit),
    JobKind.PLAN_MATCH: Handler(plan_jobs.match),
    JobKind.NOTICES_FIND: Handler(notice_finding.find),
    JobKind.NOTICES_WATCH: Handler(notice_watch.watch),
    JobKind.STUDIO_MATCH: Handler(studio_choices.settle, studio_choices.ended),
    JobKind.TEAM_PURGE: Handler(team_purge.purge),
    JobKind.TEAMS_SWEEP: Handler(team_purge.sweep),
    JobKind.MAIL_SEND: Handler(mails.send, mails.ended, mails.revive),
    JobKind.ACCOUNT_PURGE: Handler(maintenance.purge_account),
    JobKind.UPLOADS_SWEEP: Handler(maintenance.sweep),
    JobKind.REVISIONS_SWEEP: Handler(revisions.sweep),
    JobKind.SESSIONS_PURGE: Handler(maintenance.purge_sessions),
    JobKind.PERSON_EXPORT: Handler(person_export.export, person_export.ended),
    JobKind.REPORT_MAKE: Handler(
        report_making.make, report_making.ended, report_making.REPORTS.revive, Permission.REPORT_WRITE
    ),
    JobKind.DATA_EXPORT: Handler(
        data_export_making.make,
        data_export_making.DATA_EXPORTS.ended,
        data_export_making.DATA_EXPORTS.revive,
        Permission.ACCOUNT_READ,
    ),
    JobKind.FILES_SWEEP: Handler(files_sweep.sweep),
    JobKind.SHARE_MAKE: Handler(
        share_making.make, share_making.SHARES.ended, share_making.SHARES.revive, Permission.SHARE_WRITE
    ),
    JobKind.SHARES_REFRESH: Handler(share_making.refresh),
    JobKind.DIGESTS_PLAN: Handler(digest_sending.plan),
    JobKind.DIGEST_SEND: Handler(digest_sending.send, digest_sending.ended, digest_sending.revive),
    JobKind.NOTICES_DELIVER: Handler(notification_delivery.deliver),
    JobKind.PUSH_SEND: Handler(push_sending.send, push_sending.ended, push_sending.revive),
    JobKind.AUDIT_SEAL: Handler(audit_seals.keep),
    JobKind.ALERTS_SCAN: Handler(alerts.scan),
}
