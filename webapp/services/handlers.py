"""Which service does which kind of job."""

from __future__ import annotations

from webapp.queue import JobKind
from webapp.services import import_commit, import_jobs, maintenance
from webapp.services.jobs import Handler, Handlers

HANDLERS: Handlers = {
    JobKind.IMPORT_RECOGNISE: Handler(import_jobs.recognise, import_jobs.ended, import_jobs.revive),
    JobKind.IMPORT_COMMIT: Handler(import_commit.commit, import_jobs.ended, import_jobs.revive),
    JobKind.ACCOUNT_PURGE: Handler(maintenance.purge_account),
    JobKind.UPLOADS_SWEEP: Handler(maintenance.sweep),
    JobKind.SESSIONS_PURGE: Handler(maintenance.purge_sessions),
}
