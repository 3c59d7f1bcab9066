"""Many dates and many numbers at once are read as one by one."""

from __future__ import annotations

import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importers.making import document, encoded, follow, read
from webapp.domain.sections import Section
from webapp.importers import columns, follow_list
from webapp.importers.columns import parse_dates, repeated
from webapp.importers.dates import parse_date, written

_PLAIN = st.integers(-2_208_988_800, 4_133_980_799).map(written)
_NEARLY = st.from_regex(r"[0-9]{4}[-/][0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}\n?", fullmatch=True)
_BROKEN = (
    *("2025-02-29 00:00:00", "2025-13-01 00:00:00", "2025-00-01 00:00:00", "2025-01-00 00:00:00"),
    *("2025-01-01 24:00:00", "2025-01-01 10:60:00", "2025-01-01 10:00:60"),
    *("1899-12-31 23:59:59", "2101-01-01 00:00:00", "2025/01/01 10:00:00", "2025-01-01\n10:00:00"),
    *("\u0662025-01-01 10:00:00", "2025-01-01 10:00:0", "2025-01-01 10:00:000", ""),
)


@given(st.lists(_PLAIN, min_size=1, max_size=60))
def test_dates_are_read_as_one_by_one(texts: list[str]) -> None:
    assert parse_dates(texts) == [parse_date(text) for text in texts]


@given(st.lists(_PLAIN | _NEARLY, min_size=1, max_size=6))
def test_dates_that_look_right_are_read_or_left_to_another(texts: list[str]) -> None:
    found = parse_dates(texts)
    assert found is None or found == [parse_date(text) for text in texts]


@pytest.mark.parametrize("text", _BROKEN)
def test_one_that_is_no_plain_date_leaves_all_to_another(text: str) -> None:
    good = "2024-02-29 23:59:59"
    for texts in ([text], [good, text], [text, good], [good, text, good]):
        assert parse_dates(texts) is None
    assert parse_dates([good, good]) == [1709251199] * 2


def test_neighbours_do_not_lend_each_other_a_digit() -> None:
    assert parse_dates(["2025-01-01 10:00:0", "02025-01-01 10:00:00"]) is None
    assert parse_dates([]) is None


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=40))
def test_numbers_that_stand_there_twice_are_found(numbers: list[int]) -> None:
    assert repeated(array("q", numbers)) == {number for number in numbers if numbers.count(number) > 1}


@pytest.mark.parametrize("suffix", ["", " UTC"])
@pytest.mark.parametrize(
    "odd", [None, {"Date": "never", "UserName": "odd"}, {"Date": "2025-01-01 00:00:00", "UserName": "N/A"}]
)
def test_a_long_list_gives_the_same_rows_and_the_same_digest_as_a_short_one(
    monkeypatch: pytest.MonkeyPatch, suffix: str, odd: dict[str, object] | None
) -> None:
    rows = [follow(f"Person{number:05}", written(1_700_000_000 + number * 61) + suffix) for number in range(6_000)]
    rows += [follow("PERSON00007", "2026-01-01 00:00:00"), *([odd] if odd else [])]
    short, expected = read(encoded(document(rows)))
    asked: list[int] = []
    parse = columns.parse_dates

    def noted(texts: list[str]) -> list[int] | None:
        asked.append(len(texts))
        return parse(texts)

    monkeypatch.setattr(follow_list, "_MANY_ROWS", 1_000)
    monkeypatch.setattr(columns, "parse_dates", noted)
    long, found = read(encoded(document(rows)))
    assert sum(asked) > 5_000
    assert json.dumps(found.rows) == json.dumps(expected.rows)
    assert len(found.rows[Section.FOLLOWERS]) == 6_000
    assert long == short
    assert found.restarts == expected.restarts == 1
