"""What a preview found is kept for its pages and for the commit, which compares anew only when it must."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.factories import Member, export_json, import_done, import_file, many, run_jobs
from tests.ledgers import at, ledgers, lists_of, parse_here, written
from webapp.domain.errors import NotFound
from webapp.domain.sections import Section
from webapp.models import SINCE_OLDEST, ImportRun, ImportState
from webapp.services import comparison_file, import_commit, imports, ledger
from webapp.services.comparison_file import Basis, ComparisonWriter, find_comparison, list_names
from webapp.services.imports import ImportWishes
from webapp.services.ledger import PREVIEWED, Comparison, NameKind
from webapp.services.ledger_reading import Row
from webapp.services.uploads import work_path

BASIS = Basis(account_id=1, revision=2, exported_at=3, before=4, after=None)
OLD, NEW, LATER = at("2025-02-01"), at("2025-03-01"), at("2025-04-01")


def part(**names: list[Row]) -> Comparison:
    """Return a piece whose figures are those of its names."""
    found = Comparison()
    for kind, rows in names.items():
        found.names[NameKind(kind)].extend(rows)
        setattr(found, kind, len(rows))
    return found


def keep(folder: Path, *parts: Comparison, basis: Basis = BASIS) -> None:
    with ComparisonWriter(folder, Section.FOLLOWERS, basis) as writer:
        for each in parts:
            writer.add(each)
        writer.finish()


def test_what_was_kept_is_read_back_with_the_id_of_the_export(tmp_path: Path) -> None:
    first = part(new=[("Ada", 5)], gone=[("bob", 6)])
    first.replaced = [11, 12]
    first.added = [
        ("Ada", "ada", 5, PREVIEWED, None, None),
        ("bob", "bob", 6, SINCE_OLDEST, 4, PREVIEWED),
        ("eve", "eve", 7, PREVIEWED, PREVIEWED, 9),
    ]
    keep(tmp_path, first, part(refollowed=[("zoe", 8)]))
    found = find_comparison(tmp_path, Section.FOLLOWERS, BASIS)
    assert found is not None
    one, two = found.parts(33)
    assert one.replaced == [11, 12]
    assert one.added == [
        ("Ada", "ada", 5, 33, None, None),
        ("bob", "bob", 6, SINCE_OLDEST, 4, 33),
        ("eve", "eve", 7, 33, 33, 9),
    ]
    assert (one.counts(), two.counts()) == (first.counts(), part(refollowed=[("zoe", 8)]).counts())


@pytest.mark.parametrize("change", ["account_id", "revision", "exported_at", "before", "after", "version"])
def test_a_comparison_on_another_basis_is_not_taken(change: str, tmp_path: Path) -> None:
    keep(tmp_path, part(new=[("ada", 5)]))
    values = {name: getattr(BASIS, name) for name in Basis.__struct_fields__}
    other = Basis(**{**values, change: 99})
    assert find_comparison(tmp_path, Section.FOLLOWERS, other) is None
    assert find_comparison(tmp_path, Section.FOLLOWERS, Basis(**values)) is not None


def test_a_file_that_is_not_whole_is_none(tmp_path: Path) -> None:
    keep(tmp_path, part(new=[("ada", 5), ("bob", 6)]))
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        assert find_comparison(tmp_path, Section.FOLLOWERS) is None, size
    path.write_bytes(bytes(len(content)))
    assert find_comparison(tmp_path, Section.FOLLOWERS) is None
    assert find_comparison(tmp_path, Section.FOLLOWING) is None


def test_a_comparison_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), ComparisonWriter(tmp_path, Section.FOLLOWERS, BASIS) as writer:
        writer.add(part(new=[("ada", 5)]))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_names_are_paged_in_order_across_the_pieces(tmp_path: Path) -> None:
    keep(
        tmp_path,
        part(new=[("Cid", 3), ("ada", 1), ("Bob", 2)]),
        part(gone=[("dan", 4)]),
        part(new=[("fay", 6), ("eve", 5)]),
    )
    found = find_comparison(tmp_path, Section.FOLLOWERS)
    assert found is not None
    everybody = [("ada", 1), ("Bob", 2), ("Cid", 3), ("eve", 5), ("fay", 6)]
    for start in range(7):
        for count in range(1, 7):
            assert found.names(NameKind.NEW, start, count) == everybody[start : start + count]
    assert found.names(NameKind.RETURNED, 0, 10) == []


SECONDS = st.lists(st.integers(0, 12), max_size=20)


@given(new=st.lists(SECONDS, max_size=4), gone=st.lists(SECONDS, max_size=4), at_once=st.integers(1, 60))
@settings(deadline=None)
def test_a_rename_is_one_gained_and_one_lost_of_the_same_second(
    new: list[list[int]], gone: list[list[int]], at_once: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    pieces = [part(new=[(f"n{second}", second) for second in seconds]) for seconds in new]
    pieces += [part(gone=[(f"g{second}", second) for second in seconds]) for seconds in gone]
    keep(folder, *pieces)
    gained, lost = [second for each in new for second in each], [second for each in gone for second in each]
    expected = sum(gained.count(second) == 1 and lost.count(second) == 1 for second in range(13))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison_file, "_SECONDS", at_once)
        found = find_comparison(folder, Section.FOLLOWERS)
        assert found is not None
        assert found.count_renamed() == expected


# the preview and the commit


@pytest.fixture
def ada(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Member:
    """An account of 30 followers in an export of February, of which the third had left and come back."""
    parse_here(monkeypatch)
    monkeypatch.setattr(ledger, "RANGE", 10)
    rows = many(30)
    import_done(alice, export_json(rows, many(3), owner="ada"), exported_at=OLD - 200)
    import_done(alice, export_json([*rows[:2], *rows[3:]], many(3), owner="ada"), exported_at=OLD - 100)
    import_done(alice, export_json([*rows[:2], *rows[3:]], many(3), owner="ada"), exported_at=OLD)
    return alice


def next_export() -> bytes:
    """Return an export with one of each: gone, gone under another name, followed again, returned and new."""
    rows = dict(many(30))
    rows["renamed"] = rows.pop("person00007")
    del rows["person00009"]
    rows["person00011"] = written(NEW - 50)
    rows["newcomer"] = written(NEW - 60)
    return export_json(rows.items(), many(4), owner="ada")


def wait(member: Member, content: bytes, exported_at: int = NEW) -> ImportRun:
    run = import_file(member, content, wishes=ImportWishes(exported_at=exported_at))
    assert run.state is ImportState.READY
    return run


def test_a_preview_names_who_would_be_new_or_gone(ada: Member) -> None:
    run = wait(ada, next_export())
    said = (run.preview or {})["sections"]["followers"]
    dates = {name: at(date) for name, date in many(30)}
    expected = {
        "new": [("newcomer", NEW - 60), ("person00002", dates["person00002"]), ("renamed", dates["person00007"])],
        "gone": [("person00007", dates["person00007"]), ("person00009", dates["person00009"])],
        "returned": [("person00002", dates["person00002"])],
        "refollowed": [("person00011", NEW - 50)],
    }
    for kind, names in expected.items():
        assert list_names(run.public_id, Section.FOLLOWERS, kind, 0, 100) == names
        assert said[kind] == len(names)
    assert said["renamed"] == 1
    assert list_names(run.public_id, Section.FOLLOWING, "new", 0, 100) == [("person00003", dates["person00003"])]


def test_names_of_a_preview_that_is_no_more_are_not_found(ada: Member) -> None:
    run = wait(ada, next_export())
    imports.commit_import(ada.actor, ada.scope, run.public_id)
    run_jobs()
    with pytest.raises(NotFound):
        list_names(run.public_id, Section.FOLLOWERS, "new", 0, 100)


def _forbidden(*_: object) -> Any:
    raise AssertionError("the lists were compared once more")


@pytest.mark.parametrize("exported_at", [NEW, OLD - 150], ids=["newest", "between two others"])
def test_a_commit_takes_what_the_preview_found(
    exported_at: int, session: Session, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = wait(ada, next_export(), exported_at)
    said = (run.preview or {})["sections"]["followers"]
    # The same once more for another account, without what the preview kept.
    other = next_export().replace(b'"ada"', b'"eve"')
    rows = many(30)
    for second, kept in ((OLD - 200, rows), (OLD - 100, [*rows[:2], *rows[3:]]), (OLD, [*rows[:2], *rows[3:]])):
        import_done(ada, export_json(kept, many(3), owner="eve"), exported_at=second)
    twin = wait(ada, other, exported_at)
    for section in (Section.FOLLOWERS, Section.FOLLOWING):
        (work_path(twin.public_id) / f"comparison.{section.value}").unlink()
    imports.commit_import(ada.actor, ada.scope, twin.public_id)
    run_jobs()
    monkeypatch.setattr(import_commit, "compare", _forbidden)
    imports.commit_import(ada.actor, ada.scope, run.public_id)
    run_jobs()
    session.rollback()
    done, same = session.get_one(ImportRun, run.id), session.get_one(ImportRun, twin.id)
    assert done.state is ImportState.DONE
    assert done.result == same.result
    assert {name: (done.result or {})["followers"].get(name, 1) for name in said} == said
    assert ledgers(ada, "ada") == ledgers(ada, "eve")
    assert lists_of(ada, "ada") == lists_of(ada, "eve")


def test_a_commit_after_another_import_compares_anew(session: Session, ada: Member) -> None:
    run = wait(ada, next_export(), LATER)
    import_done(ada, export_json(many(29), many(3), owner="ada"), exported_at=NEW)
    imports.commit_import(ada.actor, ada.scope, run.public_id)
    run_jobs()
    session.rollback()
    counts = (session.get_one(ImportRun, run.id).result or {})["followers"]
    assert (counts["previous"], counts["new"], counts["gone"]) == (29, 3, 2)
    assert len(lists_of(ada, "ada")[0]) == 30
