"""The posts with the most likes: which count, which likes, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many
from tests.ledgers import at, parse_here, written
from webapp.analytics.top_posts import TopPosts, find_top_posts
from webapp.domain.period import Span

T1, T2, T3 = at("2025-02-01"), at("2025-03-01"), at("2025-04-01")
EARLY, MIDDLE, LATE = at("2025-01-10"), at("2025-02-10"), at("2025-02-20")


def post(second: int, title: str, likes: int | None, who: str = "Everyone", link: str = "") -> dict[str, Any]:
    shown = "" if likes is None else str(likes)
    return {"Date": written(second), "Link": link, "Likes": shown, "Title": title, "WhoCanView": who}


@pytest.fixture(autouse=True)
def files_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process."""
    parse_here(monkeypatch)


def bring(member: Member, when: int, *posts: dict[str, Any]) -> None:
    import_done(member, export_json(many(3), posts=list(posts)), exported_at=when)


def titles(member: Member, span: Span | None = None, count: int = 5) -> list[tuple[str, int]]:
    return [(found.title, found.likes) for found in find_top_posts(account_scope(member), span, count).posts]


def counts(member: Member, span: Span | None = None) -> tuple[int, int, int]:
    """Return the public posts, those of them without likes, and the others."""
    found = find_top_posts(account_scope(member), span, 1)
    return found.public, found.without_likes, found.private


def test_the_likes_are_those_of_the_newest_list(session: Session, alice: Member) -> None:
    bring(alice, T1, post(EARLY, "one", 100), post(EARLY + 60, "taken down", 900))
    bring(alice, T2, post(EARLY, "one", 90), post(MIDDLE, "two", 95))
    import_done(alice, export_json(many(4), posts=None), exported_at=T3)
    assert titles(alice) == [("two", 95), ("one", 90)]
    assert counts(alice) == (2, 0, 0)


def test_zero_likes_are_likes_and_unknown_ones_are_not(session: Session, alice: Member) -> None:
    bring(alice, T2, post(EARLY, "nobody", 0), post(MIDDLE, "unknown", None))
    assert titles(alice) == [("nobody", 0)]
    assert counts(alice) == (2, 1, 0)


def test_what_not_everybody_can_see_is_counted_and_not_shown(session: Session, alice: Member) -> None:
    silent = post(MIDDLE + 180, "of an old export", 5)
    del silent["WhoCanView"]
    bring(
        alice,
        T2,
        post(MIDDLE, "mine", 50, "Only You"),
        post(MIDDLE + 60, "ours", 40, "Friends"),
        post(MIDDLE + 120, "all", 3),
        silent,
    )
    assert titles(alice) == [("of an old export", 5), ("all", 3)]
    assert counts(alice) == (2, 0, 2)


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, T2, ["late", "middle", "early"]),
        (EARLY, T2, ["late", "middle"]),
        (EARLY - 1, MIDDLE, ["middle", "early"]),
        (EARLY, MIDDLE - 1, []),
    ],
)
def test_a_period_begins_after_its_first_second_and_ends_with_its_last(
    session: Session, alice: Member, since: int | None, until: int, found: list[str]
) -> None:
    bring(alice, T2, post(EARLY, "early", 1), post(MIDDLE, "middle", 2), post(LATE, "late", 3))
    span = Span(since, until)
    assert [title for title, _ in titles(alice, span)] == found
    assert counts(alice, span) == (len(found), 0, 0)


def test_the_most_liked_come_first_the_newer_on_a_tie_and_no_more_than_asked(session: Session, alice: Member) -> None:
    bring(alice, T2, post(EARLY, "old", 7), post(LATE, "new", 7), post(MIDDLE, "most", 8), post(MIDDLE + 9, "few", 1))
    assert titles(alice, count=3) == [("most", 8), ("new", 7), ("old", 7)]


def test_without_a_list_of_posts_there_is_nothing_to_say(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(3), posts=None), exported_at=T2)
    assert find_top_posts(account_scope(alice), None, 5) == TopPosts()
