"""The JSON nobody should read without care, and the odd spellings that are read on purpose."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from tests.hostile.corpus import Input, Outcome, bytes_of, pieces_of
from tests.importers.making import document, encoded, follow, many
from webapp.domain.errors import ErrorCode
from webapp.domain.sections import Section

MEGA = 1024 * 1024
_HONEST = encoded(document(many(50), many(5)))
_ROWS = {Section.FOLLOWERS: 50, Section.FOLLOWING: 5}

BROKEN, LONG_NUMBER = ErrorCode.JSON_BROKEN, ErrorCode.JSON_NUMBER_TOO_LONG
LONG_TEXT, DEEP, UTF8 = ErrorCode.JSON_STRING_TOO_LONG, ErrorCode.JSON_TOO_DEEP, ErrorCode.NOT_UTF8
NO_EXPORT, OTHER = ErrorCode.NOT_AN_EXPORT, ErrorCode.UNKNOWN_FORMAT

_Make = Callable[[], bytes]


def beside(value: bytes) -> bytes:
    """Return an honest export with one more value, where nobody reads."""
    return _HONEST[:-2] + b', "Comment": ' + value + b"}"


def post(**fields: object) -> dict[str, object]:
    """Return one post as exports write it."""
    return {"Date": "2025-03-04 17:05:12", "Link": "", "Likes": "12", "Title": "a", "WhoCanView": "Everyone", **fields}


def posts(*rows: dict[str, object]) -> bytes:
    """Return an export with these posts."""
    return encoded(document(many(50), many(5), list(rows)))


def one_post(**fields: object) -> _Make:
    """Return the maker of an export with one post."""
    return lambda: posts(post(**fields))


def followers(*rows: object) -> bytes:
    """Return an export with these rows in its list of followers."""
    return encoded(document(list(rows)))


def dated(date: object) -> bytes:
    """Return an export with a second follower whose date is this."""
    return followers(follow("honest"), {"Date": date, "UserName": "odd"})


def raw_title(spelling: bytes) -> bytes:
    """Return an export with a post whose title is spelt in these bytes."""
    return posts(post(Title="PLACE")).replace(b"PLACE", spelling)


def raw_name(spelling: bytes, at: int = 0) -> bytes:
    """Return an export with a follower whose name is spelt in these bytes, at this place of the file if it is given."""
    data = followers(follow("PLACE"))
    gap = at - data.index(b"PLACE")
    if at:
        data = data.replace(b"{", b"{" + b" " * gap, 1)
    return data.replace(b"PLACE", spelling)


def hash_collisions() -> bytes:
    """Return keys whose CRC and simple hashes collide, as other languages' tables fear them."""
    pairs = ("Aa", "BB", "C#")
    keys = [""]
    for _ in range(8):
        keys = [key + pair for key in keys for pair in pairs]
    return beside(json.dumps(dict.fromkeys(keys, 1)).encode())


def tiny_events() -> Iterator[bytes]:
    yield _HONEST[:-2] + b', "Comment": ['
    for _ in range(49):
        yield b"1," * 500_000
    yield b"1]}"


def sqlite_file() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (x)")
    return connection.serialize()


def renamed() -> bytes:
    """Return an export whose lists are called otherwise, beside one that is not."""
    value: Any = document((), many(5))
    value["Profile And Settings"]["Abonnés"] = {"ListeAbonnés": many(3)}
    value["Kreator Zentrum"] = {"x": 1}
    return encoded(value)


def reserved_keys() -> bytes:
    """Return rows with keys that name fields of tables and of prototypes."""
    keys = ("__proto__", "constructor", "id", "team_id", "is_admin", "account_id", "__class__", "added_revision")
    rows = [{**row, **dict.fromkeys(keys, 7)} for row in many(50)]
    return encoded(document(rows, many(5), **dict.fromkeys(keys, 7)))


def swapped() -> bytes:
    value: Any = document()
    settings = value["Profile And Settings"]
    settings["Follower"] = [{"FansList": {"a": follow("x")}}]
    settings["Following"] = {"Following": {"a": 1}}
    value["Post"] = []
    return encoded(value)


def wrong_kinds() -> bytes:
    """Return rows in which every field is of the wrong kind."""
    odd: list[Any] = [None, True, 1, -1, 1.5, [], {}, [[]], {"a": 1}, "x"]
    rows: list[Any] = [{"Date": value, "UserName": value} for value in odd]
    bad_posts = [{**post(), name: value} for value in odd for name in ("Title", "Likes", "Link", "Sound", "WhoCanView")]
    return encoded(document([follow("honest"), *odd, *rows], (), bad_posts))


def refused(name: str, make: _Make, *codes: ErrorCode, file_name: str = "user_data_tiktok.json") -> Input:
    return Input(name, bytes_of(make), Outcome.REFUSED, codes, file_name)


def read(
    name: str,
    make: _Make,
    kept: dict[Section, int] | None = None,
    skipped: dict[str, int] | None = None,
    warnings: tuple[str, ...] = (),
) -> Input:
    outcome = Outcome.WARNED if warnings else Outcome.READ
    return Input(name, bytes_of(make), outcome, kept=kept or _ROWS, skipped=skipped or {}, warnings=warnings)


def _fixed(name: str, data: bytes, *codes: ErrorCode) -> Input:
    return refused(name, lambda: data, *codes)


def _number(name: str, spelling: bytes, *codes: ErrorCode) -> Input:
    return refused(name, lambda: beside(b'{"n": ' + spelling + b"}"), *codes)


def _date(name: str, date: object, *, is_read: bool) -> Input:
    kept = {Section.FOLLOWERS: 2 if is_read else 1}
    return read(name, lambda: dated(date), kept, {} if is_read else {"bad_date": 1})


def _title(name: str, spelling: bytes, *warnings: str) -> Input:
    return read(name, lambda: raw_title(spelling), {Section.POSTS: 1, **_ROWS}, None, warnings)


_ONE_POST = {**_ROWS, Section.POSTS: 1}

_DATES: tuple[tuple[str, object, bool], ...] = (
    ("no date at all", "0000-00-00 00:00:00", False),
    ("30 February", "2024-02-30 10:00:00", False),
    ("end of 32 bits", "2038-01-19 03:14:08", True),
    ("year 9999", "9999-12-31 23:59:59", False),
    ("year 1900", "1900-01-01 00:00:00", True),
    ("year 2100", "2100-12-31 23:59:59", True),
    ("milliseconds", 1_700_000_000_000, False),
    ("milliseconds as text", "1700000000000", False),
    ("in a gap of local time", "2025-03-30 02:30:00", True),
    ("in a repeated hour", "2025-10-26 02:30:00", True),
    ("UTC behind", "2025-01-02 03:04:05 UTC", True),
    ("ISO", "2025-01-02T03:04:05.123Z", True),
    ("other digits", "２０２５-01-02 03:04:05", False),
    ("24 o'clock", "2025-01-02 24:00:00", False),
    ("leap second", "2016-12-31 23:59:60", False),
)

JSON_FILES: tuple[Input, ...] = (
    _fixed("J01 nothing", b"", ErrorCode.FILE_EMPTY),
    _fixed("J02 white space only", b" \n\t \r\n", ErrorCode.FILE_EMPTY),
    _fixed("J02 white space and a mark", b"\xef\xbb\xbf  ", ErrorCode.FILE_EMPTY),
    _fixed("J03 null", b"null", NO_EXPORT),
    _fixed("J03 list", b"[]", NO_EXPORT),
    _fixed("J03 text", b'"x"', NO_EXPORT),
    _fixed("J03 number", b"42", NO_EXPORT),
    _fixed("J04 empty object", b"{}", NO_EXPORT),
    *(
        refused(f"J05 truncated {n}", lambda n=n: _HONEST[: random.Random(n).randrange(1, len(_HONEST) - 1)], BROKEN)  # type: ignore[misc]
        for n in range(6)
    ),
    _fixed("J06 bytes behind", _HONEST + b" x", BROKEN),
    _fixed("J06 NUL and bytes behind", _HONEST + b"\0{}", BROKEN),
    _fixed("J06 NUL and a document", b"\0" + _HONEST, UTF8, BROKEN),
    _fixed("J06 two documents", _HONEST * 2, BROKEN),
    read("J07 depth 64", lambda: beside(b"[" * 63 + b"]" * 63)),
    refused("J07 depth 65", lambda: beside(b"[" * 64 + b"]" * 64), DEEP),
    refused("J07 depth 65 of objects", lambda: beside(b'{"a":' * 64 + b"1" + b"}" * 64), DEEP),
    _fixed("J08 100,000 open lists", b"[" * 100_000, DEEP),
    _fixed("J08 100,000 open objects", b'{"a":' * 100_000, DEEP),
    _fixed("J09 80,000 closed lists", b"[" * 80_000 + b"]" * 80_000, DEEP),
    refused("J09 80,000 closed lists inside an export", lambda: beside(b"[" * 80_000 + b"]" * 80_000), DEEP),
    refused("J10 5 MB of open lists", lambda: b"[" * 5 * MEGA, DEEP),
    _number("J11 4,301 digits", b"1" * 4_301, LONG_NUMBER),
    _number("J12 5 million digits", b"1" * 5_000_000, LONG_NUMBER),
    _number("J12 5 million digits behind the point", b"0." + b"1" * 5_000_000, LONG_NUMBER),
    _number("J13 1e999", b"1e999", LONG_NUMBER),
    _number("J13 -1e999", b"-1e999", LONG_NUMBER),
    _number("J14 1E400000000", b"1E400000000", LONG_NUMBER),
    read("J14 1e-400000000", lambda: beside(b'{"n": 1e-400000000}')),
    read("J14 0e999999999", lambda: beside(b'{"n": 0e999999999}')),
    _number("J15 NaN", b"NaN", BROKEN),
    _number("J15 Infinity", b"Infinity", BROKEN),
    _number("J15 -Infinity", b"-Infinity", BROKEN),
    _number("J16 2^63", b"9223372036854775808", LONG_NUMBER),
    _number("J16 2^64", b"18446744073709551616", LONG_NUMBER),
    _number("J16 -2^63-1", b"-9223372036854775809", LONG_NUMBER),
    read("J16 -2^63", lambda: beside(b'{"n": -9223372036854775808}')),
    read("J17 likes 1.0", one_post(Likes=1.0), _ONE_POST),
    read("J17 likes 1.5", one_post(Likes=1.5), _ONE_POST),
    read("J17 likes out of scale", lambda: posts(post(Likes=7)).replace(b": 7,", b": 7e-400,"), _ONE_POST),
    read("J18 likes as text", one_post(Likes="12"), _ONE_POST),
    read("J18 likes with a comma", one_post(Likes="1,234"), _ONE_POST),
    read("J18 likes empty", one_post(Likes=""), _ONE_POST),
    read("J18 likes in other digits", one_post(Likes="１２３"), _ONE_POST),
    read("J18 likes underscored", one_post(Likes="1_000"), _ONE_POST),
    read("J19 likes -0", lambda: posts(post(Likes=0)).replace(b": 0,", b": -0,"), _ONE_POST),
    refused(
        "J20 name twice, last wins elsewhere",
        lambda: followers(follow("a")).replace(b'"UserName"', b'"UserName": "b", "UserName"'),
        ErrorCode.JSON_DUPLICATE_KEY,
    ),
    refused(
        "J20 section twice",
        lambda: _HONEST[:-2] + b', "Profile And Settings": {}}',
        ErrorCode.JSON_DUPLICATE_KEY,
    ),
    refused(
        "J20 key twice, once escaped",
        lambda: followers(follow("a")).replace(b'"Date"', b'"Date": "", "D\\u0061te"'),
        ErrorCode.JSON_DUPLICATE_KEY,
    ),
    read("J20 key twice where nobody reads", lambda: beside(b'[{"a": 1, "a": 2}]')),
    read(
        "J20 keys that differ by case",
        lambda: followers({"Date": "2025-01-02 03:04:05", "UserName": "a", "username": "b"}),
        {Section.FOLLOWERS: 1},
    ),
    refused(
        "J21 a million keys",
        lambda: beside(b"{" + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}"),
        ErrorCode.JSON_TOO_MANY_KEYS,
    ),
    read("J21 50,000 chats", lambda: beside(b"{" + b",".join(b'"Chat %d":[]' % n for n in range(50_000)) + b"}")),
    refused("J22 key of 10 MB", lambda: beside(b'{"' + b"k" * 10 * MEGA + b'": 1}'), LONG_TEXT),
    refused("J23 text of 50 MB", lambda: beside(b'{"n": "' + b"x" * 50 * MEGA + b'"}'), LONG_TEXT),
    refused("J23 text of 50 MB without end", lambda: beside(b'"' + b"x" * 50 * MEGA), LONG_TEXT),
    refused("J23 caption of 2 MB", one_post(Title="x" * 2 * MEGA), LONG_TEXT),
    refused("J23 text of escapes", lambda: beside(b'"' + b"\\u0041" * MEGA + b'"'), LONG_TEXT),
    _title("J24 lone high surrogate", b"a\\ud800b", "characters_replaced"),
    _title("J24 lone low surrogate", b"a\\udc00b", "characters_replaced"),
    _title("J24 inverted surrogates", b"\\udc00\\ud800", "characters_replaced"),
    _title("J24 whole pair", b"\\ud83d\\ude02"),
    refused("J25 raw surrogate", lambda: raw_title(b"\xed\xa0\x80"), UTF8),
    refused("J26 invalid byte in a name", lambda: raw_name(b"a\xffb"), UTF8),
    refused("J26 invalid byte in a key", lambda: _HONEST.replace(b"UserName", b"User\xc3Name", 1), UTF8),
    *(
        refused(f"J26 invalid byte at {at}", lambda at=at: raw_name(b"\xff", at), UTF8)  # type: ignore[misc]
        for at in (65_535, 65_536, 65_537, MEGA - 1, MEGA, MEGA + 1)
    ),
    read("J26 whole character across a block", lambda: raw_name("é".encode(), MEGA - 1), {Section.FOLLOWERS: 1}),
    refused("J27 overlong of two", lambda: raw_title(b"\xc0\x80"), UTF8),
    refused("J27 overlong of six", lambda: raw_title(b"\xfc\x80\x80\x80\x80\xaf"), UTF8),
    read("J28 mark of UTF-8", lambda: b"\xef\xbb\xbf" + _HONEST),
    *(
        refused(f"J29 {encoding}", lambda e=encoding: _HONEST.decode().encode(e), UTF8)  # type: ignore[misc]
        for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    ),
    refused("J30 Latin-1", lambda: followers(follow("été")).decode().encode("latin-1"), UTF8),
    read(
        "J31 escaped NUL in name and title",
        lambda: encoded(document([follow("na\0me")], (), [post(Title="a\0b")])),
        {Section.FOLLOWERS: 1, Section.POSTS: 1},
    ),
    refused("J31 raw NUL", lambda: raw_title(b"a\0b"), BROKEN),
    _title("J32 escape sequences", b"\\u001b]0;x\\u0007\\u001b[31m\\u0085\\u009b"),
    refused("J32 raw control character", lambda: raw_title(b"a\x1b[0m"), BROKEN),
    _fixed("J33 comment", b"/* hi */ " + _HONEST, NO_EXPORT, BROKEN),
    refused("J33 comment inside", lambda: beside(b"1 // hi\n"), BROKEN),
    refused("J33 trailing comma", lambda: beside(b"[1,]"), BROKEN),
    refused("J33 single quotes", lambda: beside(b"{'a': 1}"), BROKEN),
    refused("J33 key without quotes", lambda: beside(b"{a: 1}"), BROKEN),
    read("J34 colliding keys", hash_collisions),
    read("J35 reserved keys", reserved_keys),
    read(
        "J36 lists and objects swapped",
        swapped,
        {Section.FOLLOWERS: 0, Section.FOLLOWING: 0},
        None,
        ("section_unreadable",),
    ),
    read(
        "J36 null sections",
        lambda: encoded({"Profile And Settings": {"Follower": None, "Following": None}, "Post": None}),
        {Section.FOLLOWERS: 0},
    ),
    read(
        "J36 lists without their list",
        lambda: encoded({"Profile And Settings": {"Follower": {}, "Following": {"Following": many(5)}}}),
        {Section.FOLLOWERS: 0, Section.FOLLOWING: 5},
        None,
        ("list_absent_in_container",),
    ),
    read(
        "J36 fields of wrong kinds",
        wrong_kinds,
        {Section.FOLLOWERS: 1},
        {"bad_row": 10, "bad_date": 1, "bad_name": 9, "duplicate": 46},
    ),
    read("J37 renamed sections", renamed, {Section.FOLLOWERS: 0, Section.FOLLOWING: 5}),
    *(_date(f"J38 {name}", date, is_read=is_read) for name, date, is_read in _DATES),
    read(
        "J39 one video 10,000 times",
        lambda: posts(*([post(Link="https://www.tiktok.com/@a/video/7300000000000000001/")] * 10_000)),
        _ONE_POST,
        {"duplicate": 9_999},
    ),
    read(
        "J39 20,000 videos of one second",
        lambda: posts(*(post(Title=f"t{n}") for n in range(20_000))),
        {**_ROWS, Section.POSTS: 1_000},
        {"bad_date": 19_000},
    ),
    read(
        "J39 ids beyond 53 bits",
        lambda: posts(*(post(Link=f"https://www.tiktok.com/@a/video/730000000000000000{n}/") for n in range(10))),
        {**_ROWS, Section.POSTS: 10},
    ),
    read("J40 negative likes", one_post(Likes=-5), _ONE_POST),
    read("J40 10^18 likes", one_post(Likes=10**18), _ONE_POST),
    Input("J41 25 million tiny events", pieces_of(tiny_events), Outcome.READ, kept=_ROWS),
    read("J41 300,000 tiny lists", lambda: beside(b"[" + b"[1]," * 300_000 + b"[]]")),
    read("J42 javascript link", one_post(Link="javascript:alert(1)"), _ONE_POST),
    read("J42 file link", one_post(Link="file:///etc/passwd"), _ONE_POST),
    read("J42 link of 8 kB", one_post(Link="https://www.tiktok.com/" + "a" * 8_000), _ONE_POST),
    read("J42 look-alike host", one_post(Link="https://www.tіktok.com/@a/video/7300000000000000001/"), _ONE_POST),
    read("J42 300,000 links", one_post(Link="https://a.b/ " * 60_000), _ONE_POST),
    _fixed("J43 web page", b"<!DOCTYPE html><html></html>", ErrorCode.WEB_PAGE_NOT_EXPORT),
    _fixed("J43 PDF", b"%PDF-1.7\n%\xe2\xe3", OTHER),
    refused("J43 gzip", lambda: gzip.compress(_HONEST), OTHER),
    refused("J43 SQLite", sqlite_file, OTHER),
    _fixed("J43 program", b"\x7fELF\x02\x01\x01", OTHER),
    refused("J43 noise", lambda: random.Random(4).randbytes(5_000), UTF8, NO_EXPORT),
    refused(
        "J44 JSON lines", lambda: encoded(document(many(3)), None) + b"\n" + encoded({"a": 1}, None) + b"\n", BROKEN
    ),
    read("J45 spaces of 30 MB", lambda: _HONEST.replace(b"[", b"[" + b" " * 30 * MEGA, 1)),
    refused(
        "J45 row of 6 MB", lambda: followers({**follow("a"), "x": ["y" * 1000] * 6_000}), ErrorCode.JSON_ITEM_TOO_LARGE
    ),
    read("J45 captions of 10,000 characters", one_post(Title="ñ" * 10_000, Sound="s" * 10_000), _ONE_POST),
    read("J45 5,000 hashtags", one_post(Title=" ".join(f"#tag{n}" for n in range(5_000))), _ONE_POST),
    refused(
        "T01 text with NUL", lambda: b"Date: 2025-01-02 03:04:05\nUsername: a\0b\n\n", UTF8, file_name="Follower.txt"
    ),
    refused("T02 text in UTF-16", lambda: "Date: 2025\nUsername: é\n".encode("utf-16"), UTF8, file_name="Follower.txt"),
    refused("T03 line of 50 MB", lambda: b"Date: " + b"x" * 50 * MEGA, LONG_TEXT, file_name="Follower.txt"),
    refused(
        "T04 lines of blanks without colon",
        lambda: (b"a" + b" " * 900_000 + b"\n") * 20,
        NO_EXPORT,
        file_name="unknown.txt",
    ),
    refused(
        "T05 caption without end",
        lambda: b"Date: 2025-01-02 03:04:05\nLink: x\nLikes: 1\nTitle: a\n" + b"x\n" * 6_000,
        ErrorCode.JSON_ITEM_TOO_LARGE,
        file_name="Posts.txt",
    ),
    refused(
        "T06 caption of wide lines",
        lambda: b"Date: 2025-01-02 03:04:05\nLink: x\nLikes: 1\nTitle: a\n" + (b"x" * 900_000 + b"\n") * 60,
        ErrorCode.JSON_ITEM_TOO_LARGE,
        file_name="Posts.txt",
    ),
    refused(
        "T07 list of either kind",
        lambda: b"Date: 2025-01-02 03:04:05\nUsername: a\n\n" * 3,
        ErrorCode.TXT_LISTS_UNNAMED,
        file_name="list.txt",
    ),
)


def cut_short(count: int) -> Iterator[bytes]:
    """Yield an honest document that ends too early, at so many places."""
    draw = random.Random(5)
    data = encoded(document(many(40), many(5), [post(Title="é}]")]))
    for end in draw.sample(range(1, len(data) - 1), count):
        yield data[:end]


def changed(count: int) -> Iterator[bytes]:
    """Yield an honest document with one bit changed, at so many places."""
    draw = random.Random(6)
    data = encoded(document(many(40), many(5), [post(Title="é}]")]))
    for _ in range(count):
        other = bytearray(data)
        other[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        yield bytes(other)
