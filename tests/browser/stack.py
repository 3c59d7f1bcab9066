"""Run the whole app as `make run` does, on an instance and a port of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import ROOT
from tests.factories import PASSWORD
from tests.processes import Stack, end, free_port, until

ADMIN = "admin@example.org"
SETTINGS = {
    "APP_ENV": "development",
    "ASSETS": "local",
    "REGISTRATION": "open",
    "RATE_LIMITS": "off",
    "LEASE_SECONDS": "5",
    "RECONCILE_SECONDS": "1",
    # The push service of the tests is on this machine.
    "LOOPBACK_DESTINATIONS": "on",
}


@contextmanager
def running_stack(instance: Path, **changes: str) -> Iterator[Stack]:
    """Start the app with an admin in it; everything of it is gone at the end."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "INSTANCE_PATH": str(instance),
        "PORT": str(port),
        **SETTINGS,
        **changes,
    }
    with (instance / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs.supervisor"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack = Stack(process, instance, port)
    try:
        until(lambda: "is running at" in stack.output or process.poll() is not None)
        assert process.poll() is None, stack.output
        until(stack.healthy)
        _add_admin(environment)
        yield stack
    finally:
        end(process)


def _add_admin(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "create_user", ADMIN, "--role", "admin", "--password-stdin"],
        cwd=ROOT,
        env=environment,
        input=f"{PASSWORD}\n",
        text=True,
        capture_output=True,
        check=True,
    )
