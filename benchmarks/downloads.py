"""B8: the whole list as CSV at once, and as files that a job puts together."""

from __future__ import annotations

import http.client
import time

from benchmarks.lab import Lab
from benchmarks.lists import LIST
from benchmarks.measure import Goal, Line, Of, Unit, median
from benchmarks.processes import proportional_mb, run_floor, watched_memory
from benchmarks.servers import Server, web_server
from webapp.analytics.data_exports import get_export
from webapp.domain.data_exports import ExportContent, ExportForm, ExportWishes
from webapp.extensions import db
from webapp.queue import JobKind
from webapp.services.access import find_account_scope
from webapp.services.audit import Actor
from webapp.services.data_exports import request_data_export

_RUNS = 3
_READ = 256 * 1024


def csv_download(lab: Lab) -> list[Line]:
    """B8: seconds against draining the cursor, the first byte, and what the web process grows by."""
    # The list must be there and packed, as it is some seconds after an import.
    assert lab.follow_up  # nosec B101
    floor = median(run_floor("drain", lab.database)[0] for _ in range(_RUNS))
    with web_server(lab) as server:
        for path in ("/dashboard", LIST, "/imports"):
            server.get(path)
        (worker,) = server.workers
        before = proportional_mb(worker)
        with watched_memory(worker) as peaks:
            found = [_download(server, lab.size) for _ in range(_RUNS)]
        growth = peaks.together - before
    firsts, totals = zip(*found, strict=True)
    return [
        Line("B8", f"CSV of {lab.size:,} rows", Unit.SECONDS, median(totals), floor, Goal(5, Of.RATIO)),
        Line("B8", "  its first byte", Unit.SECONDS, median(firsts), None, Goal(0.3)),
        Line("B8", "  growth of the web process (PSS)", Unit.MEGABYTES, growth, None, Goal(20)),
        *_put_together(lab, ExportForm.CSV, "CSV"),
        *_put_together(lab, ExportForm.XLSX, "workbook (XLSX)"),
    ]


def _put_together(lab: Lab, form: ExportForm, name: str) -> list[Line]:
    """Have the list put together by a job; nobody waits for it, so it has no goal but its memory."""
    with lab.app.app_context():
        scope = find_account_scope(lab.scope)
        assert scope is not None  # nosec B101
        actor = Actor(lab.scope.user_id, lab.scope.team_id)
        wishes = ExportWishes(ExportContent.FOLLOWERS, form)
        public_id = request_data_export(actor, scope, wishes, "en")
        db.session.remove()
        work = lab.do_jobs(JobKind.DATA_EXPORT)
        row = get_export(scope, public_id)
        if row.rows != lab.size:
            raise RuntimeError(f"the file has {row.rows} rows: {row.error}")
        db.session.remove()
        db.engine.dispose()
    return [
        Line("B8", f"the same as {name}, by a job", Unit.SECONDS, work.total),
        Line("B8", "  peak memory (PSS)", Unit.MEGABYTES, work.memory, None, Goal(400)),
    ]


def _download(server: Server, size: int) -> tuple[float, float]:
    """Return the seconds to the first byte of the rows and to the last."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    start = time.perf_counter()
    connection.request("GET", f"{LIST}.csv", headers={"Cookie": server.cookie})
    answer = connection.getresponse()
    chunk = answer.read1(_READ)
    first, lines = time.perf_counter() - start, 0
    while chunk:
        lines += chunk.count(b"\n")
        chunk = answer.read1(_READ)
    total = time.perf_counter() - start
    connection.close()
    if answer.status != 200 or lines != size + 1:
        raise RuntimeError(f"the download has {lines} lines and status {answer.status}")
    return first, total
