"""A report, a public link, a digest or a download that is asked for, and what anybody sees of it meanwhile."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.conftest import make_settings
from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.faults import oracle
from tests.faults.rehearsal import DOOMED, find_alice, finish_jobs
from webapp import create_app
from webapp.domain.data_exports import ExportContent, ExportForm, ExportWishes
from webapp.domain.digests import DigestKind
from webapp.domain.failpoints import Failpoint
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Paper, ReportSection
from webapp.extensions import db, settings
from webapp.integrations.outbox import list_kept
from webapp.models import (
    AuditAction,
    AuditEvent,
    DataExport,
    DigestSlot,
    DigestSubscription,
    Mail,
    ReportRun,
    ShareLink,
    SharePayload,
)
from webapp.queue import JobKind
from webapp.services.data_exports import request_data_export
from webapp.services.digests import DigestWish, subscribe
from webapp.services.jobs import add_job
from webapp.services.reports import request_report
from webapp.services.shares import ShareWishes, create_share
from webapp.services.transaction import transaction

_LONG_AGO = 1_700_000_000
_TOLD = (
    AuditAction.REPORT_MADE,
    AuditAction.SHARE_CREATED,
    AuditAction.DIGEST_SENT,
    AuditAction.EXPORT_FILE_ASKED,
)
_FOLDERS = ("reports", "shares", "mail_files", "data_exports")


class Paperwork(StrEnum):
    """What is asked for."""

    REPORT = "report"
    SHARE = "share"
    DIGEST = "digest"
    DOWNLOAD = "download"


# Where each of them can be made to die, in the order it passes.
POINTS: dict[Paperwork, tuple[Failpoint, ...]] = {
    Paperwork.REPORT: (Failpoint.REPORT_AFTER_FILE, Failpoint.REPORT_BEFORE_COMMIT),
    Paperwork.SHARE: (Failpoint.SHARE_BEFORE_COMMIT, Failpoint.SHARE_AFTER_COMMIT),
    Paperwork.DIGEST: (Failpoint.DIGESTS_PLAN_MID, Failpoint.DIGEST_BEFORE_COMMIT, Failpoint.DIGEST_AFTER_COMMIT),
    Paperwork.DOWNLOAD: (Failpoint.DATA_EXPORT_AFTER_FILE, Failpoint.DATA_EXPORT_BEFORE_COMMIT),
}


def order(instance: Path, database_url: str, paperwork: Paperwork) -> None:
    """Ask for it on a stage that is prepared; the work is left to whoever does the jobs."""
    with _opened(instance, database_url):
        member = find_alice()
        scope, query = account_scope(member, DOOMED), ReportQuery()
        if paperwork is Paperwork.REPORT:
            request_report(member.actor, scope, query, title="Ours", locale="en", paper=Paper.A4)
        elif paperwork is Paperwork.SHARE:
            share = create_share(member.actor, scope, ShareWishes(query, allows_pdf=True))
            (instance / "token").write_text(share.token)
        elif paperwork is Paperwork.DOWNLOAD:
            request_data_export(member.actor, scope, ExportWishes(ExportContent.EVERYTHING, ExportForm.CSV), "en")
        else:
            _bring_news(member)
            subscribe(member.actor, scope, DigestWish(DigestKind.MONTHLY, "en", "UTC"))
            with transaction() as session:
                session.execute(update(DigestSubscription).values(next_at=1, told_until=0))
                add_job(session, JobKind.DIGESTS_PLAN)


def _bring_news(member: Member) -> None:
    """Import a list of the month before this one: that is what a digest tells of now."""
    last_month = datetime.now(UTC).replace(day=1, hour=12) - timedelta(days=3)
    content = export_json(many(400), many(40, "brand"), owner=DOOMED)
    import_done(member, content, exported_at=int(last_month.timestamp()), losses_confirmed=True)


def work(_member: Member) -> None:
    """Do the jobs, those of the dead as well, then clean up as the schedule does."""
    finish_jobs()
    for name in _FOLDERS:
        folder = settings().instance_path / name
        for entry in folder.iterdir() if folder.is_dir() else ():
            os.utime(entry, (_LONG_AGO, _LONG_AGO))
    with transaction() as session:
        add_job(session, JobKind.FILES_SWEEP)
    finish_jobs()


def check_seen(instance: Path, database_url: str) -> list[str]:
    """Return what is wrong with what readers, visitors and recipients see at this moment: all of it or nothing."""
    with _opened(instance, database_url) as app:
        member = find_alice()
        report = db.session.execute(select(ReportRun.public_id, ReportRun.pages)).first()
        download = db.session.execute(select(DataExport.public_id, DataExport.made_at)).first()
        mails = [kept.message for kept in list_kept(settings().outbox_directory)]
    wrong, reader = [], app.test_client()
    sign_in(reader, member)
    if download is not None:
        fetched = reader.get(f"/reports/downloads/{download.public_id}", buffered=True)
        wrong += _check_archive(fetched, download.made_at is not None)
    if report is not None:
        wrong += _check_answer(reader.get(f"/reports/{report.public_id}.pdf"), report.pages)
        if (f"/reports/{report.public_id}.pdf" in reader.get("/reports").text) != (report.pages is not None):
            wrong.append("the list offers a report that is not there, or does not offer one that is")
    if (instance / "token").exists():
        visitor, token = app.test_client(), (instance / "token").read_text()
        page, sheet = visitor.get(f"/s/{token}"), visitor.get(f"/s/{token}.pdf")
        wrong += _check_answer(sheet)
        if page.status_code != sheet.status_code:
            wrong.append(f"the page answers {page.status_code}, its sheet {sheet.status_code}")
        if page.status_code == 200 and f'id="part-{ReportSection.SOURCES}"' not in page.text:
            wrong.append("the page ends before its last part")
    for mail in mails:
        attached = [part.get_content() for part in mail.iter_attachments()]
        if len(attached) != 1 or not PdfReader(io.BytesIO(attached[0])).pages:
            wrong.append("a mail went without its report")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return wrong


def _check_answer(answer: TestResponse, pages: int | None = None) -> list[str]:
    if answer.status_code != 200:
        is_hidden = answer.status_code == 404 and pages is None
        return [] if is_hidden else [f"what was made answers {answer.status_code}"]
    found = len(PdfReader(io.BytesIO(answer.data)).pages)
    return [] if pages in (None, found) else [f"{found} pages are there, {pages} are told"]


def _check_archive(answer: TestResponse, is_made: bool) -> list[str]:
    if answer.status_code != 200:
        return [f"what was made answers {answer.status_code}"] if is_made or answer.status_code != 404 else []
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return [] if is_made and archive.testzip() is None else ["a download is there before it is whole"]


def outcome(instance: Path, database_url: str) -> list[str]:
    """Return what was left, in words that do not depend on ids or times."""
    with _opened(instance, database_url):
        reports = [
            f"report: error {run.error}, whole {None not in (run.body, run.pages, run.made_at)}"
            for run in db.session.scalars(select(ReportRun))
        ]
        payloads = select(SharePayload.id, SharePayload.pdf, SharePayload.image)
        shown = set(db.session.scalars(select(ShareLink.payload_id)))
        shares = [
            f"payload: shown {row.id in shown}, sheet {row.pdf is not None}, image {row.image is not None}"
            for row in db.session.execute(payloads)
        ]
        downloads = [
            f"download: error {row.error}, whole {None not in (row.file, row.rows, row.made_at)}"
            for row in db.session.scalars(select(DataExport))
        ]
        slots = [f"slot: {outcome}" for outcome in db.session.scalars(select(DigestSlot.outcome))]
        mails = [
            f"mail: {mail.kind} {mail.state}, attached {mail.attachment is not None}"
            for mail in db.session.scalars(select(Mail))
        ]
        actions = db.session.execute(select(AuditEvent.action, func.count()).group_by(AuditEvent.action))
        told = [f"{row[0]}: {row[1]}" for row in actions if row[0] in _TOLD]
        files = [f"{name}: {count} files" for name in _FOLDERS if (count := _count_files(instance / name))]
        wrong = [*oracle.check_rest(db.engine), *oracle.check_integrity(db.engine)]
    return sorted([*reports, *shares, *downloads, *slots, *mails, *told, *files, *wrong])


def mails_sent(instance: Path, database_url: str) -> int:
    """Return how many mails reached the outbox."""
    with _opened(instance, database_url):
        return len(list_kept(settings().outbox_directory))


def _count_files(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


@contextmanager
def _opened(instance: Path, database_url: str) -> Iterator[Flask]:
    app = create_app(make_settings(instance, database_url))
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
