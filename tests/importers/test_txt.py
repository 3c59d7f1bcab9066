"""Read the text form: English, Dutch, unknown languages by shape, old and new."""

from __future__ import annotations

import pytest

from tests.importers.making import read, refused_with, zipped
from webapp.domain.errors import ErrorCode
from webapp.domain.sections import Section, SectionState
from webapp.importers.limits import Limits

FOLLOWER = "Date: 2025-06-07 06:42:58 UTC\nUsername: one\n\nDate: 2025-05-09 06:03:08 UTC\nUsername: two\n\n"
ROWS = [("one", 1749278578), ("two", 1746770588)]


@pytest.mark.parametrize("name", ["Follower.txt", "follower (1).txt", "Follower_2.txt", "a/Follower List.txt"])
def test_a_bare_list_is_known_by_its_name(name: str) -> None:
    _, kept = read(FOLLOWER.encode(), name)
    assert kept.rows == {Section.FOLLOWERS: ROWS}


@pytest.mark.parametrize("change", ["\r\n", "bom", "no end", "no zone"])
def test_line_ends_marks_and_zones_change_nothing(change: str) -> None:
    text = FOLLOWER
    if change == "no end":
        text = text.rstrip("\n")
    elif change == "no zone":
        text = text.replace(" UTC", "")
    data = text.replace("\n", "\r\n").encode() if change == "\r\n" else text.encode()
    data = b"\xef\xbb\xbf" + data if change == "bom" else data
    assert read(data, "Follower.txt", Limits(block=7))[1].rows == {Section.FOLLOWERS: ROWS}


def test_dutch_lists_and_numbered_parts_are_read() -> None:
    dutch = FOLLOWER.replace("Date", "Datum").replace("Username", "Gebruikersnaam").encode()
    part = b"Datum: 2025-01-01 00:00:00 UTC\nGebruikersnaam: drie\n"
    files = {"Activiteit/Volger.txt": dutch, "Activiteit/Volgend.txt": dutch, "Activiteit/Volgend_2.txt": part}
    summary, kept = read(zipped(files), "a.zip")
    assert kept.rows == {Section.FOLLOWERS: ROWS, Section.FOLLOWING: [*ROWS, ("drie", 1735689600)]}
    assert summary.layout == "TXT"
    assert not summary.warnings


def test_labels_of_other_languages_are_read_by_shape() -> None:
    strange = FOLLOWER.replace("Date", "Päivä").replace("Username", "Nimi").encode()
    assert read(strange, "Follower.txt")[1].rows == {Section.FOLLOWERS: ROWS}


def test_lists_without_a_telling_name_are_refused_with_that_reason() -> None:
    assert refused_with(FOLLOWER.encode(), "export.txt") is ErrorCode.TXT_LISTS_UNNAMED
    both = zipped({"Seuraajat.txt": FOLLOWER.encode(), "Seurattavat.txt": FOLLOWER.encode()})
    assert refused_with(both, "a.zip") is ErrorCode.TXT_LISTS_UNNAMED


def test_a_block_list_is_never_taken_for_followers() -> None:
    files = {"Block List.txt": FOLLOWER.encode(), "Following.txt": FOLLOWER.encode()}
    summary, kept = read(zipped(files), "a.zip")
    assert list(kept.rows) == [Section.FOLLOWING]
    assert summary.sections[Section.FOLLOWERS].state is SectionState.MISSING


def test_an_empty_list_is_zero_and_a_cut_one_is_cut() -> None:
    files = {"Follower.txt": b"\n", "Following.txt": FOLLOWER.encode() + b"Date: 2025-01-01 00:00:00 UTC"}
    summary, _ = read(zipped(files), "a.zip")
    assert summary.sections[Section.FOLLOWERS].state is SectionState.EMPTY
    assert summary.sections[Section.FOLLOWING].state is SectionState.CUT
    assert summary.sections[Section.FOLLOWING].skipped == {"bad_row": 1}


def test_the_first_text_form_is_recognised() -> None:
    files = {
        "Activity/Follower List.txt": FOLLOWER.replace(" UTC", "").encode(),
        "Videos/Videos.txt": b"Date: 2020-05-05 05:05:05\nVideo Link: https://www.tiktokv.com/share/video/6800000000000000001/\n",
    }
    summary, kept = read(zipped(files), "a.zip")
    assert summary.layout == "G0"
    assert kept.published[Section.POSTS][0].platform_post_id == "6800000000000000001"


def test_titles_may_span_lines_hold_blank_ones_and_look_like_labels() -> None:
    text = (
        "Date: 2025-03-04 17:05:12 UTC\nLink: https://a.example/1\nhttps://a.example/2\nLike(s): 3\n"
        "Who can view: Friends\nSound: original sound\n"
        "Title: first line\n\nSound: on\nDate: tonight\nAllow duets: please\n#tag\nAdds yours text: N/A\n\n"
        "Date: 2025-03-03 17:05:12 UTC\nLink: https://a.example/3\nLike(s): 4\nTitle: second\n"
    )
    for name in ("Posts.txt", "something.txt"):
        first, second = read(text.encode(), name)[1].published[Section.POSTS]
        assert first.title == "first line\n\nSound: on\nDate: tonight\nAllow duets: please\n#tag"
        assert (first.kind, first.image_count, first.likes, first.privacy) == ("photo", 2, 3, "friends")
        assert (second.title, second.kind, second.add_yours_text) == ("second", "video", None)


def test_text_that_is_no_export_is_refused() -> None:
    assert refused_with(b"MZ\x90\x00", "a.json") is ErrorCode.UNKNOWN_FORMAT
    assert refused_with(b"hello there\n", "a.txt") is ErrorCode.NOT_AN_EXPORT
    assert refused_with(FOLLOWER.encode("utf-16"), "Follower.txt") is ErrorCode.NOT_UTF8
    assert refused_with("Date: é".encode("latin-1"), "Follower.txt") is ErrorCode.NOT_UTF8


def test_blocks_without_blank_lines_lose_no_row() -> None:
    text = "".join(f"Date: 2025-01-01 00:00:{n % 60:02} UTC\nUsername: name{n}\n" for n in range(6_000))
    summary, _ = read(text.encode(), "Follower.txt")
    assert summary.sections[Section.FOLLOWERS].kept == 6_000


def test_a_post_of_endless_lines_is_refused() -> None:
    text = "Date: 2025-01-01 00:00:00 UTC\nLink: https://a.example/\nLike(s): 1\nTitle: a\n" + "b\n" * 6_000
    assert refused_with(text.encode(), "Posts.txt") is ErrorCode.JSON_ITEM_TOO_LARGE
