"""Imports of the sample exports through the services and their jobs, the parser's process included."""

from __future__ import annotations

import re
import zipfile
from itertools import permutations
from pathlib import Path
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
    zipped,
)
from webapp.analytics.accounts import list_accounts
from webapp.analytics.relationships import summarise_relationships
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.sections import ExportedAtSource, Section
from webapp.models import (
    NEVER,
    Account,
    Export,
    Follower,
    FollowerSnapshot,
    ImportOrigin,
    ImportRun,
    ImportState,
    Job,
    JobState,
    Post,
    PostDetail,
    PostReading,
)
from webapp.queue import JobKind
from webapp.services import import_commit, imports
from webapp.services.imports import ImportWishes
from webapp.services.uploads import work_path

PRIVACIES = {None: None, "Everyone": "everyone", "Friends": "friends", "Only You": "only_you"}
READABLE = sorted(name for name, facts in EXPECTED.items() if "layout" in facts)
EXPORTED_THIRD = 1_768_463_100
FOLLOWS = (Section.FOLLOWERS, Section.FOLLOWING)


def told_of_posts(session: Session, layout: str) -> dict[int, tuple[Any, ...]]:
    """Return sound, privacy, kind and images of the posts that stand in the ledger, by their second.

    The oldest layout links every post to a share page: nothing in it tells photos from videos.
    """
    told: list[Any] = [PostDetail.sound_raw, PostDetail.privacy]
    if layout != "G2a":
        told += [PostDetail.kind, PostDetail.image_count]
    rows = session.execute(
        select(Post.published_at, *told)
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(PostDetail.deleted_at.is_(None), PostDetail.is_newest)
    )
    return {row[0]: tuple(row[1:]) for row in rows}


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
        assert told_of_posts(session, facts["layout"]) == {
            at(p["date"]): (
                p["sound"],
                PRIVACIES[p["who"]],
                *(() if facts["layout"] == "G2a" else (p["kind"], p["images"])),
            )
            for p in facts["posts"]
        }
    else:
        assert len(posts) == (facts["posts"] or 0)
    assert session.scalar(select(func.count()).where(PostReading.views.is_not(None))) == 0
    gone = session.execute(
        select(Post.published_at, PostDetail.deleted_at)
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(PostDetail.deleted_at.is_not(None))
    ).all()
    if "deleted_posts" in facts:
        assert [tuple(row) for row in gone] == [(at(p["date"]), at(p["deleted"])) for p in facts["deleted_posts"]]


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
                (at(old), False, now),
                (at(new), True, None),
            }
        for old_name, new_name, second in changes.get("renamed", []):
            assert {s[0] for s in spells if s[1] == at(second)} == {old_name, new_name}


def of_owner(file: Path, owner: str) -> tuple[bytes, str]:
    """Return a sample with another owner of the same length of name."""
    content = file.read_bytes()
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            content = archive.read("user_data_tiktok.json")
        return zipped(content.replace(b"demo.maker", owner.encode()), EXPORTED_THIRD)
    return content.replace(b"demo.maker", owner.encode()), file.name


def post_facts(session: Session, member: Member, owner: str) -> tuple[set[Any], set[Any]]:
    """Return what the visible rows say about posts: their words, and their likes by export."""
    account_id = account_scope(member, owner).account_id
    words = session.execute(
        select(Post.published_at, PostDetail.title, PostDetail.sound_raw, PostDetail.privacy, PostDetail.deleted_at)
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(Post.account_id == account_id, PostDetail.removed_revision == NEVER)
    )
    likes = session.execute(
        select(Post.published_at, Export.exported_at, PostReading.likes)
        .join(PostReading, PostReading.post_id == Post.id)
        .join(Export, Export.id == PostReading.export_id)
        .where(Post.account_id == account_id)
    )
    return {tuple(row) for row in words}, {tuple(row) for row in likes}


def test_the_three_exports_in_any_order_tell_the_same(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    told: list[tuple[Any, ...]] = []
    for number, order in enumerate(permutations((FIRST, SECOND, THIRD))):
        owner = f"demo.make{number}"
        for file in order:
            import_done(alice, *of_owner(file, owner), losses_confirmed=True)
        told.append((ledgers(alice, owner), lists_of(alice, owner)))
        words, likes = post_facts(session, alice, owner)
        told[-1] += ({(second, *map(_unnamed, rest)) for second, *rest in words}, likes)
    assert len(told[0][0][Section.FOLLOWERS]) > 60
    assert len(told[0][3]) > 50
    assert all(one == told[0] for one in told)


def _unnamed(value: Any) -> Any:
    return re.sub(r"demo\.make\d", "owner", value) if isinstance(value, str) else value


def test_an_export_that_was_packed_again_adds_nothing(session: Session, alice: Member) -> None:
    import_done(alice, THIRD)
    account_id = account_scope(alice, "demo.maker").account_id
    before = contents(session, account_id)
    again = import_done(alice, SAMPLES / "demo.maker/3b_same_as_3_rezipped_on_mac.zip")
    assert again.result == {"is_known": True}
    assert contents(session, account_id) == before


def test_the_same_exports_once_more_change_nothing(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    for file in (SECOND, THIRD):
        import_done(alice, file, losses_confirmed=True)
    before = ledgers(alice, "demo.maker")
    for file in (SECOND, THIRD, SECOND):
        import_done(alice, file)
    assert ledgers(alice, "demo.maker") == before
    assert session.scalar(select(func.count()).select_from(Export)) == 2


def test_the_text_form_of_an_export_says_the_same_as_its_json(session: Session, alice: Member) -> None:
    import_done(alice, SECOND)
    before = lists_of(alice, "demo.maker")
    run = import_done(alice, SAMPLES / "txt_en_2025.zip", exported_at=at("2025-06-11"))
    assert lists_of(alice, "demo.maker") == before
    counts = (run.result or {})["followers"]
    assert (counts["new"], counts["gone"], counts["refollowed"]) == (0, 0, 0)


def test_the_file_of_somebody_else_is_not_mixed_in(session: Session, alice: Member) -> None:
    import_done(alice, THIRD)
    before = lists_of(alice, "demo.maker")
    refused = import_file(
        alice, SAMPLES / "other.person_2026-01.zip", wishes=ImportWishes(handle="Demo.Maker", commits_itself=True)
    )
    assert (refused.state, refused.error_code) == (ImportState.FAILED, ErrorCode.IMPORT_OTHER_OWNER)
    assert (refused.error_params or {})["owner"] == "other.person"
    import_done(alice, SAMPLES / "other.person_2026-01.zip")
    assert lists_of(alice, "demo.maker") == before
    followers, _ = lists_of(alice, "other.person")
    assert names(followers) == {name for name, _ in EXPECTED["other.person_2026-01.zip"]["followers"]["list"]}


def test_what_is_no_export_is_refused_and_leaves_no_file(session: Session, alice: Member) -> None:
    run = import_file(alice, SAMPLES / "not_an_export.json")
    assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.NOT_AN_EXPORT)
    assert not work_path(run.public_id).exists()
    assert session.scalar(select(func.count()).select_from(Account)) == 0


# what a person does between the reading and the writing


def preview_of(member: Member, content: bytes, name: str | None = None, **wishes: Any) -> ImportRun:
    """Read a file and stop at the preview."""
    return import_file(member, content, name, wishes=ImportWishes(**wishes))


def test_nothing_is_written_before_a_person_says_so(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    run = preview_of(alice, export_json(many(3), many(2)))
    assert run.state is ImportState.READY
    assert session.scalar(select(func.count()).select_from(Account)) == 0
    imports.commit_import(alice.actor, alice.scope, run.public_id)
    run_jobs()
    assert len(lists_of(alice, "demo.maker")[0]) == 3
    assert not work_path(run.public_id).exists()


def test_a_preview_says_what_the_commit_does(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    import_done(alice, export_json(many(30), many(2)), exported_at=at("2025-01-01"))
    rows = [(name, date if name != "person00003" else "2025-02-02 00:00:00") for name, date in many(30)[2:]]
    run = preview_of(alice, export_json([("newcomer", "2025-02-01 00:00:00"), *rows]), exported_at=at("2025-03-01"))
    said = (run.preview or {})["sections"]["followers"]
    assert said == {
        "previous": 30,
        "new": 1,
        "unchanged": 27,
        "gone": 2,
        "returned": 0,
        "refollowed": 1,
        "ended_later": 0,
        "renamed": 0,
    }
    imports.commit_import(alice.actor, alice.scope, run.public_id, losses_confirmed=True)
    run_jobs()
    session.rollback()
    done = session.get_one(ImportRun, run.id).result or {}
    assert {name: done["followers"][name] for name in said if name != "renamed"} == {
        name: number for name, number in said.items() if name != "renamed"
    }


def test_a_file_without_an_owner_waits_for_a_name(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    run = import_file(alice, export_json(many(3), owner=None))
    assert run.state is ImportState.RECOGNISED
    with pytest.raises(Invalid) as refusal:
        imports.commit_import(alice.actor, alice.scope, run.public_id)
    assert refusal.value.code is ErrorCode.IMPORT_WITHOUT_OWNER
    imports.correct_import(alice.actor, alice.scope, run.public_id, handle="somebody")
    run_jobs()
    assert len(lists_of(alice, "somebody")[0]) == 3


def test_a_corrected_export_time_decides_where_the_export_stands(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    import_done(alice, export_json(many(3)), exported_at=at("2025-06-01"))
    run = preview_of(alice, *zipped(export_json(many(4)), at("2025-09-01")))
    assert (run.preview or {})["sections"]["followers"]["new"] == 1
    imports.correct_import(alice.actor, alice.scope, run.public_id, exported_at=at("2025-05-01"))
    run_jobs()
    session.rollback()
    assert session.get_one(ImportRun, run.id).exported_at_source is ExportedAtSource.PERSON
    imports.commit_import(alice.actor, alice.scope, run.public_id)
    run_jobs()
    assert len(lists_of(alice, "demo.maker")[0]) == 3, "the newer export is still the newest"


@pytest.mark.parametrize("second", [0, at("2015-12-31"), at("2100-01-02"), -1])
def test_an_impossible_export_time_is_refused(second: int, session: Session, alice: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        imports.create_import(
            alice.actor, alice.scope, receive(b"{}"), ImportOrigin.API, ImportWishes(exported_at=second)
        )
    assert refusal.value.params["field"] == "exported_at"
    assert session.scalar(select(func.count()).select_from(ImportRun)) == 0


def test_a_cancelled_import_is_forgotten_with_its_file(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    waiting = preview_of(alice, export_json(many(3)))
    imports.cancel_import(alice.actor, alice.scope, waiting.public_id)
    unread = imports.create_import(alice.actor, alice.scope, receive(export_json(many(4))), ImportOrigin.WEB)
    imports.cancel_import(alice.actor, alice.scope, unread)
    assert run_jobs() == []
    session.rollback()
    for run in session.scalars(select(ImportRun)):
        assert run.state is ImportState.CANCELLED
        assert not work_path(run.public_id).exists()
    imports.cancel_import(alice.actor, alice.scope, unread)  # a second click
    assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_an_import_is_its_teams_own(session: Session, alice: Member, bob: Member, charlie: Member) -> None:
    public_id = imports.create_import(alice.actor, alice.scope, receive(export_json()), ImportOrigin.WEB)
    for act in (imports.cancel_import, imports.commit_import, imports.correct_import):
        with pytest.raises(NotFound):
            act(charlie.actor, charlie.scope, public_id)
        with pytest.raises(Forbidden):
            act(bob.actor, bob.scope, public_id)
    with pytest.raises(Forbidden):
        imports.create_import(bob.actor, bob.scope, receive(export_json()), ImportOrigin.WEB)
    with pytest.raises(Conflict) as refusal:
        imports.commit_import(alice.actor, alice.scope, public_id)
    assert refusal.value.code is ErrorCode.IMPORT_NOT_READY
    assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_an_empty_file_is_refused_at_the_door(session: Session, alice: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        imports.create_import(alice.actor, alice.scope, receive(b""), ImportOrigin.WEB)
    assert refusal.value.code is ErrorCode.FILE_EMPTY


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\user_data.json", "user_data.json"),
        ("a\0b\u202egpj.json", "abgpj.json"),
        ("e\u0301té.json", "été.json"),
        ("x" * 300, "x" * 120),
        ("  ", "export"),
        ("/", "export"),
    ],
)
def test_a_file_name_is_shown_without_tricks(name: str, shown: str) -> None:
    assert imports.shown_file_name(name) == shown


def test_a_list_that_ends_in_the_middle_of_a_row_is_held_on_a_first_import_too(session: Session, alice: Member) -> None:
    text = b"Date: 2025-01-02 03:04:05 UTC\nUsername: someone\n\nDate: 2025-01-01 03:04:05 UTC\nUsern"
    wishes = ImportWishes(handle="demo.maker", commits_itself=True)
    run = import_file(alice, text, "Follower.txt", wishes=wishes)
    assert (run.state, (run.preview or {})["cut"]) == (ImportState.HELD, ["followers"])
    with pytest.raises(Invalid):
        imports.commit_import(alice.actor, alice.scope, run.public_id)
    imports.commit_import(alice.actor, alice.scope, run.public_id, losses_confirmed=True)
    run_jobs()
    session.rollback()
    session.refresh(run)
    assert run.state is ImportState.DONE


def test_an_import_that_is_done_cannot_be_cancelled(session: Session, alice: Member) -> None:
    done = import_done(alice, export_json(many(3)))
    with pytest.raises(Conflict) as refusal:
        imports.cancel_import(alice.actor, alice.scope, done.public_id)
    assert refusal.value.code is ErrorCode.IMPORT_ENDED


def test_a_second_click_on_import_adds_no_second_job(session: Session, alice: Member) -> None:
    run = import_file(alice, export_json(many(3)), wishes=ImportWishes())
    for _ in range(2):
        imports.commit_import(alice.actor, alice.scope, run.public_id)
    query = select(func.count()).select_from(Job).where(Job.import_id == run.id, Job.kind == JobKind.IMPORT_COMMIT)
    assert session.scalar(query) == 1
    run_jobs()
    imports.commit_import(alice.actor, alice.scope, run.public_id)
    session.rollback()
    assert (session.scalar(query), session.get_one(ImportRun, run.id).state) == (1, ImportState.DONE)


def test_a_first_import_that_fails_leaves_no_account_and_stays_in_the_history(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = import_file(alice, export_json(many(30)), wishes=ImportWishes())
    imports.commit_import(alice.actor, alice.scope, run.public_id)

    def refuse(*_arguments: object) -> None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="posts", value="?")

    monkeypatch.setattr(import_commit, "_write_posts", refuse)
    states = run_jobs()
    session.rollback()
    assert states == [JobState.FAILED, JobState.DONE]  # the commit, then the removal of what it wrote
    assert list_accounts(alice.scope) == []
    assert session.get_one(ImportRun, run.id).state is ImportState.FAILED
    for table in (Account, Follower, Export):
        assert session.scalar(select(func.count()).select_from(table)) == 0
