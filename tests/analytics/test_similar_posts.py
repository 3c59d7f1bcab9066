"""Which posts resemble one, and by what: rare things weigh more than what every post has."""

from __future__ import annotations

from typing import Any

from tests.ledgers import at
from webapp.analytics.content.similar import MOST_SIMILAR, find_similar
from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.domain.post_query import PostKind, Standing

FYP, BREAD, HARBOUR = 0, 1, 2
START = at("2025-01-01")


def table(*posts: dict[str, Any]) -> PostTable:
    """Return a table of posts, one a day, each by what it shares with others."""
    rows = [
        PostRow(
            id=number,
            public_id=f"post{number}",
            published_at=START + 86_400 * number,
            ordinal=0,
            kind=told.get("kind", PostKind.VIDEO),
            privacy="everyone",
            standing=Standing.LISTED,
            title=told.get("title", ""),
            likes=1,
            sound=told.get("sound"),
            hashtags=told.get("hashtags", ()),
        )
        for number, told in enumerate(posts)
    ]
    tags = tuple(TagName(name, name) for name in ("fyp", "bread", "harbour"))
    return PostTable(START + 10**8, tuple(rows), (SoundName("s", "Song", None, False),), tags)


def similar(found: PostTable, place: int = 0) -> list[int]:
    return [each.row.id for each in find_similar(found, found.rows[place])]


def test_a_rare_hashtag_weighs_more_than_one_that_many_posts_have() -> None:
    posts = table(
        {"hashtags": (FYP, BREAD)},
        {"hashtags": (FYP,)},
        {"hashtags": (FYP,)},
        {"hashtags": (BREAD,)},
        {"hashtags": (HARBOUR,)},
    )
    assert similar(posts) == [3, 1, 2]


def test_what_every_post_has_makes_none_similar() -> None:
    assert similar(table({"hashtags": (FYP,)}, {"hashtags": (FYP,)}, {"hashtags": (FYP,)})) == []


def test_sounds_and_words_count_and_words_like_the_do_not() -> None:
    posts = table(
        {"sound": 0, "title": "the harbour at noon"},
        {"title": "the end of the day"},
        {"title": "a harbour in the rain"},
        {"sound": 0},
        {},
    )
    found = find_similar(posts, posts.rows[0])
    assert [each.row.id for each in found] == [3, 2]
    assert (found[0].has_sound, found[0].words) == (True, ())
    assert (found[1].has_sound, found[1].words) == (False, ("harbour",))


def test_of_equally_similar_posts_the_same_kind_comes_first_then_the_nearest_in_time() -> None:
    posts = table(
        {"hashtags": (BREAD,)},
        {"hashtags": (BREAD,), "kind": PostKind.PHOTO},
        {"hashtags": (BREAD,)},
        {"hashtags": (BREAD,)},
        {},
    )
    assert similar(posts) == [2, 3, 1]


def test_few_are_shown_and_a_lone_post_has_none() -> None:
    assert similar(table({"hashtags": (BREAD,), "sound": 0, "title": "bread"})) == []
    assert len(similar(table(*({"hashtags": (BREAD,)} for _ in range(20)), {}))) == MOST_SIMILAR
