from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from config import ROOT, Settings
from jobs.lifeline import tied_to_this_process
from jobs.supervisor import Child, StartError, Supervisor

pytestmark = pytest.mark.faults

START_SECONDS = 60
STOP_SECONDS = 30
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")


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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill_and_await_return(self, part: str) -> None:
        before = self.child(part)
        os.kill(before, signal.SIGKILL)
        until(lambda: self.child(part) not in (0, before))


def environment(instance: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "INSTANCE_PATH": str(instance),
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "ASSETS": "local",
    }


def start(instance: Path) -> Stack:
    port = free_port()
    with (instance / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs.supervisor"],
            cwd=instance,
            env=environment(instance, port),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    stack = Stack(process, instance, port)
    until(lambda: "is running at" in stack.output or process.poll() is not None)
    assert process.poll() is None, stack.output
    return stack


def end(stack: Stack) -> None:
    if stack.process.poll() is None:
        stack.process.terminate()
        try:
            stack.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            stack.process.kill()
            stack.process.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = start(tmp_path_factory.mktemp("running"))
    yield stack
    end(stack)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    stack = start(tmp_path)
    yield stack
    end(stack)


def test_it_answers_at_the_address_it_prints(running: Stack) -> None:
    printed = re.search(r"TikTok Analytics is running at http://127\.0\.0\.1:(\d+)$", running.output, re.MULTILINE)
    assert printed
    assert int(printed[1]) == running.port
    assert running.healthy()


@linux_only
def test_every_part_runs_as_a_process_of_its_own(running: Stack) -> None:
    for part in ("jobs.worker imports", "jobs.worker general", "jobs.scheduler", "gunicorn", "valkey-server"):
        until(lambda part=part: bool(running.child(part)))  # type: ignore[misc]


@linux_only
@pytest.mark.parametrize("part", ["jobs.worker imports", "jobs.worker general", "jobs.scheduler", "gunicorn"])
def test_a_killed_child_comes_back(running: Stack, part: str) -> None:
    running.kill_and_await_return(part)
    until(running.healthy)


@linux_only
def test_a_killed_queue_comes_back_with_what_it_held(running: Stack) -> None:
    address = Settings.from_environ(environment(running.instance, running.port)).queue_url
    with redis.Redis.from_url(address) as queue:
        queue.set("kept", "yes")
        time.sleep(1.5)  # the append-only file is written every second
    running.kill_and_await_return("valkey-server")
    with redis.Redis.from_url(address) as queue:
        until(lambda: is_kept(queue))


def is_kept(queue: redis.Redis) -> bool:
    try:
        return queue.get("kept") == b"yes"
    except redis.exceptions.ConnectionError:
        return False


def test_a_second_start_on_the_same_instance_is_refused(running: Stack) -> None:
    second = run_to_its_end(running.instance, free_port())
    assert second.returncode == 2
    assert "already running" in second.stdout
    assert running.healthy()


def test_a_port_in_use_is_told(running: Stack, tmp_path: Path) -> None:
    second = run_to_its_end(tmp_path, running.port)
    assert second.returncode == 2
    assert second.stdout == f"Port {running.port} is in use by another program; stop it or set another PORT.\n"


def test_a_bad_setting_is_told(tmp_path: Path) -> None:
    finished = run_to_its_end(tmp_path, -1)
    assert finished.returncode == 2
    assert finished.stdout.startswith("PORT: expected")


def run_to_its_end(instance: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jobs.supervisor"],
        env=environment(instance, port),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


@linux_only
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_signal_stops_everything(own: Stack, sig: signal.Signals) -> None:
    family = descendants(own.process.pid)
    own.process.send_signal(sig)
    assert own.process.wait(STOP_SECONDS) == 0
    assert {pid: command for pid, command in family.items() if alive(pid)} == {}
    assert "Traceback" not in own.output


@linux_only
def test_a_supervisor_killed_hard_leaves_no_orphan(own: Stack) -> None:
    family = descendants(own.process.pid)
    own.process.kill()
    own.process.wait()
    until(lambda: not any(alive(pid) for pid in family), STOP_SECONDS)


def test_a_child_that_cannot_live_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.supervisor._FIRST_PAUSE", 0.001)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        supervisor = Supervisor(Settings.from_environ({}, tmp_path), listener)
    flaky = Child("flaky", [sys.executable, "-c", "raise SystemExit(3)"], stop_turn=0, stop_patience=1)
    supervisor.children = [flaky]
    flaky.start()
    with pytest.raises(StartError, match="flaky died 5 times within a minute") as given_up:
        tend_for_a_while(supervisor)
    assert given_up.value.exit_code == 1


def tend_for_a_while(supervisor: Supervisor) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        supervisor._tend()
        time.sleep(0.01)


def test_deaths_long_ago_do_not_count() -> None:
    child = Child("rare", [sys.executable, "-c", ""], stop_turn=0, stop_patience=1)
    for hour in range(10):
        child.start()
        until(lambda: not child.running())
        assert "starting it again in 0.5 s" in child.bury(hour * 3600.0)
    assert len(child.deaths) == 1


@linux_only
def test_a_tied_process_dies_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import signal, subprocess, sys, time\n"
        "from jobs.lifeline import tied_to_this_process\n"
        "child = subprocess.Popen(['sleep', '60'], preexec_fn=tied_to_this_process(signal.SIGKILL))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=tied_to_this_process(signal.SIGKILL),
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    until(lambda: not alive(child), 10)
