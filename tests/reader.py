"""Read files for the services as their parser process does, without starting Python for each of them."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from config import ROOT
from webapp.services.parser_process import ENVIRONMENT

_PROGRAM = [sys.executable, "-m", "tests.reader_program"]
_STARTED = [sys.executable, "-m", "webapp.importers.child"]


class Reader:
    """One parser process, in as much of the shape of `subprocess.Popen` as the services use."""

    def __init__(self, asked: socket.socket, arguments: list[str]) -> None:
        heard, says = os.pipe()
        self._ended, ends = os.pipe()
        socket.send_fds(asked, [json.dumps(arguments).encode()], [says, ends])
        os.close(says)
        os.close(ends)
        self.stdout: IO[bytes] | None = os.fdopen(heard, "rb")
        self._known = b""
        self._wait_for_lines(1, None)
        self.pid = int(self._known.split()[0])
        self.returncode: int | None = None

    def __del__(self) -> None:
        os.close(self._ended)

    def poll(self) -> int | None:
        return self._find_end(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._find_end(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(_STARTED, timeout or 0)
        return code

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def _find_end(self, seconds: float | None) -> int | None:
        if self.returncode is None and self._wait_for_lines(2, seconds):
            self.returncode = int(self._known.split()[1])
        return self.returncode

    def _wait_for_lines(self, count: int, seconds: float | None) -> bool:
        while self._known.count(b"\n") < count:
            if not select.select([self._ended], [], [], seconds)[0]:
                return False
            read = os.read(self._ended, 64)
            if not read:
                raise RuntimeError("the readers of the tests have ended")
            self._known += read
        return True


@contextmanager
def running_readers() -> Iterator[SimpleNamespace]:
    """Yield what stands for the module `subprocess` where the parser is started."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = subprocess.Popen(
        _PROGRAM, cwd=ROOT, env=ENVIRONMENT, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    theirs.close()

    def start(command: list[str], *, cwd: Path, env: Mapping[str, str], **streams: Any) -> Any:
        # A test that lets another program stand there means that program.
        if command[:3] != _STARTED or cwd != ROOT or env is not ENVIRONMENT:
            return subprocess.Popen(command, cwd=cwd, env=env, **streams)
        return Reader(ours, command[3:])

    yield SimpleNamespace(Popen=start, DEVNULL=subprocess.DEVNULL, PIPE=subprocess.PIPE)
    ours.close()
    program.wait(timeout=30)
