"""Look at the processes of a running app, and wait for what they do."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def stat_fields(pid: int) -> list[str]:
    """State, parent and so on of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def alive(pid: int) -> bool:
    return stat_fields(pid)[:1] not in ([], ["Z"])


def descendants(pid: int) -> dict[int, str]:
    """The command lines of a process's living children and theirs."""
    parents = {int(entry.name): stat_fields(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    found: dict[int, str] = {}
    wanted = [pid]
    while wanted:
        parent = str(wanted.pop())
        for child, fields in parents.items():
            if fields[1:2] == [parent] and fields[0] != "Z":
                command = Path(f"/proc/{child}/cmdline")
                found[child] = command.read_text().replace("\0", " ") if command.exists() else ""
                wanted.append(child)
    return found


def answers(port: int, path: str, status: int) -> bool:
    """Whether something listens on a port of this machine and answers a path with a status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == status
    except OSError:
        return False
    finally:
        connection.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a supervisor to stop, and end what does not; its children die with it."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass
class Stack:
    """A running supervisor on an instance and a port of its own."""

    process: subprocess.Popen[bytes]
    instance: Path
    port: int

    @property
    def output(self) -> str:
        return (self.instance / "output").read_text()

    def child(self, part: str) -> int:
        """The direct child whose command line holds `part`; 0 when there is none."""
        for pid, command in descendants(self.process.pid).items():
            if part in command and stat_fields(pid)[1:2] == [str(self.process.pid)]:
                return pid
        return 0

    def healthy(self) -> bool:
        return answers(self.port, "/healthz", 200)

    def kill_and_await_return(self, part: str) -> None:
        before = self.child(part)
        os.kill(before, signal.SIGKILL)
        until(lambda: self.child(part) not in (0, before))
