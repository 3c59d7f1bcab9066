"""Which service does which kind of job."""

from __future__ import annotations

from webapp.queue import JobKind
from webapp.services import (
    content,
    erasure,
    growth,
    import_commit,
    import_jobs,
    list_index,
    maintenance,
    moves,
    post_index,
    revisions,
    studio_choices,
    undo,
)
from webapp.services.jobs import Handler, Handlers

HANDLERS: Handlers = {
    JobKind.IMPORT_RECOGNISE: Handler(import_jobs.recognise, import_jobs.ended, import_jobs.revive),
    JobKind.IMPORT_COMMIT: Handler(import_commit.commit, import_jobs.ended, import_jobs.revive),
    JobKind.IMPORT_UNDO: Handler(undo.undo, undo.ended, undo.revive),
    JobKind.EXPORT_MOVE: Handler(moves.move, moves.ended, moves.revive),
    JobKind.PERSON_ERASE: Handler(erasure.erase, erasure.ended),
    JobKind.LIST_INDEX: Handler(list_index.build, list_index.ended),
    JobKind.GROWTH_FIT: Handler(growth.GROWTH.fit),
    JobKind.POST_INDEX: Handler(post_index.POSTS.fit),
    JobKind.CONTENT_FIT: Handler(content.CONTENT.fit),
    JobKind.STUDIO_MATCH: Handler(studio_choices.settle, studio_choices.ended),
    JobKind.ACCOUNT_PURGE: Handler(maintenance.purge_account),
    JobKind.UPLOADS_SWEEP: Handler(maintenance.sweep),
    JobKind.REVISIONS_SWEEP: Handler(revisions.sweep),
    JobKind.SESSIONS_PURGE: Handler(maintenance.purge_sessions),
}
