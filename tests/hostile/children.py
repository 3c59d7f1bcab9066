"""Run the parser on one file after another, each in a process of its own whose cost is measured.

``python -m tests.hostile.children`` reads requests as lines of JSON and forks for each: a fork starts small, so the
peak that the kernel reports is the parser's own, and no time goes into starting Python.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from config import ROOT
from webapp.importers import child
from webapp.importers.limits import Limits

_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ended:
    """How one child ended: exit code (negative for a signal), what it said, and what it cost."""

    code: int
    output: str
    errors: str
    seconds: float
    peak_kib: int
    written: int
    summary: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        """Return the refusal on the last line, empty when there is none."""
        lines = self.output.splitlines()
        found: dict[str, Any] = json.loads(lines[-1]).get("error", {}) if lines else {}
        return found


class Children:
    """The process that forks one child for every file."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.children"],
            cwd=ROOT,
            env={"LANG": "C.UTF-8", "PATH": os.defpath},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self, upload: Path, name: str, limits: Limits | None = None) -> Ended:
        """Let one child read a file; its output folder is emptied before and after."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        said = msgspec.json.encode(limits or Limits()).decode()
        self._process.stdin.write(json.dumps([str(upload), name, said]) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=10)


def _serve() -> None:
    for line in sys.stdin:
        upload, name, limits = json.loads(line)
        out = Path(upload).with_name("out")
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        print(json.dumps(_run(upload, name, limits, out)), flush=True)
        shutil.rmtree(out)


def _run(upload: str, name: str, limits: str, out: Path) -> dict[str, Any]:
    output, errors = Path(upload).with_name("output"), Path(upload).with_name("errors")
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _be_child([upload, name, str(out), limits], output, errors)
    signal.signal(signal.SIGALRM, lambda _number, _frame: os.kill(pid, signal.SIGKILL))
    signal.alarm(_PATIENCE_SECONDS)
    _, status, usage = os.wait4(pid, 0)
    signal.alarm(0)
    summary = out / child.SUMMARY_NAME
    return {
        "code": os.waitstatus_to_exitcode(status),
        "output": output.read_text(),
        "errors": errors.read_text(),
        "seconds": time.monotonic() - began,
        "peak_kib": usage.ru_maxrss,
        "written": sum(path.stat().st_size for path in out.iterdir()),
        "summary": json.loads(summary.read_bytes()) if summary.exists() else {},
    }


def _be_child(arguments: list[str], output: Path, errors: Path) -> None:
    """Be the parser: nothing of this process is left open, and whatever happens ends here."""
    code = 1
    try:
        for number, path in ((1, output), (2, errors)):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = child.main(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
