"""The table of an account's posts: what stands in it, from the ledger and packed, and for whom it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, run_jobs
from tests.ledgers import at, parse_here, written
from webapp.analytics.content import posts as reads
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import NotPacked, PostRow, PostTable, SoundName, TagName, pack, unpack
from webapp.domain.post_query import PostKind, Standing
from webapp.models import Job, Post, PostDetail, PostIndex, PostReading
from webapp.queue import JobKind
from webapp.services import post_index
from webapp.services.transaction import transaction
from webapp.services.undo import undo_import

T1, T2, T3 = at("2025-02-01"), at("2025-03-01"), at("2025-04-01")
EARLY = at("2025-01-10")


@pytest.fixture(autouse=True)
def files_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def post(number: int, title: str = "", likes: int | None = 1, sound: str = "", **more: str) -> dict[str, Any]:
    row = {"Date": written(EARLY + number), "Title": title, "Sound": sound, "WhoCanView": "Everyone", **more}
    return row if likes is None else {**row, "Likes": str(likes)}


def export(*posts: dict[str, Any], deleted: tuple[dict[str, Any], ...] = ()) -> bytes:
    return export_json(None, None, posts=list(posts), deleted=list(deleted))


def bring(member: Member, when: int, *posts: dict[str, Any], deleted: tuple[dict[str, Any], ...] = ()) -> str:
    return import_done(member, export(*posts, deleted=deleted), exported_at=when).public_id


def table_of(member: Member) -> PostTable:
    found = find_posts(account_scope(member))
    assert found is not None
    return found


def test_no_list_of_posts_is_unknown_and_an_empty_one_is_empty(session: Session, alice: Member) -> None:
    import_done(alice, export_json([], []), exported_at=T1)
    assert find_posts(account_scope(alice)) is None
    bring(alice, T2)
    assert table_of(alice) == PostTable(T2, (), (), ())


def test_a_post_stands_by_the_newest_list_with_the_likes_of_the_newest_it_is_on(
    session: Session, alice: Member
) -> None:
    bring(alice, T1, post(0, likes=5), post(1, likes=6), post(2, likes=7), post(3, likes=None))
    bring(
        alice,
        T2,
        post(0, likes=4, WhoCanView="Only You"),
        post(3, likes=None),
        deleted=(post(2, likes=8, DateDeleted=written(T2 - 60)),),
    )
    table = table_of(alice)
    assert table.as_of == T2
    found = [(row.published_at - EARLY, row.standing, row.likes, row.privacy, row.deleted_at) for row in table.rows]
    assert found == [
        (0, Standing.LISTED, 4, "only_you", None),
        (1, Standing.GONE, 6, "everyone", None),
        (2, Standing.DELETED, 8, "everyone", T2 - 60),
        (3, Standing.LISTED, None, "everyone", None),
    ]


def test_a_deleted_post_stays_what_it_was(session: Session, alice: Member) -> None:
    photos = "https://a.ibyteimg.com/1.jpeg\nhttps://a.ibyteimg.com/2.jpeg"
    bring(alice, T1, post(0, "a", Link=photos, WhoCanView="Only You"), post(1, "b"))
    gone = post(0, "a", Link="https://www.tiktok.com/login/?redirect_url=x", DateDeleted=written(T2 - 60))
    del gone["WhoCanView"]
    bring(alice, T2, post(1, "b"), deleted=(gone,))
    (row, _) = table_of(alice).rows
    assert (row.kind, row.privacy, row.standing) == (PostKind.PHOTO, "only_you", Standing.DELETED)


def test_a_later_export_without_posts_changes_nothing(session: Session, alice: Member) -> None:
    bring(alice, T1, post(0, likes=5))
    before = table_of(alice)
    import_done(alice, export_json([], []), exported_at=T2)
    assert table_of(alice) == before


def test_kind_and_privacy_are_told_and_titles_that_say_nothing_are_none(session: Session, alice: Member) -> None:
    photos = "https://a.ibyteimg.com/1.jpeg\nhttps://a.ibyteimg.com/2.jpeg"
    silent = post(1, "N/A")
    del silent["WhoCanView"]
    bring(alice, T1, post(0, "  ", Link=photos, WhoCanView="Friends"), silent, post(2, "none"))
    rows = table_of(alice).rows
    assert [(row.kind, row.privacy, row.title) for row in rows] == [
        (PostKind.PHOTO, "friends", ""),
        (PostKind.VIDEO, "unstated", ""),
        (PostKind.VIDEO, "everyone", "none"),
    ]


def test_names_are_as_most_posts_write_them_and_of_equally_many_as_the_newest_does(
    session: Session, alice: Member
) -> None:
    titles = ("#fyp #Été", "#FYP", "#Fyp #été", "#FYP")
    sounds = ("Song - Artist", "SONG - Artist", "original sound - me", "Originalton - Me")
    said = zip(titles, sounds, strict=True)
    bring(alice, T1, *(post(number, title, sound=sound) for number, (title, sound) in enumerate(said)), post(9))
    table = table_of(alice)
    assert table.tags == (TagName("fyp", "FYP"), TagName("été", "été"))
    assert [row.hashtags for row in table.rows] == [(0, 1), (0,), (0, 1), (0,), ()]
    assert [(s.name, s.author, s.is_original) for s in table.sounds] == [
        ("SONG", "Artist", False),
        ("Originalton", "Me", True),
    ]
    assert [row.sound for row in table.rows] == [0, 0, 1, 1, None]


def test_sounds_and_hashtags_of_posts_that_are_no_more_are_left_out(session: Session, alice: Member) -> None:
    bring(alice, T1, post(0, "#stays", sound="One - A"))
    run = bring(alice, T2, post(0, "#goes", sound="Two - B"))
    assert [tag.tag for tag in table_of(alice).tags] == ["goes"]
    undo_import(alice.actor, alice.scope, run)
    run_jobs()
    session.rollback()
    table = table_of(alice)
    assert ([tag.tag for tag in table.tags], [sound.name for sound in table.sounds]) == (["stays"], ["One"])


def test_the_table_of_a_revision_is_made_once(session: Session, alice: Member) -> None:
    bring(alice, T1, post(0))
    first = table_of(alice)
    assert table_of(alice) is first
    bring(alice, T2, post(0, likes=9))
    assert [row.likes for row in table_of(alice).rows] == [9]


def test_accounts_never_see_the_posts_of_others(session: Session, alice: Member, charlie: Member) -> None:
    bring(alice, T1, post(0, "mine #a", sound="A - B"))
    bring(charlie, T1, post(1, "theirs #b", sound="A - C"))
    for member, title, tag in ((alice, "mine #a", "a"), (charlie, "theirs #b", "b")):
        table = table_of(member)
        assert ([row.title for row in table.rows], [name.tag for name in table.tags]) == ([title], [tag])
        assert len(table.sounds) == 1


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job pack the posts of every account, and this process keep none."""
    monkeypatch.setattr(post_index, "LEAST_PACKED", 1)
    monkeypatch.setattr(reads, "_keep", lambda *_: None)


def forget_ledger(session: Session) -> None:
    with transaction() as writing:
        for model in (PostReading, PostDetail, Post):
            writing.execute(delete(model))
    session.rollback()


@pytest.mark.usefixtures("packed")
def test_a_job_packs_what_the_ledger_says(session: Session, alice: Member) -> None:
    bring(alice, T1, post(0, "#a #B", sound="Song - Artist"), post(1, likes=None, WhoCanView="Only You"))
    assert session.scalar(select(func.count()).select_from(PostIndex)) == 1
    packed = table_of(alice)
    with transaction() as writing:
        writing.execute(delete(PostIndex))
    session.rollback()
    assert table_of(alice) == packed
    assert len(packed.rows) == 2


@pytest.mark.usefixtures("packed")
@pytest.mark.parametrize(
    "change", [{"revision": 0}, {"layout": 0}, {"body": b"\xc1"}], ids=["older", "layout", "broken"]
)
def test_a_packed_table_of_another_kind_is_never_read(session: Session, alice: Member, change: dict[str, Any]) -> None:
    bring(alice, T1, post(0, "right"))
    with transaction() as writing:
        wrong = pack(PostTable(T1, (), (), ()))
        writing.execute(update(PostIndex).values({"body": wrong, **change}))
    session.rollback()
    assert [row.title for row in table_of(alice).rows] == ["right"]


def test_few_posts_need_no_job(session: Session, alice: Member) -> None:
    bring(alice, T1, post(0))
    assert session.scalar(select(func.count()).where(Job.kind == JobKind.POST_INDEX)) == 0


def test_packing_keeps_every_field_and_refuses_other_bytes() -> None:
    row = PostRow(
        id=1,
        public_id="p",
        published_at=EARLY,
        ordinal=1,
        kind=PostKind.PHOTO,
        privacy="friends",
        standing=Standing.DELETED,
        title="é",
        likes=0,
        views=2,
        comments=3,
        shares=4,
        saves=5,
        viewed_at=6,
        viewed_likes=7,
        sound=0,
        hashtags=(0,),
        deleted_at=8,
        permalink="https://x",
    )
    table = PostTable(T1, (row,), (SoundName("s", "n", None, True),), (TagName("é", "É"),))
    assert unpack(pack(table)) == table
    for body in (b"", b"\xc1", pack(table)[:-1]):
        with pytest.raises(NotPacked):
            unpack(body)
