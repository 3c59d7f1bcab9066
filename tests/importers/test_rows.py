"""Count every row once: kept, or skipped for one reason."""

from __future__ import annotations

import pytest

from tests.importers.making import document, encoded, follow, many, read
from webapp.domain.sections import Certainty, ExportedAtSource, Section, SectionState
from webapp.importers.dates import parse_date
from webapp.importers.follow_list import decode_usual
from webapp.importers.limits import Limits
from webapp.importers.post_list import read_post


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2025-03-04 17:05:12", 1741107912),
        ("2025-03-04 17:05:12 UTC", 1741107912),
        ("2025-03-04T17:05:12Z", 1741107912),
        ("2025-03-04T17:05:12.345Z", 1741107912),
        (" 2025-03-04 17:05:12 ", 1741107912),
        ("1970-01-01 00:00:00", 0),
        ("2038-01-19 03:14:08", 2147483648),
        ("0000-00-00 00:00:00", None),
        ("1899-12-31 23:59:59", None),
        ("2101-01-01 00:00:00", None),
        ("9999-12-31 23:59:59", None),
        ("2025-02-29 00:00:00", None),
        ("2025-01-01 24:00:00", None),
        ("2025-01-01 10:00:60", None),
        ("２０２５-01-01 10:00:00", None),
        ("2025-1-1 1:0:0", None),
        ("1741107912", None),
        ("", None),
        (None, None),
        (1741107912, None),
    ],
)
def test_dates_are_read_or_refused(text: object, seconds: int | None) -> None:
    assert parse_date(text) == seconds


@pytest.mark.parametrize(
    ("text", "is_usual"),
    [
        (b'{"Date": "2025-03-04 17:05:12", "UserName": "ann"}', True),
        (b'{"UserName":"ann","Date":"never"}', True),
        (b'{"Date": "2025-03-04 17:05:12", "UserName": "a\\u00e4"}', True),
        (b'{"Date": "2025-03-04 17:05:12", "UserName": "ann", "UserName": "bob"}', False),
        (b'{"Date": "2025-03-04 17:05:12", "UserName": "a\\"b"}', False),
        (b'{"Date": "2025-03-04 17:05:12", "UserName": "ann", "Extra": "x"}', False),
        (b'{"Date": "2025-03-04 17:05:12", "UserName": null}', False),
        (b'{"Date": "2025-03-04 17:05:12"}', False),
        (b'{"Date": "2025-03-04 17:05:12", "UserName": "\xff"}', False),
        (b'{"Date": "2025-03-04 17:05:12", "UserName": "ann"', False),
    ],
)
def test_a_chunk_takes_the_short_way_only_when_each_row_is_a_name_and_a_date(text: bytes, is_usual: bool) -> None:
    usual = b'{"Date": "2025-01-01 00:00:00", "UserName": "x"}'
    assert len(decode_usual(b"[%b,%b]" % (usual, text))) == (2 if is_usual else 0)


def test_every_row_is_kept_or_counted_under_one_reason() -> None:
    rows: list[object] = [
        follow("good.one"),
        follow("@with.at"),
        follow("Gru\u0308n"),
        follow("N/A", "2024-01-01 00:00:00"),
        follow("n/a", "never"),
        follow("good.ONE", "2025-02-02 00:00:00"),
        follow("x", "yesterday"),
        follow(""),
        follow("has space"),
        follow("y" * 65),
        {"Date": "2025-01-01 00:00:00"},
        {"UserName": "nodate"},
        "text",
        None,
        7,
        [],
    ]
    summary, kept = read(encoded(document(rows)))
    found = summary.sections[Section.FOLLOWERS]
    assert found.skipped == {
        "deleted_account": 2, "duplicate": 1, "bad_date": 1, "bad_name": 3, "bad_row": 6,
    }  # fmt: skip
    assert found.read == len(rows) == found.kept + sum(found.skipped.values())
    assert sorted(name for name, _ in kept.rows[Section.FOLLOWERS]) == ["Grün", "good.ONE", "with.at"]
    assert found.deleted_account_dates == [1704067200]
    assert {issue.code for issue in summary.issues} <= {"bad_date", "bad_name", "bad_row"}


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_repeated_name_the_newest_row_is_kept(order: int) -> None:
    rows = [follow("Twice", "2025-02-02 00:00:00"), *many(7_000), follow("twice", "2024-01-01 00:00:00")]
    summary, kept = read(encoded(document(rows[::order])))
    found = summary.sections[Section.FOLLOWERS]
    assert (kept.restarts, found.read, found.kept, found.skipped) == (1, 7_002, 7_001, {"duplicate": 1})
    assert ("Twice", 1738454400) in kept.rows[Section.FOLLOWERS]


def test_the_same_post_ten_thousand_times_is_one_post() -> None:
    row = {"Date": "2025-01-01 00:00:00", "Link": "https://www.tiktokv.com/share/video/7300000000000000001/"}
    summary, kept = read(encoded(document((), (), [{**row, "Likes": "5"}] * 10_000)))
    assert len(kept.published[Section.POSTS]) == 1
    assert summary.sections[Section.POSTS].skipped == {"duplicate": 9_999}


@pytest.mark.parametrize(
    ("likes", "count"),
    [("1203", 1203), (7, 7), ("0", 0), ("", None), ("N/A", None), ("1,234", None), (1.5, None), (-3, None),
     (True, None), (None, None), ("²", None), ("12345678901234567890", None)],
)  # fmt: skip
def test_likes_are_a_number_or_unknown(likes: object, count: int | None) -> None:
    post = read_post({"Date": "2025-01-01 00:00:00", "Likes": likes})
    assert post is not None
    assert post.likes == count


@pytest.mark.parametrize(
    "link",
    [
        "https://www.tiktok.com/@some.one/video/7300000000000000001",
        "https://www.tiktokv.com/share/video/7300000000000000001/",
    ],
)
def test_lasting_links_hold_the_id(link: str) -> None:
    post = read_post({"Date": "2025-01-01 00:00:00", "Link": link})
    assert post is not None
    assert post.platform_post_id == "7300000000000000001"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "https://evil.example/share/video/7300000000000000001/",
        "https://x\u0430.com/",
        "file:///etc",
    ],
)
def test_other_links_are_never_kept(link: str) -> None:
    post = read_post({"Date": "2025-01-01 00:00:00", "Link": link})
    assert post is not None
    assert (post.permalink, post.platform_post_id) == (None, None)


@pytest.mark.parametrize("nothing", [None, [], {}, "", "N/A"])
def test_present_and_empty_is_zero(nothing: object) -> None:
    summary, _ = read(encoded(document(nothing)))
    assert summary.sections[Section.FOLLOWERS].state is SectionState.EMPTY


def test_a_container_without_its_list_is_unknown() -> None:
    data = {"Profile": {"Follower List": {}, "Following List": {"Following": [follow("a")]}}, "Video": {}}
    summary, _ = read(encoded(data))
    assert summary.sections[Section.FOLLOWERS].state is SectionState.MISSING
    assert summary.sections[Section.FOLLOWING].kept == 1
    assert ("list_absent_in_container", "followers") in [(w.code, w.params.get("section")) for w in summary.warnings]
    assert summary.layout == "G2c"


def test_layouts_may_be_mixed_and_roots_may_be_cased_otherwise() -> None:
    data = {
        "ACTIVITY": {"Follower List": {"FansList": [follow("a")]}},
        "profile and settings": {"Following": {"Following": [follow("b")]}},
    }
    summary, kept = read(encoded(data))
    assert summary.layout == "mixed"
    assert {section: rows[0][0] for section, rows in kept.rows.items()} == {
        Section.FOLLOWERS: "a",
        Section.FOLLOWING: "b",
    }


def test_a_new_root_and_a_new_field_are_reported_without_their_values() -> None:
    rows = [{**follow("a"), "Region": "secret"}]
    data = document(rows, **{"Brand New": {"x": 1}, "user_123": {}})
    summary, _ = read(encoded(data))
    paths = {key.path for key in summary.unknown_keys}
    assert {"Brand New", "***", "Profile And Settings.Follower.FansList[].Region"} <= paths
    assert "secret" not in repr(summary)


def test_keys_that_look_like_fields_of_the_database_reach_nothing() -> None:
    data = document([{**follow("a"), "id": 1, "team_id": 2, "__proto__": {}}])
    assert read(encoded(data))[1].rows[Section.FOLLOWERS] == [("a", 1735787045)]


def test_posts_alone_are_dated_by_their_newest_row() -> None:
    rows = [{"Date": "2025-01-01 00:00:00", "Link": "https://v.example/?x-tos-expires=1769154300&b"}]
    summary, _ = read(encoded({"Post": {"Posts": {"VideoList": rows}}}), limits=Limits())
    assert (summary.exported_at_source, summary.exported_at_certainty) == (
        ExportedAtSource.NEWEST_ROW,
        Certainty.GUESSED,
    )


@pytest.mark.parametrize(
    ("roots", "fields", "layout"),
    [
        ("Activity Video", {"VideoLink": "x"}, "G1"),
        ("Activity Video", {"Link": "x", "Likes": "1"}, "G2a"),
        ("Activity Video", {"Link": "x", "WhoCanView": "Everyone"}, "G2b"),
        ("Your Activity|Post", {"Link": "x", "Likes": "1"}, "G4"),
        ("Your Activity|Post", {"AlternateText": "N/A", "WhoCanView": "Everyone"}, "G4"),
    ],
)
def test_the_fields_of_posts_narrow_the_layout(roots: str, fields: dict[str, str], layout: str) -> None:
    names = roots.split("|") if "|" in roots else roots.split()
    place = "Posts" if names[1] == "Post" else "Videos"
    data = {names[0]: {}, names[1]: {place: {"VideoList": [{"Date": "2024-01-01 00:00:00", **fields}]}}}
    assert read(encoded(data))[0].layout == layout


def test_a_new_field_is_counted_in_every_row_that_has_it() -> None:
    rows = [{**row, "Rank": n} if n % 2 else row for n, row in enumerate(many(4_000))]
    summary, kept = read(encoded(document(rows)), limits=Limits(block=20_000))
    assert [(key.path, key.count) for key in summary.unknown_keys] == [
        ("Profile And Settings.Follower.FansList[].Rank", 2_000)
    ]
    assert len(kept.rows[Section.FOLLOWERS]) == 4_000
