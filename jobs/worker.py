"""A worker process: serves one queue, forks a child for every job. Run as `python -m jobs.worker QUEUE`."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import os
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, Final

import redis
from rq import Worker
from rq.serializers import JSONSerializer

import config
from jobs.context import create_job_app
from jobs.lifeline import die_with_parent
from webapp import logs, watch
from webapp.queue import QueueName
from webapp.services import stopping

if TYPE_CHECKING:
    from rq.executions import Execution
    from rq.job import Job
    from rq.queue import Queue

_WORKER_TTL: Final = 60
_MAINTENANCE_SECONDS: Final = 60
_MONITORING_SECONDS: Final = 15
_RETRY_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


class QueueWorker(Worker):
    """An RQ worker that takes its running child along when it is killed and outlives its queue server."""

    max_connection_wait_time = 5.0
    stopping = False
    forked_by = 0

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        if os.getppid() == self.forked_by:  # the child, before it has a handler of its own
            stopping.ask()
            return
        # RQ itself keeps no note of a signal that finds it idle.
        self.stopping = True
        if self.horse_pid:
            # It gives its job back and ends, so that the next start need not wait for the lease.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def set_shutdown_requested_date(self) -> None:
        with contextlib.suppress(redis.exceptions.RedisError):  # a note for RQ's own pages
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, lambda *_: stopping.ask())

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        self.forked_by = os.getpid()
        super().fork_work_horse(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        die_with_parent(signal.SIGKILL, self.forked_by)
        super().main_work_horse(job, queue)

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        # The job row's lease is what counts; leaving the loop would only leave the child unwatched.
        try:
            super().maintain_heartbeats(job, execution)
        except redis.exceptions.RedisError:
            log.warning("The queue server is away while a job runs; the job goes on.")


def main(arguments: list[str] | None = None) -> int:
    """Serve one queue until a signal says stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m jobs.worker", description="Serve one queue.")
    parser.add_argument("queue", choices=[name.value for name in QueueName])
    queue = parser.parse_args(arguments).queue
    settings = config.load()
    watch(settings)
    logs.catch_uncaught()

    # Loaded before the first fork, so that a job starts within milliseconds.
    create_job_app()
    importlib.import_module("jobs.runner")

    connection = redis.Redis.from_url(settings.queue_url, health_check_interval=30, socket_connect_timeout=5)
    while True:
        _wait_for_queue_server(connection)
        worker = QueueWorker(
            [queue],
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL,
            maintenance_interval=_MAINTENANCE_SECONDS,
            job_monitoring_interval=_MONITORING_SECONDS,
        )
        try:
            worker.work(logging_level=None)  # logs.configure has set it
        except redis.exceptions.RedisError:  # away, loading, full, or emptied under our hands
            log.warning("Lost the queue server.")
        if worker.stopping:
            return 0
        # RQ leaves its handlers behind, which would only note a signal while this process waits.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        time.sleep(_RETRY_SECONDS)


def _wait_for_queue_server(connection: redis.Redis) -> None:
    """Return once the server answers; say once that it does not."""
    told = False
    while True:
        try:
            connection.ping()
        except redis.exceptions.RedisError as error:
            if not told:
                log.warning("Waiting for the queue server (%s).", type(error).__name__)
                told = True
            time.sleep(_RETRY_SECONDS)
        else:
            if told:
                log.warning("The queue server is back.")
            return


if __name__ == "__main__":
    sys.exit(main())
