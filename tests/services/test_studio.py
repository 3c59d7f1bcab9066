"""Downloads from TikTok Studio go through the import like every export, and videos find their posts in any order."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, run_jobs
from tests.ledgers import at, contents, parse_here, row_counts, visible_contents
from tests.studios import (
    CONTENT,
    EXPECTED,
    JUNE,
    NEW_YEAR,
    SAMPLES,
    VIEWERS,
    content,
    csv_file,
    overview,
    posts_of,
    video_row,
    zip_file,
)
from webapp.analytics.accounts import list_accounts
from webapp.analytics.changes import choose_exports
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.studio import count_downloads, find_active_hours, find_days, find_shares
from webapp.analytics.content.studio_videos import list_videos
from webapp.analytics.freshness import find_freshness
from webapp.analytics.growth import list_growth_rows
from webapp.analytics.imports import list_exports
from webapp.analytics.timeline import find_timeline
from webapp.domain.errors import ErrorCode, Forbidden, NotFound
from webapp.domain.scope import Scope
from webapp.domain.sections import ExportedAtSource, Section
from webapp.extensions import db
from webapp.models import (
    Account,
    AudienceTrait,
    AuditAction,
    AuditEvent,
    FollowerSnapshot,
    ImportRun,
    ImportState,
    MatchState,
    Post,
    StudioVideo,
)
from webapp.services import accounts
from webapp.services.imports import ImportWishes
from webapp.services.moves import move_export
from webapp.services.studio_choices import choose_post, forget_choice
from webapp.services.undo import undo_import

# What the database does differently is in the tests without it: order, undo, choices.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OVERVIEW_NAME = "Overview_2026-05-22_1781956800_demo.maker.zip"
JUNE_20 = at("2026-06-20")
VIDEO = 7_500_000_000_000_000_000


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def scope_of(member: Member) -> Scope:
    db.session.rollback()
    return account_scope(member)


def bring(member: Member, folder: Path) -> list[ImportRun]:
    return [import_done(member, path, handle="demo.maker") for path in sorted(folder.glob("*.zip"))]


def undo_now(member: Member, public_id: str) -> None:
    undo_import(member.actor, member.scope, public_id)
    run_jobs()
    db.session.rollback()


def post(second: str, title: str, likes: int, **more: str) -> dict[str, Any]:
    return {"Date": second, "Link": "", "Likes": str(likes), "Title": title, **more}


def joined(scope: Scope) -> dict[str, tuple[MatchState, str | None]]:
    return {
        view.platform_post_id: (view.state, view.post.title if view.post else None)
        for view in list_videos(scope, scope.timezone)
    }


@on_sqlite
@pytest.mark.parametrize("folder", [JUNE, NEW_YEAR], ids=["june", "new-year"])
def test_the_samples_are_stored_as_their_maker_says(folder: Path, session: Session, alice: Member) -> None:
    runs = bring(alice, folder)
    scope = scope_of(alice)
    facts = {Path(name).name.split("_")[0]: said for name, said in EXPECTED.items() if name.startswith(folder.name)}
    days = {row.day.isoformat(): row.figures for row in find_days(scope)}
    assert [days[day]["video_views"] for day in sorted(days)] == facts["Overview"]["views"]
    assert (min(days), max(days)) == (facts["Overview"]["first_day"], facts["Overview"]["last_day"])
    assert {day: row["followers"] for day, row in days.items()} == facts["Followers"]["followers_by_day"]
    assert sum(row["comments"] for row in days.values()) == facts["Overview"]["totals"]["comments"]
    assert "viewers" not in days[max(days)]
    assert sum(map(len, find_active_hours(scope).days.values())) == facts["Followers"]["activity_rows"]
    territories = find_shares(scope, AudienceTrait.TERRITORY)
    assert territories is not None
    assert [(part.label, part.share) for part in territories.parts] == [
        *(("FR", 0.61), ("US", 0.12), ("BE", 0.08), ("Others", 0.19)),
    ]
    videos = list_videos(scope, scope.timezone)
    assert {view.platform_post_id for view in videos} == set(facts["Content"]["videos"])
    assert {view.state for view in videos} == {MatchState.UNMATCHED}
    for run in runs:
        for said in (run.result or {}).values():
            stored = said["new"] + said["changed"] + said["unchanged"]
            assert said["read"] == stored + sum(said["skipped"].values())


@on_sqlite
@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("folder", [JUNE, NEW_YEAR], ids=["june", "new-year"])
def test_all_nine_videos_find_their_posts_whichever_file_came_first(
    folder: Path, timezone: str, session: Session, alice: Member
) -> None:
    posts = posts_of(folder, "Europe/Paris", 23)
    titles = {row["Title"] for row in posts}
    found = []
    for handle, order in (("demo.maker", (0, 1)), ("other", (1, 0))):
        for step in order:
            if step == 0:
                import_done(alice, export_json(posts=posts, owner=handle), exported_at=at("2026-06-25"))
            else:
                data = next(folder.glob("Content_*.zip")).read_bytes()
                import_done(alice, data, f"Content_{handle}.zip")
            if step == order[0]:
                _set_zone(alice, handle, timezone)
        db.session.rollback()
        scope = account_scope(alice, handle)
        found.append(joined(scope))
        assert {state for state, _ in found[-1].values()} == {MatchState.MATCHED}, found[-1]
        assert {title for _, title in found[-1].values()} == titles
        table = find_posts(scope)
        assert table is not None
        by_title = {row.title: row for row in table.rows}
        for view in list_videos(scope, timezone):
            row = by_title[view.title]
            assert (row.views, row.comments, row.shares) == (view.views, view.comments, view.shares)
            assert row.permalink == view.permalink
    assert found[0] == found[1]


def _set_zone(member: Member, handle: str, timezone: str) -> None:
    db.session.rollback()
    public_id = db.session.scalars(select(Account.public_id).where(Account.handle == handle)).one()
    accounts.change_account(member.scope, public_id, member.actor, timezone=timezone, display_name=None)


@on_sqlite
def test_a_download_is_no_export_with_lists(session: Session, alice: Member) -> None:
    import_done(alice, export_json([("a", "2026-01-01 10:00:00")], posts=[]), exported_at=at("2026-02-01"))
    before = scope_of(alice)
    facts = (find_freshness(before), list_accounts(alice.scope)[0].exported_at, list_growth_rows(before))
    lists = [export.public_id for export in list_exports(before)]
    run = import_done(alice, JUNE / OVERVIEW_NAME)
    scope = scope_of(alice)
    assert scope.revision == before.revision + 1
    assert (run.exported_at, run.exported_at_source) == (1_781_956_800, ExportedAtSource.FILE_NAME)
    assert (find_freshness(scope), list_accounts(alice.scope)[0].exported_at, list_growth_rows(scope)) == facts
    assert [export.public_id for export in list_exports(scope)] == lists
    assert len(session.scalars(select(FollowerSnapshot)).all()) == 1
    assert len(find_timeline(scope, Section.FOLLOWERS).exports) == 1
    assert choose_exports(scope, find_timeline(scope, Section.FOLLOWERS)).to_export is not None
    assert count_downloads(scope) == 1


@on_sqlite
def test_the_same_content_twice_changes_nothing(session: Session, alice: Member) -> None:
    import_done(alice, JUNE / OVERVIEW_NAME)
    stored = visible_contents(session, scope_of(alice).account_id)
    again = import_done(alice, JUNE / OVERVIEW_NAME, "Overview_2020-01-01_1781960000_demo.maker.zip")
    assert again.result == {"is_known": True}
    loose = overview(date(2026, 6, 18), [1, 2])
    import_done(alice, loose, "Overview.csv", handle="demo.maker")
    revision = scope_of(alice).revision
    packed = import_done(alice, zip_file(Overview=loose), "Overview_x.zip", handle="demo.maker")
    assert packed.result == {"is_known": True}
    assert scope_of(alice).revision == revision
    assert stored["studio_day"]


@on_sqlite
def test_a_single_file_without_an_account_asks_whose_it_is(session: Session, alice: Member) -> None:
    run = import_file(alice, overview(date(2026, 6, 18), [1]), "Overview.csv", wishes=ImportWishes())
    assert (run.state, run.owner) == (ImportState.RECOGNISED, None)
    named = import_file(alice, JUNE / "Content_demo.maker.zip", wishes=ImportWishes())
    assert (named.state, named.owner) == (ImportState.READY, "demo.maker")
    assert (named.preview or {})["studio"]["videos"] == {"matched": 0, "ambiguous": 0, "unmatched": 9}


@on_sqlite
def test_a_person_may_correct_the_time_and_with_it_the_years(session: Session, alice: Member) -> None:
    file = overview(date(2026, 12, 31), [1, 2, 3])
    run = import_done(alice, file, "Overview.csv", handle="demo.maker", exported_at=at("2025-01-02"))
    assert [row.day for row in find_days(scope_of(alice))] == [date(2024, 12, day) for day in (29, 30, 31)]
    move_export(alice.actor, alice.scope, run.public_id, at("2024-01-03"))
    run_jobs()
    assert [row.day for row in find_days(scope_of(alice))] == [date(2023, 12, day) for day in (29, 30, 31)]
    other = import_done(alice, zip_file(Overview=file), "Overview_2026-01-01_1735900000_grace.zip")
    assert other.state is ImportState.DONE


def test_of_downloads_that_overlap_the_newest_figure_of_a_day_wins_in_any_order(
    session: Session, alice: Member
) -> None:
    files = [
        (overview(date(2026, 6, 10), [1, 2, 3]), "Overview_2026-01-01_1781300000_{}.zip"),
        (overview(date(2026, 6, 11), [20, "undefined", 40]), "Overview_2026-01-01_1781400000_{}.zip"),
        (csv_file(VIEWERS, [("June 10", 7, 6, 1)]), "Viewers_{}.zip"),
    ]
    names = ("Overview", "Overview", "Viewers")
    answers, stored = [], []
    for place, order in enumerate(permutations(range(3))):
        handle = f"demo{place}"
        for number in order:
            data, name = files[number]
            wishes = {"exported_at": at("2026-06-12")} if number == 2 else {}
            import_done(alice, zip_file(**{names[number]: data}), name.format(handle), **wishes)
        db.session.rollback()
        scope = account_scope(alice, handle)
        answers.append({row.day.day: dict(row.figures) for row in find_days(scope)})
        stored.append(visible_contents(session, scope.account_id)["studio_day"])
    assert all(answer == answers[0] for answer in answers)
    assert all(rows == stored[0] for rows in stored)
    views = {day: row.get("video_views") for day, row in answers[0].items()}
    assert views == {8: 1, 9: 20, 10: 3, 11: 40}
    assert answers[0][10]["viewers"] == 7


@on_sqlite
def test_a_preview_says_what_is_new_changed_and_unchanged(session: Session, alice: Member) -> None:
    wishes: dict[str, Any] = {"handle": "demo.maker", "exported_at": at("2026-06-13")}
    import_done(alice, overview(date(2026, 6, 10), [1, 2]), "Overview.csv", **wishes)
    run = import_done(alice, overview(date(2026, 6, 11), [5, 2, 9]), "Overview.csv", **wishes)
    said = (run.preview or {})["studio"]
    assert (said["first"], said["last"]) == ("2026-06-09", "2026-06-11")
    assert run.result == {"studio_overview": {"read": 3, "new": 1, "changed": 1, "unchanged": 1, "skipped": {}}}


def test_an_undo_of_either_file_leaves_what_the_other_says(session: Session, alice: Member) -> None:
    posts = [post("2026-05-22 10:00:00", "One", 100), post("2026-05-23 10:00:00", "Two", 200)]
    rows = [video_row(VIDEO, "One", date(2026, 5, 22), 110), video_row(VIDEO + 1, "Two", date(2026, 5, 23), 210)]
    export = import_done(alice, export_json(posts=posts), exported_at=at("2026-06-01"))
    alone = visible_contents(session, scope_of(alice).account_id)
    download = import_done(alice, content(*rows), "Content.csv", exported_at=JUNE_20)
    both = visible_contents(session, scope_of(alice).account_id)
    assert joined(scope_of(alice)) == {
        str(VIDEO): (MatchState.MATCHED, "One"),
        str(VIDEO + 1): (MatchState.MATCHED, "Two"),
    }
    undo_now(alice, export.public_id)
    assert joined(scope_of(alice)) == {str(VIDEO + n): (MatchState.UNMATCHED, None) for n in (0, 1)}
    import_done(alice, export_json(posts=posts), exported_at=at("2026-06-01"))
    assert same_but_order(visible_contents(session, scope_of(alice).account_id), both)
    undo_now(alice, download.public_id)
    assert same_but_order(visible_contents(session, scope_of(alice).account_id), alone)
    assert joined(scope_of(alice)) == {}


def same_but_order(one: dict[str, list[tuple[Any, ...]]], other: dict[str, list[tuple[Any, ...]]]) -> bool:
    assert {name: Counter(map(repr, rows)) for name, rows in one.items()} == {
        name: Counter(map(repr, rows)) for name, rows in other.items()
    }
    return True


def test_exports_and_downloads_in_any_order_and_with_undos_give_the_same(session: Session, alice: Member) -> None:
    early = [post("2026-05-22 10:00:00", "", 100), post("2026-05-22 11:00:00", "", 101)]
    late = [post("2026-05-22 10:00:00", "One", 120), post("2026-05-22 11:00:00", "Two", 240)]
    rows = [video_row(VIDEO, "One", date(2026, 5, 22), 121), video_row(VIDEO + 1, "Two", date(2026, 5, 22), 250)]
    states = []
    for place, order in enumerate(permutations(range(4))):
        if place % 5:
            continue
        handle = f"demo{place}"
        runs = {}
        for number in order:
            wishes: dict[str, Any] = {"handle": handle, "exported_at": at(f"2026-06-{number + 20}")}
            data = (
                export_json(posts=early, owner=handle),
                export_json(posts=late, owner=handle),
                csv_file(CONTENT, [(*row[:2], str(row[2]).replace("demo.maker", handle), *row[3:]) for row in rows]),
                overview(date(2026, 6, 1), [1, 2]),
            )[number]
            name = ("a.json", "b.json", "Content.csv", "Overview.csv")[number]
            runs[number] = import_done(alice, data, name, **wishes)
        undo_now(alice, runs[0].public_id)
        db.session.rollback()
        scope = account_scope(alice, handle)
        stored = visible_contents(session, scope.account_id)
        states.append((joined(scope), [row[1:] for row in stored["studio_day"]]))
    assert len(states) == 5
    assert all(state == states[0] for state in states)
    assert states[0][0] == {str(VIDEO): (MatchState.MATCHED, "One"), str(VIDEO + 1): (MatchState.MATCHED, "Two")}


def test_a_choice_by_hand_wins_and_outlives_undo_and_import(session: Session, alice: Member) -> None:
    posts = [post("2026-05-22 10:00:00", "One", 100), post("2026-05-22 11:00:00", "Two", 100)]
    first = import_done(alice, export_json(posts=posts), exported_at=at("2026-06-01"))
    import_done(alice, content(video_row(VIDEO, "", date(2026, 5, 22), 100)), "Content.csv", exported_at=JUNE_20)
    scope = scope_of(alice)
    (view,) = list_videos(scope, "UTC")
    assert (view.state, view.post, len(view.candidates)) == (MatchState.AMBIGUOUS, None, 2)
    wanted = next(each for each in view.candidates if each.title == "Two")
    choose_post(alice.actor, scope, view.platform_post_id, wanted.public_id)
    (pending,) = list_videos(scope_of(alice), "UTC")
    assert pending.is_pending
    run_jobs()
    decided = scope_of(alice)
    assert decided.revision == scope.revision + 1
    assert joined(decided) == {str(VIDEO): (MatchState.BY_HAND, "Two")}
    assert not list_videos(decided, "UTC")[0].is_pending
    table = find_posts(decided)
    assert table is not None
    assert {row.title: row.views for row in table.rows} == {"One": None, "Two": 100}
    undo_now(alice, first.public_id)
    assert joined(scope_of(alice)) == {str(VIDEO): (MatchState.BY_HAND, None)}
    import_done(alice, export_json(posts=posts), exported_at=at("2026-06-02"))
    assert joined(scope_of(alice)) == {str(VIDEO): (MatchState.BY_HAND, "Two")}
    choose_post(alice.actor, scope_of(alice), str(VIDEO), None)
    run_jobs()
    assert joined(scope_of(alice)) == {str(VIDEO): (MatchState.NONE, None)}
    forget_choice(alice.actor, scope_of(alice), str(VIDEO))
    run_jobs()
    assert joined(scope_of(alice)) == {str(VIDEO): (MatchState.AMBIGUOUS, None)}
    said = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.STUDIO_VIDEO_DECIDED)).all()
    assert [event.target for event in said] == [str(VIDEO)] * 3


@on_sqlite
def test_a_post_is_the_video_that_was_chosen_last(session: Session, alice: Member) -> None:
    import_done(alice, export_json(posts=[post("2026-05-22 10:00:00", "One", 100)]), exported_at=at("2026-06-01"))
    rows = [video_row(VIDEO + number, "other", date(2026, 5, 22)) for number in (0, 1)]
    import_done(alice, content(*rows), "Content.csv", exported_at=JUNE_20)
    scope = scope_of(alice)
    post_id = db.session.scalars(select(Post.public_id)).one()
    for number in (0, 1):
        choose_post(alice.actor, scope, str(VIDEO + number), post_id)
    run_jobs()
    states = {key: state for key, (state, _) in joined(scope_of(alice)).items()}
    assert states == {str(VIDEO): MatchState.UNMATCHED, str(VIDEO + 1): MatchState.BY_HAND}


@on_sqlite
def test_a_choice_needs_the_role_the_video_and_the_post(
    session: Session, alice: Member, bob: Member, charlie: Member
) -> None:
    import_done(alice, content(video_row(VIDEO, "", date(2026, 5, 22))), "Content.csv", exported_at=JUNE_20)
    import_done(charlie, export_json(posts=[post("2026-05-22 10:00:00", "One", 100)]), exported_at=JUNE_20)
    foreign = db.session.scalars(select(Post.public_id)).one()
    with pytest.raises(Forbidden):
        choose_post(bob.actor, scope_of(bob), str(VIDEO), None)
    for video, chosen in ((str(VIDEO + 1), None), (str(VIDEO), foreign), (str(VIDEO), "nothing")):
        with pytest.raises(NotFound):
            choose_post(alice.actor, scope_of(alice), video, chosen)
    with pytest.raises(NotFound):
        forget_choice(charlie.actor, scope_of(charlie), str(VIDEO))


@on_sqlite
def test_an_import_that_changes_no_video_writes_no_row_of_one(session: Session, alice: Member) -> None:
    bring(alice, JUNE)
    rows = contents(session, scope_of(alice).account_id)["studio_video"]
    import_done(alice, export_json([("a", "2026-01-01 10:00:00")]), exported_at=at("2026-02-01"))
    assert contents(session, scope_of(alice).account_id)["studio_video"] == rows
    assert len(session.scalars(select(StudioVideo)).all()) == len(rows)


@on_sqlite
def test_a_workbook_fails_with_a_sentence(session: Session, alice: Member) -> None:
    run = import_file(alice, SAMPLES / "expected.json", "Overview.csv")
    assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.STUDIO_COLUMNS)


def test_a_purged_account_leaves_nothing_of_its_downloads(session: Session, alice: Member) -> None:
    bring(alice, JUNE)
    scope = scope_of(alice)
    public_id = db.session.get_one(Account, scope.account_id).public_id
    choose_post(alice.actor, scope, EXPECTED["en_2026-06/Content_demo.maker.zip"]["videos"][0], None)
    accounts.delete_account(alice.scope, public_id, "demo.maker", alice.actor)
    run_jobs()
    assert not [name for name in row_counts(session) if name.startswith("studio")]
