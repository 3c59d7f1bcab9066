"""The ledger of spells: what it says must not depend on the order in which exports came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member
from tests.ledgers import SpellRow, ledger
from webapp.domain.names import name_key
from webapp.domain.sections import Certainty, ExportedAtSource, Platform, Section, SectionState
from webapp.importers.rows_file import FollowChunk
from webapp.models import DIRECTIONS, Account, Export, ImportOrigin, ImportRun, ImportState
from webapp.services import ledger as ledger_service
from webapp.services import ledger_matching, ledger_reading, sorted_rows
from webapp.services.batches import batches
from webapp.services.import_jobs import ranks_of
from webapp.services.ledger import Comparison, compare, find_neighbours, visible_exports, write_added, write_replaced

Listed = dict[str, int] | None
"""One export's list as name -> follow second; ``None`` when the export lacks the section."""
History = list[tuple[int, Listed]]
"""Exports as (export second, list)."""


class Names:
    """A list in memory, in chunks of so many names."""

    def __init__(self, listed: dict[str, int], size: int) -> None:
        self.rows = list(listed.items())
        self.size = size

    def chunks(self) -> Iterator[FollowChunk]:
        for some in batches(self.rows, self.size):
            names = [name for name, _ in some]
            yield FollowChunk([name_key(name) for name in names], names, [second for _, second in some])


class Book:
    """An account whose lists are fitted in one by one, ``size`` names at a time, without files and jobs."""

    def __init__(
        self, session: Session, member: Member, section: Section = Section.FOLLOWERS, size: int = 50_000
    ) -> None:
        now = datetime.now(UTC)
        self.session, self.section, self.size, self.ranges = session, section, size, 0
        self.account = Account(
            team_id=member.team_id, platform=Platform.TIKTOK, handle="x", handle_key="x", created_at=now, deleted_at=now
        )
        self.run = ImportRun(
            team_id=member.team_id,
            user_id=member.user_id,
            state=ImportState.DONE,
            origin=ImportOrigin.WEB,
            file_name="x",
            size_bytes=1,
            sha256="0" * 64,
            created_at=now,
        )
        session.add_all([self.account, self.run])
        session.flush()

    def fit(self, at: int, listed: Listed) -> Comparison:
        """Take one export in and return what it changed."""
        revision, session = self.account.revision, self.session
        exports = visible_exports(session, self.account.id, revision)
        state = SectionState.MISSING if listed is None else SectionState.FILLED if listed else SectionState.EMPTY
        export = Export(
            account_id=self.account.id,
            import_id=self.run.id,
            exported_at=at,
            exported_at_source=ExportedAtSource.PERSON,
            exported_at_certainty=Certainty.CERTAIN,
            content_digest=f"{revision:064}",
            layout="G4",
            followers_state=state,
            following_state=state,
            posts_state=SectionState.MISSING,
            sections={self.section.value: {"kept": len(listed or ())}},
            added_revision=revision + 1,
        )
        session.add(export)
        session.flush()
        found = Comparison()
        if listed is not None:
            around = find_neighbours(exports, self.section, at)
            ranks = ranks_of(sorted([*exports, export], key=lambda e: (e.exported_at, e.id)))
            account_id = self.account.id
            for part in compare(
                session,
                account_id,
                revision,
                self.section,
                Names(listed, self.size),
                around,
                export.id,
                ranks,
                self.size,
            ):
                write_replaced(session, self.section, part.replaced, revision + 1)
                write_added(session, self.section, account_id, part.added, revision + 1)
                found.count(part)
                found.added += part.added
                found.replaced += part.replaced
                self.ranges += 1
        self.account.revision = revision + 1
        session.flush()
        return found

    def fit_all(self, history: Iterable[tuple[int, Listed]]) -> set[SpellRow]:
        """Take exports in, in this order, and return the ledger."""
        for at, listed in history:
            self.fit(at, listed)
        return self.spells

    @property
    def spells(self) -> set[SpellRow]:
        """The ledger as it is read now."""
        return ledger(self.session, self.account.id, self.section)


def told(history: History) -> set[SpellRow]:
    """Return the ledger by its definition: walk the complete lists in order of time."""
    spells: set[SpellRow] = set()
    present: dict[str, tuple[int, int]] = {}
    before: int | None = None
    for at, listed in sorted(history, key=lambda export: export[0]):
        if listed is None:
            continue
        rows = {name_key(name): second for name, second in listed.items()}
        for key, (second, first) in list(present.items()):
            if rows.get(key) != second:
                spells.add((key, second, first, before, at))
                del present[key]
        for key, second in rows.items():
            present.setdefault(key, (second, at))
        before = at
    return spells | {(key, second, first, None, None) for key, (second, first) in present.items()}


_lists = st.none() | st.dictionaries(st.sampled_from(["Ann", "Bob", "Cy"]), st.integers(1, 2), max_size=3)


@st.composite
def _shuffled_histories(draw: st.DrawFn) -> History:
    lists = draw(st.lists(_lists, min_size=2, max_size=6))
    return draw(st.permutations([(100 + 10 * number, listed) for number, listed in enumerate(lists)]))


def cut_into(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Let so many rows be read, put aside and sorted at a time."""
    for module, name in (
        (ledger_service, "RUN_ROWS"),
        (ledger_matching, "RUN_ROWS"),
        (ledger_reading, "_PAGE"),
        (ledger_reading, "_STORED_RANGE"),
        (sorted_rows, "_CHUNK_ROWS"),
    ):
        monkeypatch.setattr(module, name, size)


def test_exports_in_any_order_give_the_ledger_of_their_dates(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_shuffled_histories(), st.sampled_from([1, 2, 50_000]))
    # split a spell by a late list that lacks the name; merge what a late list joins; a refollow in the gap
    @example([(100, {"Ann": 1}), (120, {"Ann": 1}), (110, {})], 1)
    @example([(100, {"Ann": 1}), (120, {"Ann": 1}), (110, {"Ann": 2})], 1)
    @example([(120, {"Ann": 1}), (130, {}), (110, {"Ann": 1}), (100, {"Ann": 1})], 1)
    @example([(100, {"Ann": 1}), (130, {"Ann": 2}), (110, {"Ann": 1}), (120, {"Ann": 2})], 1)
    @example([(110, None), (120, {"Ann": 1, "Bob": 1}), (100, {"Bob": 1}), (115, {"Ann": 1})], 1)
    def check(history: History, size: int) -> None:
        cut_into(monkeypatch, size)
        try:
            assert Book(session, alice, size=size).fit_all(history) == told(history)
        finally:
            session.rollback()

    check()


@pytest.mark.parametrize("order", ["newest first", "oldest first", "none"])
def test_figures_and_rows_are_the_same_in_ranges_of_any_size(
    order: str, session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {f"name{number:02}": number + 1 for number in range(40)}
    # The edges of ranges fall on names that stay, go, come, follow again, and on names beyond both ends.
    after = {name: second for name, second in before.items() if not name.endswith(("3", "7"))}
    after |= {"aaa": 5, "name10x": 5, "zzz": 5, "ünal": 5, "\U0001f600": 5, "name11": 99}
    late = {"name03": 4, "name04": 5, "mmm": 6}
    if order != "none":
        before, after, late = (
            dict(sorted(listed.items(), key=lambda row: row[1], reverse=order == "newest first"))
            for listed in (before, after, late)
        )
    found = {}
    for size in (1, 2, 3, 7, 50_000):
        cut_into(monkeypatch, size)
        book = Book(session, alice, size=size)
        parts = [book.fit(at, listed) for at, listed in ((100, before), (300, after), (200, late), (400, before))]
        figures = [(part.counts(), sorted((row[0], row[2]) for row in part.added)) for part in parts]
        found[size] = (figures, book.spells)
        assert size > 7 or book.ranges > 2 * 40 / size
        session.rollback()
    assert all(one == found[50_000] for one in found.values())
    assert found[1][1] == told([(100, before), (300, after), (200, late), (400, before)])


def test_ranges_are_found_in_the_ledger_where_the_list_is_empty(session: Session, alice: Member) -> None:
    book = Book(session, alice, size=2)
    people = {f"p{number}": number + 1 for number in range(9)}
    book.fit_all([(100, people), (200, {})])
    book.ranges = 0
    found = book.fit(150, {"p1": 2})
    assert book.ranges == 5, "nobody follows any more, and still no range holds more than two of the nine who left"
    assert (found.unchanged, found.gone) == (1, 8)


def test_next_to_nobody_waits_while_two_lists_of_one_order_are_read(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {f"p{number * 37 % 400:03}": 1_000 + number // 3 for number in range(400)}
    put_aside: list[int] = []
    add = sorted_rows.SortedRows.add

    def noted(rows: sorted_rows.SortedRows, some: Iterable[sorted_rows.KeyedRow]) -> None:
        kept = list(some)
        put_aside.append(len(kept))
        add(rows, kept)

    monkeypatch.setattr(sorted_rows.SortedRows, "add", noted)
    for step in (1, -1):
        listed = dict(list(people.items())[::step])
        cut_into(monkeypatch, 10)
        monkeypatch.setattr(ledger_matching, "RUN_ROWS", 40)
        book = Book(session, alice, size=10)
        book.fit(100, listed)
        put_aside.clear()
        del listed["p111"]
        found = book.fit(200, {**listed, "new": 5_000 * step})
        assert (found.new, found.gone, found.unchanged) == (1, 1, 399)
        assert sum(put_aside) == 2
        session.rollback()


def test_the_same_list_once_more_changes_nothing(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    before = book.fit_all([(100, {"Ann": 1, "Bob": 2}), (200, {"Bob": 2})])
    found = book.fit(300, {"Bob": 2})
    assert (found.added, found.replaced, found.unchanged) == ([], [], 1)
    assert book.spells == before


def test_both_directions_keep_books_of_their_own(session: Session, alice: Member) -> None:
    book = Book(session, alice, Section.FOLLOWING)
    assert book.fit_all([(100, {"Ann": 1}), (200, {})]) == {("ann", 1, 100, 100, 200)}
    assert ledger(session, book.account.id, Section.FOLLOWERS) == set()


def test_somebody_who_followed_again_begins_a_new_spell_even_without_an_absence(
    session: Session, alice: Member
) -> None:
    book = Book(session, alice)
    book.fit(100, {"Ann": 1})
    found = book.fit(200, {"Ann": 150})
    assert (found.refollowed, found.gone, found.new, found.unchanged) == (1, 0, 0, 0)
    assert book.spells == {("ann", 1, 100, 100, 200), ("ann", 150, 200, None, None)}


def test_somebody_who_was_away_and_comes_back_has_two_spells_and_is_counted_as_returned(
    session: Session, alice: Member
) -> None:
    book = Book(session, alice)
    book.fit_all([(100, {"Ann": 1, "Bob": 1}), (200, {"Bob": 1})])
    found = book.fit(300, {"Ann": 1, "Bob": 1})
    assert (found.new, found.returned, found.unchanged) == (1, 1, 1)
    assert {spell for spell in book.spells if spell[0] == "ann"} == {
        ("ann", 1, 100, 100, 200),
        ("ann", 1, 300, None, None),
    }


def test_a_late_older_export_splits_a_spell_that_it_contradicts(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    book.fit_all([(100, {"Ann": 1}), (300, {"Ann": 1})])
    assert book.spells == {("ann", 1, 100, None, None)}
    found = book.fit(200, {})
    assert (found.previous, found.gone) == (1, 1)
    assert book.spells == {("ann", 1, 100, 100, 200), ("ann", 1, 300, None, None)}


def test_a_late_older_export_moves_the_beginning_and_the_end_of_spells(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    book.fit_all([(100, {"Ann": 1}), (300, {"Bob": 2})])
    book.fit(200, {"Ann": 1, "Bob": 2})
    assert book.spells == {("ann", 1, 100, 200, 300), ("bob", 2, 200, None, None)}
    book.fit(50, {"Ann": 1})
    assert book.spells == {("ann", 1, 50, 200, 300), ("bob", 2, 200, None, None)}


def test_a_list_before_all_others_changes_the_rows_of_those_alone_who_are_not_on_both(
    session: Session, alice: Member
) -> None:
    book = Book(session, alice)
    book.fit(200, {"Ann": 1, "Bob": 2, "Cy": 3})
    found = book.fit(100, {"Ann": 1, "Bob": 1, "Dee": 4})
    assert {name for name, *_ in found.added} == {"Bob", "Cy", "Dee"}
    assert len(found.replaced) == 2
    assert book.spells == {
        ("ann", 1, 100, None, None),
        ("bob", 1, 100, 100, 200),
        ("bob", 2, 200, None, None),
        ("cy", 3, 200, None, None),
        ("dee", 4, 100, 100, 200),
    }


def test_a_visitor_between_two_exports_is_found_by_a_third(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    spells = book.fit_all([(100, {}), (300, {}), (200, {"Ann": 150})])
    assert spells == {("ann", 150, 200, 200, 300)}


def test_names_are_one_whatever_their_case_and_keep_their_first_spelling(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    book.fit(100, {"Ann": 1})
    found = book.fit(200, {"ANN": 1})
    assert (found.unchanged, found.added) == (1, [])
    model = DIRECTIONS[Section.FOLLOWERS]
    names = session.scalars(select(model.username).where(model.account_id == book.account.id))
    assert names.all() == ["Ann"]


def test_many_follows_of_one_second_stay_apart(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    spells = book.fit_all([(100, {"Ann": 7, "Bob": 7, "Cy": 7}), (200, {"Ann": 7, "Cy": 7, "Dee": 7})])
    assert spells == {
        ("ann", 7, 100, None, None),
        ("bob", 7, 100, 100, 200),
        ("cy", 7, 100, None, None),
        ("dee", 7, 200, None, None),
    }


def test_of_two_exports_of_one_second_the_one_that_came_later_is_the_newer(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    book.fit_all([(100, {"Ann": 1}), (200, {"Ann": 1})])
    found = book.fit(200, {"Bob": 2})
    assert (found.new, found.gone) == (1, 1)
    assert {spell[0] for spell in book.spells if spell[4] is None} == {"bob"}


def test_an_export_without_the_section_is_no_neighbour(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    book.fit_all([(100, {"Ann": 1}), (200, None), (300, {})])
    assert book.spells == {("ann", 1, 100, 100, 300)}


@pytest.mark.parametrize(
    ("previous", "kept", "held"),
    [
        (100, 81, False),
        (100, 80, False),  # exactly a fifth
        (100, 79, True),
        (20, 16, False),  # a fifth, but only four
        (10, 6, False),  # two fifths, but only four
        (10, 5, True),
        (24, 19, True),
        (25, 20, False),
        (4, 1, False),
        (3, 0, True),  # an empty list where there was one
        (0, 0, False),
    ],
)
def test_a_list_is_held_when_more_than_a_fifth_and_at_least_five_are_absent(
    previous: int, kept: int, held: bool, session: Session, alice: Member
) -> None:
    book = Book(session, alice)
    people = {f"p{number}": number + 1 for number in range(previous)}
    book.fit(100, people)
    found = book.fit(200, dict(list(people.items())[:kept]))
    assert (found.previous, found.gone) == (previous, previous - kept)
    assert found.is_held(20) is held


def test_the_held_rule_also_guards_an_export_that_comes_late(session: Session, alice: Member) -> None:
    book = Book(session, alice)
    people = {f"p{number}": number + 1 for number in range(10)}
    book.fit_all([(100, people), (300, people)])
    found = book.fit(200, dict(list(people.items())[:4]))
    assert (found.gone, found.is_held(20)) == (6, True)
