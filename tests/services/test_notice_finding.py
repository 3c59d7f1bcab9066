"""What the exports of an account show that is worth telling: found once, in any order, and told to whom it concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import noticed
from tests.factories import (
    Member,
    account_scope,
    add_confirmed_rename,
    export_json,
    import_done,
    import_file,
    run_jobs,
)
from tests.ledgers import parse_here, written
from tests.studios import HISTORY, csv_file
from webapp.domain.notifications import NoticeKind
from webapp.domain.sections import Section
from webapp.models import (
    Account,
    ImportRun,
    ImportState,
    JobState,
    ListAnswer,
    Notice,
    NoticeRule,
    NoticeState,
    Notification,
    NotificationChoice,
    PersonNote,
    PersonTag,
    Sound,
)
from webapp.queue import JobKind
from webapp.services import accounts, after_switch, imports, notice_finding
from webapp.services.erasure import request_erasure
from webapp.services.imports import ImportWishes
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction
from webapp.services.undo import undo_import

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OWNER = "demo.maker"
DAY = 86_400
NOW = int(datetime.now(UTC).timestamp()) // DAY * DAY
Told = tuple[NoticeKind, str]


@pytest.fixture(autouse=True)
def finding_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process, and work nothing else out of them."""

    def queue(session: Session, account: Account, *, rings: bool = True) -> None:
        session.flush()
        notice_finding.queue_finding(session, account, rings=rings)

    parse_here(monkeypatch)
    monkeypatch.setattr(after_switch, "queue_readings", queue)


def tag(account_id: int, name: str, tag_key: str = "brand") -> PersonTag:
    return PersonTag(
        account_id=account_id,
        username=name,
        username_key=name,
        tag=tag_key,
        tag_key=tag_key,
        created_at=datetime.now(UTC),
    )


def mark(member: Member, *rows: Any) -> None:
    with transaction() as session:
        session.add_all(rows)


def notices(session: Session) -> list[Notice]:
    """Return what follows from the exports now."""
    session.rollback()
    return list(session.scalars(select(Notice).where(Notice.withdrawn_at.is_(None)).order_by(Notice.at, Notice.id)))


def told(session: Session, member: Member) -> list[Notification]:
    """Return what a person was told of accounts that still holds."""
    session.rollback()
    is_there = Notification.notice_id.is_not(None), Notification.is_withdrawn.is_(False)
    query = select(Notification).where(Notification.user_id == member.user_id, *is_there)
    return list(session.scalars(query.order_by(Notification.at, Notification.id)))


def rows_of(session: Session, member: Member) -> int:
    """Count what a person was told of accounts, whether it holds or not."""
    is_told = Notification.user_id == member.user_id, Notification.notice_id.is_not(None)
    return session.scalar(select(func.count()).where(*is_told)) or 0


# a year of an account


def bring_year(member: Member, files: Sequence[noticed.File]) -> None:
    """Import files in this order, each twice; who matters is marked as soon as there is an account."""
    for place, file in enumerate(files):
        for _ in range(2):
            import_done(member, file.data, file.name, exported_at=file.at, handle=OWNER, losses_confirmed=True)
        if place == 0:
            scope = account_scope(member)
            mark(member, tag(scope.account_id, "chef"), tag(scope.account_id, "pest", "ignore"))
            mark(member, tag(scope.account_id, "olga"))
            add_confirmed_rename(scope, "olga", "olga2")


def as_planted(session: Session, notice: Notice) -> Told:
    if notice.kind is not NoticeKind.RISING_SOUND:
        return notice.kind, notice.key
    name = session.scalars(select(Sound.name).where(Sound.public_id == notice.params["sound"])).one()
    return notice.kind, f"{name}:{notice.key.rpartition(':')[2]}"


def check_year(session: Session, members: Sequence[Member]) -> None:
    """Check that exactly what was planted is found and was told once, and that none of it is news today."""
    planted, found = noticed.planted(), notices(session)
    by_key = {as_planted(session, notice): notice for notice in found}
    assert {key: notice.at for key, notice in by_key.items()} == {key: at for key, (at, _) in planted.items()}
    assert len(by_key) == len(found)
    for key, (_, said) in planted.items():
        assert by_key[key].params.items() >= said.items(), key
    for member in members:
        rows = told(session, member)
        assert Counter(row.notice_id for row in rows) == Counter(notice.id for notice in found)
        assert all(row.read_at is not None and row.mail_due_at is None and row.push_due_at is None for row in rows)
        assert all(row.params == session.get_one(Notice, row.notice_id).params for row in rows)


@pytest.mark.parametrize(
    ("database_url", "order"),
    [
        ("sqlite", "oldest first"),
        ("sqlite", "newest first"),
        pytest.param("postgresql", "any", marks=pytest.mark.postgres),
    ],
    indirect=["database_url"],
)
def test_a_year_of_exports_tells_what_happened_in_it_and_nothing_else_in_any_order(
    order: str, session: Session, alice: Member, bob: Member
) -> None:
    files = noticed.files()
    if order == "newest first":
        files.reverse()
    elif order == "any":
        Random(order).shuffle(files)
    bring_year(alice, files)
    check_year(session, [alice, bob])


# what is news


def post(number: int, likes: int) -> dict[str, Any]:
    """Return a post that was published so many days ago."""
    published = NOW - number * DAY + 3_600
    return {"Date": written(published), "Link": "", "Likes": str(likes), "Title": f"post {number}"}


def bring(
    member: Member, days_ago: int, posts: list[dict[str, Any]] | None, followers: int = 1, **more: Any
) -> ImportRun:
    people = [(f"fan{number}", written(NOW - 2_000 * DAY + number)) for number in range(followers)]
    return import_done(
        member,
        export_json(more.pop("followers_listed", people), more.pop("following", []), posts=posts, **more),
        exported_at=NOW - days_ago * DAY,
        handle=OWNER,
        losses_confirmed=True,
    )


def news(session: Session, member: Member) -> list[tuple[NoticeKind, int]]:
    """Return what a person was told as news, each with its threshold."""
    return [(row.kind, row.params["threshold"]) for row in told(session, member) if row.read_at is None]


def test_round_numbers_are_news_once_and_only_the_highest(session: Session, alice: Member) -> None:
    bring(alice, 40, [post(100, 5_000), post(90, 900)], followers=90)
    assert notices(session) == []
    bring(alice, 30, [post(100, 5_000), post(90, 950), post(35, 20_000)], followers=1_200)
    assert sorted(news(session, alice)) == [
        (NoticeKind.ACCOUNT_LIKES, 10_000),
        (NoticeKind.FOLLOWERS, 1_000),
        (NoticeKind.POST_LIKES, 10_000),
    ]
    # It falls and rises again: told once is told.
    bring(alice, 20, [post(100, 5_000), post(90, 900), post(35, 8_000)], followers=95)
    bring(alice, 10, [post(100, 5_000), post(90, 990), post(35, 30_000)], followers=1_500)
    assert len(told(session, alice)) == len(notices(session)) == 3
    bring(alice, 1, [post(100, 5_000), post(90, 1_000), post(35, 30_000)], followers=1_500)
    assert (NoticeKind.POST_LIKES, 1_000) in news(session, alice)
    (newest,) = [row for row in told(session, alice) if row.params["threshold"] == 1_000 and "post" in row.params]
    assert newest.team_id == alice.team_id
    assert newest.account_id == account_scope(alice).account_id
    assert newest.key == session.get_one(Notice, newest.notice_id).public_id


@on_sqlite
def test_exports_of_long_ago_and_before_those_that_were_looked_at_are_history(session: Session, alice: Member) -> None:
    bring(alice, 300, [post(400, 10)])
    bring(alice, 200, [post(400, 2_000)])
    assert sorted((row.kind, row.read_at is None) for row in told(session, alice)) == [
        (NoticeKind.ACCOUNT_LIKES, False),
        (NoticeKind.POST_LIKES, False),
    ]
    assert {row.at for row in told(session, alice)} == {NOW - 200 * DAY}
    assert {row.params["threshold"] for row in told(session, alice)} == {1_000}
    bring(alice, 10, [post(400, 2_000), post(20, 5)])
    bring(alice, 50, [post(400, 12_000)])
    assert news(session, alice) == []
    assert len(told(session, alice)) == 4


@on_sqlite
def test_an_account_that_is_looked_at_for_the_first_time_tells_what_its_newest_export_shows(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(after_switch, "queue_readings", lambda *_, **__: None)
        bring(alice, 60, [post(400, 10)])
        bring(alice, 40, [post(400, 2_000)])
        bring(alice, 20, [post(400, 12_000)])
    with transaction() as writing:
        add_job(writing, JobKind.NOTICES_FIND)
    run_jobs()
    assert sorted(news(session, alice)) == [(NoticeKind.ACCOUNT_LIKES, 10_000), (NoticeKind.POST_LIKES, 10_000)]
    assert len(told(session, alice)) == 4
    # Once everything was looked at the job of the schedule queues nothing.
    with transaction() as writing:
        add_job(writing, JobKind.NOTICES_FIND)
    assert run_jobs() == [JobState.DONE]


# what is no news


@on_sqlite
def test_a_post_that_earlier_lists_should_have_held_and_one_that_is_deleted_tell_nothing(
    session: Session, alice: Member
) -> None:
    bring(alice, 60, [post(400, 10)])
    bring(alice, 40, [post(400, 20), post(300, 50_000)])
    assert notices(session) == []
    gone = {**post(400, 20_000), "DateDeleted": written(NOW - 25 * DAY)}
    bring(alice, 20, [post(300, 50_000)], deleted=[gone])
    assert notices(session) == []


@on_sqlite
def test_a_list_that_is_not_whole_tells_nothing(session: Session, alice: Member) -> None:
    bring(alice, 60, [post(400, 10)], followers=90)
    half = [(f"other{number}", written(NOW - 50 * DAY)) for number in range(150)]
    run = import_file(alice, export_json(half, []), wishes=ImportWishes(exported_at=NOW - 40 * DAY, handle=OWNER))
    assert run.state is ImportState.HELD
    answers = {Section.FOLLOWERS: ListAnswer.INCOMPLETE}
    imports.commit_import(alice.actor, alice.scope, run.public_id, answers=answers)
    run_jobs()
    session.expire_all()
    assert session.get_one(ImportRun, run.id).state is ImportState.DONE
    assert notices(session) == []
    bring(alice, 20, None, followers=95)
    assert notices(session) == []


# followers by day, of Studio and of lists


@on_sqlite
def test_round_numbers_of_followers_come_from_studio_as_well(session: Session, alice: Member) -> None:
    bring(alice, 40, None, followers=90)
    days = [datetime.fromtimestamp(NOW - ago * DAY, UTC) for ago in range(30, 20, -1)]
    rows = [(f"{day:%B} {day.day}", 96 + number, 1) for number, day in enumerate(days)]
    import_done(alice, csv_file(HISTORY, rows), "FollowerHistory.csv", exported_at=NOW - 20 * DAY, handle=OWNER)
    (notice,) = notices(session)
    assert notice.params == {"threshold": 100, "count": 105, "day": days[4].date().isoformat()}
    bring(alice, 10, None, followers=104)
    assert len(notices(session)) == 1


@on_sqlite
def test_a_list_says_by_which_day_a_round_number_was_reached(session: Session, alice: Member) -> None:
    old = [(f"fan{number}", written(NOW - 500 * DAY + number)) for number in range(90)]
    bring(alice, 40, None, followers_listed=old)
    more = [(f"new{number}", written(NOW - (39 - number) * DAY + 7_200)) for number in range(15)]
    bring(alice, 20, None, followers_listed=[*old, *more])
    (notice,) = notices(session)
    day = datetime.fromtimestamp(NOW - 30 * DAY, UTC).date()
    assert notice.params == {"threshold": 100, "count": 105, "day": day.isoformat()}


# people who matter


@on_sqlite
def test_people_with_a_tag_or_a_note_who_begin_to_follow_back_are_told_of_once(session: Session, alice: Member) -> None:
    began = written(NOW - 200 * DAY)
    following = [(name, began) for name in ("ann", "ben", "cy", "dee")]
    bring(alice, 60, None, followers_listed=[("ben", began)], following=following)
    account_id = account_scope(alice).account_id
    note = PersonNote(
        account_id=account_id, username="dee", username_key="dee", text="agency", changed_at=datetime.now(UTC)
    )
    mark(alice, tag(account_id, "ann"), tag(account_id, "ben"), note)
    back = [(name, written(NOW - 50 * DAY)) for name in ("Ann", "cy", "dee")]
    bring(alice, 40, None, followers_listed=[("ben", began), *back], following=following)
    assert {notice.params["person"] for notice in notices(session)} == {"Ann", "dee"}
    # One list misses her, the next has her with the same date; then she follows anew.
    bring(alice, 30, None, followers_listed=[("ben", began)], following=following)
    bring(alice, 20, None, followers_listed=[("ben", began), *back], following=following)
    assert len(notices(session)) == 2
    again = [("ben", began), ("ann", written(NOW - 15 * DAY))]
    bring(alice, 18, None, followers_listed=[("ben", began), back[1]], following=following)
    bring(alice, 10, None, followers_listed=again, following=following)
    assert [notice.params["person"] for notice in notices(session)][2:] == ["ann"]
    assert len(told(session, alice)) == 3


def test_whoever_is_erased_leaves_no_notice(session: Session, alice: Member, bob: Member) -> None:
    began = written(NOW - 200 * DAY)
    following = [("ann", began), ("ben", began)]
    bring(alice, 60, None, following=following)
    account_id = account_scope(alice).account_id
    mark(alice, tag(account_id, "ann"), tag(account_id, "ben"))
    bring(alice, 40, None, followers_listed=[("Ann", began), ("ben", began)], following=following)
    assert [row.params["person"] for row in told(session, bob)] == ["Ann", "ben"]
    request_erasure(alice.actor, account_scope(alice), "ann", "ann")
    run_jobs()
    for member in (alice, bob):
        assert [row.params["person"] for row in told(session, member)] == ["ben"]
    everything = [*session.scalars(select(Notice)), *session.scalars(select(Notification))]
    assert not [row for row in everything if "ann" in f"{row.key}{row.params}".lower()]
    assert "ann" not in str(session.scalars(select(NoticeState.body)).one()).lower()


# undo, rules, readers, and jobs that run more than once


def test_an_undo_takes_back_what_an_export_showed_and_nobody_is_told_of_it_twice(
    session: Session, alice: Member
) -> None:
    session.add(NotificationChoice(user_id=alice.user_id, type="milestone", channel="mail", frequency="daily"))
    session.commit()
    bring(alice, 40, [post(400, 10)])
    run = bring(alice, 20, [post(400, 2_000)])
    assert len(news(session, alice)) == 2
    rows = {row.id: row.mail_due_at for row in told(session, alice)}
    assert all(due is not None for due in rows.values())
    undo_import(alice.actor, alice.scope, run.public_id)
    run_jobs()
    assert (notices(session), told(session, alice)) == ([], [])
    assert session.scalar(select(func.count()).where(Notification.mail_due_at.is_not(None))) == 0
    bring(alice, 20, [post(400, 2_000)])
    assert {row.id for row in told(session, alice)} == set(rows)
    assert rows_of(session, alice) == 2


@on_sqlite
def test_what_a_rule_keeps_back_is_known_and_told_to_nobody(session: Session, alice: Member) -> None:
    bring(alice, 40, [post(400, 10)], followers=90)
    muted = NoticeRule(
        account_id=account_scope(alice).account_id,
        kind=NoticeKind.POST_LIKES,
        is_muted=True,
        changed_at=datetime.now(UTC),
    )
    mark(alice, muted)
    bring(alice, 20, [post(400, 2_000)], followers=120)
    assert sorted(news(session, alice)) == [(NoticeKind.ACCOUNT_LIKES, 1_000), (NoticeKind.FOLLOWERS, 100)]
    assert {notice.kind for notice in notices(session)} >= {NoticeKind.POST_LIKES}


@on_sqlite
def test_a_job_that_comes_twice_or_after_another_one_tells_once(session: Session, alice: Member) -> None:
    bring(alice, 40, [post(400, 10)])
    bring(alice, 20, [post(400, 2_000)])
    with transaction() as writing:
        writing.execute(update(NoticeState).values(revision=0, body={}))
        for account in writing.scalars(select(Account)).all():
            notice_finding.queue_finding(writing, account)
            notice_finding.queue_finding(writing, account)
    assert run_jobs() == [JobState.DONE, JobState.DONE]
    assert rows_of(session, alice) == len(told(session, alice)) == 2


@on_sqlite
def test_an_account_that_is_deleted_leaves_no_notice(session: Session, alice: Member) -> None:
    bring(alice, 40, [post(400, 10)])
    bring(alice, 20, [post(400, 2_000)])
    scope = account_scope(alice)
    public_id = session.get_one(Account, scope.account_id).public_id
    accounts.delete_account(alice.scope, public_id, OWNER, alice.actor)
    run_jobs()
    session.rollback()
    for model in (Notice, NoticeState):
        assert session.scalar(select(func.count()).select_from(model)) == 0
    assert session.scalar(select(func.count()).where(Notification.account_id == scope.account_id)) == 0
