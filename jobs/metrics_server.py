"""Serve the figures to Prometheus, on an address of their own. Run as `python -m jobs.metrics_server`."""

from __future__ import annotations

import logging
import secrets
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

import config
from config import Settings
from webapp import logs
from webapp.metrics import DATABASE_UP, DISK_FREE, EXPIRED_LEASES, IMPORTS, JOBS, QUEUE_AGE, Measure
from webapp.services import probe
from webapp.services.figures import Figures, read_figures

_REQUEST_SECONDS: Final = 5

log = logging.getLogger(__name__)


class DatabaseCollector(Collector):
    """Figures that are read when they are asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def describe(self) -> list[Metric]:
        """Name nothing beforehand, so that registering asks the database nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield how the work stands, or only that the database is away."""
        try:
            with probe.connect(self._settings.database_url) as connection:
                found = read_figures(connection)
        except SQLAlchemyError as error:
            log.warning("the database did not answer: %s", error)
            found = None
        yield _gauge(DATABASE_UP, {(): float(found is not None)})
        if found is not None:
            yield from _of_database(found)
        yield _gauge(DISK_FREE, {(): shutil.disk_usage(self._settings.instance_path).free})


def _of_database(found: Figures) -> Iterator[Metric]:
    yield _gauge(JOBS, dict(found.jobs))
    yield _gauge(QUEUE_AGE, {(queue,): age for queue, age in found.queue_ages.items()})
    yield _gauge(EXPIRED_LEASES, {(): found.expired_leases})
    yield _gauge(IMPORTS, {(state,): number for state, number in found.imports.items()})


def _gauge(measure: Measure, values: dict[Any, float]) -> Metric:
    family = GaugeMetricFamily(measure.name, measure.meaning, labels=measure.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


class MetricsServer(ThreadingHTTPServer):
    """A server for one page; questions are answered one after the other."""

    daemon_threads = True

    def __init__(self, settings: Settings, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.token = settings.metrics_token
        self.turn = threading.Lock()
        settings.metrics_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.registry = CollectorRegistry()
        MultiProcessCollector(self.registry, path=str(settings.metrics_directory))  # type: ignore[no-untyped-call]
        self.registry.register(DatabaseCollector(settings))
        super().__init__((host, port), _Handler)

    def handle_error(self, *_: Any) -> None:
        """Log what went wrong with one answer; the next one is another matter."""
        log.exception("a scrape was not answered")


class _Handler(BaseHTTPRequestHandler):
    server: MetricsServer
    timeout = _REQUEST_SECONDS

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self._answer(HTTPStatus.NOT_FOUND, b"")
        elif not self._is_let_in():
            self._answer(HTTPStatus.UNAUTHORIZED, b"", ("WWW-Authenticate", "Bearer"))
        else:
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            with self.server.turn:
                body = encode(self.server.registry)
            self._answer(HTTPStatus.OK, body, ("Content-Type", content_type))

    def version_string(self) -> str:
        return "metrics"

    def log_message(self, *_: Any) -> None:
        """Say nothing: who asks is no news, and what was asked for is a stranger's text."""

    def _is_let_in(self) -> bool:
        if self.server.token is None:
            return True
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        return secrets.compare_digest(given, f"Bearer {self.server.token}".encode())

    def _answer(self, status: HTTPStatus, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body))), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def main() -> int:
    """Serve until a signal says stop; return the exit code."""
    settings = config.load()
    logs.configure(settings)
    logs.catch_uncaught()
    if settings.metrics_address is None:
        log.error("METRICS_ADDRESS is not set, so there is nothing to serve.")
        return 2
    host, port = settings.metrics_address
    try:
        server = MetricsServer(settings, host, port)
    except OSError as error:
        log.error("The figures cannot be served at %s:%d: %s.", host, port, error.strerror)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        # From another thread: shutting down waits for the loop that this one runs.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
