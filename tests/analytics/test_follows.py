"""The follow lists: what is counted is what is shown, in every order, from every side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, parse_here, written
from webapp.analytics import follows
from webapp.analytics.follows import FollowPage, is_known, list_follows, stream_follows
from webapp.domain.period import Period, start_of_day
from webapp.domain.query import FollowOrder, FollowQuery, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import Follower

SECOND = at("2025-06-01")
# Many share a second, some share letters, some are spelled with what SQL takes for a wildcard.
PEOPLE: list[tuple[str, int]] = [
    *[(f"Person{number:02}", SECOND - number // 4 * 3600) for number in range(30)],
    ("a_b", SECOND + 10),
    ("axb", SECOND + 11),
    ("a.b", SECOND + 12),
    ("_", SECOND + 13),
    ("50_off", SECOND + 14),
    ("per_cent", SECOND + 15),
    ("Élodie", SECOND + 16),
    ("back/slash", SECOND + 17),
]
MUTUAL = {"Person03", "Person17", "a_b", "Élodie"}
FOLLOWED = [*((name.swapcase(), SECOND - 99) for name in sorted(MUTUAL)), ("nobody", SECOND)]


@pytest.fixture
def scope(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """An account with 38 followers and 5 following, one of them gone again and one followed anew."""
    parse_here(monkeypatch)
    rows = [(name, written(second)) for name, second in PEOPLE]
    following = [(name, written(second)) for name, second in FOLLOWED]
    earlier = [*rows[1:], ("gone", written(SECOND)), ("Person00", written(SECOND - 10**7))]
    import_done(alice, export_json(earlier, following), exported_at=SECOND + 100)
    import_done(alice, export_json(rows, following), exported_at=SECOND + 200)
    return account_scope(alice)


def ask(**changes: object) -> FollowQuery:
    timezone = changes.pop("timezone", "UTC")
    first, last = changes.pop("first", None), changes.pop("last", None)
    return FollowQuery(Period(first, last, timezone), **changes)  # type: ignore[arg-type]


def found(page: FollowPage) -> set[str]:
    return {row.username for row in page.rows}


def expected(session: Session, ordering: FollowOrder) -> list[str]:
    """Return the names in an order; how letters follow each other is the database's own affair."""
    statement = select(Follower.username).where(Follower.gone_export_id.is_(None)).order_by(Follower.username_key)
    ranks = {name: rank for rank, name in enumerate(session.scalars(statement))}

    def key(row: tuple[str, int]) -> tuple[int, ...]:
        return (row[1], ranks[row[0]]) if ordering.is_by_date else (ranks[row[0]],)

    return [name for name, _ in sorted(PEOPLE, key=key, reverse=ordering.is_descending)]


def test_the_total_is_the_number_of_rows(session: Session, scope: Scope) -> None:
    page = list_follows(scope, Section.FOLLOWERS, ask())
    counted = session.scalar(
        select(func.count()).where(
            Follower.account_id == scope.account_id,
            Follower.removed_revision > scope.revision,
            Follower.gone_export_id.is_(None),
        )
    )
    assert page.total == len(page.rows) == counted == len(PEOPLE)
    assert page.as_of == SECOND + 200
    assert found(page) == {name for name, _ in PEOPLE}
    assert {row.username: row.followed_at for row in page.rows} == dict(PEOPLE)


@pytest.mark.parametrize("ordering", FollowOrder)
def test_every_order_paged_forward_and_backward_visits_each_row_once(
    ordering: FollowOrder, session: Session, scope: Scope
) -> None:
    for page_size in (1, 7, len(PEOPLE) - 1, len(PEOPLE)):
        query = ask(ordering=ordering, page_size=page_size)
        page = list_follows(scope, Section.FOLLOWERS, query)
        assert page.previous is None
        pages = [page]
        while page.next:
            page = list_follows(scope, Section.FOLLOWERS, query.with_(cursor=page.next))
            assert page.start == sum(len(before.rows) for before in pages)
            pages.append(page)
        forward = [row.username for page in pages for row in page.rows]
        assert forward == expected(session, ordering)
        back = [page]
        while page.previous:
            page = list_follows(scope, Section.FOLLOWERS, query.with_(cursor=page.previous))
            back.insert(0, page)
        assert [row.username for page in back for row in page.rows] == forward
        assert [page.start for page in back] == [page.start for page in pages]


def test_numbered_pages_show_the_same_rows_as_cursors(scope: Scope) -> None:
    rows = list_follows(scope, Section.FOLLOWERS, ask()).rows
    numbered = [list_follows(scope, Section.FOLLOWERS, ask(page=page, page_size=10)) for page in range(1, 5)]
    assert tuple(row for page in numbered for row in page.rows) == rows
    assert [page.start for page in numbered] == [0, 10, 20, 30]
    assert (numbered[3].next, numbered[0].previous) == (None, None)
    beyond = list_follows(scope, Section.FOLLOWERS, ask(page=9, page_size=10))
    assert (beyond.rows, beyond.total, beyond.next, beyond.previous) == ((), len(PEOPLE), None, None)


SEARCHES: list[tuple[str, set[str]]] = [
    ("_", {"a_b", "_", "50_off", "per_cent"}),
    ("a_b", {"a_b"}),
    ("a.b", {"a.b"}),
    ("%", set()),
    ("per%", set()),
    ("/", {"back/slash"}),
    ("\\", set()),
    ("'", set()),
    ("élo", {"Élodie"}),
    ("E\u0301LO", {"Élodie"}),
    ("PERSON0", {f"Person0{number}" for number in range(10)}),
    ("gone", set()),
]


def test_a_search_takes_every_character_for_itself(scope: Scope) -> None:
    for search, names in SEARCHES:
        page = list_follows(scope, Section.FOLLOWERS, ask(search=search))
        assert found(page) == names, search
        assert page.total == len(names)


def test_filters_narrow_each_other(scope: Scope) -> None:
    day = date(2025, 5, 31)
    by_search = found(list_follows(scope, Section.FOLLOWERS, ask(search="person")))
    by_day = found(list_follows(scope, Section.FOLLOWERS, ask(first=day, last=day)))
    mutual = found(list_follows(scope, Section.FOLLOWERS, ask(relation=Relation.MUTUAL)))
    assert mutual == MUTUAL
    assert by_day == {name for name, second in PEOPLE if start_of_day(day, "UTC") <= second < SECOND}
    both_ways = ask(search="person", first=day, last=day, relation=Relation.MUTUAL)
    all_three = list_follows(scope, Section.FOLLOWERS, both_ways)
    assert found(all_three) == by_search & by_day & mutual == {"Person17"}
    assert all_three.total == 1
    assert all_three.rows[0].is_mutual is True


def test_a_filtered_list_is_paged_like_a_whole_one(scope: Scope) -> None:
    query = ask(search="person", page_size=4)
    seen: list[str] = []
    page = list_follows(scope, Section.FOLLOWERS, query)
    while True:
        seen += [row.username for row in page.rows]
        assert page.total == 30
        if page.next is None:
            break
        page = list_follows(scope, Section.FOLLOWERS, query.with_(cursor=page.next))
    assert sorted(seen) == [f"Person{number:02}" for number in range(30)]


def test_mutual_is_said_of_both_lists_whatever_the_case(scope: Scope) -> None:
    followers = list_follows(scope, Section.FOLLOWERS, ask()).rows
    assert {row.username for row in followers if row.is_mutual} == MUTUAL
    assert all(row.is_mutual is not None for row in followers)
    following = list_follows(scope, Section.FOLLOWING, ask())
    assert {row.username for row in following.rows if not row.is_mutual} == {"nobody"}
    assert following.total == len(FOLLOWED)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("America/Sao_Paulo", date(2018, 2, 17)),
        ("Europe/Paris", date(2025, 3, 30)),
        ("Europe/Paris", date(2025, 10, 26)),
        ("Asia/Kathmandu", date(2025, 6, 1)),
        ("Pacific/Kiritimati", date(2025, 1, 1)),
    ],
)
def test_both_days_of_a_period_are_inside_in_the_accounts_own_zone(
    zone: str, day: date, session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    start, end = start_of_day(day, zone), start_of_day(day.fromordinal(day.toordinal() + 1), zone)
    rows = [("before", start - 1), ("first", start), ("last", end - 1), ("after", end)]
    import_done(alice, export_json([(name, written(second)) for name, second in rows]))
    scope = replace(account_scope(alice), timezone=zone)

    def names(first: date | None, last: date | None) -> set[str]:
        page = list_follows(scope, Section.FOLLOWERS, ask(first=first, last=last, timezone=zone))
        assert page.total == len(page.rows)
        return found(page)

    assert names(day, day) == {"first", "last"}
    assert names(day, None) == {"first", "last", "after"}
    assert names(None, day) == {"before", "first", "last"}


def test_the_stream_is_the_list_from_its_first_row_to_its_last(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follows, "_STREAM_ROWS", 7)
    for ordering in FollowOrder:
        for changes in ({}, {"search": "person"}, {"relation": Relation.MUTUAL}):
            query = ask(ordering=ordering, page_size=1000, **changes)
            page = list_follows(scope, Section.FOLLOWERS, query)
            assert tuple(stream_follows(scope, Section.FOLLOWERS, query.with_(page_size=2, page=3))) == page.rows


def test_a_list_that_no_export_holds_is_unknown(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    import_done(alice, export_json([("ada", written(SECOND))], None))
    scope = account_scope(alice)
    unknown = list_follows(scope, Section.FOLLOWING, ask())
    assert (unknown.is_unknown, unknown.total, unknown.rows, unknown.as_of) == (True, None, (), None)
    assert not is_known(scope, Section.FOLLOWING, ask())
    assert not is_known(scope, Section.FOLLOWERS, ask(relation=Relation.MUTUAL))
    assert is_known(scope, Section.FOLLOWERS, ask(search="x"))
    known = list_follows(scope, Section.FOLLOWERS, ask())
    assert [row.is_mutual for row in known.rows] == [None]
    assert list(stream_follows(scope, Section.FOLLOWERS, ask())) == [("ada", SECOND, None)]


def test_an_empty_list_is_known_to_be_empty(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    import_done(alice, export_json([("ada", written(SECOND))], []))
    scope = account_scope(alice)
    page = list_follows(scope, Section.FOLLOWING, ask())
    assert (page.is_unknown, page.total, page.rows) == (False, 0, ())
    assert [row.is_mutual for row in list_follows(scope, Section.FOLLOWERS, ask()).rows] == [False]


def test_the_lists_of_two_teams_never_meet(
    scope: Scope, alice: Member, charlie: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(charlie, export_json([("ada", written(SECOND))], [("Person03", written(SECOND))]))
    theirs = list_follows(account_scope(charlie), Section.FOLLOWERS, ask())
    assert (found(theirs), theirs.total) == ({"ada"}, 1)
    assert list_follows(account_scope(alice), Section.FOLLOWERS, ask()).total == len(PEOPLE)
