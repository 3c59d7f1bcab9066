"""Make reports on paper: what is found is kept as text, and the PDF is drawn of that text alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.analytics.reports.payload import decode, encode
from webapp.analytics.reports.report import find_report
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.scope import Permission
from webapp.extensions import db
from webapp.models import Job, JobState, ReportRun
from webapp.renderers.report_pdf import write_report_pdf
from webapp.services import report_files
from webapp.services.lease import Lease
from webapp.services.making import Making, find_maker
from webapp.services.notice_messages import tell_report_failed, tell_report_ready
from webapp.services.report_images import images_of
from webapp.services.report_queries import read_query
from webapp.services.transaction import transaction

REPORTS: Final = Making(ReportRun, "report_id")


def make(lease: Lease) -> None:
    """Make a report, or draw one anew whose text is there; nothing for one that is gone or has a newer job.

    Raises ``Forbidden`` when whoever asked for it may not make reports any more, ``NotYet`` while numbers are reckoned.
    """
    run = db.session.get(ReportRun, lease.arguments["report_id"])
    if run is None or run.job_id != lease.job_id:
        with transaction() as session:
            lease.finish(session)
        return
    public_id, title, locale, paper = run.public_id, run.title, run.locale, run.paper
    body, revision = (run.body, run.revision) if run.body is not None else _compute(lease, run)
    lease.begin_step("drawing")
    report = decode(body)
    written = write_report_pdf(report, locale, paper, title=title, images=images_of(report))
    part = report_files.write_part(public_id, written.content)
    reach(Failpoint.REPORT_AFTER_FILE)
    with transaction() as session:
        lease.hold(session)
        held = session.scalars(select(ReportRun).where(ReportRun.id == run.id).with_for_update()).one_or_none()
        # Names may have been erased from its text meanwhile: then another job draws it.
        if held is None or held.job_id != lease.job_id:
            part.unlink(missing_ok=True)
        else:
            report_files.put_in_place(public_id, part)
            is_first = held.made_at is None
            held.body, held.revision, held.error = body, revision, None
            held.pages, held.size, held.made_at = written.pages, len(written.content), datetime.now(UTC)
            # One that is drawn anew was told of when it was made.
            if is_first:
                tell_report_ready(session, held)
        reach(Failpoint.REPORT_BEFORE_COMMIT)
        lease.finish(session)


def ended(session: Session, job: Job) -> None:
    """Note at its report that a job came to nothing, and leave nothing of a file that was not finished."""
    run = REPORTS.find(session, job)
    if run is not None:
        REPORTS.ended(session, job)
        if job.state is JobState.FAILED and run.made_at is None:
            tell_report_failed(session, run, job)
        report_files.discard_parts(run.public_id)


def _compute(lease: Lease, run: ReportRun) -> tuple[str, int]:
    scope = find_maker(run.created_by, run.account_id, Permission.REPORT_WRITE)
    query = read_query(run.query)
    lease.begin_step("computing")
    return encode(find_report(scope, query, int(time.time()))), scope.revision
