"""A list that streams from its packed form is the list of the tables, row by row and byte by byte."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, account_scope, export_json, import_done
from tests.ledgers import at, parse_here, written
from webapp.analytics import follows, list_index, packed_list, packed_stream
from webapp.analytics.follow_statements import spelled_statement
from webapp.analytics.follows import stream_follows
from webapp.analytics.list_index import find_packed
from webapp.analytics.visible import find_newest_complete
from webapp.domain.period import Period
from webapp.domain.query import FollowOrder, FollowQuery, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import SQLITE_CACHE_KB
from webapp.models import Follower, ListIndex
from webapp.renderers.csv import Dialect, render_follows
from webapp.services.transaction import transaction

DAY = 86_400
NEVER_LONG = 10**9
START = at("2024-10-20")
ROWS = 2100
FIRST_ROWS = 20
EVERYBODY = FollowQuery(Period(None, None, "Europe/Paris"))
PERIODS = [
    (None, None),
    (date(2024, 10, 24), None),
    (None, date(2024, 11, 2)),
    (date(2024, 10, 22), date(2024, 10, 30)),
    # So few that the tables are asked, and nobody at all.
    (date(2024, 10, 26), date(2024, 10, 26)),
    (date(2020, 1, 1), date(2020, 12, 31)),
]

Row = tuple[str, int, bool | None]


def people(draw: random.Random) -> list[tuple[str, int]]:
    """Return names in many spellings, several in one second, around a change of clocks."""
    names = {"".join(draw.choices("aAbBcdé\u0130Éß日_.%0-=", k=draw.randrange(1, 7))) for _ in range(4 * ROWS)}
    unique = {name.casefold(): name for name in sorted(names)}
    seconds = [START + draw.randrange(20 * DAY) for _ in range(ROWS // 3)]
    return [(name, draw.choice(seconds)) for name in list(unique.values())[:ROWS]]


@pytest.fixture
def scope(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """An account whose lists are packed, with somebody gone, people whose account is deleted, and few on one list."""
    parse_here(monkeypatch)
    monkeypatch.setattr(list_index, "LEAST_ROWS", 5)
    monkeypatch.setattr(packed_list, "_LARGEST_BLOCK", 300)
    monkeypatch.setattr(follows, "_FIRST_ROWS", FIRST_ROWS)
    monkeypatch.setattr(follows, "_STREAM_ROWS", 170)
    rows = [(name, written(second)) for name, second in people(random.Random(7))]
    deleted = [("N/A", written(START + number * DAY)) for number in range(9)]
    following = [(name.swapcase(), when) for name, when in rows[::7]]
    import_done(alice, export_json([*rows, ("gone", written(START))], following), exported_at=START + 30 * DAY)
    import_done(alice, export_json([*rows, *deleted], following), exported_at=START + 31 * DAY)
    assert session.scalar(select(func.count()).select_from(ListIndex)) == 2
    return account_scope(alice)


@pytest.fixture
def sought(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows the tables gave, for every time that they were asked for some."""
    counts: list[int] = []
    fetch: Callable[..., Iterator[tuple[str, str, int, None]]] = follows._fetch_plainly  # type: ignore[assignment]

    def counted(statement: object) -> list[tuple[str, str, int, None]]:
        rows = list(fetch(statement))
        counts.append(len(rows))
        return rows

    monkeypatch.setattr(follows, "_fetch_plainly", counted)
    return counts


def from_tables(scope: Scope, query: FollowQuery, section: Section = Section.FOLLOWERS) -> list[Row]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_index, "LEAST_ROWS", NEVER_LONG)
        return list(stream_follows(scope, section, query))


def csv(rows: list[Row], dialect: Dialect) -> bytes:
    return b"".join(render_follows(rows, "Europe/Paris", dialect, "fr"))


@pytest.mark.parametrize("ordering", FollowOrder)
@pytest.mark.parametrize("section", [Section.FOLLOWERS, Section.FOLLOWING])
def test_packed_list_and_tables_stream_the_same_rows(scope: Scope, section: Section, ordering: FollowOrder) -> None:
    for first, last in PERIODS:
        query = FollowQuery(Period(first, last, "Europe/Paris"), ordering=ordering)
        rows = list(stream_follows(scope, section, query))
        expected = from_tables(scope, query, section)
        assert rows == expected, query
        for dialect in Dialect:
            assert csv(rows, dialect) == csv(expected, dialect)
        assert all(type(is_mutual) is bool for _, _, is_mutual in rows)
    whole = from_tables(scope, EVERYBODY)
    assert len(whole) == len({name for name, _, _ in whole}) == ROWS
    assert 0 < sum(bool(is_mutual) for _, _, is_mutual in whole) < ROWS
    assert sum(name != name.casefold() for name, _, _ in whole) > ROWS // 3


def test_a_long_other_list_is_looked_up_name_by_name(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = from_tables(scope, EVERYBODY)
    monkeypatch.setattr(follows, "_SHORT_LIST", 1)
    assert list(stream_follows(scope, Section.FOLLOWERS, EVERYBODY)) == expected


@pytest.mark.parametrize("ordering", FollowOrder)
def test_the_tables_give_the_first_rows_alone(scope: Scope, ordering: FollowOrder, sought: list[int]) -> None:
    assert len(list(stream_follows(scope, Section.FOLLOWERS, EVERYBODY.with_(ordering=ordering)))) == ROWS
    assert sought == [FIRST_ROWS + 1, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"period": Period(date(2024, 10, 26), date(2024, 10, 26), "UTC")},
        {"search": "a"},
        {"relation": Relation.NOT_MUTUAL},
        {"relation": Relation.MUTUAL},
    ],
)
def test_what_a_packed_list_does_not_know_or_is_no_quicker_with_comes_from_the_tables(
    scope: Scope, changes: dict[str, object], sought: list[int]
) -> None:
    rows = list(stream_follows(scope, Section.FOLLOWERS, EVERYBODY.with_(**changes)))
    assert sum(sought) == len(rows) > FIRST_ROWS


def test_more_other_spellings_than_are_held_come_from_the_tables(
    scope: Scope, sought: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list(stream_follows(scope, Section.FOLLOWERS, EVERYBODY))
    sought.clear()
    monkeypatch.setattr(packed_stream, "_MOST_SPELLED", 100)
    assert list(stream_follows(scope, Section.FOLLOWERS, EVERYBODY)) == expected
    assert sum(sought) == ROWS


def test_a_reader_without_names_gets_the_same_stand_ins(scope: Scope, cast: Cast) -> None:
    nameless = account_scope(cast.erin)
    for first, last in PERIODS:
        query = FollowQuery(Period(first, last, "Europe/Paris"), ordering=FollowOrder.DATE_FOLLOWED)
        rows = list(stream_follows(nameless, Section.FOLLOWERS, query))
        assert rows == from_tables(nameless, query)
        named = from_tables(scope, query)
        assert [row[1:] for row in rows] == [row[1:] for row in named]
        assert [name for name, _, _ in rows] == [nameless.redaction.name(name) for name, _, _ in named]


@pytest.mark.parametrize("ordering", FollowOrder)
def test_whoever_reads_may_end_the_transaction_between_two_rows(scope: Scope, ordering: FollowOrder) -> None:
    query = EVERYBODY.with_(ordering=ordering)
    rows = []
    for row in stream_follows(scope, Section.FOLLOWERS, query):
        rows.append(row)
        if len(rows) % 90 == 1:
            with transaction() as session:
                session.execute(delete(Follower).where(Follower.username_key == "nobody at all"))
    assert rows == from_tables(scope, query)


@pytest.mark.parametrize("ordering", FollowOrder)
def test_somebody_who_is_erased_meanwhile_does_not_follow(
    scope: Scope, ordering: FollowOrder, sought: list[int]
) -> None:
    query = EVERYBODY.with_(ordering=ordering)
    expected = from_tables(scope, query)
    sought.clear()
    stream = stream_follows(scope, Section.FOLLOWERS, query)
    rows = [next(stream) for _ in range(400)]
    erased = expected[1500]
    # As an erasure does it: the packed lists go first.
    with transaction() as session:
        session.execute(delete(ListIndex).where(ListIndex.account_id == scope.account_id))
    with transaction() as session:
        session.execute(delete(Follower).where(Follower.username == erased[0]))
    rows += stream
    assert rows == [row for row in expected if row != erased]
    assert sum(sought) < ROWS - 250, "some rows came from the packed list"


def test_an_import_meanwhile_changes_nothing_of_what_is_read(scope: Scope, alice: Member) -> None:
    expected = from_tables(scope, EVERYBODY)
    stream = stream_follows(scope, Section.FOLLOWERS, EVERYBODY)
    rows = [next(stream) for _ in range(400)]
    newer = [(f"new{number}", written(START)) for number in range(30)]
    import_done(alice, export_json(newer), exported_at=START + 40 * DAY, losses_confirmed=True)
    assert [*rows, *stream] == expected


# Only SQLite keeps pages in the process.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_look_at_all_spellings_leaves_the_cache_as_it_was(
    session: Session, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    pragma = text("PRAGMA cache_size")
    during: list[int] = []

    def watched(*arguments: Any) -> Any:
        during.append(session.execute(pragma).scalar_one())
        return spelled_statement(*arguments)

    monkeypatch.setattr(packed_stream, "spelled_statement", watched)
    list(stream_follows(scope, Section.FOLLOWERS, EVERYBODY))
    assert session.execute(pragma).scalar_one() == -SQLITE_CACHE_KB < during[0]


def test_what_was_read_is_given_back_and_still_there(scope: Scope) -> None:
    newest = find_newest_complete(scope, Section.FOLLOWERS)
    assert newest is not None
    packed = find_packed(newest, Section.FOLLOWERS)
    assert packed is not None
    names, seconds = packed.by_date.read_names(0, ROWS), list(packed.seconds)
    packed.release()
    assert (packed.by_date.read_names(0, ROWS), list(packed.seconds)) == (names, seconds)
    rows = from_tables(scope, EVERYBODY.with_(ordering=FollowOrder.DATE_FOLLOWED))
    assert [second for _, second, _ in rows] == seconds
