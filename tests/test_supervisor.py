from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from config import ROOT, Settings
from jobs.lifeline import tied_to_this_process
from jobs.supervisor import Child, StartError, Supervisor
from tests.processes import START_SECONDS, STOP_SECONDS, Stack, alive, descendants, end, free_port, until

pytestmark = pytest.mark.faults
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")


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


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = start(tmp_path_factory.mktemp("running"))
    yield stack
    end(stack.process)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Stack]:
    stack = start(tmp_path)
    yield stack
    end(stack.process)


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
@pytest.mark.parametrize("sig", ["SIGKILL", "SIGQUIT", "SIGTERM"])
def test_a_tied_process_dies_with_its_parent_even_where_a_shell_has_signals_ignored(sig: str) -> None:
    script = (
        "import signal, subprocess, sys, time\n"
        "from jobs.lifeline import tied_to_this_process\n"
        "signal.signal(signal.SIGQUIT, signal.SIG_IGN)\n"
        f"child = subprocess.Popen(['sleep', '60'], preexec_fn=tied_to_this_process(signal.{sig}))\n"
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
