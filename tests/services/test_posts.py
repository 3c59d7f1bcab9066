"""Posts find their post again, and keep apart where two share a second."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, run_jobs
from tests.ledgers import at, parse_here, visible_contents
from webapp.models import NEVER, Hashtag, Post, PostDetail, PostHashtag, PostReading, Sound
from webapp.services.undo import undo_import


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def post(
    title: str, likes: str | None = "1", second: int = 0, sound: str = "original sound", **more: Any
) -> dict[str, Any]:
    row = {"Date": f"2025-01-01 10:00:{second:02}", "Link": "", "Title": title, "Sound": sound, **more}
    return row if likes is None else {**row, "Likes": likes}


def counts(member: Member, day: str, *posts: dict[str, Any]) -> dict[str, Any]:
    run = import_done(member, export_json(posts=list(posts)), exported_at=at(day))
    found: dict[str, Any] = (run.result or {})["posts"]
    return found


def number_of(session: Session, model: Any) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_posts_of_one_second_are_told_apart_by_their_title_in_any_order(session: Session, alice: Member) -> None:
    assert counts(alice, "2025-02-01", post("a"), post("b"))["new"] == 2
    again = counts(alice, "2025-03-01", post("b", "5"), post("a", "4"))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    likes = session.execute(
        select(PostDetail.title, PostReading.likes)
        .join(PostReading, PostReading.post_id == PostDetail.post_id)
        .order_by(PostDetail.title, PostReading.likes)
    )
    assert [tuple(row) for row in likes] == [("a", 1), ("a", 4), ("b", 1), ("b", 5)]


def test_a_post_with_another_title_is_the_same_post(session: Session, alice: Member) -> None:
    counts(alice, "2025-02-01", post("before"))
    again = counts(alice, "2025-03-01", post("after"))
    assert (again["new"], again["changed"]) == (0, 1)
    assert number_of(session, Post) == 1


def test_likes_that_an_export_lacks_are_unknown_and_never_zero(session: Session, alice: Member) -> None:
    counts(alice, "2025-02-01", post("a", None), post("b", "0", second=1))
    likes = session.scalars(
        select(PostReading.likes).join(Post, Post.id == PostReading.post_id).order_by(Post.published_at)
    )
    assert likes.all() == [None, 0]
    assert number_of(session, PostReading) == 2


LINK = "https://www.tiktokv.com/share/video/{}/"
SERIES = [
    # The same two posts of one second: with the platform's ids, without, retitled, one deleted, told apart by sound.
    [post("a #x", Link=LINK.format(7_000_000_000_000_000_001)), post("b", Link=LINK.format(7_000_000_000_000_000_002))],
    [post("b", "2"), post("a #x", "3")],
    [post("c #Y #X", "4", Link=LINK.format(7_000_000_000_000_000_001)), post("b", "5")],
    [post("b", "6", sound="another")],
]


def test_posts_of_one_second_are_the_same_in_any_order_of_import_and_after_undos(
    session: Session, alice: Member
) -> None:
    def bring(owner: str, order: tuple[int, ...]) -> dict[int, str]:
        days = {number: at(f"2025-0{number + 2}-01") for number in order}
        return {
            number: import_done(
                alice, export_json(None, owner=owner, posts=SERIES[number]), exported_at=days[number]
            ).public_id
            for number in order
        }

    def rows(owner: str) -> dict[str, list[tuple[Any, ...]]]:
        session.rollback()
        return visible_contents(session, account_scope(alice, owner).account_id)

    bring("golden", (0, 1, 2, 3))
    for turn, order in enumerate(list(permutations(range(4)))[1::3]):
        bring(f"ada{turn}", order)
        assert rows(f"ada{turn}") == rows("golden")
    for number in range(4):
        runs = bring(f"grace{number}", (2, 0, 3, 1))
        undo_import(alice.actor, alice.scope, runs[number])
        run_jobs()
        left = tuple(each for each in range(4) if each != number)
        bring(f"eve{number}", left)
        assert rows(f"grace{number}") == rows(f"eve{number}")


def test_a_post_that_only_an_undone_export_had_is_gone_and_earlier_words_are_back(
    session: Session, alice: Member
) -> None:
    counts(alice, "2025-02-01", post("before"))
    run = import_done(alice, export_json(posts=[post("after"), post("new", second=5)]), exported_at=at("2025-03-01"))
    undo_import(alice.actor, alice.scope, run.public_id)
    run_jobs()
    session.rollback()
    found = visible_contents(session, account_scope(alice, "demo.maker").account_id)
    assert (len(found["post"]), len(found["post_reading"])) == (1, 1)
    words = select(PostDetail.title, PostDetail.is_newest).where(PostDetail.removed_revision == NEVER)
    assert [tuple(row) for row in session.execute(words)] == [("before", True)]


def tag_rows(session: Session) -> list[tuple[str, str, int, bool]]:
    """Return tag, spelling, position, and whether it is among the newest words, in the order in which they came."""
    session.rollback()
    query = select(Hashtag.tag, PostHashtag.spelling, PostHashtag.position, PostHashtag.removed_revision == NEVER)
    rows = session.execute(query.join(PostHashtag, PostHashtag.hashtag_id == Hashtag.id).order_by(PostHashtag.id))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def test_the_hashtags_of_a_post_are_those_of_its_newest_title(session: Session, alice: Member) -> None:
    counts(alice, "2025-02-01", post("one #Été #fyp"))
    assert tag_rows(session) == [("été", "Été", 0, True), ("fyp", "fyp", 1, True)]
    counts(alice, "2025-01-02", post("before #other"))
    assert len(tag_rows(session)) == 2
    counts(alice, "2025-03-01", post("another word #Été #fyp", "7"))
    assert len(tag_rows(session)) == 2
    counts(alice, "2025-04-01", post("#FYP", "8"))
    assert tag_rows(session)[2:] == [("fyp", "FYP", 0, True)]
    assert [is_newest for *_, is_newest in tag_rows(session)] == [False, False, True]


def test_hashtags_come_back_when_the_export_that_changed_them_is_undone(session: Session, alice: Member) -> None:
    counts(alice, "2025-02-01", post("#before"))
    retitled = [post("#after"), post("#new", second=5)]
    run = import_done(alice, export_json(posts=retitled), exported_at=at("2025-03-01"))
    undo_import(alice.actor, alice.scope, run.public_id)
    run_jobs()
    assert [row[0] for row in tag_rows(session) if row[3]] == ["before"]


def test_a_sound_is_one_row_however_often_and_in_whichever_language_it_is_used(session: Session, alice: Member) -> None:
    spellings = ("original sound - demo.maker", "Originalton - Demo.Maker", "Song - Artist", "song -  artist")
    posts = [post("a", second=number, sound=sound) for number, sound in enumerate(spellings)]
    counts(alice, "2025-02-01", *posts, post("b", second=9, sound=""))
    counts(alice, "2025-03-01", *posts)
    session.rollback()
    rows = session.execute(select(Sound.name, Sound.author, Sound.is_original).order_by(Sound.id))
    assert [tuple(row) for row in rows] == [("original sound", "demo.maker", True), ("Song", "Artist", False)]
    query = select(PostDetail.sound_id).join(Post, Post.id == PostDetail.post_id).order_by(Post.published_at)
    original, again, song, same, none = session.scalars(query).all()
    assert (original, song, none) == (again, same, None)


def test_ids_of_sounds_and_effects_are_kept_where_a_source_has_them(session: Session, alice: Member) -> None:
    more: dict[str, Any] = {"MusicId": 7_000_000_000_000_000_009, "EffectIds": ["12", 13], "Stickers": "heart, star"}
    counts(alice, "2025-02-01", post("a", **more), post("b", second=1, MusicId="none", EffectIds="", Stickers="N/A"))
    query = select(PostDetail.music_id, PostDetail.effect_ids, PostDetail.stickers).order_by(PostDetail.post_id)
    found = [tuple(row) for row in session.execute(query)]
    assert found == [("7000000000000000009", "12,13", "heart,star"), (None, None, None)]
    assert session.scalars(select(Sound.music_id).where(Sound.music_id.is_not(None))).all() == ["7000000000000000009"]
