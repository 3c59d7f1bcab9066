"""The packed list and the tables give the same answers to everything that can be asked."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, parse_here, written
from webapp.analytics import list_index, packed_pages, relationships
from webapp.analytics.follows import FollowPage, list_follows
from webapp.analytics.list_index import find_packed
from webapp.analytics.relationships import count_by_day
from webapp.analytics.visible import find_newest_complete
from webapp.domain.period import Period
from webapp.domain.query import Cursor, FollowOrder, FollowQuery, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import ListIndex

DAY = 86_400
NEVER_LONG = 10**9
START = at("2024-10-20")
NEEDLES = [
    "",
    "a",
    "B",
    "_",
    "%",
    "\\",
    "é",
    "E\u0301",
    "日",
    "ab",
    "a_",
    "0_a",
    "nobody",
    "a b",
    "a\nb",
    "@",
    "ß",
    "ss",
]


def people(draw: random.Random, count: int) -> list[tuple[str, int]]:
    """Return names with what SQL and patterns take for signs, many in one second, around a change of clocks."""
    names = {"".join(draw.choices("aAbB_%\\.éÉß日0-", k=draw.randrange(1, 6))) for _ in range(count)}
    seconds = [START + draw.randrange(20 * DAY) for _ in range(count // 3)]
    unique = {name.casefold(): name for name in sorted(names)}
    return [(name, draw.choice(seconds)) for name in unique.values()]


@pytest.fixture
def draw() -> random.Random:
    return random.Random(20)


@pytest.fixture
def scope(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch, draw: random.Random) -> Scope:
    """An account whose lists are packed, one person gone again."""
    parse_here(monkeypatch)
    monkeypatch.setattr(list_index, "LEAST_ROWS", 1)
    rows = [(name, written(second)) for name, second in people(draw, 700)]
    following = rows[::7]
    import_done(alice, export_json([*rows, ("gone", written(START))], following), exported_at=START + 30 * DAY)
    import_done(alice, export_json(rows, following), exported_at=START + 31 * DAY)
    assert session.scalar(select(func.count()).select_from(ListIndex)) == 2
    return account_scope(alice)


def both(
    scope: Scope, query: FollowQuery, monkeypatch: pytest.MonkeyPatch, section: Section = Section.FOLLOWERS
) -> FollowPage:
    """Ask the packed list and the tables; return the answer they agree on."""
    answer = list_follows(scope, section, query)
    with monkeypatch.context() as patch:
        patch.setattr(list_index, "LEAST_ROWS", NEVER_LONG)
        assert list_follows(scope, section, query) == answer, query
    return answer


def some_query(draw: random.Random) -> FollowQuery:
    first = date(2024, 10, 18) + timedelta(days=draw.randrange(20))
    return FollowQuery(
        Period(
            draw.choice([None, first]), draw.choice([None, first + timedelta(days=draw.randrange(9))]), "Europe/Paris"
        ),
        search=draw.choice(NEEDLES),
        ordering=draw.choice(list(FollowOrder)),
        relation=draw.choice([Relation.ALL] * 8 + [Relation.MUTUAL, Relation.NOT_MUTUAL]),
        page=draw.choice([1, 1, 2, 3, 40]),
        page_size=draw.choice([1, 5, 30, 1000]),
    )


@pytest.mark.parametrize("gathered", [0, 50_000])
def test_every_question_has_one_answer(
    scope: Scope, gathered: int, draw: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_pages, "_GATHERED", gathered)
    newest = find_newest_complete(scope, Section.FOLLOWERS)
    assert newest is not None
    assert find_packed(newest, Section.FOLLOWERS) is not None
    for _ in range(120):
        query = some_query(draw)
        page = both(scope, query, monkeypatch, draw.choice([Section.FOLLOWERS, Section.FOLLOWING]))
        for cursor in (page.next, page.previous):
            if cursor is not None:
                both(scope, query.with_(cursor=cursor), monkeypatch)


@pytest.mark.parametrize("ordering", FollowOrder)
def test_a_search_is_paged_to_its_end_and_back(
    scope: Scope, ordering: FollowOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = FollowQuery(Period(None, None, "UTC"), search="a", ordering=ordering, page_size=37)
    page = both(scope, query, monkeypatch)
    seen = [row.username for row in page.rows]
    while page.next:
        page = both(scope, query.with_(cursor=page.next), monkeypatch)
        seen += [row.username for row in page.rows]
    assert len(set(seen)) == len(seen) == page.total
    back = [row.username for row in page.rows]
    while page.previous:
        page = both(scope, query.with_(cursor=page.previous), monkeypatch)
        back = [row.username for row in page.rows] + back
    assert back == seen


@pytest.mark.parametrize("ordering", FollowOrder)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_cursor_of_somebody_who_is_not_on_the_list_still_has_a_place(
    scope: Scope, ordering: FollowOrder, backwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second, name in ((START + 10 * DAY, "gone"), (START - DAY, ""), (START + 99 * DAY, "日日日"), (START, "b")):
        cursor = Cursor(second, name, 50, backwards)
        both(scope, FollowQuery(Period(None, None, "UTC"), "b", ordering=ordering, cursor=cursor), monkeypatch)


def test_an_older_revision_never_reads_the_list_of_a_newer_one(
    scope: Scope, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = FollowQuery(Period(None, None, "UTC"), search="a")
    before = both(scope, query, monkeypatch)
    import_done(alice, export_json([("abc", written(START))]), exported_at=START + 40 * DAY, losses_confirmed=True)
    assert both(scope, query, monkeypatch) == before
    now = both(account_scope(alice), query, monkeypatch)
    assert ([row.username for row in now.rows], now.total) == (["abc"], 1)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Kiritimati"])
def test_days_are_counted_alike(scope: Scope, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = replace(scope, timezone=zone)
    counted = count_by_day(there, Section.FOLLOWERS)
    with monkeypatch.context() as patch:
        patch.setattr(relationships, "find_packed", lambda *_: None)
        assert list(count_by_day(there, Section.FOLLOWERS).items()) == list(counted.items())
    for day, count in list(counted.items())[:3]:
        page = list_follows(there, Section.FOLLOWERS, FollowQuery(Period(day, day, zone)))
        assert page.total == count


def test_a_total_that_takes_long_is_left_out_unless_it_is_asked_for(
    scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = FollowQuery(Period(None, None, "UTC"), search="a", page_size=5)
    total = list_follows(scope, Section.FOLLOWERS, query).total
    monkeypatch.setattr(packed_pages, "_CHEAP_HITS", 10)
    hurried = list_follows(scope, Section.FOLLOWERS, query, counts_all=False)
    assert (hurried.total, hurried.is_unknown, len(hurried.rows)) == (None, False, 5)
    assert list_follows(scope, Section.FOLLOWERS, query).total == total
    rare = replace(query, search="nobody")
    assert list_follows(scope, Section.FOLLOWERS, rare, counts_all=False).total == 0
