"""The one function that the queue calls: the row behind the id says what to do."""

from __future__ import annotations

import gc
import logging

from jobs.context import create_job_app
from webapp.extensions import db
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import run_job as run_claimed_job

logger = logging.getLogger(__name__)


def run_job(job_id: str) -> None:
    """Do a job if it is there to be done; a second ring for the same job does nothing."""
    with create_job_app().app_context():
        # The process ends with the job, and the collector need not look through the application again and again.
        gc.freeze()
        try:
            run_claimed_job(job_id, HANDLERS)
        except Exception:
            logger.exception("the queue's call was in vain", extra={"job_id": job_id})
            raise
        finally:
            db.session.remove()
