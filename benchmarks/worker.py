"""Do the jobs that wait, each in a fork as the real worker does, and print one JSON line for each.

Run as ``python -m benchmarks.worker [KIND...]``; without kinds it goes on until no job is left. No queue server
takes part: the bell is not what is measured.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time

from sqlalchemy import select

from benchmarks.measure import timed
from jobs.context import create_job_app
from webapp.extensions import db
from webapp.models import Job, JobState, database_now

_POLL_SECONDS = 0.05


def main(kinds: list[str]) -> int:
    """Run jobs of these kinds, or of any, until none waits; return 1 when one failed."""
    app = create_job_app()
    run_job = importlib.import_module("jobs.runner").run_job
    failed = False
    while True:
        with app.app_context():
            waiting = select(Job).where(Job.state == JobState.QUEUED).order_by(Job.run_at, Job.created_at)
            if kinds:
                waiting = waiting.where(Job.kind.in_(kinds))
            job = db.session.scalars(waiting.limit(1)).first()
            now = db.session.scalar(select(database_now())) or 0
            found = None if job is None else (job.id, str(job.kind), job.run_at <= now)
            db.session.remove()
            # The fork must not share a connection with this process.
            db.engine.dispose()
        if found is None:
            return int(failed)
        job_id, kind, is_due = found
        if not is_due:
            time.sleep(_POLL_SECONDS)
            continue
        with timed() as watch:
            horse = os.fork()
            if horse == 0:
                run_job(job_id)
                os._exit(0)
            _, _, usage = os.wait4(horse, 0)
        with app.app_context():
            state = db.session.scalar(select(Job.state).where(Job.id == job_id))
            db.session.remove()
            db.engine.dispose()
        failed = failed or state is JobState.FAILED
        # The job's own processor time and that of the children it waited for.
        cpu = usage.ru_utime + usage.ru_stime
        print(json.dumps({"kind": kind, "state": state, "seconds": watch.seconds, "cpu": cpu}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
