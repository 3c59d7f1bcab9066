"""The command that imports a series: its order, what it tells of every interval, and where it stops."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from tests.factories import Cast, export_json, many
from tests.ledgers import (
    EXPECTED,
    FIRST,
    SAMPLES,
    SECOND,
    THIRD,
    at,
    ledgers,
    lists_of,
    parse_here,
    row_counts,
    written,
)
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Export, FollowerSnapshot, ImportRun, ImportState
from webapp.services.uploads import uploads_path

DAY = 86_400
START = at("2025-01-01")


class Console:
    """Run the command as a person with a shell does."""

    def __init__(self, app: Flask, cast: Cast, folder: Path) -> None:
        self.app, self.cast, self.folder = app, cast, folder

    def run(self, *files: Path, options: tuple[str, ...] = ()) -> Result:
        arguments = ["import_followers_history", *map(str, files), "--json", *options, "--user", "alice@example.org"]
        return self.app.test_cli_runner().invoke(args=arguments)

    def file(self, day: int, followers: Any, following: Any = (), **more: Any) -> Path:
        """Write an export that was made so many days after the start."""
        path = self.folder / f"TikTok_Data_{START + day * DAY}.json"
        path.write_bytes(export_json(followers, following, **more))
        return path

    def lists(self, handle: str = "demo.maker") -> tuple[Any, Any]:
        with self.app.app_context():
            return lists_of(self.cast.alice, handle)

    def states(self) -> Counter[ImportState]:
        with self.app.app_context():
            return Counter(db.session.scalars(select(ImportRun.state)))


def said(result: Result) -> dict[str, Any]:
    """Return the JSON object of the last line of standard output."""
    found: dict[str, Any] = json.loads(result.stdout.rstrip("\n").rsplit("\n", 1)[-1])
    assert found["exit_code"] == result.exit_code, result.output
    return found


@pytest.fixture
def console(app: Flask, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    parse_here(monkeypatch)
    return Console(app, cast, tmp_path)


def test_the_series_of_the_samples_tells_what_its_makers_wrote_down(console: Console) -> None:
    result = console.run(THIRD, FIRST, SECOND, options=("--confirm-losses",))
    body = said(result)
    assert (result.exit_code, body["account"]) == (0, "demo.maker")
    assert [row["file"] for row in body["imports"]] == [FIRST.name, SECOND.name, THIRD.name]
    times = [row["exported_at"] for row in body["imports"]]
    rows = body["intervals"]["followers"]
    assert [(row["from"], row["to"]) for row in rows] == [(times[0], times[1]), (times[1], times[2])]
    for row, file in zip(rows, (SECOND, THIRD), strict=True):
        changes = EXPECTED[f"demo.maker/{file.name}"]["changes_since_previous"]
        # Here a name that only has a newer follow date counts on neither side.
        again = {name for name, *_ in changes.get("refollowed_new_date", [])}
        assert row["gained"] == len(set(changes["gained"]) - again)
        assert row["lost"] == len(set(changes["lost"]) - again)
        assert row["renamed"] == len(changes.get("renamed", []))
        assert f"gained {row['gained']}, lost {row['lost']}, renamed {row['renamed']}" in result.stdout
    with console.app.app_context():
        assert db.session.scalars(select(FollowerSnapshot.at).order_by(FollowerSnapshot.at)).all() == times
        assert list(uploads_path().iterdir()) == []


def history(seed: int, size: int) -> tuple[list[list[tuple[str, str]]], list[tuple[int, int]]]:
    """Return the rows of four exports a month apart, and how many names were gained and lost between them."""
    draw = random.Random(seed)
    number = iter(range(10**6))
    rows = {f"p{next(number)}": START - draw.randrange(500) * DAY - draw.randrange(DAY) for _ in range(size)}
    gone: list[int] = []
    exports, counts = [], []
    for month in range(4):
        if month:
            before = set(rows)
            for name in draw.sample(sorted(rows), size // 25):
                second = rows.pop(name)
                match draw.randrange(4):
                    case 0:
                        rows[f"p{next(number)}"] = second
                    case 1:
                        gone.append(second)
            for _ in range(size // 20):
                rows[f"p{next(number)}"] = START + month * 30 * DAY - draw.randrange(60, 29 * DAY)
            counts.append((len(rows.keys() - before), len(before - rows.keys())))
        listed = sorted([*rows.items(), *(("N/A", second) for second in gone)], key=lambda row: -row[1])
        exports.append([(name, written(second)) for name, second in listed])
    return exports, counts


@pytest.mark.parametrize("seed", range(3))
def test_a_generated_series_in_any_order_of_its_files_gives_the_changes_of_its_model(
    seed: int, console: Console
) -> None:
    exports, counts = history(seed, 400)
    files = [console.file(30 * month, rows) for month, rows in enumerate(exports)]
    random.Random(seed).shuffle(files)
    body = said(console.run(*files))
    assert [(row["gained"], row["lost"]) for row in body["intervals"]["followers"]] == counts
    assert [row["sections"]["followers"]["read"] for row in body["imports"]] == [len(rows) for rows in exports]
    followers, _ = console.lists()
    assert followers is not None
    assert {(name, written(second)) for name, second in followers} == {row for row in exports[-1] if row[0] != "N/A"}


def test_a_second_series_tells_of_every_interval_it_touches(console: Console) -> None:
    people = many(30)
    old, middle, new = (console.file(day, rows) for day, rows in ((0, people), (20, people[2:]), (40, people[3:])))
    assert said(console.run(old, new))["intervals"]["followers"][0]["lost"] == 3
    body = said(console.run(middle))
    assert [row["lost"] for row in body["intervals"]["followers"]] == [2, 1]
    again = said(console.run(new, old, middle))
    assert [row["lost"] for row in again["intervals"]["followers"]] == [2, 1]
    assert console.states() == {ImportState.DONE: 6}


def test_the_first_that_is_held_stops_the_rest_and_says_what_was_imported(console: Console) -> None:
    people = many(40)
    last = [("newcomer", "2025-01-20 00:00:00"), *people]
    files = [console.file(day, rows) for day, rows in ((0, people), (10, people[1:]), (20, people[30:]), (30, last))]
    result = console.run(*files)
    body = said(result)
    assert result.exit_code == 4
    assert [row["state"] for row in body["imports"]] == ["done", "done", "held", "ready"]
    assert (
        f"Imported: {files[0].name}, {files[1].name}. Not imported: {files[2].name}, {files[3].name}." in result.stderr
    )
    assert "--confirm-losses" in result.stderr
    assert [row["lost"] for row in body["intervals"]["followers"]] == [1]
    assert len(console.lists()[0]) == 39
    assert console.states() == {ImportState.DONE: 2, ImportState.CANCELLED: 2}
    assert said(console.run(*files, options=("--confirm-losses",)))["exit_code"] == 0
    assert len(console.lists()[0]) == 41


def test_each_is_compared_with_what_the_one_before_it_left(console: Console) -> None:
    """The last lacks a quarter of the first, which nobody need be asked about: the steps between are small."""
    people = many(40)
    files = [console.file(day, people[gone:]) for day, gone in ((0, 0), (10, 4), (20, 8), (30, 12))]
    assert console.run(files[0]).exit_code == 0
    assert console.run(*files[1:]).exit_code == 0
    assert len(console.lists()[0]) == 28


def test_exports_of_two_accounts_are_no_series(console: Console) -> None:
    other = console.file(3, many(5), owner="eve")
    result = console.run(THIRD, other)
    assert (result.exit_code, said(result)["intervals"]) == (5, {})
    assert "@demo.maker" in result.stderr
    assert "@eve" in result.stderr
    named = console.run(THIRD, other, options=("--account", "eve"))
    assert named.exit_code == 5
    errors = {row["file"]: row["error"] for row in said(named)["imports"]}
    assert errors == {THIRD.name: "import_other_owner", other.name: None}
    with console.app.app_context():
        assert row_counts(db.session()).get("account") is None


def test_one_that_cannot_be_read_stops_all_before_anything_is_written(console: Console) -> None:
    result = console.run(THIRD, SAMPLES / "not_an_export.json")
    assert result.exit_code == 3
    assert "not_an_export.json: " in result.stderr
    with console.app.app_context():
        assert row_counts(db.session()).get("account") is None
        assert list(uploads_path().iterdir()) == []


def test_a_file_that_names_nobody_belongs_to_the_account_of_the_others(console: Console) -> None:
    nameless = console.file(20, many(28), owner=None)
    assert console.run(nameless).exit_code == 2
    body = said(console.run(nameless, console.file(10, many(30), owner="ada")))
    assert [row["account"] for row in body["imports"]] == ["ada", "ada"]
    assert len(console.lists("ada")[0]) == 28


def test_a_dry_run_changes_nothing(console: Console) -> None:
    people = many(30)
    console.run(console.file(0, people))
    with console.app.app_context():
        before = ledgers(console.cast.alice, "demo.maker")[Section.FOLLOWERS]
    result = console.run(console.file(10, people[1:]), console.file(20, people[2:]), options=("--dry-run",))
    assert result.exit_code == 0
    assert [row["sections"]["followers"]["gone"] for row in said(result)["imports"]] == [1, 2]
    assert "Nothing was changed." in result.stdout
    held = console.run(console.file(30, people[20:]), options=("--dry-run",))
    assert held.exit_code == 4
    with console.app.app_context():
        assert ledgers(console.cast.alice, "demo.maker")[Section.FOLLOWERS] == before
        assert len(db.session.scalars(select(Export.id)).all()) == 1


@pytest.mark.parametrize(
    ("options", "count"),
    [(("--export-date", "2025-03-01"), 2), (("--export-date", "soon"), 1), (("--account", "a b"), 2), ((), 0)],
)
def test_a_wrong_call_ends_with_2_and_imports_nothing(options: tuple[str, ...], count: int, console: Console) -> None:
    files = [console.file(day, many(3)) for day in range(count)]
    result = console.run(*files, options=options)
    assert result.exit_code == 2
    assert result.stderr.strip()
    assert console.states() == {}


def test_one_file_may_be_given_its_time(console: Console) -> None:
    body = said(console.run(console.file(0, many(3)), options=("--export-date", "2025-03-01")))
    assert body["imports"][0]["exported_at"] == at("2025-03-01")
