"""Exports drawn at random: every row is accounted for, and the order and number of imports change nothing."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import export_json, import_file
from tests.hostile.conftest import Desk
from tests.hostile.contents import TEXTS
from tests.importers.making import read
from tests.ledgers import lists_of, parse_here
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import NEVER, Account, ImportState, Post, PostDetail

EARLY, LATE = 1_750_000_000, 1_760_000_000
_ODD: list[Any] = [None, True, 7, -1.5, [], {}, "", "N/A", "0000-00-00", "2024-02-30 10:00:00", *TEXTS.values()]


def dirty_rows(draw: random.Random, fields: tuple[str, ...]) -> list[Any]:
    """Return rows of which about a third are odd in some field, and some are no rows at all."""
    rows: list[Any] = []
    for number in range(draw.randrange(120)):
        row: dict[str, Any] = dict.fromkeys(fields, f"value{number}")
        row["Date"] = f"2024-0{draw.randrange(1, 10)}-{draw.randrange(10, 29)} 10:11:{number % 60:02}"
        if draw.random() < 0.3:
            field = draw.choice([*row])
            row[field] = draw.choice(_ODD)
        if draw.random() < 0.1:
            del row[draw.choice([*row])]
        rows.append(row if draw.random() < 0.95 else draw.choice(_ODD))
        if draw.random() < 0.1:
            rows.append(rows[-1])
    return rows


@pytest.mark.parametrize("seed", range(200))
def test_every_row_that_was_read_is_kept_or_skipped_for_a_reason(seed: int) -> None:
    draw = random.Random(seed)
    lists = {
        "Follower": {"FansList": dirty_rows(draw, ("UserName",))},
        "Following": {"Following": dirty_rows(draw, ("UserName",))},
    }
    posts = dirty_rows(draw, ("Title", "Likes", "Sound", "Link"))
    document = {"Profile And Settings": lists, "Post": {"Posts": {"VideoList": posts}}}
    summary, kept = read(json.dumps(document, indent=draw.choice([None, 1])).encode())
    wanted = {
        Section.FOLLOWERS: lists["Follower"]["FansList"],
        Section.FOLLOWING: lists["Following"]["Following"],
        Section.POSTS: posts,
    }
    for section, rows in wanted.items():
        said = summary.sections[section]
        stored = kept.published if section is Section.POSTS else kept.rows
        assert said.read == len(rows)
        assert said.kept == len(stored.get(section, []))
        assert said.read == said.kept + sum(said.skipped.values())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Draw a few splits; a hundred in the long form of the tests."""
    if "split" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--kills", default=None)
        metafunc.parametrize("split", range(100 if is_long else 8))


def test_two_halves_one_of_them_twice_are_the_same_as_the_whole(
    split: int, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    draw = random.Random(split)
    people = [(f"name{n}", f"2024-03-{n % 28 + 1:02} 10:{n % 60:02}:00") for n in range(draw.randrange(1, 60))]
    draw.shuffle(people)
    cut = draw.randrange(len(people) + 1)
    posts = [{"Date": f"2024-05-05 05:05:{n:02}", "Title": f"t{n}", "Likes": str(n)} for n in range(30)]
    halves: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for post in posts:
        for half in draw.choice([halves[:1], halves[1:], halves]):
            half.append(post)
    first = export_json(people[:cut], None, posts=halves[0])
    second = export_json(None, people[cut:], posts=halves[1])
    whole = export_json(people[:cut], people[cut:], posts=posts)
    with desk.app.app_context():
        for content, second_of in ((first, EARLY), (second, LATE), (first, EARLY)):
            run = import_file(desk.alice, content, f"TikTok_Data_{second_of}.json")
            assert run.state is ImportState.DONE, (run.state, run.error_code)
        import_file(desk.charlie, whole, f"TikTok_Data_{LATE}.json")
        assert lists_of(desk.alice, "demo.maker") == lists_of(desk.charlie, "demo.maker")
        assert _posts(desk.alice.team_id) == _posts(desk.charlie.team_id)


def _posts(team_id: int) -> list[tuple[int, str | None]]:
    query = (
        select(Post.published_at, PostDetail.title)
        .join(Account, Account.id == Post.account_id)
        .join(PostDetail, (PostDetail.post_id == Post.id) & (PostDetail.removed_revision == NEVER))
        .where(Account.team_id == team_id, Post.removed_revision == NEVER)
        .order_by(Post.published_at)
    )
    return [(second, title) for second, title in db.session.execute(query)]
