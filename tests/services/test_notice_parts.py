"""What stands out and what rises, found in the ledger: the same in any order of import, and as each export had it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import parse_here
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.notices.anomalies import find_anomalies
from webapp.analytics.notices.history import NoticeHistory, read_history
from webapp.analytics.notices.past_posts import PastPosts
from webapp.analytics.notices.trends import find_trends
from webapp.domain.notifications import Finding, NoticeKind
from webapp.domain.scope import Scope
from webapp.services import content, forecasts

BEGUN = datetime(2025, 1, 6, tzinfo=UTC)
DAYS = (60, 70, 80, 90, 100, 110)
PEAK_POST, PEAK_DAY, RISES = 75, 78, 84


def prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files here, and keep no fits: what is looked for needs none."""
    parse_here(monkeypatch)
    monkeypatch.setattr(forecasts, "LEAST_FITTED", 1_000)
    monkeypatch.setattr(content, "LEAST_TESTED", 1_000)


def second(day: float) -> int:
    return int((BEGUN + timedelta(days=day)).timestamp())


def written(day: float) -> str:
    return f"{BEGUN + timedelta(days=day):%Y-%m-%d %H:%M:%S}"


def export(day: int, owner: str) -> bytes:
    """Return the export of a day's evening: a post and eight new followers a day, few of whom leave, once many."""
    draw = random.Random(7)
    likes = [round(400 * draw.lognormvariate(0, 0.8)) for _ in range(max(DAYS))]
    likes[PEAK_POST] = 80_000
    posts = [
        {
            "Date": written(at + 0.5),
            "Link": "",
            # Those of the day before still grow.
            "Likes": str(likes[at] if day - at > 1 else likes[at] // 2),
            "Title": f"loaf {at} #fyp {'#Bread' if at >= RISES else ''}",
            "Sound": "a tune - somebody" if at >= RISES else "",
        }
        for at in range(day)
    ]
    # What was private on one list shows nothing of itself on the others.
    posts[20]["WhoCanView"] = "Only Me" if day == DAYS[2] else "Everyone"
    followers = [
        (f"person{at:03}{number:03}", written(at + number / 400))
        for at in range(day)
        for number in range(80 if at == PEAK_DAY else 8)
    ]
    left = sum(15 if later < DAYS[-1] else 120 for later in DAYS if later <= day)
    return export_json(reversed(followers[left:]), owner=owner, posts=posts)


def import_all(member: Member, owner: str, days: Iterable[int]) -> Scope:
    for day in days:
        import_done(member, export(day, owner), exported_at=second(day))
    return account_scope(member, owner)


def find(scope: Scope, known: dict[str, Any] | None = None) -> tuple[list[Finding], NoticeHistory]:
    history = read_history(scope, known)
    return [*find_anomalies(history), *find_trends(history)], history


def counted(table: PostTable | None) -> list[tuple[int, int | None, tuple[str, ...]]]:
    """Return the posts that count, with likes and hashtags."""
    assert table is not None
    return [
        (row.published_at, row.likes, tuple(table.tags[place].tag for place in row.hashtags)) for row in table.counted
    ]


def plain(findings: list[Finding]) -> list[tuple[str, str, int, dict[str, Any]]]:
    """Return findings without the random names of rows."""
    random_names = ("post", "sound", "from", "to")
    return [
        (
            finding.kind.value,
            finding.key,
            finding.at,
            {name: value for name, value in finding.params.items() if name not in random_names},
        )
        for finding in findings
    ]


def test_each_export_tells_what_it_told_then_in_any_order_of_import(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(monkeypatch)
    seen = {}
    for day in DAYS:
        scope = import_all(alice, "in.order", [day])
        seen[second(day)] = counted(find_posts(scope))
    findings, history = find(scope)
    past = PastPosts(scope)
    assert {each.exported_at: counted(past.table(each)) for each in past.exports} == seen

    assert [(finding.kind, finding.at) for finding in findings] == [
        (NoticeKind.POST_PEAK, second(90)),
        (NoticeKind.FOLLOWER_PEAK, second(80)),
        (NoticeKind.FOLLOWER_DROP, second(110)),
        (NoticeKind.RISING_HASHTAG, second(100)),
        (NoticeKind.RISING_SOUND, second(100)),
    ]
    post, peak, drop, tag, sound = (finding.params for finding in findings)
    table = find_posts(scope)
    assert table is not None
    assert table.by_id[post["post"]].likes == post["likes"] == 80_000
    assert post["low"] < post["typical"] < post["high"] < 80_000
    assert (peak["day"], peak["gained"]) == (written(PEAK_DAY)[:10], 80)
    assert (drop["first"], drop["last"], drop["lost"]) == (written(100)[:10], written(110)[:10], 120)
    assert (tag["tag"], tag["recent"], tag["of_recent"], tag["earlier"]) == ("bread", 9, 20, 0)
    assert sound["sound"] in {each.public_id for each in table.sounds}

    # Nothing is worked out twice that was kept.
    monkeypatch.setattr(PastPosts, "table", None)
    again, kept = find(scope, history.kept)
    assert again == findings
    assert kept.kept == history.kept
    monkeypatch.undo()
    prepare(monkeypatch)
    other = import_all(alice, "any.order", [90, 60, 110, 80, 100, 70])
    assert plain(find(other)[0]) == plain(findings)
