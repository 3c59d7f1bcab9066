"""The kinds of jobs, and the bell that calls a worker."""

from __future__ import annotations

import logging
from enum import StrEnum
from functools import lru_cache

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

logger = logging.getLogger(__name__)

# A bell, not a job: the row knows how often a job may be tried and how it ended, so RQ forgets at once.
_BELL = "jobs.runner.run_job"
_BELL_SECONDS = 6 * 3600


class QueueName(StrEnum):
    """The queues; each is served by worker processes of its own."""

    IMPORTS = "imports"
    GENERAL = "general"


class JobKind(StrEnum):
    """What a job does; ``jobs/runner.py`` maps each to a service."""

    IMPORT_RECOGNISE = "import.recognise"
    IMPORT_COMMIT = "import.commit"
    ACCOUNT_PURGE = "account.purge"
    UPLOADS_SWEEP = "uploads.sweep"
    SESSIONS_PURGE = "sessions.purge"


QUEUES: dict[JobKind, QueueName] = {
    JobKind.IMPORT_RECOGNISE: QueueName.IMPORTS,
    JobKind.IMPORT_COMMIT: QueueName.IMPORTS,
    JobKind.ACCOUNT_PURGE: QueueName.GENERAL,
    JobKind.UPLOADS_SWEEP: QueueName.GENERAL,
    JobKind.SESSIONS_PURGE: QueueName.GENERAL,
}


@lru_cache(maxsize=4)
def connect(url: str) -> Redis:
    """Return a client that gives up quickly, so that a page never waits for the queue."""
    return Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5)


def ring(url: str | None, queue: str, job_id: str) -> bool:
    """Tell the workers of a queue that a job waits; return whether the bell was heard.

    A lost ring is no lost job: the reconciler rings again for every row that is overdue.
    """
    if url is None:
        return False
    try:
        RqQueue(queue, connection=connect(url), serializer=JSONSerializer).enqueue(
            _BELL, job_id, job_timeout=_BELL_SECONDS, result_ttl=0, failure_ttl=60
        )
    except (RedisError, OSError) as error:
        logger.warning("the queue is away, the reconciler will ring for job %s: %s", job_id, error)
        return False
    return True
