"""Meet a fault in a page and in a job, as a process of its own: the library of reports changes whatever it touches.

Run as `python -m tests.fault_program web` or `... job`, with the settings in the environment.
"""

from __future__ import annotations

import sys

import redis
import sentry_sdk
from flask import Flask
from rq.serializers import JSONSerializer

import config
from jobs.context import create_job_app
from jobs.worker import QueueWorker
from tests import factories
from tests.web.pages import csrf_token
from webapp import watch
from webapp.extensions import db
from webapp.models import Base
from webapp.queue import JobKind, QueueName
from webapp.services import handlers, jobs
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import Handler
from webapp.services.lease import Lease
from webapp.services.transaction import transaction


def main() -> None:
    """Do what the argument says and wait until it was reported."""
    watch(config.load())
    app = create_job_app()
    with app.app_context():
        Base.metadata.create_all(db.engine)
    if sys.argv[1] == "web":
        meet_web_fault(app)
    else:
        meet_job_fault(app)
    sentry_sdk.flush(10)


def meet_web_fault(app: Flask) -> None:
    """Answer a request that carries a secret in every place, by failing."""

    @app.post("/faults/<name>")
    def fault(name: str) -> str:
        marked_variable = f"marked-local {name}"
        raise ValueError("marked-message", marked_variable)

    alice = factories.make_cast(app).alice
    client = app.test_client()
    factories.sign_in(client, alice)
    client.set_cookie("other", "marked-cookie", domain="localhost")
    token = csrf_token(client.get("/settings"))
    answer = client.post(
        "/faults/marked-path?marked=query",
        data={"csrf_token": token, "password": "marked-password"},
        headers={
            "Authorization": "Bearer marked-key",
            "User-Agent": "marked-agent",
            "X-Forwarded-For": "marked-address",
            "Referer": "http://marked/",
        },
        buffered=True,
    )
    print(answer.status_code, answer.headers["X-Request-Id"])


def meet_job_fault(app: Flask) -> None:
    """Have a worker fork for a job that fails."""

    def fail(_lease: Lease) -> None:
        marked_variable = "marked-local"
        raise ValueError("marked-message", marked_variable)

    dict.update(HANDLERS, {JobKind.SESSIONS_PURGE: Handler(fail)})  # type: ignore[arg-type]
    if handlers.HANDLERS[JobKind.SESSIONS_PURGE].run is not fail:
        raise RuntimeError("the handler was not replaced")
    url = config.load().queue_url
    with app.app_context():
        with transaction() as session:
            job = jobs.add_job(session, JobKind.SESSIONS_PURGE, arguments={"secret": "marked-argument"})
            print(job.id)
        db.session.remove()
        db.engine.dispose()
    connection = redis.Redis.from_url(url)
    worker = QueueWorker([QueueName.GENERAL.value], connection=connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level=None)


if __name__ == "__main__":
    main()
