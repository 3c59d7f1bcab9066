"""On SQLite, the process that imports dies at its N-th sync, write or rename, as the system call is made."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT
from tests.conftest import REQUIRE_ALL
from tests.faults import oracle, rehearsal

pytestmark = pytest.mark.faults

# The first deaths of a run are within this many calls; the long form goes on until a run ends unharmed.
SHORT_RANGE = {"fsync,fdatasync": 40, "rename": 2, "pwrite64": 200}
# Writes are many, and most of a kind.
STRIDES = {"fsync,fdatasync": 1, "rename": 1, "pwrite64": 17}


@pytest.fixture(scope="module")
def strace() -> str:
    """The program that makes a system call fatal."""
    found = shutil.which("strace")
    if found is None:
        if REQUIRE_ALL:
            pytest.fail("strace is not there: install it")
        pytest.skip("strace is not there: install it")
    return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Path:
    """An instance before the performance."""
    folder = tmp_path_factory.mktemp("prepared") / "instance"
    folder.mkdir()
    shutil.copyfile(empty_sqlite, folder / "app.sqlite3")
    rehearsal.prepare(folder, url(folder))
    return folder


@pytest.fixture(scope="module")
def golden(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> oracle.Rows:
    """What an undisturbed performance leaves."""
    folder = tmp_path_factory.mktemp("golden") / "instance"
    shutil.copytree(prepared, folder)
    assert rehearsal.perform(folder, url(folder)) == 0, (folder / "error").read_text()
    return rehearsal.outcome(folder, url(folder))


def url(instance: Path) -> str:
    return f"sqlite:///{instance / 'app.sqlite3'}"


def die_at(strace: str, calls: str, number: int, prepared: Path, golden: oracle.Rows, folder: Path) -> bool:
    """Have a performance die at a call, go on, and compare; return whether anything died."""
    instance = folder / "instance"
    shutil.copytree(prepared, instance)
    log = folder / "strace"
    # The parser is not followed: it would die at each of its tries, and be given up rightly.
    command = [
        *(strace, "-o", str(log), "-e", f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={number}"),
        *(sys.executable, "-m", "tests.faults.rehearsal", str(instance), url(instance)),
    ]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    has_died = "killed by SIGKILL" in log.read_text(errors="replace")
    assert has_died or said.returncode == 0, said.stderr
    assert rehearsal.perform(instance, url(instance)) == 0, (instance / "error").read_text()
    wrong = oracle.first_difference(golden, rehearsal.outcome(instance, url(instance)))
    assert wrong == [], f"killed at {calls} number {number}: {wrong}"
    shutil.rmtree(folder)
    return has_died


@pytest.mark.parametrize("calls", list(SHORT_RANGE))
def test_a_death_at_a_system_call_leaves_nothing_behind(
    calls: str, strace: str, prepared: Path, golden: oracle.Rows, tmp_path: Path, seed: int
) -> None:
    number = random.Random(seed).randint(1, SHORT_RANGE[calls])
    assert die_at(strace, calls, number, prepared, golden, tmp_path / str(number)), f"--seed {seed}: no {number}th call"


@pytest.mark.faults_long
@pytest.mark.parametrize("calls", list(SHORT_RANGE))
def test_a_death_at_every_system_call_leaves_nothing_behind(
    calls: str, strace: str, prepared: Path, golden: oracle.Rows, tmp_path: Path
) -> None:
    number = 1
    while die_at(strace, calls, number, prepared, golden, tmp_path / str(number)):
        number += STRIDES[calls]
    assert number > STRIDES[calls], "not even the first call was fatal"
