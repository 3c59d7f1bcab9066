"""Put downloads together: table after table, as one CSV file, one workbook, or a ZIP that explains itself."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import STATES
from webapp.domain.data_exports import LIFETIME, ExportContent, ExportForm, ExportTable, ExportWishes
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.failpoints import Failpoint, reach
from webapp.domain.scope import Permission, Scope
from webapp.extensions import db
from webapp.models import Account, DataExport
from webapp.renderers.csv import Dialect
from webapp.renderers.export_readme import ReadmeFacts, write_readme
from webapp.renderers.export_tables import OpenTable, open_table
from webapp.renderers.table_csv import Row, render_rows
from webapp.renderers.workbook import Sheet, write_workbook
from webapp.services.data_export_files import DATA_EXPORT_FILES
from webapp.services.lease import Lease
from webapp.services.making import Making, find_maker
from webapp.services.notice_messages import tell_download_ready
from webapp.services.redaction import mask
from webapp.services.transaction import transaction

DATA_EXPORTS: Final = Making(DataExport, "export_id")
_TICK_ROWS: Final = 1000


def make(lease: Lease) -> None:
    """Put a file together; nothing for one that was deleted meanwhile.

    Raises ``Forbidden`` when whoever asked may not read the account any more, ``NotFound`` where no export holds what
    they asked for, ``NotYet`` while numbers are reckoned.
    """
    export = db.session.get(DataExport, lease.arguments["export_id"])
    if export is None or export.job_id != lease.job_id:
        with transaction() as session:
            lease.finish(session)
        return
    export_id, wishes = export.id, ExportWishes(ExportContent(export.content), ExportForm(export.form))
    work = _Work(lease, _scope_of(export), wishes, export.locale)
    part = DATA_EXPORT_FILES.new_part()
    try:
        work.write(part)
        reach(Failpoint.DATA_EXPORT_AFTER_FILE)
        with transaction() as session:
            lease.hold(session)
            held = session.get(DataExport, export_id, with_for_update=True)
            if held is not None and held.job_id == lease.job_id:
                held.rows, held.size, held.made_at = work.rows, part.stat().st_size, datetime.now(UTC)
                held.expires_at, held.error = held.made_at + LIFETIME, None
                held.file = DATA_EXPORT_FILES.finish(part, wishes.ending)
                tell_download_ready(session, held)
            reach(Failpoint.DATA_EXPORT_BEFORE_COMMIT)
            lease.finish(session)
    finally:
        part.unlink(missing_ok=True)


def _scope_of(export: DataExport) -> Scope:
    """Return what who asked may see now, and saw when they asked."""
    scope = find_maker(export.user_id, export.account_id, Permission.ACCOUNT_READ)
    seen = scope.redaction
    if export.query["hides_captions"]:
        seen = mask(scope.user_id, seen, rounds_numbers=False)
    return replace(scope, redaction=seen)


class _Work:
    """One file while it is written; ``rows`` counts what is in it."""

    def __init__(self, lease: Lease, scope: Scope, wishes: ExportWishes, locale: str) -> None:
        self._lease, self._scope, self._wishes, self._locale = lease, scope, wishes, locale
        self._files: list[tuple[ExportTable, str, int]] = []
        self._missing: list[ExportTable] = []
        self.rows = 0

    def write(self, path: Path) -> None:
        """Write the file; raise ``NotFound`` where there is nothing to write."""
        is_workbook = self._wishes.form is ExportForm.XLSX
        if self._wishes.is_archive:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                if is_workbook:
                    self._add_workbook(archive)
                else:
                    self._add_tables(archive)
                archive.writestr("README.txt", "\ufeff" + write_readme(self._facts(), self._locale))
        elif is_workbook:
            write_workbook(path, self._sheets(), self._scope.timezone)
        else:
            with path.open("wb") as file:
                for table, opened in self._opened():
                    self._write_csv(file, table, opened)

    def _add_workbook(self, archive: zipfile.ZipFile) -> None:
        part = DATA_EXPORT_FILES.new_part()
        try:
            write_workbook(part, self._sheets(), self._scope.timezone)
            archive.write(part, f"{self._wishes.content.value}.xlsx", zipfile.ZIP_STORED)
        finally:
            part.unlink(missing_ok=True)

    def _add_tables(self, archive: zipfile.ZipFile) -> None:
        for table, opened in self._opened():
            with archive.open(f"{table.value}.csv", "w", force_zip64=True) as file:
                self._write_csv(file, table, opened)

    def _write_csv(self, file: IO[bytes], table: ExportTable, opened: OpenTable) -> None:
        dialect = Dialect.EXCEL if self._wishes.form is ExportForm.SPREADSHEET else Dialect.STANDARD
        rows = self._counted(table, opened)
        file.writelines(render_rows(opened.head, rows, self._scope.timezone, dialect, self._locale))

    def _sheets(self) -> Iterator[Sheet]:
        for table, opened in self._opened():
            yield Sheet(table.value, opened.head, self._counted(table, opened))

    def _opened(self) -> Iterator[tuple[ExportTable, OpenTable]]:
        """Yield the tables that there is anything for, each to be read before the next."""
        tables = self._wishes.content.tables
        for table in tables:
            self._lease.begin_step(table.value)
            opened = open_table(self._scope, table, self._locale)
            if opened is not None:
                yield table, opened
                continue
            self._missing.append(table)
            if len(self._missing) == len(tables):
                raise NotFound(ErrorCode.LIST_UNKNOWN)

    def _counted(self, table: ExportTable, opened: OpenTable) -> Iterator[Row]:
        """Yield the rows of a table, with a sign of progress now and then."""
        count = 0
        for count, row in enumerate(opened.rows, 1):
            yield row
            if count % _TICK_ROWS == 0:
                self._lease.tick(count, opened.expected)
        self.rows += count
        ending = "" if self._wishes.form is ExportForm.XLSX else ".csv"
        self._files.append((table, f"{table.value}{ending}", count))

    def _facts(self) -> ReadmeFacts:
        scope, seen = self._scope, self._scope.redaction
        times = [each.exported_at for section in STATES for each in find_timeline(scope, section).exports]
        return ReadmeFacts(
            handle=db.session.get_one(Account, scope.account_id).handle,
            timezone=scope.timezone,
            form=self._wishes.form,
            made_at=int(time.time()),
            as_of=max(times, default=None),
            files=tuple(self._files),
            missing=tuple(self._missing),
            hides_names=seen.hides_names,
            hides_captions=seen.hides_captions,
        )
