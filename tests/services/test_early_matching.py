"""A file is matched with the ledger while it is read: nothing that is found differs, and a lost bet harms nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, export_json, import_done, import_file, many, run_jobs
from tests.ledgers import at, ledgers, lists_of, parse_here
from webapp.domain.sections import Section
from webapp.importers import child, rows_file
from webapp.importers.limits import Limits
from webapp.importers.rows_file import RowsWriter
from webapp.models import Account, ImportRun, ImportState
from webapp.services import early_matching, import_jobs, imports, ledger_matching, ledger_reading
from webapp.services.comparison_file import list_names
from webapp.services.early_matching import EarlyMatching
from webapp.services.imports import ImportWishes
from webapp.services.ledger import NameKind
from webapp.services.uploads import work_path

pytestmark = pytest.mark.usefixtures("session")

OLD, NEW = at("2025-02-01"), at("2025-03-01")
BOTH = {Section.FOLLOWERS, Section.FOLLOWING}
Matched = dict[Section, int]


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch) -> Matched:
    """How many names of each list were set aside before the lists were compared; a list that was not is missing."""
    found: Matched = {}
    take = EarlyMatching.take

    def noted(early: EarlyMatching, section: Section, revision: int) -> Any:
        matching = take(early, section, revision)
        if matching is not None:
            found[section] = matching.alike
        return matching

    monkeypatch.setattr(EarlyMatching, "take", noted)
    return found


@pytest.fixture
def growing(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Read files in this process with progress in the middle of a list; called with whether any of it is matched."""

    def read(matches: bool) -> None:
        def extract(upload: Path, name: str, out: Path, on_progress: Callable[[int, int], None]) -> None:
            with monkeypatch.context() as patch:
                write = RowsWriter._write

                def write_and_tell(writer: RowsWriter, section: Section, content: bytes) -> None:
                    write(writer, section, content)
                    writer._file.flush()
                    on_progress(1, 2)

                for _ in range(5):
                    on_progress(1, 2)
                patch.setattr(RowsWriter, "_write", write_and_tell)
                child._run(upload, name, out, Limits())

        parse_here(monkeypatch)
        monkeypatch.setattr(import_jobs, "extract_in_child", extract)
        monkeypatch.setattr(rows_file, "_CHUNK_ROWS", 7)
        if not matches:
            monkeypatch.setattr(EarlyMatching, "advance", lambda _: iter(()))

    return read


def next_export(owner: str = "ada", order: int = 1, posts: int = 0) -> bytes:
    """Return an export with one of each: gone, gone under another name, followed again, and new."""
    rows = dict(many(60))
    rows["renamed"] = rows.pop("person00007")
    del rows["person00009"]
    rows["person00011"] = "2025-02-28 10:00:00"
    rows["newcomer"] = "2025-02-28 11:00:00"
    listed = sorted(rows.items(), key=lambda row: row[1], reverse=order == 1)
    written = [{"Date": f"2025-01-01 10:00:{second:02}", "Title": "a"} for second in range(posts)]
    return export_json(listed, many(4), owner=owner, posts=written or None)


def told(run: ImportRun) -> dict[str, Any]:
    """Return what the preview of an import says."""
    preview = dict(run.preview or {})
    preview["names"] = {
        (section, kind): list_names(run.public_id, section, kind, 0, 100) for section in BOTH for kind in NameKind
    }
    return preview


def wait(member: Member, content: bytes, exported_at: int = NEW, **wishes: Any) -> ImportRun:
    run = import_file(member, content, wishes=ImportWishes(exported_at=exported_at, **wishes))
    assert run.state is ImportState.READY
    return run


@pytest.mark.parametrize(("wanted", "order"), [(None, 1), ("ada", -1)])
def test_the_preview_says_the_same_as_one_that_compares_afterwards(
    wanted: str | None,
    order: int,
    alice: Member,
    matched: Matched,
    growing: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    growing(True)
    monkeypatch.setattr(rows_file, "_CHUNK_POSTS", 1)
    monkeypatch.setattr(ledger_reading, "_PAGE", 5)
    monkeypatch.setattr(ledger_matching, "_PAGES_AHEAD", 3)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    if wanted:
        import_done(alice, export_json(many(5), owner="eve"), exported_at=OLD)
    early = wait(alice, next_export("ada", order, 6), handle=wanted)
    assert matched == {Section.FOLLOWERS: 57, Section.FOLLOWING: 3}
    said = told(early)
    imports.cancel_import(alice.actor, alice.scope, early.public_id)
    run_jobs()
    matched.clear()
    growing(False)
    late = wait(alice, next_export("ada", order, 6), handle=wanted)
    assert matched == {}
    assert told(late) == said
    figures = {"previous": 60, "new": 2, "unchanged": 57, "gone": 2, "returned": 0, "refollowed": 1, "ended_later": 0}
    assert said["sections"]["followers"] == {**figures, "renamed": 1}


def test_the_file_of_another_account_is_compared_with_its_own(
    alice: Member, matched: Matched, growing: Callable[[bool], None]
) -> None:
    growing(True)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    run = import_file(alice, next_export("eve"), wishes=ImportWishes(exported_at=NEW))
    assert (matched, run.owner, run.preview and run.preview["sections"]) == ({}, "eve", {})


def test_a_name_that_occurs_twice_begins_the_file_again(
    alice: Member, matched: Matched, growing: Callable[[bool], None]
) -> None:
    growing(True)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    rows = many(60)
    run = wait(alice, export_json([*rows, rows[3]], many(3), owner="ada"))
    assert matched == {}
    counts = (run.preview or {})["sections"]["followers"]
    assert (counts["unchanged"], counts["new"], counts["gone"]) == (60, 0, 0)


def test_an_export_older_than_the_newest_is_fitted_in_between(
    alice: Member, matched: Matched, growing: Callable[[bool], None]
) -> None:
    growing(True)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=NEW)
    import_done(alice, next_export(), exported_at=OLD, losses_confirmed=True)
    assert matched.keys() == BOTH
    import_done(alice, next_export("eve"), exported_at=OLD)
    import_done(alice, export_json(many(60), many(3), owner="eve"), exported_at=NEW, losses_confirmed=True)
    assert lists_of(alice, "ada") == lists_of(alice, "eve")
    assert ledgers(alice, "ada") == ledgers(alice, "eve")


def test_lists_that_have_nothing_in_common_are_given_up_early(
    alice: Member, matched: Matched, growing: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    growing(True)
    monkeypatch.setattr(ledger_matching, "RUN_ROWS", 5)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    run = wait(alice, export_json(many(60, "other"), many(3), owner="ada"), losses_confirmed=True)
    assert matched == {}
    counts = (run.preview or {})["sections"]["followers"]
    assert (counts["unchanged"], counts["new"], counts["gone"]) == (0, 60, 60)


def test_what_was_matched_at_an_earlier_revision_is_not_taken(
    session: Session, alice: Member, matched: Matched, growing: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    growing(True)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    finish = EarlyMatching.finish

    def overtaken(early: EarlyMatching, account: Account | None) -> None:
        finish(early, account)
        early._revision -= 1

    monkeypatch.setattr(EarlyMatching, "finish", overtaken)
    run = wait(alice, next_export())
    assert matched == {}
    assert (run.preview or {})["sections"]["followers"]["unchanged"] == 57


def test_the_real_reader_is_followed(alice: Member, matched: Matched) -> None:
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    run = import_done(alice, next_export(), exported_at=NEW)
    assert matched.keys() == BOTH
    assert (run.result or {})["followers"]["unchanged"] == 57
    assert len(lists_of(alice, "ada")[0] or ()) == 60


# files that an earlier version of the program has read


@pytest.fixture
def waiting(alice: Member, monkeypatch: pytest.MonkeyPatch) -> ImportRun:
    """An import that waits for a person, whose rows were left by an earlier version."""
    parse_here(monkeypatch)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    run = wait(alice, next_export())
    folder = work_path(run.public_id)
    (folder / child.ROWS_NAME).rename(folder / "rows.jsonl")
    return run


@pytest.mark.parametrize("compared", [True, False])
def test_an_import_that_waited_during_an_upgrade_is_read_again(
    compared: bool, session: Session, alice: Member, waiting: ImportRun
) -> None:
    if not compared:
        for path in work_path(waiting.public_id).glob("comparison.*"):
            path.write_bytes(b"of another version")
    imports.commit_import(alice.actor, alice.scope, waiting.public_id)
    run_jobs()
    session.rollback()
    done = session.get_one(ImportRun, waiting.id)
    assert (done.state, done.error_code) == (ImportState.DONE, None)
    counts = (done.result or {})["followers"]
    assert (counts["new"], counts["gone"], counts["refollowed"], counts["unchanged"]) == (2, 2, 1, 57)
    import_done(alice, export_json(many(60), many(3), owner="eve"), exported_at=OLD)
    import_done(alice, next_export("eve"), exported_at=NEW)
    assert ledgers(alice, "ada") == ledgers(alice, "eve")


def test_of_several_accounts_the_one_that_knows_the_names_is_found(
    session: Session, alice: Member, matched: Matched, growing: Callable[[bool], None]
) -> None:
    growing(True)
    import_done(alice, export_json(many(60), many(3), owner="ada"), exported_at=OLD)
    import_done(alice, export_json([*many(60, "other"), *many(20)], many(3), owner="eve"), exported_at=OLD)
    matched.clear()
    # The first chunks are of names that no account knows yet.
    newcomers = [(f"new{number:02}", f"2025-02-27 10:00:{number:02}") for number in range(20)]
    listed = sorted([*newcomers, *many(60)], key=lambda row: row[1], reverse=True)
    run = wait(alice, export_json(listed, many(3), owner="ada"))
    assert matched == {Section.FOLLOWERS: 60, Section.FOLLOWING: 3}
    counts = (run.preview or {})["sections"]["followers"]
    assert (counts["unchanged"], counts["new"], counts["gone"]) == (60, 20, 0)


@pytest.mark.parametrize("most", [0, 50_000])
def test_a_file_that_no_account_knows_is_left_alone(
    alice: Member, matched: Matched, growing: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    growing(True)
    monkeypatch.setattr(early_matching, "_MOST_WAITING", most)
    for owner in ("ada", "eve"):
        import_done(alice, export_json(many(60, owner), many(3, owner), owner=owner), exported_at=OLD)
    run = import_file(alice, export_json(many(60), many(3), owner="zoe"), wishes=ImportWishes(exported_at=NEW))
    assert (matched, run.owner, run.preview and run.preview["sections"]) == ({}, "zoe", {})
