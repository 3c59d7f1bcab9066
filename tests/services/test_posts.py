"""Posts find their post again, and keep apart where two share a second."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, export_json, import_done
from tests.ledgers import at, parse_here
from webapp.models import Post, PostDetail, PostReading


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def post(title: str, likes: str | None = "1", second: int = 0, sound: str = "original sound") -> dict[str, Any]:
    row = {"Date": f"2025-01-01 10:00:{second:02}", "Link": "", "Title": title, "Sound": sound}
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
