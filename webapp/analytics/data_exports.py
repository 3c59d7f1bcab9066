"""The downloads that a person had put together of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select

from webapp.domain.data_exports import ExportContent, ExportForm, ExportWishes
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.redaction import Redaction
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import DataExport, Job, JobState


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A download of the list; ``file`` is the name of its file once it is there, ``error`` why there is none.

    ``step``, ``done`` and ``total`` are how far its job is; ``total`` is 0 where nobody knows.
    """

    public_id: str
    wishes: ExportWishes
    locale: str
    file: str | None
    rows: int | None
    size: int | None
    error: str | None
    created_at: datetime
    made_at: datetime | None
    expires_at: datetime
    step: str | None
    done: int
    total: int

    @property
    def is_ready(self) -> bool:
        """Return whether it can be fetched."""
        return self.file is not None

    @property
    def is_working(self) -> bool:
        """Return whether it is still being put together."""
        return self.file is None and self.error is None


def list_exports(scope: Scope) -> tuple[ExportRow, ...]:
    """Return what the reader asked for in this account, newest first, without what shows more than they see now."""
    found = db.session.execute(_query(scope).order_by(DataExport.created_at.desc(), DataExport.id.desc()))
    return tuple(_row(row) for row in found if tells_no_more(row.DataExport.query, scope.redaction))


def get_export(scope: Scope, public_id: str) -> ExportRow:
    """Return one of them; raise ``NotFound`` for what is somebody else's, over, or shows more than they see now."""
    row = db.session.execute(_query(scope).where(DataExport.public_id == public_id)).first()
    if row is None or not tells_no_more(row.DataExport.query, scope.redaction):
        raise NotFound(ErrorCode.NOT_FOUND)
    return _row(row)


def tells_no_more(kept: dict[str, Any], redaction: Redaction) -> bool:
    """Return whether a file that was asked for with such a redaction shows nothing of what is kept from a reader."""
    return (kept["hides_names"] or not redaction.hides_names) and (
        kept["hides_captions"] or not redaction.hides_captions
    )


def _query(scope: Scope) -> Any:
    return (
        select(DataExport, Job.step, Job.state, Job.progress_done, Job.progress_total)
        .outerjoin(Job, Job.id == DataExport.job_id)
        .where(DataExport.account_id == scope.account_id, DataExport.user_id == scope.user_id)
        .where(DataExport.expires_at > datetime.now(UTC))
    )


def _row(row: Row[Any]) -> ExportRow:
    export: DataExport = row.DataExport
    is_running = row.state is JobState.RUNNING
    return ExportRow(
        public_id=export.public_id,
        wishes=ExportWishes(ExportContent(export.content), ExportForm(export.form)),
        locale=export.locale,
        file=export.file,
        rows=export.rows,
        size=export.size,
        error=export.error,
        created_at=export.created_at,
        made_at=export.made_at,
        expires_at=export.expires_at,
        step=row.step if is_running else None,
        done=row.progress_done if is_running else 0,
        total=row.progress_total if is_running else 0,
    )
