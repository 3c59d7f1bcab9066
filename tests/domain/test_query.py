"""What is asked of a list: read strictly, written back the same."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import Period
from webapp.domain.query import MAX_SEARCH, Cursor, FollowOrder, FollowQuery, Ignored, Relation, refuse_unknown
from webapp.domain.tags import tag_key


def parse(**arguments: str) -> FollowQuery:
    return FollowQuery.parse(MultiDict(arguments), "Europe/Paris")


_days = st.dates(date(1970, 1, 1), date(2100, 12, 31))
_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=MAX_SEARCH)
_cursors = st.builds(
    Cursor,
    second=st.integers(0, 4_133_980_799),
    name=_texts,
    position=st.integers(0, 999_999_999),
    backwards=st.booleans(),
)


@st.composite
def _queries(draw: st.DrawFn) -> FollowQuery:
    first, last = sorted([draw(_days), draw(_days)])
    tag = tag_key(draw(st.sampled_from(["", "ignore", "brand", "met in Lyon", "Straße"])))
    return FollowQuery(
        period=Period(draw(st.sampled_from([None, first])), draw(st.sampled_from([None, last])), "Europe/Paris"),
        search=draw(_texts).strip().removeprefix("@").strip(),
        relation=draw(st.sampled_from(Relation)),
        tag=tag,
        ignored=draw(st.none() | st.sampled_from(Ignored)),
        unmarked=not tag and draw(st.booleans()),
        ordering=draw(st.sampled_from(FollowOrder)),
        page=draw(st.integers(1, 1_000_000)),
        page_size=draw(st.integers(1, 1000)),
        cursor=draw(st.none() | _cursors),
    )


@settings(max_examples=150, deadline=None, database=None)
@given(_queries())
def test_a_query_written_as_arguments_is_read_as_the_same_query(query: FollowQuery) -> None:
    if not query.search.startswith("@"):
        assert FollowQuery.parse(MultiDict(query.to_args()), "Europe/Paris") == query


@settings(max_examples=150, deadline=None, database=None)
@given(_cursors)
def test_a_cursor_comes_back_as_it_went(cursor: Cursor) -> None:
    text = cursor.encode()
    assert Cursor.decode(text) == cursor
    assert text.isascii()
    assert not set(text) & set("+/=&? ")


@settings(max_examples=200, deadline=None, database=None)
@given(st.text(max_size=80))
def test_any_other_text_is_refused_as_a_cursor_or_is_one(text: str) -> None:
    try:
        cursor = Cursor.decode(text)
    except Invalid:
        return
    assert Cursor.decode(cursor.encode()) == cursor


@pytest.mark.parametrize(
    "raw", ["f:0:0", "x:0:0:a", "f:-1:0:a", "f:0:--5:a", "f:0:12345678901:a", "f:0:1e9:a", "f:0:0:a\0", "f:0:١:a"]
)
def test_a_cursor_of_wrong_parts_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        Cursor.decode(base64.urlsafe_b64encode(raw.encode()).decode().rstrip("="))


def test_without_arguments_the_newest_hundred_are_asked_for() -> None:
    query = parse()
    assert query == FollowQuery(Period(None, None, "Europe/Paris"))
    assert (query.ordering, query.page_size, query.is_filtered, query.to_args()) == (
        FollowOrder.DATE_FOLLOWED_DESC,
        100,
        False,
        {},
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("page", value) for value in ("0", "-1", "1_0", "１", "1e3", "NaN", "+1", "1.0", str(2**63), "1000001", "x")],
        *[("page_size", value) for value in ("0", "1001", "-5", "ten", "0x10")],
        *[
            ("date_from", value)
            for value in (
                "2025-13-01",
                "2025-02-30",
                "25-01-01",
                "2025-1-1",
                "1969-12-31",
                "2101-01-01",
                "20250101",
                "2025-01-01T00:00",
                "today",
                "２０２５-01-01",
            )
        ],
        ("date_to", "2025-02-29"),
        *[("ordering", value) for value in ("(select 1)", "USERNAME", "-", "--username", "is_mutual")],
        *[("mutual", value) for value in ("2", "yes", "TRUE", "null")],
        ("search", "a" * 65),
        ("search", "a\0b"),
        ("cursor", "!!!"),
    ],
)
def test_a_bad_value_names_its_field(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse(**{field: value})
    assert refusal.value.params["field"] == field
    assert refusal.value.status == 422


def test_a_field_given_twice_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        FollowQuery.parse(MultiDict([("page", "1"), ("page", "1")]), "UTC")
    assert (refusal.value.code, refusal.value.params["field"]) == (ErrorCode.FIELD_REPEATED, "page")


def test_days_in_the_wrong_order_are_refused_and_one_day_is_fine() -> None:
    with pytest.raises(Invalid) as refusal:
        parse(date_from="2025-03-02", date_to="2025-03-01")
    assert refusal.value.code is ErrorCode.PERIOD_REVERSED
    assert parse(date_from="2025-03-01", date_to="2025-03-01").period.first == date(2025, 3, 1)


def test_an_unknown_argument_is_refused_and_not_ignored() -> None:
    refuse_unknown(MultiDict({"search": "x"}), FollowQuery.FIELDS)
    with pytest.raises(Invalid) as refusal:
        refuse_unknown(MultiDict({"serach": "x"}), FollowQuery.FIELDS)
    assert (refusal.value.code, refusal.value.params["field"]) == (ErrorCode.FIELD_UNKNOWN, "serach")


def test_the_at_sign_that_people_type_is_not_searched_for() -> None:
    assert parse(search=" @ada ").search == "ada"


@pytest.mark.parametrize("changes", [{"search": "x"}, {"mutual": "1"}, {"date_from": "2025-01-01"}])
def test_whatever_narrows_the_list_is_a_filter(changes: dict[str, str]) -> None:
    assert parse(**changes).is_filtered
    assert not parse(page="3", ordering="username").is_filtered


def test_another_filter_begins_at_the_first_page_and_a_page_keeps_the_filter() -> None:
    query = parse(search="x", page="7")
    assert query.with_(search="y").page == 1
    assert query.with_(page=8).search == "x"
    at_cursor = query.with_(cursor=Cursor(1, "a"))
    assert at_cursor.with_(ordering=FollowOrder.USERNAME).cursor is None
