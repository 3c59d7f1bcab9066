"""Hashtags are found in titles as the platform links them, and compared without regard to how they are written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.hashtags import MAX_TAG, find_hashtags, tag_key

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("title", "spellings"),
    [
        ("", []),
        ("no tags here", []),
        ("#one", ["one"]),
        ("Morning routine ☕ #fyp #morningroutine", ["fyp", "morningroutine"]),
        # glued, doubled, and after something that is no word
        ("#glued#tags with no space", ["glued", "tags"]),
        ("#a #b#c ##d", ["a", "b", "c", "d"]),
        ("(#in) “#quoted” 😀#afteremoji", ["in", "quoted", "afteremoji"]),
        ("line one\nline two #multiline\t#tab", ["multiline", "tab"]),
        # full-width and small signs
        ("＃été ﹟small #日本＃東京", ["été", "small", "日本", "東京"]),
        # scripts: letters with marks, digits, joiners inside
        ("#料理 #हिन्दी #ไทย #עִברית #كتاب #뉴스", ["料理", "हिन्दी", "ไทย", "עִברית", "كتاب", "뉴스"]),
        ("#می\u200cخواهم #cafe\u0301", ["می\u200cخواهم", "cafe\u0301"]),
        ("#2026 #top10 #10", ["2026", "top10", "10"]),
        ("#snake_case #_x_", ["snake_case", "_x_"]),
        # emoji inside, in front, alone
        ("#love❤️ #🔥 #a🌻b", ["love❤️", "🔥", "a🌻b"]),
        (f"#{FAMILY}home #top1\ufe0f\u20e3", [f"{FAMILY}home", "top1\ufe0f\u20e3"]),
        # punctuation ends a tag
        ("#fun, #more! #what's #a.b #c-d #e/#f #g&h", ["fun", "more", "what", "a", "c", "e", "f", "g"]),
        ("#a,#b;#c", ["a", "b", "c"]),
        ("#日本、#東京。", ["日本", "東京"]),
        ("#Nike™ #50%", ["Nike", "50"]),
        # no tag: behind a letter or digit, in an address, in a character reference, the keycap, the bare sign
        ("C# a#b 1#c é#d", []),
        ("https://example.org/?a=1#notatag #tag", ["tag"]),
        ("www.example.org/#no example.com/path#no, see #yes", ["yes"]),
        ("link in bio: https://example.org/?a=1#notatag", []),
        ("it&#39;s", []),
        ("#\ufe0f\u20e3 number one", []),
        ("# #! #_ #-", []),
        ("end. #yes", ["yes"]),
    ],
)
def test_the_hashtags_of_a_title(title: str, spellings: list[str]) -> None:
    assert [tag.spelling for tag in find_hashtags(title)] == spellings


def test_no_title_has_no_hashtags() -> None:
    assert find_hashtags(None) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cooking", "cooking"),
        ("ÉTÉ", "e\u0301te\u0301"),
        ("STRASSE", "straße"),
        ("Ａｂｃ", "abc"),
        ("ﾃｽﾄ", "テスト"),
        ("ﬁt", "FIT"),
        ("love❤️", "LOVE❤"),
    ],
)
def test_two_spellings_of_one_hashtag_are_one(one: str, other: str) -> None:
    assert tag_key(one) == tag_key(other)
    assert [tag.spelling for tag in find_hashtags(f"#{one} #{other}")] == [one]


@pytest.mark.parametrize(("one", "other"), [("été", "ete"), ("cook", "cooking"), ("a_b", "ab"), ("🔥", "❤")])
def test_different_hashtags_stay_different(one: str, other: str) -> None:
    assert len(find_hashtags(f"#{one} #{other}")) == 2


def test_a_hashtag_is_no_longer_than_its_column() -> None:
    # Each of these becomes eighteen characters when it is compared.
    titles = ("#" + "x" * 400, "#" + "\ufdfa" * 100)
    for title in titles:
        (tag,) = find_hashtags(title)
        assert 0 < len(tag.key) <= MAX_TAG
        assert 0 < len(tag.spelling) <= MAX_TAG


@pytest.mark.parametrize("piece", ["#", "#a,", "#!", "a.a.", "#\U0001f44d", "a#", "#a", "://", "#\u0301"])
def test_long_titles_are_read_in_one_go(piece: str) -> None:
    assert len(find_hashtags("x " + piece * 50_000)) <= 1


@settings(max_examples=300, deadline=None, database=None)
@given(st.text(st.one_of(st.sampled_from("#＃ a1_.é\u0301❤\ufe0f\u200d"), st.characters(codec="utf-8")), max_size=40))
def test_any_title_gives_tags_that_can_be_stored_and_found_again(title: str) -> None:
    tags = find_hashtags(title)
    assert len({tag.key for tag in tags}) == len(tags)
    for tag in tags:
        assert 0 < len(tag.key) <= MAX_TAG
        assert tag.spelling in title
        assert not any(character.isspace() for character in tag.spelling)
        assert tag_key(tag.spelling) == tag.key
        assert unicodedata.is_normalized("NFKC", tag.key)
