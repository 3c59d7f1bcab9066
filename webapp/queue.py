"""The kinds of jobs, and the bell that calls a worker."""

from __future__ import annotations

import logging
import threading
import time
from enum import StrEnum
from functools import lru_cache

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from webapp import metrics

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
    IMPORT_UNDO = "import.undo"
    EXPORT_MOVE = "export.move"
    PERSON_ERASE = "person.erase"
    LIST_INDEX = "list.index"
    GROWTH_FIT = "growth.fit"
    POST_INDEX = "post.index"
    CONTENT_FIT = "content.fit"
    FORECAST_FIT = "forecast.fit"
    PLAN_MATCH = "plan.match"
    STUDIO_MATCH = "studio.match"
    ACCOUNT_PURGE = "account.purge"
    UPLOADS_SWEEP = "uploads.sweep"
    REVISIONS_SWEEP = "revisions.sweep"
    SESSIONS_PURGE = "sessions.purge"
    MAIL_SEND = "mail.send"
    TEAM_PURGE = "team.purge"
    TEAMS_SWEEP = "teams.sweep"
    AUDIT_SEAL = "audit.seal"
    ALERTS_SCAN = "alerts.scan"
    PERSON_EXPORT = "person.export"
    DATA_EXPORT = "data.export"
    REPORT_MAKE = "report.make"
    SHARE_MAKE = "share.make"
    SHARES_REFRESH = "shares.refresh"
    DIGESTS_PLAN = "digests.plan"
    DIGEST_SEND = "digest.send"
    FILES_SWEEP = "files.sweep"
    NOTICES_FIND = "notices.find"
    NOTICES_WATCH = "notices.watch"
    NOTICES_DELIVER = "notices.deliver"
    PUSH_SEND = "push.send"


QUEUES: dict[JobKind, QueueName] = {
    JobKind.IMPORT_RECOGNISE: QueueName.IMPORTS,
    JobKind.IMPORT_COMMIT: QueueName.IMPORTS,
    JobKind.IMPORT_UNDO: QueueName.IMPORTS,
    JobKind.EXPORT_MOVE: QueueName.IMPORTS,
    JobKind.PERSON_ERASE: QueueName.IMPORTS,
    JobKind.LIST_INDEX: QueueName.GENERAL,
    JobKind.GROWTH_FIT: QueueName.GENERAL,
    JobKind.POST_INDEX: QueueName.GENERAL,
    JobKind.CONTENT_FIT: QueueName.GENERAL,
    JobKind.FORECAST_FIT: QueueName.GENERAL,
    JobKind.PLAN_MATCH: QueueName.GENERAL,
    JobKind.STUDIO_MATCH: QueueName.GENERAL,
    JobKind.ACCOUNT_PURGE: QueueName.GENERAL,
    JobKind.UPLOADS_SWEEP: QueueName.GENERAL,
    JobKind.REVISIONS_SWEEP: QueueName.GENERAL,
    JobKind.SESSIONS_PURGE: QueueName.GENERAL,
    JobKind.MAIL_SEND: QueueName.GENERAL,
    JobKind.TEAM_PURGE: QueueName.GENERAL,
    JobKind.TEAMS_SWEEP: QueueName.GENERAL,
    JobKind.AUDIT_SEAL: QueueName.GENERAL,
    JobKind.ALERTS_SCAN: QueueName.GENERAL,
    JobKind.PERSON_EXPORT: QueueName.GENERAL,
    JobKind.DATA_EXPORT: QueueName.GENERAL,
    JobKind.REPORT_MAKE: QueueName.GENERAL,
    JobKind.SHARE_MAKE: QueueName.GENERAL,
    JobKind.SHARES_REFRESH: QueueName.GENERAL,
    JobKind.DIGESTS_PLAN: QueueName.GENERAL,
    JobKind.DIGEST_SEND: QueueName.GENERAL,
    JobKind.FILES_SWEEP: QueueName.GENERAL,
    JobKind.NOTICES_FIND: QueueName.GENERAL,
    JobKind.NOTICES_WATCH: QueueName.GENERAL,
    JobKind.NOTICES_DELIVER: QueueName.GENERAL,
    JobKind.PUSH_SEND: QueueName.GENERAL,
}


# Long for a server that is well, short for a page that meets one that hangs.
ANSWER_SECONDS = 0.5
# How long an answer of the server counts, and how long a page waits for a fresh one.
_FRESH_SECONDS = 1.5
_PAGE_SECONDS = 0.1


@lru_cache(maxsize=4)
def connect(url: str) -> Redis:
    """Return a client that gives up quickly, so that a page never waits for the queue."""
    return Redis.from_url(
        url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS, retry=Retry(NoBackoff(), 0)
    )


def ring(url: str | None, queue: str, job_id: str) -> bool:
    """Tell the workers of a queue that a job waits; return whether the bell was heard.

    A lost ring is no lost job: the reconciler rings again for every row that is overdue. While the server is known
    to be away nobody waits for it.
    """
    if url is None:
        return False
    if _pulse(url).is_known_away():
        metrics.count(metrics.RING_FAILURES, queue)
        return False
    try:
        RqQueue(queue, connection=connect(url), serializer=JSONSerializer).enqueue(
            _BELL, job_id, job_timeout=_BELL_SECONDS, result_ttl=0, failure_ttl=60, description=_BELL
        )
    except (RedisError, OSError) as error:
        logger.warning("the queue is away, the reconciler will ring for job %s: %s", job_id, error)
        metrics.count(metrics.RING_FAILURES, queue)
        _pulse(url).note(is_away=True)
        return False
    return True


def waiting_bells(url: str, queue: str) -> int:
    """Return how many bells no worker has answered yet; 0 when the server is away."""
    try:
        return RqQueue(queue, connection=connect(url), serializer=JSONSerializer).count
    except (RedisError, OSError):
        return 0


def is_away(url: str) -> bool:
    """Return whether the queue server does not answer, for a page that says so; costs at most a tenth of a second."""
    return _pulse(url).ask(url)


class _Pulse:
    """What is known of a queue server: asked in a thread of its own, so that one that hangs holds up nobody."""

    def __init__(self) -> None:
        self._is_away = False
        self._known_at = float("-inf")
        self._asking = threading.Lock()

    def note(self, *, is_away: bool) -> None:
        self._is_away, self._known_at = is_away, time.monotonic()

    def is_known_away(self) -> bool:
        return self._is_away and time.monotonic() - self._known_at < _FRESH_SECONDS

    def ask(self, url: str) -> bool:
        if time.monotonic() - self._known_at >= _FRESH_SECONDS and self._asking.acquire(blocking=False):
            thread = threading.Thread(target=self._ping, args=(url,), name="queue-pulse", daemon=True)
            thread.start()
            thread.join(_PAGE_SECONDS)
        return self._is_away

    def _ping(self, url: str) -> None:
        try:
            connect(url).ping()
        except (RedisError, OSError):
            self.note(is_away=True)
        else:
            self.note(is_away=False)
        finally:
            self._asking.release()


@lru_cache(maxsize=4)
def _pulse(_url: str) -> _Pulse:
    return _Pulse()
