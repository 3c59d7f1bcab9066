"""The jobs page, for admins of the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.analytics.imports import list_jobs
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.text import N_
from webapp.models import Job, JobState
from webapp.queue import JobKind
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import cancel_job, retry_job
from webapp.web.auth import current_actor
from webapp.web.htmx import redirect_to, render_page
from webapp.web.messages import text_of

blueprint = Blueprint("jobs", __name__, url_prefix="/admin/jobs")

KIND_TEXTS: dict[str, str] = {
    JobKind.IMPORT_RECOGNISE: N_("Read an export"),
    JobKind.IMPORT_COMMIT: N_("Write an import"),
    JobKind.IMPORT_UNDO: N_("Undo an import"),
    JobKind.EXPORT_MOVE: N_("Correct the time of an export"),
    JobKind.PERSON_ERASE: N_("Erase a person"),
    JobKind.LIST_INDEX: N_("Prepare long lists for searching"),
    JobKind.GROWTH_FIT: N_("Work out the growth of an account"),
    JobKind.POST_INDEX: N_("Prepare the posts of an account"),
    JobKind.CONTENT_FIT: N_("Test what an account's posts tell"),
    JobKind.FORECAST_FIT: N_("Work out forecasts for an account"),
    JobKind.PLAN_MATCH: N_("Compare planned posts with published ones"),
    JobKind.STUDIO_MATCH: N_("Join the videos of TikTok Studio to posts"),
    JobKind.MAIL_SEND: N_("Send a mail"),
    JobKind.TEAM_PURGE: N_("Delete a team"),
    JobKind.TEAMS_SWEEP: N_("Look for teams whose time is over"),
    JobKind.ACCOUNT_PURGE: N_("Delete an account's rows"),
    JobKind.UPLOADS_SWEEP: N_("Sweep uploaded files"),
    JobKind.REVISIONS_SWEEP: N_("Clear rows nobody reads any more"),
    JobKind.SESSIONS_PURGE: N_("Delete sessions that ended"),
    JobKind.PERSON_EXPORT: N_("Put a person’s data together"),
    JobKind.DATA_EXPORT: N_("Put a download together"),
    JobKind.REPORT_MAKE: N_("Make a report"),
    JobKind.SHARE_MAKE: N_("Make what a public link shows"),
    JobKind.SHARES_REFRESH: N_("Bring public links up to date"),
    JobKind.DIGESTS_PLAN: N_("Look for digests that are due"),
    JobKind.DIGEST_SEND: N_("Write a digest"),
    JobKind.FILES_SWEEP: N_("Delete files whose time is over"),
    JobKind.NOTICES_FIND: N_("Look for what is worth telling of an account"),
    JobKind.NOTICES_WATCH: N_("Look for links whose time is near"),
    JobKind.NOTICES_DELIVER: N_("Hand notifications over to mail and push"),
    JobKind.PUSH_SEND: N_("Send a push message"),
    JobKind.AUDIT_SEAL: N_("Seal the record of actions"),
    JobKind.ALERTS_SCAN: N_("Look for suspicious activity"),
}

_STATES: dict[JobState, tuple[str, str]] = {
    JobState.QUEUED: (N_("waiting"), "neutral"),
    JobState.RUNNING: (N_("running"), "accent"),
    JobState.DONE: (N_("done"), "good"),
    JobState.FAILED: (N_("failed"), "bad"),
    JobState.CANCELLED: (N_("cancelled"), "neutral"),
}
# Put back until something passes; the reason stands below its kind.
_PAUSED = (N_("paused"), "held")


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the page shows it."""

    id: str
    kind: str
    state: str
    badge: str
    attempts: str
    created_at: datetime
    done: int
    total: int
    error: str | None
    can_cancel: bool
    can_retry: bool


@blueprint.get("")
def index() -> Response:
    """Show the newest jobs of the installation."""
    _require_admin()
    jobs = list_jobs()
    rows = [_row(job) for job in jobs]
    is_working = any(job.state in (JobState.QUEUED, JobState.RUNNING) for job in jobs)
    return render_page("jobs/index.html", ("jobs",), rows=rows, is_working=is_working)


@blueprint.post("/<job_id>/cancel")
def cancel(job_id: str) -> Response:
    """Stop a job."""
    _require_admin()
    cancel_job(current_actor(), job_id, HANDLERS)
    return redirect_to(url_for("jobs.index"))


@blueprint.post("/<job_id>/retry")
def retry(job_id: str) -> Response:
    """Try a failed job again."""
    _require_admin()
    retry_job(current_actor(), job_id, HANDLERS)
    return redirect_to(url_for("jobs.index"))


def _require_admin() -> None:
    # To others the page does not exist.
    if not current_user.is_admin:
        raise NotFound(ErrorCode.NOT_FOUND)


def _row(job: Job) -> JobRow:
    is_paused = job.state is JobState.QUEUED and job.error_code is not None
    text, badge = _PAUSED if is_paused else _STATES[job.state]
    return JobRow(
        id=job.id,
        kind=_(KIND_TEXTS.get(job.kind, job.kind)),
        state=_(text),
        badge=badge,
        attempts=f"{job.attempts}/{job.max_attempts}",
        created_at=job.created_at,
        done=job.progress_done,
        total=job.progress_total,
        error=text_of(job.error_code, job.error_params) if job.error_code else None,
        can_cancel=job.state in (JobState.QUEUED, JobState.RUNNING) and not job.is_cancel_wanted,
        can_retry=job.state is JobState.FAILED,
    )
