"""The import command: what it prints, how it exits, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests import factories
from tests.factories import Cast, export_json, many
from tests.ledgers import FIRST, SAMPLES, THIRD, at, lists_of, parse_here, row_counts
from tests.studios import JUNE
from webapp.analytics import list_index
from webapp.extensions import db
from webapp.models import Account, Export, ImportOrigin, ImportRun, ImportState, Job, JobState, ListIndex
from webapp.services import import_jobs
from webapp.services.uploads import uploads_path
from webapp.web.cli import imports as commands

ALICE = "alice@example.org"


class Console:
    """Run the command as a person with a shell does."""

    def __init__(self, app: Flask, cast: Cast, folder: Path) -> None:
        self.app, self.cast, self.folder = app, cast, folder

    def run(self, file: Path | bytes, *options: str, user: str | None = ALICE) -> Result:
        if isinstance(file, bytes):
            path = self.folder / "user_data_tiktok.json"
            path.write_bytes(file)
        else:
            path = file
        arguments = ["import_tiktok_json", str(path), *options]
        return self.app.test_cli_runner().invoke(args=[*arguments, *(["--user", user] if user else [])])

    def lists(self, handle: str = "demo.maker") -> tuple[Any, Any]:
        with self.app.app_context():
            return lists_of(self.cast.alice, handle)

    def rows(self) -> dict[str, int]:
        with self.app.app_context():
            return row_counts(db.session())


def said(result: Result) -> dict[str, Any]:
    """Return the JSON object of the last line of standard output."""
    last = result.stdout.rstrip("\n").rsplit("\n", 1)[-1]
    found: dict[str, Any] = json.loads(last)
    assert found["exit_code"] == result.exit_code
    return found


@pytest.fixture
def console(app: Flask, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    parse_here(monkeypatch)
    return Console(app, cast, tmp_path)


def test_an_export_is_imported_and_its_counts_add_up(console: Console) -> None:
    result = console.run(THIRD, "--json")
    assert result.exit_code == 0, result.output
    body = said(result)
    assert (body["state"], body["account"], body["error"]) == ("done", "demo.maker", None)
    assert body["exported_at"] == 1_768_463_100
    assert body["sections"]["followers"]["read"] == 55
    for counts in body["sections"].values():
        parts = counts["new"] + counts["updated"] + counts["unchanged"] + sum(counts["skipped"].values())
        assert counts["read"] == parts
    assert "Imported into @demo.maker." in result.stdout
    assert "read 55" in result.stdout
    followers, following = console.lists()
    assert (len(followers), len(following)) == (body["sections"]["followers"]["new"], 15)
    with console.app.app_context():
        run = db.session.scalars(select(ImportRun)).one()
        assert run.origin is ImportOrigin.COMMAND
        assert list(uploads_path().iterdir()) == []


def test_a_download_from_tiktok_studio_is_imported_like_an_export(console: Console) -> None:
    result = console.run(JUNE / "Viewers_demo.maker.zip")
    assert result.exit_code == 0, result.output
    assert "studio_viewers  read 28, new 27, updated 0, unchanged 0, skipped 1, no_figures 1" in result.output
    assert "followers" not in result.output


def test_the_same_content_again_is_nothing_new(console: Console) -> None:
    console.run(THIRD)
    result = console.run(SAMPLES / "demo.maker/3b_same_as_3_rezipped_on_mac.zip", "--json")
    body = said(result)
    assert result.exit_code == 0
    assert "Nothing new" in result.stdout
    assert all(counts["new"] == counts["updated"] == 0 for counts in body["sections"].values())
    followers = body["sections"]["followers"]
    assert followers["read"] == followers["unchanged"] + sum(followers["skipped"].values())


def test_a_dry_run_tells_and_changes_nothing(console: Console) -> None:
    result = console.run(export_json(many(4)), "--dry-run", "--json")
    assert result.exit_code == 0
    assert "Nothing was changed." in result.stdout
    assert said(result)["sections"]["followers"]["new"] == 4
    with console.app.app_context():
        assert db.session.scalars(select(Account)).all() == []
        assert db.session.scalars(select(Export)).all() == []
        assert db.session.scalars(select(ImportRun.state)).all() == [ImportState.CANCELLED]
        assert list(uploads_path().iterdir()) == []
        assert set(db.session.scalars(select(Job.state))) <= {JobState.DONE, JobState.CANCELLED}


def test_a_dry_run_of_a_second_export_tells_the_difference(console: Console) -> None:
    console.run(export_json(many(30)), "--export-date", "2025-02-01")
    before = console.lists()
    newcomer = ("newcomer", "2025-02-02 00:00:00")
    result = console.run(export_json([newcomer, *many(30)[1:]]), "--export-date", "2025-03-01", "--dry-run", "--json")
    counts = said(result)["sections"]["followers"]
    assert (counts["new"], counts["unchanged"], counts["gone"]) == (1, 29, 1)
    assert console.lists() == before


def test_a_list_that_lacks_many_is_held_until_the_losses_are_confirmed(console: Console) -> None:
    console.run(export_json(many(20)), "--export-date", "2025-02-01")
    before = console.lists()
    smaller = export_json(many(20)[12:])
    held = console.run(smaller, "--export-date", "2025-03-01", "--json")
    assert held.exit_code == 4
    assert "12 people" in held.stderr
    assert "--confirm-losses" in held.stderr
    assert said(held)["state"] == "cancelled" or said(held)["state"] == "held"
    assert console.lists() == before
    assert console.run(smaller, "--export-date", "2025-03-01", "--dry-run").exit_code == 4
    confirmed = console.run(smaller, "--export-date", "2025-03-01", "--confirm-losses", "--json")
    assert confirmed.exit_code == 0
    assert said(confirmed)["sections"]["followers"]["gone"] == 12
    assert len(console.lists()[0]) == 8


@pytest.mark.parametrize("content", [(SAMPLES / "not_an_export.json").read_bytes(), b'{"Profile": ', b"\x89PNG\r\n"])
def test_what_is_no_export_ends_with_3_and_a_sentence(content: bytes, console: Console) -> None:
    result = console.run(content, "--json")
    assert result.exit_code == 3
    assert said(result)["error"]
    assert len(result.stderr.strip()) > 20
    assert "Traceback" not in result.output
    assert console.rows().get("account") is None


def test_the_export_of_somebody_else_ends_with_5(console: Console) -> None:
    console.run(THIRD)
    before = console.lists()
    result = console.run(SAMPLES / "other.person_2026-01.zip", "--account", "@Demo.Maker", "--json")
    assert result.exit_code == 5
    assert said(result)["error"] == "import_other_owner"
    assert "other.person" in result.stderr
    assert console.lists() == before


def test_a_file_without_an_owner_needs_an_account(console: Console) -> None:
    file = SAMPLES / "partial_g4_only_posts.json"
    result = console.run(file)
    assert result.exit_code == 2
    assert "--account" in result.stderr
    named = console.run(file, "--account", "ada", "--json")
    assert named.exit_code == 0
    assert "followers" in named.stdout
    assert "not in this file, left as it was" in named.stdout
    assert said(named)["sections"]["followers"]["state"] == "missing"
    assert console.lists("ada") == (None, None)


def test_with_several_people_one_must_be_named(console: Console) -> None:
    result = console.run(THIRD, user=None)
    assert (result.exit_code, "--user" in result.stderr) == (2, True)
    assert console.run(THIRD, user="nobody@example.org").exit_code == 2
    assert console.run(THIRD, user="bob@example.org").exit_code == 2, "a viewer may not import"
    assert console.rows().get("import_run") is None


def test_the_only_person_need_not_be_named(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    path = tmp_path / "x.json"
    path.write_bytes(export_json(many(2)))
    runner = app.test_cli_runner()
    nobody = runner.invoke(args=["import_tiktok_json", str(path)])
    assert (nobody.exit_code, "create_user" in nobody.stderr) == (2, True)
    made = runner.invoke(args=["create_user", "ada@example.org", "--password-stdin"], input=factories.PASSWORD + "\n")
    assert made.exit_code == 0, made.output
    assert runner.invoke(args=["import_tiktok_json", str(path)]).exit_code == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--export-date", "yesterday"],
        ["--export-date", "2025-02-30"],
        ["--export-date", "1999-01-01"],
        ["--account", "a b"],
        ["--unknown"],
    ],
)
def test_a_wrong_option_ends_with_2_and_imports_nothing(options: list[str], console: Console) -> None:
    result = console.run(export_json(many(2)), *options)
    assert result.exit_code == 2
    assert result.stderr.strip()
    assert console.rows().get("import_run") is None


def test_a_file_that_is_not_there_ends_with_2(console: Console) -> None:
    assert console.run(console.folder / "none.json").exit_code == 2


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("2026-01-15T07:45:00Z", 1_768_463_100),
        ("2026-01-15T08:45:00+01:00", 1_768_463_100),
        ("2026-01-15T07:45:00", 1_768_463_100),
        ("2026-01-15", at("2026-01-15")),
    ],
)
def test_an_export_date_is_an_instant_and_utc_without_a_zone(text: str, second: int) -> None:
    assert commands.parse_export_date(text) == second


def test_a_fault_of_a_moment_is_waited_for_without_hurry(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    read = vars(import_jobs)["extract_in_child"]
    tries: list[int] = []
    naps: list[float] = []

    def fail_once(*arguments: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("by the test")
        read(*arguments)

    def nap(seconds: float) -> None:
        naps.append(seconds)
        # Time passes: what waits for its next try is due.
        db.session.rollback()
        for job in db.session.scalars(select(Job).where(Job.state == JobState.QUEUED)):
            job.run_at = 1
        db.session.commit()

    monkeypatch.setattr(import_jobs, "extract_in_child", fail_once)
    monkeypatch.setattr("webapp.web.cli.imports.time.sleep", nap)
    assert console.run(FIRST).exit_code == 0
    assert (len(tries), len(naps)) == (2, 1)


def test_the_command_reads_files_in_a_process_of_its_own(app: Flask, cast: Cast) -> None:
    """Once as it really is, the parser's process included."""
    arguments = ["import_tiktok_json", str(SAMPLES / "txt_en_2025.zip"), "--user", ALICE, "--json"]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    assert said(result)["sections"]["followers"]["read"] == 50


def test_a_long_list_is_packed_by_the_command_itself(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_index, "LEAST_ROWS", 20)
    assert console.run(export_json(many(30))).exit_code == 0
    with console.app.app_context():
        assert db.session.scalars(select(ListIndex.is_ready)).all() == [True]
        assert set(db.session.scalars(select(Job.state))) == {JobState.DONE}
