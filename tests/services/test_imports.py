"""Imports of the sample exports through the services and their jobs, the parser's process included."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, receive, run_jobs
from tests.ledgers import (
    EXPECTED,
    FIRST,
    SAMPLES,
    SECOND,
    THIRD,
    at,
    contents,
    ledgers,
    lists_of,
    names,
    parse_here,
)
from webapp.analytics.relationships import summarise_relationships
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.sections import ExportedAtSource, Section
from webapp.models import (
    Account,
    Export,
    Follower,
    FollowerSnapshot,
    ImportOrigin,
    ImportRun,
    ImportState,
    Job,
    Post,
    PostDetail,
    PostReading,
)
from webapp.services import imports
from webapp.services.imports import ImportWishes
from webapp.services.uploads import work_path

READABLE = sorted(name for name, facts in EXPECTED.items() if "layout" in facts)
FOLLOWS = (Section.FOLLOWERS, Section.FOLLOWING)


def wanted_list(facts: dict[str, Any] | None) -> list[tuple[str, int]] | None:
    """Return a list of expected.json as it is shown: newest first, without deleted accounts."""
    if facts is None:
        return None
    rows = [(name, at(date)) for name, date in facts["list"] if name != "N/A"]
    return sorted(rows, key=lambda row: (row[1], row[0].casefold()), reverse=True)


def add_up(counts: dict[str, Any]) -> bool:
    """Return whether what was read went somewhere: new, changed, unchanged or skipped."""
    parts = ("new", "changed", "refollowed", "unchanged")
    return bool(counts["read"] == sum(counts.get(part, 0) for part in parts) + sum(counts["skipped"].values()))


@pytest.mark.parametrize("name", READABLE)
def test_every_sample_gives_what_its_makers_wrote_down(name: str, session: Session, alice: Member) -> None:
    facts = EXPECTED[name]
    handle = facts["owner"] or "demo.maker"
    run = import_done(alice, SAMPLES / name, handle=handle)
    followers, following = lists_of(alice, handle)
    assert followers == wanted_list(facts["followers"])
    assert following == wanted_list(facts["following"])

    result = run.result or {}
    assert all(add_up(counts) for counts in result.values())
    for section in (*FOLLOWS, Section.POSTS):
        assert (section.value in result) == (facts[section.value] is not None)
    for section in FOLLOWS:
        if facts[section.value]:
            assert result[section.value]["read"] == facts[section.value]["entries"]

    posts = session.execute(
        select(Post.published_at, PostReading.likes, PostDetail.title)
        .join(PostReading, PostReading.post_id == Post.id)
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(PostDetail.deleted_at.is_(None))
        .order_by(Post.published_at.desc())
    ).all()
    if isinstance(facts["posts"], list):
        found = [(second, likes, title or "") for second, likes, title in posts]
        assert found == sorted(((at(p["date"]), p["likes"], p["title"]) for p in facts["posts"]), reverse=True)
    else:
        assert len(posts) == (facts["posts"] or 0)
    assert session.scalar(select(func.count()).where(PostReading.views.is_not(None))) == 0
    gone = session.execute(
        select(Post.published_at, PostDetail.deleted_at).join(PostDetail, PostDetail.post_id == Post.id)
        .where(PostDetail.deleted_at.is_not(None))
    ).all()
    assert [tuple(row) for row in gone] == [(at(p["date"]), at(p["deleted"])) for p in facts.get("deleted_posts", [])]


@pytest.mark.parametrize("name", ["partial_g4_only_activity.json", "partial_g4_only_posts.json"])
def test_a_part_of_an_export_leaves_the_rest_unknown_and_never_zero(name: str, session: Session, alice: Member) -> None:
    import_done(alice, SAMPLES / name, handle="demo.maker")
    assert lists_of(alice, "demo.maker") == (None, None)
    summary = summarise_relationships(account_scope(alice, "demo.maker"))
    assert (summary.followers, summary.following, summary.mutuals, summary.follower_ratio) == (None,) * 4
    snapshot = session.scalars(select(FollowerSnapshot)).one()
    assert (snapshot.followers, snapshot.following, snapshot.mutuals) == (None, None, None)
    assert session.scalar(select(func.count()).select_from(Follower)) == 0


def test_a_part_of_an_export_changes_nothing_of_the_rest(session: Session, alice: Member) -> None:
    import_done(alice, THIRD)
    before, spells = lists_of(alice, "demo.maker"), ledgers(alice, "demo.maker")
    for name in ("partial_g4_only_activity.json", "partial_g4_only_posts.json"):
        import_done(alice, SAMPLES / name, handle="demo.maker", exported_at=at("2026-02-01"))
    assert lists_of(alice, "demo.maker") == before
    assert ledgers(alice, "demo.maker") == spells


def test_the_three_exports_tell_what_changed_between_them(session: Session, alice: Member) -> None:
    runs = [import_done(alice, file, losses_confirmed=True) for file in (FIRST, SECOND, THIRD)]
    times = [run.exported_at for run in runs]
    spells = ledgers(alice, "demo.maker")[Section.FOLLOWERS]
    for before, now, file in ((times[0], times[1], SECOND), (times[1], times[2], THIRD)):
        changes = EXPECTED[f"demo.maker/{file.name}"]["changes_since_previous"]
        refollowed = {name for name, *_ in changes.get("refollowed_new_date", [])}
        # By name alone: a rename is one lost and one gained, a deleted account is lost.
        lost = {name for name, _, _, last, gone in spells if (last, gone) == (before, now)}
        gained = {name for name, _, first, _, _ in spells if first == now}
        assert lost - refollowed == set(changes["lost"])
        assert gained - refollowed == set(changes["gained"])
        for name, old, new in changes.get("refollowed_new_date", []):
            assert {(s[1], s[2] == now, s[4]) for s in spells if s[0] == name} == {
                (at(old), False, now), (at(new), True, None)
            }
        for old_name, new_name, second in changes.get("renamed", []):
            assert {s[0] for s in spells if s[1] == at(second)} == {old_name, new_name}


def test_the_three_exports_in_any_order_give_the_same_tables(
    session: Session, alice: Member, charlie: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    found = []
    for number, order in enumerate(permutations((FIRST, SECOND, THIRD))):
        if number:
            import_done(alice, _of_owner(order[0], number), order[0].name, losses_confirmed=True)
            import_done(alice, _of_owner(order[1], number), order[1].name, losses_confirmed=True)
            import_done(alice, _of_owner(order[2], number), order[2].name, losses_confirmed=True)
        else:
            for file in order:
                import_done(alice, _of_owner(file, number), file.name, losses_confirmed=True)
        found.append(ledgers(alice, f"demo.make{number}"))
    assert all(spells == found[0] for spells in found)
    assert len(found[0][Section.FOLLOWERS]) > 60
