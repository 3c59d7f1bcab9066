"""CSV files: no cell runs, every name survives, and unknown stays empty."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable

import pytest

from tests.injections import INJECTIONS
from webapp.analytics.follows import FollowRow
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.period import instant
from webapp.renderers.csv import Dialect, neutralise, render_follows

HARMLESS = ["ada", "ada.lovelace_", "a=b", "a+b", "7up", "_x", "été", "日本語", "قناة", "🌸", "'=1", "", "   "]
AWKWARD = [*HARMLESS, "a;b", 'a"b', "a,b", "a\r\nb", '"=1"']
DELIMITERS = {Dialect.STANDARD: ",", Dialect.EXCEL: ";"}
# Excel reads UTF-8 only behind this mark.
BOM = b"\xef\xbb\xbf"


def rendered(rows: Iterable[FollowRow], dialect: Dialect, timezone: str = "UTC", locale: str = "en") -> bytes:
    return b"".join(render_follows(rows, timezone, dialect, locale))


def cells(content: bytes, dialect: Dialect) -> list[list[str]]:
    text = content.removeprefix(BOM).decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[dialect]))


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("payload", INJECTIONS)
def test_no_cell_begins_like_a_formula(payload: str, dialect: Dialect) -> None:
    table = cells(rendered([FollowRow(payload, 0, True)], dialect), dialect)
    assert len(table) == 2, "the payload made rows of its own"
    assert len(table[1]) == 3, "the payload made cells of its own"
    assert table[1][0] == "'" + payload


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_name_stays_as_it_is(name: str) -> None:
    assert neutralise(name) == name


@pytest.mark.parametrize("dialect", Dialect)
def test_every_name_survives_whatever_is_in_it(dialect: Dialect) -> None:
    table = cells(rendered([FollowRow(name, 0, None) for name in AWKWARD], dialect), dialect)
    assert [row[0] for row in table[1:]] == AWKWARD


def test_the_standard_dialect_is_rfc_4180_with_times_in_utc() -> None:
    rows = [FollowRow("ada", 1_768_463_100, True), FollowRow("été", 0, False), FollowRow("x", 0, None)]
    assert rendered(rows, Dialect.STANDARD, "Europe/Paris", "fr").decode() == (
        "username,date_followed,is_mutual\r\n"
        "ada,2026-01-15T07:45:00Z,true\r\n"
        "été,1970-01-01T00:00:00Z,false\r\n"
        "x,1970-01-01T00:00:00Z,\r\n"
    )


@pytest.mark.parametrize(("locale", "yes", "no"), [("en", "yes", "no"), ("fr", "oui", "non")])
def test_the_excel_dialect_opens_by_a_double_click(locale: str, yes: str, no: str) -> None:
    rows = [FollowRow("été", 1_768_463_100, True), FollowRow("b", 1_752_566_700, False), FollowRow("c", 0, None)]
    content = rendered(rows, Dialect.EXCEL, "Europe/Paris", locale)
    assert content.startswith(BOM)
    assert content.count(BOM) == 1
    assert cells(content, Dialect.EXCEL)[1:] == [
        ["été", "2026-01-15 08:45:00", yes],
        ["b", "2025-07-15 10:05:00", no],
        ["c", "1970-01-01 01:00:00", ""],
    ]


@pytest.mark.parametrize("dialect", Dialect)
def test_no_rows_are_a_file_with_its_header(dialect: Dialect) -> None:
    assert cells(rendered([], dialect), dialect) == [["username", "date_followed", "is_mutual"]]


def test_a_long_list_comes_in_pieces_and_is_read_only_as_it_is_written() -> None:
    taken: list[int] = []

    def rows() -> Iterable[FollowRow]:
        for number in range(20_000):
            taken.append(number)
            yield FollowRow(f"person{number:05}", number, True)

    pieces = iter(render_follows(rows(), "UTC", Dialect.STANDARD, "en"))
    first = next(pieces)
    assert len(taken) < 3000
    assert len(first) < 70_000
    table = cells(first + b"".join(pieces), Dialect.STANDARD)
    assert [row[0] for row in table[1:]] == [f"person{number:05}" for number in range(20_000)]


def plainly(rows: Iterable[FollowRow], dialect: Dialect, timezone: str) -> bytes:
    """Return what the standard library writes, one row and one date at a time."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=DELIMITERS[dialect], lineterminator="\r\n")
    writer.writerow(("username", "date_followed", "is_mutual"))
    words = ("yes", "no") if dialect is Dialect.EXCEL else ("true", "false")
    for name, second, mutual in rows:
        at = instant(second, timezone) if dialect is Dialect.EXCEL else instant(second)
        when = at.strftime("%Y-%m-%d %H:%M:%S" if dialect is Dialect.EXCEL else "%Y-%m-%dT%H:%M:%SZ")
        writer.writerow((neutralise(name), when, "" if mutual is None else words[0] if mutual else words[1]))
    return (BOM if dialect is Dialect.EXCEL else b"") + buffer.getvalue().encode()


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("timezone", ["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia"])
def test_the_file_is_byte_for_byte_what_the_standard_library_writes(timezone: str, dialect: Dialect) -> None:
    draw = random.Random(timezone)
    # Around changes of clocks: of 2025 in Paris, of 2006 in St John's, there at 00:01, of 1972 in Monrovia.
    edges = (1_743_296_400, 1_761_440_400, 1_162_096_260, 1_143_948_660, 63_593_070, 0, -2_208_988_800, 4_102_444_799)
    for safe in (0.0, 0.9, 1.0):
        rows = [
            FollowRow(
                f"plain.{number}_"
                if draw.random() < safe
                else draw.choice([*INJECTIONS, *AWKWARD, "'", ";", '"', "\r"]),
                draw.choice([draw.choice(edges) + draw.randrange(-7200, 7200), draw.randrange(2**31)]),
                draw.choice([True, False, None]),
            )
            for number in range(3000)
        ]
        assert rendered(rows, dialect, timezone) == plainly(rows, dialect, timezone)


def test_an_unknown_dialect_is_refused_and_none_is_the_standard_one() -> None:
    assert Dialect.parse("") is Dialect.STANDARD
    assert Dialect.parse("excel") is Dialect.EXCEL
    with pytest.raises(Invalid) as refusal:
        Dialect.parse("tsv")
    assert (refusal.value.code, refusal.value.params["field"]) == (ErrorCode.FIELD_INVALID, "dialect")
