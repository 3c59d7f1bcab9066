"""Which post a video is follows from day, title and likes; where that leaves a doubt, it stays open."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest

from webapp.domain.studio_matching import (
    Identity,
    Matched,
    PostFacts,
    StudioVideoFacts,
    TitleFit,
    fit_titles,
    match_videos,
    rank_posts,
)

DAY = date(2026, 5, 22)
OPEN, TIE = Matched(None), Matched(None, is_ambiguous=True)
_Post = tuple[int, str | None, int | None]


def video(key: str, title: str | None = "", likes: int | None = 100, day: int = 0) -> StudioVideoFacts:
    return StudioVideoFacts(key, DAY + timedelta(days=day), title, ((1_000, likes),))


def post(number: int, title: str | None = "", likes: int | None = 100, day: int = 0, *, known: str = "") -> PostFacts:
    ids = frozenset({known} if known else ())
    return PostFacts((number, 0), DAY + timedelta(days=day), title, ((1_000, likes),), ids)


def is_post(number: int) -> Matched:
    return Matched((number, 0))


@pytest.mark.parametrize(
    ("videos", "posts", "expected"),
    [
        # the title decides, whatever the likes
        ([video("a", "One", 900)], [post(1, "one ", 10), post(2, "Two", 900)], [is_post(1)]),
        # also a title that was cut
        (
            [video("a", "A long title that Studio cut…")],
            [post(1, "A long title that Studio cut off here")],
            [is_post(1)],
        ),
        # another title is another video
        ([video("a", "One")], [post(1, "Two")], [OPEN]),
        # without a title the likes must be close
        ([video("a", None, 100)], [post(1, "words", 130)], [is_post(1)]),
        ([video("a", "words", 100)], [post(1, "", 130)], [is_post(1)]),
        ([video("a", None, 100)], [post(1, "words", 900)], [OPEN]),
        ([video("a", None, None)], [post(1, "words", 900)], [OPEN]),
        # and closer on the day before or after
        ([video("a", None, 100)], [post(1, "words", 120, day=1)], [is_post(1)]),
        ([video("a", None, 100)], [post(1, "words", 160, day=1)], [OPEN]),
        # two days away is another post
        ([video("a", "One")], [post(1, "One", day=2)], [OPEN]),
        # nearest day first among equals
        ([video("a", "One")], [post(1, "One", day=-1), post(2, "One"), post(3, "One", day=1)], [is_post(2)]),
        # the likes tell twins apart
        (
            [video("a", "One", 100), video("b", "One", 500)],
            [post(1, "One", 510), post(2, "One", 98)],
            [is_post(2), is_post(1)],
        ),
        # and leave them open where they do not
        ([video("a", "One", 100)], [post(1, "One", 99), post(2, "One", 101)], [TIE]),
        ([video("a", "One", 100), video("b", "One", 100)], [post(1, "One", 100)], [TIE, TIE]),
        # a post in doubt is not given to a third video for less
        ([video("a", "One"), video("b", "One"), video("c", None)], [post(1, "One"), post(2, "One")], [TIE, TIE, OPEN]),
        # the same words every day, counted by another zone: likes go before the day
        (
            [video("a", "Daily", 100), video("b", "Daily", 300, day=1)],
            [post(1, "Daily", 101, day=1), post(2, "Daily", 303, day=2)],
            [is_post(1), is_post(2)],
        ),
        # a platform id decides against everything else
        ([video("a", "One")], [post(1, "Two", 5, day=9, known="a"), post(2, "One")], [is_post(1)]),
        ([video("a", "One")], [post(1, "One", known="z")], [OPEN]),
        # posts without captions: the likes of one day
        (
            [video("a", "One", 100), video("b", "Two", 400)],
            [post(1, "", 404), post(2, "", 100)],
            [is_post(2), is_post(1)],
        ),
    ],
)
def test_a_video_finds_its_post(
    videos: list[StudioVideoFacts], posts: list[PostFacts], expected: list[Matched]
) -> None:
    keys = [each.platform_post_id for each in videos]
    for some in permutations(videos):
        for others in permutations(posts):
            found = match_videos(some, others)
            assert [found[key] for key in keys] == expected


@pytest.mark.parametrize(
    ("one", "other", "fit"),
    [
        ("Morning routine ☕ #fyp", "morning  ROUTINE ☕️ #fyp", TitleFit.SAME),
        ("ﬁne", "fine", TitleFit.SAME),
        ("", None, TitleFit.NONE),
        ("N/A", "words", TitleFit.UNKNOWN),
        ("words of many letters...", "Words of many letters and more", TitleFit.CUT),
        ("words", "words and more", TitleFit.OTHER),
        ("été", "ete", TitleFit.OTHER),
    ],
)
def test_titles_agree(one: str | None, other: str | None, fit: TitleFit) -> None:
    assert fit_titles(one, other) is fit
    assert fit_titles(other, one) is fit


def test_what_a_person_said_stands_and_takes_its_post() -> None:
    videos = [video("a", "One"), video("b", "One")]
    chosen: dict[str, Identity | None] = {"a": (2, 0)}
    assert match_videos(videos, [post(1, "One"), post(2, "One")], chosen) == {"b": is_post(1)}
    assert match_videos(videos, [post(1, "One")], {"a": None}) == {"b": is_post(1)}
    assert match_videos(videos, [post(1, "One", known="b")], {"a": (1, 0)}) == {"b": OPEN}


def test_likes_are_compared_at_the_times_that_lie_closest() -> None:
    grown = PostFacts((1, 0), DAY, "", ((1_000, 100), (9_000, 5_000)))
    other = PostFacts((2, 0), DAY, "", ((1_000, 4_000),))
    assert match_videos([video("a", None, 100)], [grown, other])["a"] == is_post(1)


def test_candidates_are_the_posts_around_the_day_the_likeliest_first() -> None:
    posts = [post(1, "Two", 100), post(2, "One", 5, day=1), post(3, "", 100), post(4, "One", day=3)]
    assert [each.identity[0] for each in rank_posts(video("a", "One"), posts)] == [2, 3, 1]


def test_a_video_without_a_day_is_left_open() -> None:
    lost = StudioVideoFacts("a", None, "One", ((1_000, 100),))
    assert match_videos([lost], [post(1, "One")]) == {"a": OPEN}
