"""Notifications in words: every kind in both languages, alone and in groups, with and without what it is about."""

from __future__ import annotations

import pytest

from tests.notices import AT, PARAMS, told
from webapp.domain.notice_groups import GROUPED, group_told
from webapp.domain.notifications import NoticeKind, NoticeType
from webapp.domain.redaction import UNTOLD, is_stand_in
from webapp.renderers.notice_texts import NoticeText, NoticeTexts
from webapp.renderers.words import LANGUAGES

PSEUDONYM = "person." + "abcdefgh" * 5
HIDDEN = "hidden." + "abcdefgh" * 5
SAID = {
    NoticeKind.POST_LIKES: NoticeText(
        "A post reached 10,000 likes",
        "“Boats at dawn”: 10,482 likes in the export of Nov 12, 2026, reached by then at the latest.",
    ),
    NoticeKind.FOLLOWERS: NoticeText(
        "10,000 followers reached", "10,482 followers, reached on Nov 12, 2026 at the latest."
    ),
    NoticeKind.RISING_HASHTAG: NoticeText(
        "#harbour is used more often lately",
        "In 9 of the newest 20 posts that count, in 4 of the 210 before.",
    ),
    NoticeKind.RISING_SOUND: NoticeText(
        "“Tides · Ada” is used more often lately",
        "In 9 of the newest 20 posts that count, in 4 of the 210 before.",
    ),
    NoticeKind.POST_FLOP: NoticeText(
        "A post got far fewer likes than expected",
        "“Boats at dawn”: 1 like; 90 to 1,000 were expected (8 times in 10).",
    ),
    NoticeKind.ENGAGEMENT_DROP: NoticeText(
        "Posts get less than before",
        "From about Oct 2, 2026 on your posts typically got what was usual before ÷ 4 (indicative, n = 41 posts).",
    ),
    NoticeKind.FOLLOWER_PEAK: NoticeText(
        "Many new followers",
        "131 people began to follow you on Nov 3, 2026; about 27 are usual on such a day.",
    ),
    NoticeKind.FOLLOWER_DROP: NoticeText(
        "More followers lost than usual",
        "61 people who followed you on Oct 15, 2026 no longer did on Nov 12, 2026; under 1 are usual in such a time.",
    ),
    NoticeKind.NEW_MUTUAL: NoticeText(
        "You and @ada.harbour follow each other now",
        "You marked them, and both of your lists hold the other in the export of Nov 12, 2026.",
    ),
    NoticeKind.DOWNLOAD_READY: NoticeText("A download is ready", "Posts"),
    NoticeKind.LINK_EXPIRING: NoticeText(
        "A public link is about to expire", "“For the agency” opens until Nov 15, 2026, 11:13\u202fAM."
    ),
    NoticeKind.GOAL_MISSED: NoticeText("Goal missed: Followers, October 2026", "1,402; the goal was 1,500."),
    NoticeKind.NEW_DEVICE: NoticeText(
        "A new browser signed in to your account",
        "Firefox, Linux, from the address 192.0.2.7. If this was not you, choose a new password at once.",
    ),
    NoticeKind.ROLE_CHANGED: NoticeText(
        "What you may do in the team Harbour changed",
        "Your role is editor: you also import exports, and write notes and marks.",
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_said(kind: NoticeKind) -> None:
    assert NoticeTexts("en").one(told(kind)) == SAID[kind]


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("subject", [None, ""])
def test_every_kind_has_words_in_both_languages(locale: str, subject: str | None) -> None:
    texts = NoticeTexts(locale)
    for kind in NoticeKind:
        said = texts.one(told(kind, subject=subject))
        assert said.title, kind
        assert "%(" not in said.title + said.body, kind
        assert not said.title.endswith("."), kind
        assert "“”" not in said.body, kind
        assert texts.kind_label(kind)
    assert all(texts.type_label(each) for each in NoticeType)
    assert PARAMS.keys() == set(NoticeKind)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_group_is_counted_and_names_three(locale: str) -> None:
    texts = NoticeTexts(locale)
    for kind in GROUPED:
        said = texts.many([told(kind, place) for place in range(4)])
        assert "4" in said.title, kind
        assert "%(" not in said.title + said.body, kind
        assert texts.many([told(kind)]) == texts.one(told(kind))
    files = [told(NoticeKind.IMPORT_FAILED, place, file=f"{place}.zip") for place in range(5)]
    assert NoticeTexts("en").many(files) == NoticeText("5 files were not imported", "0.zip, 1.zip, 2.zip and 2 more")
    untold = [told(NoticeKind.POST_LIKES, place, subject="") for place in range(3)]
    assert NoticeTexts("en").many(untold) == NoticeText("3 posts reached 10,000 likes", "")


def test_only_what_belongs_together_is_one_group() -> None:
    hour = 3600
    likes = [told(NoticeKind.POST_LIKES, place) for place in range(3)]
    more = told(NoticeKind.POST_LIKES, 3, threshold=100_000)
    views = told(NoticeKind.POST_VIEWS, 4)
    # 10:13 UTC is 11:13 in Paris; at 23:13 UTC the next day has begun there.
    evening = told(NoticeKind.POST_LIKES, 5, at=AT + 12 * hour)
    night = told(NoticeKind.POST_LIKES, 6, at=AT + 13 * hour)
    devices = [told(NoticeKind.NEW_DEVICE, place) for place in (7, 8)]
    groups = group_told([likes[0], more, likes[1], views, night, likes[2], evening, *devices])
    assert [[each.id for each in group] for group in groups] == [[0, 1, 2, 5], [3], [4], [6], [7], [8]]


def test_who_may_not_see_a_name_reads_what_stands_for_it() -> None:
    texts = NoticeTexts("en")
    assert is_stand_in(PSEUDONYM)
    assert texts.one(told(NoticeKind.NEW_MUTUAL, subject=PSEUDONYM)).title == (
        "You and @person.abcdefgh follow each other now"
    )
    assert UNTOLD in texts.one(told(NoticeKind.NEW_MUTUAL, subject=HIDDEN)).title
    nameless = texts.one(told(NoticeKind.NEW_MUTUAL, subject=""))
    group = texts.many([told(NoticeKind.NEW_MUTUAL, place, subject="") for place in range(2)])
    assert nameless.title == "You and somebody whom you marked follow each other now"
    assert "ada" not in nameless.title + nameless.body + group.title + group.body


def test_an_original_sound_is_named_after_its_author() -> None:
    texts = NoticeTexts("en")
    rising = told(NoticeKind.RISING_SOUND, subject="Ada", is_original=True)
    assert texts.one(rising).title == "“Original sound of Ada” is used more often lately"
    unknown = told(NoticeKind.RISING_SOUND, 2, subject="", is_original=True)
    assert texts.many([rising, unknown]).body == "Original sound of Ada, Original sound"


def test_long_words_are_cut() -> None:
    said = NoticeTexts("en").one(told(NoticeKind.POST_LIKES, subject="wave " * 200))
    assert len(said.body) < 200
    assert "…”: 10,482 likes" in said.body
