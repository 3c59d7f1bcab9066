"""Read JSON exports at every block boundary, and refuse what is not JSON with the place of the fault."""

from __future__ import annotations

import json
import random

import pytest

from tests.importers.making import document, encoded, follow, many, read, refusal, refused_with
from webapp.domain.errors import ErrorCode
from webapp.domain.sections import Section, SectionState
from webapp.importers.limits import Limits

TRAP = 'she said: "}]" and "FansList": [{"UserName": "ghost"}], {"Date"'


def post(title: str, date: str = "2025-03-04 17:05:12", **more: object) -> dict[str, object]:
    return {
        "Date": date,
        "Link": "https://x.example/v",
        "Likes": "12",
        "Title": title,
        "WhoCanView": "Everyone",
        **more,
    }


def whole() -> bytes:
    posts = [post(f"{TRAP} {n}", f"2025-03-04 17:{n % 60:02}:{n // 60:02}") for n in range(120)]
    chats = {"Chat with a": [{"Date": "2025-01-01 00:00:00", "Content": TRAP}] * 3}
    nested = {"Direct Message": {"Direct Messages": {"ChatHistory": chats}}}
    return encoded(document(many(700, "é"), many(30), posts, **nested))


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64, 200, 1_000, 4_096, 65_537])
def test_every_block_size_gives_the_same_rows(block: int) -> None:
    data = whole() if block > 7 else encoded(document(many(3, "é"), many(2), [post(TRAP)]))
    expected, expected_rows = read(data)
    summary, rows = read(data, limits=Limits(block=block))
    assert (rows.rows, rows.published) == (expected_rows.rows, expected_rows.published)
    assert summary.content_digest == expected.content_digest


def test_brackets_inside_captions_neither_end_nor_start_a_list() -> None:
    summary, kept = read(whole(), limits=Limits(block=512))
    assert [summary.sections[s].read for s in (Section.FOLLOWERS, Section.POSTS)] == [700, 120]
    assert kept.published[Section.POSTS][5].title == f"{TRAP} 5"


def test_a_file_cut_anywhere_is_refused_with_its_place() -> None:
    data = encoded(document(many(40), many(5), [post(TRAP)]))
    for end in random.Random(3).sample(range(1, len(data)), 100):
        error = refusal(data[:end])
        assert error.code in (ErrorCode.JSON_BROKEN, ErrorCode.NOT_UTF8)
        assert 0 <= int(str(error.params["at"])) <= end


def test_a_byte_order_mark_is_accepted_and_changes_nothing() -> None:
    plain, _ = read(encoded(document(many(3))))
    marked, _ = read(b"\xef\xbb\xbf" + encoded(document(many(3))))
    assert plain.content_digest == marked.content_digest


def test_indentation_changes_nothing() -> None:
    data = document(many(3_000))
    assert read(encoded(data))[0].content_digest == read(encoded(data, None))[0].content_digest


@pytest.mark.parametrize("bad", [b"\xed\xa0\x80", b"\xff", b"\xc0\x80", b"\xf8\x88\x80\x80\x80"])
def test_invalid_utf8_is_refused_even_where_nobody_reads(bad: bytes) -> None:
    data = encoded(document(many(2))).replace(b"x@example.org", bad)
    for block in (1_048_576, 5):
        error = refusal(data, limits=Limits(block=block))
        assert (error.code, error.params["at"]) == (ErrorCode.NOT_UTF8, data.index(bad))


@pytest.mark.parametrize("count", [3, 3_000])
def test_a_repeated_key_inside_a_row_is_refused(count: int) -> None:
    twice = encoded(document(many(count))).replace(
        b'"UserName": "name%d"' % (count - 1), b'"UserName": "a", "User\\u004eame": "b"'
    )
    assert refused_with(twice, limits=Limits(block=70_000)) is ErrorCode.JSON_DUPLICATE_KEY


def test_too_many_rows_are_refused() -> None:
    assert refused_with(encoded(document(many(11))), limits=Limits(max_rows=10)) is ErrorCode.TOO_MANY_ROWS


def test_lone_surrogates_become_replacement_characters_with_a_warning() -> None:
    data = encoded(document((), (), [post("PLACE")])).replace(b"PLACE", b"a\\ud800b \\ud83d\\ude02 \\\\ud800")
    summary, kept = read(data)
    assert kept.published[Section.POSTS][0].title == "a\ufffdb \U0001f602 \\ud800"
    assert [(w.code, w.params) for w in summary.warnings] == [("characters_replaced", {"count": 1})]


def test_control_characters_leave_texts_and_names() -> None:
    rows = [follow("na\u0000me")]
    _, kept = read(json.dumps(document(rows, (), [post("a\u0000b\u001b[0m\nc\r\nd")])).encode())
    assert kept.rows[Section.FOLLOWERS][0][0] == "name"
    assert kept.published[Section.POSTS][0].title == "ab[0m\nc\nd"


def test_an_element_too_large_to_hold_is_passed_over_only_where_nobody_reads_it() -> None:
    big: list[object] = [["x" * 1_000] * 6_000]
    assert read(encoded(document(many(1), Comment={"Comments": {"CommentsList": big}})))[0].owner == "some.owner"
    assert refused_with(encoded(document(big))) is ErrorCode.JSON_ITEM_TOO_LARGE


def test_watch_history_is_no_list_of_posts_but_dates_the_export() -> None:
    watched = {"Watch History": {"VideoList": [{"Date": "2025-05-05 05:05:05", "Link": "x"}] * 2_000}}
    summary, kept = read(encoded(document(many(2), **{"Your Activity": watched})))
    assert Section.POSTS not in kept.published
    assert summary.sections[Section.POSTS].state is SectionState.EMPTY
    assert summary.exported_at == 1746421505


def test_nothing_private_leaves_the_parser() -> None:
    secret = {"Login History": {"LoginHistoryList": [{"Date": "2025-05-05 05:05:05", "IP": "198.51.100.7"}]}}
    summary, kept = read(encoded(document(many(2), **{"Your Activity": secret})))
    told = repr((summary, kept.rows, kept.published))
    assert "198.51.100.7" not in told
    assert "example.org" not in told
