"""Run the extraction in its own process, with limits, and read its files back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from tests.importers.making import document, encoded, many
from tests.processes import until
from webapp.domain.sections import Section
from webapp.importers.child import EXIT_DIED, EXIT_REFUSED, ROWS_NAME, SUMMARY_NAME
from webapp.importers.collector import FOLLOW_SECTIONS
from webapp.importers.limits import MIB, Limits
from webapp.importers.records import Summary
from webapp.importers.rows_file import RowsFile


def run(data: bytes, out: Path, limits: Limits | None = None) -> subprocess.CompletedProcess[str]:
    upload = out / "upload"
    upload.write_bytes(data)
    command = [sys.executable, "-m", "webapp.importers.child", str(upload), "user_data_tiktok.json", str(out)]
    if limits is not None:
        command.append(msgspec.json.encode(limits).decode())
    root = Path(__file__).parents[2]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env={}, timeout=60)


def test_rows_and_summary_come_back_through_files(tmp_path: Path) -> None:
    posts = [{"Date": "2025-03-04 17:05:12", "Title": "é", "Likes": "3"}]
    done = run(encoded(document(many(12_000), many(3), posts)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["done"] == (tmp_path / "upload").stat().st_size
    summary = msgspec.json.decode((tmp_path / SUMMARY_NAME).read_bytes(), type=Summary)
    rows = RowsFile(tmp_path / ROWS_NAME)
    lengths = {section: [len(chunk.names) for chunk in rows.follows(section)] for section in FOLLOW_SECTIONS}
    assert {section: sum(found) for section, found in lengths.items()} == {
        Section.FOLLOWERS: 12_000,
        Section.FOLLOWING: 3,
    }
    assert max(lengths[Section.FOLLOWERS]) <= 5_000
    assert [chunk.posts[0].title for chunk in rows.posts()] == ["é"]
    assert summary.owner == "some.owner"


def test_a_refused_file_is_told_on_the_last_line_and_leaves_no_rows(tmp_path: Path) -> None:
    done = run(encoded(document(many(50)))[:-9], tmp_path)
    assert done.returncode == EXIT_REFUSED
    error = json.loads(done.stdout.splitlines()[-1])["error"]
    assert error["code"] == "json_broken"
    assert error["params"]["file"] == "user_data_tiktok.json"
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_running_out_of_memory_or_room_ends_the_child_without_contents(tmp_path: Path) -> None:
    done = run(encoded(document(many(30_000))), tmp_path, Limits(max_output=10_000))
    assert done.returncode in (EXIT_DIED, -25)
    assert "name1" not in done.stdout + done.stderr
    starved = run(encoded(document(many(100))), tmp_path, Limits(max_memory=16 * MIB))
    assert starved.returncode != 0


def test_the_child_loads_nothing_of_the_web_application() -> None:
    code = (
        "import sys, webapp.importers.child; print([m for m in ('flask', 'sqlalchemy', 'redis') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"


def test_a_disk_without_room_is_no_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / (ROWS_NAME + ".part")).symlink_to("/dev/full")
    done = run(encoded(document(many(12_000))), tmp_path)
    assert done.returncode == EXIT_DIED
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "out_of_space"
    assert {path.name for path in tmp_path.iterdir()} == {"upload"}


def test_reading_a_file_gives_way_to_everybody_else(tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    os.mkfifo(upload)  # nobody writes: it stands still at opening it
    command = [sys.executable, "-m", "webapp.importers.child", str(upload), "user_data_tiktok.json", str(tmp_path)]
    child = subprocess.Popen(command, cwd=Path(__file__).parents[2], env={})
    try:
        until(lambda: os.getpriority(os.PRIO_PROCESS, child.pid) > os.getpriority(os.PRIO_PROCESS, 0))
    finally:
        child.kill()
        child.wait()
