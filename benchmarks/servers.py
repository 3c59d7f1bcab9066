"""Run gunicorn as the supervisor does, with our application or with the bare one of the floor."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.lab import Lab
from benchmarks.processes import family, started

_START_SECONDS = 60
_THREADS = 16


@dataclass(frozen=True, slots=True)
class Server:
    """A web server on a port of its own."""

    pid: int
    port: int
    cookie: str = ""

    @property
    def workers(self) -> list[int]:
        """Return the processes that answer."""
        return family(self.pid)[1:]

    def get(self, path: str, **headers: str) -> bytes:
        """Return the body of one answer; raise for anything but 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Cookie": self.cookie, **headers})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
        return body

    def await_answer(self, path: str) -> None:
        """Wait until a path answers with 200; raise what it answers instead after a while."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.get(path)
                return
            except (OSError, http.client.HTTPException, RuntimeError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def web_server(lab: Lab, application: str = "wsgi:app", workers: int = 1) -> Iterator[Server]:
    """Serve an application on the lab's instance until the block ends."""
    port = free_port()
    options = [
        *("--bind", f"127.0.0.1:{port}", "--no-control-socket", "--worker-class", "gthread"),
        *("--workers", str(workers), "--threads", str(_THREADS), "--log-level", "warning", application),
    ]
    environment = {**lab.environment, "PORT": str(port)}
    with started("gunicorn", *options, environment=environment, is_heard=False) as process:
        server = Server(process.pid, port, f"s={lab.sign_in()}")
        server.await_answer("/healthz")
        yield server
