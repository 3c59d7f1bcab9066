"""Packed lists: what they find is what looking at every row finds, and damaged ones are refused."""

from __future__ import annotations

import random

import pytest

from webapp.analytics import packed_list
from webapp.analytics.packed_list import NotPacked, PackedList, Rows, pack, unpack

LETTERS = "ab_.é日0"


def some_rows(draw: random.Random, count: int, first: int = 0) -> list[tuple[str, int]]:
    names = {"".join(draw.choices(LETTERS, k=draw.randrange(1, 7))) for _ in range(count * 3)}
    return [(name, first + draw.randrange(count)) for name in sorted(names)[:count]]


def by_date(rows: Rows) -> list[tuple[str, int]]:
    return sorted(rows, key=lambda row: (row[1], row[0]))


def chunks(rows: Rows, size: int) -> list[Rows]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def packed(rows: Rows, size: int = 100) -> PackedList:
    content = b"".join(pack(chunks(by_date(rows), size), chunks(sorted(rows), size)))
    return unpack(memoryview(content))


@pytest.mark.parametrize("count", [1, 2, 7, 255, 256, 257, 512, 1300])
@pytest.mark.parametrize("first", [0, -50, 2**32 - 3])
def test_both_orders_and_the_ways_between_them_are_those_of_the_rows(count: int, first: int) -> None:
    rows = some_rows(random.Random(count), count, first)
    found = packed(rows)
    dated, named = by_date(rows), sorted(rows)
    assert found.count == len(rows)
    assert list(found.seconds) == [second for _, second in dated]
    assert [found.by_date.name(place) for place in range(found.count)] == [name for name, _ in dated]
    assert [found.by_name.name(place) for place in range(found.count)] == [name for name, _ in named]
    for first, last in ((0, found.count), (found.count // 3, found.count // 2), (found.count, found.count)):
        assert found.by_name.read_names(first, last) == [name for name, _ in named[first:last]]
    assert [dated[position] for position in found.positions] == named
    assert [named[rank] for rank in found.ranks] == dated
    assert [found.locate(second, name.encode()) for name, second in dated] == list(range(len(rows)))
    assert found.locate(dated[0][1], b"nobody") is None
    assert found.locate(dated[-1][1] + 1, dated[-1][0].encode()) is None


@pytest.mark.parametrize("needle", ["a", "ab", "aa", "_", ".", "é", "日", "a_b", "0a.", "zz", "\n", "\\"])
def test_a_search_finds_and_counts_what_every_row_says(needle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_list, "_LARGEST_BLOCK", 300)
    draw = random.Random(needle)
    rows = some_rows(draw, 1300)
    found, names = packed(rows), [name for name, _ in by_date(rows)]
    sought = needle.encode()
    for _ in range(20):
        first = draw.randrange(len(rows) + 1)
        part = range(first, draw.randrange(first, len(rows) + 1))
        expected = [place for place in part if needle in names[place]]
        assert list(found.by_date.find(sought, part)) == expected
        assert list(found.by_date.find(sought, part[::-1])) == expected[::-1]
        assert found.by_date.count_hits(sought, part) == len(expected)
        assert found.by_date.count_hits(sought, part, most=len(expected)) == len(expected)
        if expected:
            assert found.by_date.count_hits(sought, part, most=len(expected) - 1) is None


def test_a_span_holds_the_seconds_between_its_bounds() -> None:
    rows = some_rows(random.Random(3), 400)
    found, seconds = packed(rows), sorted(second for _, second in rows)
    for starts_at, ends_at in ((None, None), (5, None), (None, 200), (100, 101), (-9, 10**9), (300, 20)):
        inside = [
            place
            for place, second in enumerate(seconds)
            if (starts_at is None or second >= starts_at) and (ends_at is None or second < ends_at)
        ]
        assert list(found.span(starts_at, ends_at)) == inside


@pytest.mark.parametrize(
    ("dated", "named"),
    [
        ([], []),
        ([("a", 1)], []),
        ([], [("a", 1)]),
        ([("a", 1)], [("a", 2)]),
        ([("a", 1), ("b", 2)], [("a", 1), ("b", 1)]),
        ([("a", 1), ("b", 2)], [("a", 1)]),
        ([("a", 1)], [("a", 1), ("b", 2)]),
        ([("a", 1)], [("aa", 1)]),
    ],
)
def test_orders_that_hold_other_rows_make_no_list(dated: Rows, named: Rows) -> None:
    with pytest.raises(NotPacked):
        pack([dated], [named])


def test_bytes_that_are_no_packed_list_are_refused() -> None:
    content = b"".join(pack([[("a", 1), ("b", 2)]], [[("a", 1), ("b", 2)]]))
    for damaged in (
        b"",
        b"TLI1",
        content[:-1],
        content + b"x",
        b"XXXX" + content[4:],
        content[:4] + b"?" + content[5:],
    ):
        with pytest.raises(NotPacked):
            unpack(memoryview(damaged))
