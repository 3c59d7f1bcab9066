"""Lists that seem not to be whole: held, asked about one by one, and nobody is lost before the answer."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, run_jobs
from tests.ledgers import at, ledgers, lists_of, parse_here
from webapp.analytics.accounts import list_accounts
from webapp.domain.errors import ErrorCode, Forbidden, Invalid
from webapp.domain.sections import Section, SectionState
from webapp.models import (
    AuditAction,
    AuditEvent,
    Export,
    FollowerSnapshot,
    ImportRun,
    ImportState,
    ListAnswer,
    Post,
)
from webapp.services import after_switch, imports
from webapp.services.accounts import change_account
from webapp.services.imports import ImportWishes

OLD, MIDDLE, NEW = at("2025-02-01"), at("2025-03-01"), at("2025-04-01")
FOLLOWERS, FOLLOWING = Section.FOLLOWERS, Section.FOLLOWING
COMPLETE, INCOMPLETE = ListAnswer.COMPLETE, ListAnswer.INCOMPLETE


def ada_export(followers: Any, following: Any, **more: Any) -> bytes:
    return export_json(followers, following, owner="ada", **more)


@pytest.fixture
def ada(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Member:
    """An account of 20 followers and 10 following."""
    parse_here(monkeypatch)
    import_done(alice, ada_export(many(20), many(10)), exported_at=OLD)
    return alice


@pytest.fixture
def answered_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a person answer before the question could be asked anew."""
    monkeypatch.setattr(after_switch, "_compare_held_anew", lambda *_arguments, **_options: None)


def prefixed(count: int) -> list[tuple[str, str]]:
    return [(f"@x_{name}", date) for name, date in many(count)]


def send(member: Member, content: bytes, exported_at: int = NEW, **wishes: Any) -> ImportRun:
    return import_file(member, content, wishes=ImportWishes(exported_at=exported_at, **wishes))


def held(member: Member, content: bytes, exported_at: int = NEW) -> ImportRun:
    run = send(member, content, exported_at)
    assert run.state is ImportState.HELD
    return run


def answer(member: Member, run: ImportRun, session: Session, **answers: ListAnswer) -> ImportRun:
    said = {Section(name): each for name, each in answers.items()}
    imports.commit_import(member.actor, member.scope, run.public_id, answers=said)
    run_jobs()
    session.rollback()
    return session.get_one(ImportRun, run.id)


SUSPECT = {
    "half": ada_export(many(20)[10:], many(10)),
    "zero": ada_export([], many(10)),
    "null": ada_export(many(20), many(10)).replace(b'"FansList": [', b'"FansList": null, "Old": ['),
    "every name prefixed": ada_export(prefixed(20), many(10)),
}
TEXT = b"Date: 2025-01-02 03:04:05 UTC\nUsername: someone\n\nDate: 2025-01-01 03:04:05 UTC\nUsern"


@pytest.mark.parametrize("content", SUSPECT.values(), ids=SUSPECT)
@pytest.mark.parametrize("place", ["newest", "between"])
def test_nobody_is_lost_from_a_suspect_list_before_a_person_says_so(
    content: bytes, place: str, session: Session, ada: Member
) -> None:
    if place == "between":
        import_done(ada, ada_export([("newcomer", "2025-03-20 00:00:00"), *many(20)], many(10)), exported_at=NEW)
    before, spells = lists_of(ada, "ada"), ledgers(ada, "ada")
    run = held(ada, content, MIDDLE)
    assert (run.preview or {})["held"] == ["followers"]
    assert (lists_of(ada, "ada"), ledgers(ada, "ada")) == (before, spells)
    with pytest.raises(Invalid) as refusal:
        imports.commit_import(ada.actor, ada.scope, run.public_id)
    assert refusal.value.code is ErrorCode.IMPORT_HELD
    assert session.get_one(ImportRun, run.id).state is ImportState.HELD, "deciding later is no answer"

    done = answer(ada, run, session, followers=COMPLETE)
    assert done.state is ImportState.DONE
    gone = {key for key, _, _, last, _ in ledgers(ada, "ada")[FOLLOWERS] if last == OLD}
    assert len(gone) == (10 if content is SUSPECT["half"] else 20)


def test_a_list_that_ends_in_the_middle_of_a_row_is_held(session: Session, ada: Member) -> None:
    run = import_file(ada, TEXT, "Follower.txt", wishes=ImportWishes(handle="ada", exported_at=NEW))
    assert (run.state, (run.preview or {})["cut"]) == (ImportState.HELD, ["followers"])
    before = lists_of(ada, "ada")
    done = answer(ada, run, session, followers=INCOMPLETE)
    assert done.state is ImportState.DONE
    assert lists_of(ada, "ada") == before


def test_an_older_list_whose_people_the_next_one_lacks_is_held_too(session: Session, ada: Member) -> None:
    spells = ledgers(ada, "ada")
    run = held(ada, ada_export(prefixed(20), many(10)), OLD - 1000)
    said = (run.preview or {})["sections"]["followers"]
    assert (said["gone"], said["ended_later"], (run.preview or {})["held_count"]) == (0, 20, 20)
    assert ledgers(ada, "ada") == spells
    answer(ada, run, session, followers=INCOMPLETE)
    assert ledgers(ada, "ada")[FOLLOWERS] == spells[FOLLOWERS]


def test_an_older_list_that_only_dates_known_losses_is_not_held_for_them(session: Session, ada: Member) -> None:
    import_done(ada, ada_export(many(20)[10:], many(10)), exported_at=NEW, losses_confirmed=True)
    run = send(ada, ada_export(many(20), many(10)[:9]), MIDDLE)
    assert run.state is ImportState.READY
    assert (run.preview or {})["sections"]["followers"]["ended_later"] == 0


def test_a_list_that_is_not_complete_stays_as_it_was_and_the_rest_is_imported(session: Session, ada: Member) -> None:
    before = lists_of(ada, "ada")
    posts = [{"Date": "2025-01-05 10:00:00", "Link": "", "Likes": "3", "Title": "x"}]
    newer = [("newcomer", "2025-03-20 00:00:00"), *many(10)]
    run = held(ada, ada_export(many(20)[10:], newer, posts=posts))
    done = answer(ada, run, session, followers=INCOMPLETE)
    assert lists_of(ada, "ada") == (before[0], [("newcomer", at("2025-03-20")), *before[1]])
    assert session.scalar(select(Post.published_at)) == at("2025-01-05 10:00:00")
    export = session.scalars(select(Export).order_by(Export.exported_at.desc())).first()
    assert export is not None
    assert (export.followers_state, export.following_state) == (SectionState.CUT, SectionState.FILLED)
    snapshot = session.scalars(select(FollowerSnapshot).order_by(FollowerSnapshot.at.desc())).first()
    assert snapshot is not None
    assert (snapshot.followers, snapshot.following, snapshot.mutuals) == (None, 11, None)
    counts = (done.result or {})["followers"]
    assert (counts["read"], counts["new"], counts["gone"], counts["skipped"]) == (10, 0, 0, {"left_out": 10})
    assert done.answers == {"followers": "incomplete"}


def test_two_held_lists_get_an_answer_each(session: Session, ada: Member) -> None:
    before = lists_of(ada, "ada")
    run = held(ada, ada_export(many(20)[10:], []))
    assert (run.preview or {})["held"] == ["followers", "following"]
    with pytest.raises(Invalid) as refusal:
        imports.commit_import(ada.actor, ada.scope, run.public_id, answers={FOLLOWERS: COMPLETE})
    assert refusal.value.code is ErrorCode.IMPORT_HELD
    answer(ada, run, session, followers=COMPLETE, following=INCOMPLETE)
    followers, following = lists_of(ada, "ada")
    assert (len(followers), following) == (10, before[1])
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.IMPORT_COMMITTED)).all()
    said = [event.detail.get("answers") for event in events]
    assert {"followers": "complete", "following": "incomplete"} in said


def test_an_answer_for_a_list_that_nobody_asked_about_is_refused(session: Session, ada: Member) -> None:
    run = held(ada, ada_export(many(20)[10:], many(10)))
    for answers in ({FOLLOWING: INCOMPLETE}, {FOLLOWERS: COMPLETE, FOLLOWING: COMPLETE}, {Section.POSTS: COMPLETE}):
        with pytest.raises(Invalid) as refusal:
            imports.commit_import(ada.actor, ada.scope, run.public_id, answers=answers)
        assert refusal.value.params["field"] == "answers"
    assert session.get_one(ImportRun, run.id).state is ImportState.HELD


# another import in between


def test_an_answer_holds_when_the_same_list_is_still_in_doubt(session: Session, ada: Member) -> None:
    run = held(ada, ada_export(many(20)[10:], many(10)))
    import_done(ada, ada_export(many(21), many(10)), exported_at=MIDDLE)
    done = answer(ada, run, session, followers=INCOMPLETE)
    assert done.state is ImportState.DONE
    assert (done.preview or {})["sections"]["followers"]["previous"] == 21
    assert len(lists_of(ada, "ada")[0]) == 21


@pytest.mark.usefixtures("answered_meanwhile")
def test_an_answer_falls_when_other_lists_are_in_doubt(session: Session, ada: Member) -> None:
    run = held(ada, ada_export(many(20)[10:], many(10)))
    import_done(ada, ada_export(many(20), many(30)), exported_at=MIDDLE)
    before = lists_of(ada, "ada")
    again = answer(ada, run, session, followers=COMPLETE)
    assert (again.state, again.answers) == (ImportState.HELD, None)
    assert (again.preview or {})["held"] == ["followers", "following"]
    assert lists_of(ada, "ada") == before
    answer(ada, again, session, followers=COMPLETE, following=INCOMPLETE)
    followers, following = lists_of(ada, "ada")
    assert (len(followers), len(following)) == (10, 30)


@pytest.mark.usefixtures("answered_meanwhile")
def test_an_answer_to_a_question_that_is_gone_waits_for_a_person(session: Session, ada: Member) -> None:
    run = held(ada, ada_export(many(20)[10:], many(10)))
    import_done(ada, ada_export(many(20)[9:], many(10)), exported_at=MIDDLE, losses_confirmed=True)
    again = answer(ada, run, session, followers=INCOMPLETE)
    assert (again.state, again.answers) == (ImportState.READY, None)
    assert len(lists_of(ada, "ada")[0]) == 11


def test_a_question_is_asked_anew_when_the_list_before_is_another_one(session: Session, ada: Member) -> None:
    fewer = many(20)[:15]
    run = held(ada, ada_export(fewer, many(10)))
    assert run.preview is not None
    assert (run.preview["held"], run.preview["held_count"]) == (["followers"], 5)
    import_done(ada, ada_export(many(20)[:17], many(10)), exported_at=MIDDLE)
    session.rollback()
    run = session.get_one(ImportRun, run.id)
    assert run.preview is not None
    assert (run.state, run.preview["sections"]["followers"]["gone"]) == (ImportState.READY, 2), "2 of 17 are few enough"


# the threshold


@pytest.mark.parametrize(("percent", "state"), [(5, ImportState.HELD), (25, ImportState.HELD), (30, ImportState.READY)])
def test_the_threshold_is_a_setting_of_the_account(
    percent: int, state: ImportState, session: Session, ada: Member
) -> None:
    account = list_accounts(ada.scope)[0]
    change_account(ada.scope, account.public_id, ada.actor, timezone="UTC", display_name=None, hold_percent=percent)
    assert list_accounts(ada.scope)[0].hold_percent == percent
    assert send(ada, ada_export(many(20)[6:], many(10))).state is state


def test_a_threshold_of_a_hundred_still_holds_an_empty_list(session: Session, ada: Member) -> None:
    public_id = list_accounts(ada.scope)[0].public_id
    change_account(ada.scope, public_id, ada.actor, timezone="UTC", display_name=None, hold_percent=100)
    assert send(ada, ada_export(many(20)[19:], many(10))).state is ImportState.READY
    assert send(ada, ada_export([], many(10))).state is ImportState.HELD


def test_a_threshold_stays_unless_it_is_named_and_is_a_share(session: Session, ada: Member, bob: Member) -> None:
    public_id = list_accounts(ada.scope)[0].public_id
    change_account(ada.scope, public_id, ada.actor, timezone="UTC", display_name=None, hold_percent=35)
    change_account(ada.scope, public_id, ada.actor, timezone="UTC", display_name="Ada")
    assert list_accounts(ada.scope)[0].hold_percent == 35
    for percent in (0, -1, 101):
        with pytest.raises(Invalid) as refusal:
            change_account(ada.scope, public_id, ada.actor, timezone="UTC", display_name=None, hold_percent=percent)
        assert refusal.value.params["field"] == "hold_percent"
    with pytest.raises(Forbidden):
        change_account(bob.scope, public_id, bob.actor, timezone="UTC", display_name=None, hold_percent=50)
    assert account_scope(ada, "ada") is not None
