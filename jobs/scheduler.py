"""The scheduler process: plans slots and rings again for overdue jobs. Run as `python -m jobs.scheduler`."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from sqlalchemy.exc import SQLAlchemyError

import config
from jobs.context import create_job_app
from jobs.schedule import SCHEDULES
from webapp import logs, metrics, watch
from webapp.domain.errors import AppError
from webapp.extensions import db
from webapp.services import disk
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import reconcile
from webapp.services.schedules import plan_due

log = logging.getLogger(__name__)


def main() -> int:
    """Look for work that is due until a signal says stop; return the exit code."""
    settings = config.load()
    watch(settings)
    logs.catch_uncaught()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = create_job_app()
    with app.app_context():
        while not stop.is_set():
            look()
            stop.wait(settings.reconcile_seconds)
    return 0


def look() -> None:
    """Do one round; a database that is away for a while is waited for."""
    try:
        disk.keep_reserve()
        plan_due(SCHEDULES)
        reconcile(HANDLERS)
        metrics.stamp(metrics.SCHEDULER_LOOK)
    except (AppError, SQLAlchemyError) as error:
        log.warning("The database did not answer: %s", error)
    finally:
        db.session.remove()


if __name__ == "__main__":
    sys.exit(main())
