"""Tags and notes: who gets them, how many there can be, and that they stay with the person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, add_confirmed_rename, export_json, import_done, run_jobs
from tests.ledgers import at, parse_here, written
from webapp.analytics.marks import find_tags, list_tags
from webapp.analytics.people import find_person
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import AuditAction, AuditEvent, ImportRun, PersonTag
from webapp.services import undo
from webapp.services.people import add_tag, remove_tag, write_note
from webapp.services.transaction import transaction

OLD, NEW = at("2025-02-01"), at("2025-06-01")
DAY = 86_400


def rows(*names: str) -> list[tuple[str, str]]:
    return [(name, written(OLD - DAY * (place + 1))) for place, name in enumerate(names)]


@pytest.fixture
def scope(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """Four followers, of whom one is followed; then one of them left."""
    parse_here(monkeypatch)
    import_done(alice, export_json(rows("Ada", "bo", "cy", "été"), rows("Ada")), exported_at=OLD)
    import_done(alice, export_json(rows("Ada", "bo", "cy"), rows("Ada")), exported_at=NEW)
    return account_scope(alice)


def tags_of(scope: Scope, name: str) -> tuple[str, ...]:
    person = find_person(scope, name)
    assert person is not None
    return person.tags


def test_a_tag_goes_to_those_who_do_not_have_it_and_to_nobody_unknown(scope: Scope, alice: Member) -> None:
    assert add_tag(alice.actor, scope, ["ada", "ÉTÉ", "stranger"], " met  in Lyon ") == ("Ada", "été")
    assert add_tag(alice.actor, scope, ["ADA", "bo"], "MET IN LYON") == ("bo",)
    assert tags_of(scope, "été") == tags_of(scope, "bo") == ("met in Lyon",)
    assert [(tag.tag, tag.people) for tag in list_tags(scope)] == [("met in Lyon", 3)]


def test_a_tag_is_taken_from_those_who_have_it(scope: Scope, alice: Member) -> None:
    add_tag(alice.actor, scope, ["ada", "bo"], "family")
    assert remove_tag(alice.actor, scope, ["Ada", "cy"], "Family") == ("Ada",)
    assert remove_tag(alice.actor, scope, ["Ada"], "family") == ()
    assert tags_of(scope, "bo") == ("family",)


@pytest.mark.parametrize("text", ["", "  ", "a" * 41, "ß" * 21, "a\x00b", "a\u202eb", "\u200d", "a\x1bb"])
def test_what_cannot_be_a_tag_is_refused(scope: Scope, alice: Member, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_tag(alice.actor, scope, ["ada"], text)
    assert (refused.value.code, refused.value.params["field"]) == (ErrorCode.TAG_INVALID, "tag")
    assert tags_of(scope, "ada") == ()


def test_the_longest_tag_and_one_with_an_emoji_are_kept(scope: Scope, alice: Member) -> None:
    longest, family = "a" * 40, "👩\u200d👧 home"
    add_tag(alice.actor, scope, ["ada"], longest)
    add_tag(alice.actor, scope, ["ada"], family)
    assert set(tags_of(scope, "ada")) == {longest, family}


def test_a_person_has_at_most_twenty_tags(scope: Scope, alice: Member) -> None:
    for number in range(20):
        add_tag(alice.actor, scope, ["ada"], f"tag {number}")
    with pytest.raises(Invalid) as refused:
        add_tag(alice.actor, scope, ["bo", "ada"], "keep")
    assert refused.value.code is ErrorCode.TAGS_OF_PERSON_FULL
    assert tags_of(scope, "bo") == (), "all or nobody"
    # One that the person has already is not one more.
    assert add_tag(alice.actor, scope, ["ada"], "TAG 7") == ()


def test_an_account_has_at_most_two_hundred_different_tags(scope: Scope, alice: Member) -> None:
    now = datetime.now(UTC)
    with transaction() as session:
        session.add_all(
            PersonTag(
                account_id=scope.account_id,
                username=f"x{number // 20}",
                username_key=f"x{number // 20}",
                tag=f"t{number}",
                tag_key=f"t{number}",
                created_at=now,
            )
            for number in range(200)
        )
    with pytest.raises(Invalid) as refused:
        add_tag(alice.actor, scope, ["ada"], "one more")
    assert refused.value.code is ErrorCode.TAGS_OF_ACCOUNT_FULL
    assert add_tag(alice.actor, scope, ["ada"], "T199") == ("Ada",)


def test_the_marks_with_a_meaning_come_first(scope: Scope, alice: Member) -> None:
    for tag in ("zebra", "Brand", "KEEP", "apple", "ignore"):
        add_tag(alice.actor, scope, ["ada"], tag)
    assert tags_of(scope, "ada") == ("keep", "ignore", "brand", "apple", "zebra")


def test_a_viewer_marks_nobody(scope: Scope, bob: Member) -> None:
    for write in (
        lambda: add_tag(bob.actor, account_scope(bob), ["ada"], "keep"),
        lambda: remove_tag(bob.actor, account_scope(bob), ["ada"], "keep"),
        lambda: write_note(bob.actor, account_scope(bob), "ada", "x"),
    ):
        with pytest.raises(Forbidden):
            write()


def test_marks_follow_a_confirmed_rename_both_ways(scope: Scope, alice: Member) -> None:
    add_tag(alice.actor, scope, ["été"], "family")
    add_confirmed_rename(scope, "été", "bo")
    assert tags_of(scope, "bo") == tags_of(scope, "été") == ("family",)
    assert find_tags(scope, ["bo", "cy"]) == {"bo": ("family",)}
    assert add_tag(alice.actor, scope, ["bo"], "family") == ()
    assert [tag.people for tag in list_tags(scope)] == [1]
    assert remove_tag(alice.actor, scope, ["bo"], "family") == ("bo",)
    assert tags_of(scope, "été") == ()


def test_marks_and_notes_stay_when_imports_come_and_are_taken_back(
    session: Session, scope: Scope, alice: Member
) -> None:
    add_tag(alice.actor, scope, ["cy"], "keep")
    write_note(alice.actor, scope, "cy", "met at the fair")
    run = import_done(alice, export_json(rows("Ada"), rows("ada")), exported_at=NEW + DAY, losses_confirmed=True)
    for import_id in (run.public_id, *session.scalars(select(ImportRun.public_id).where(ImportRun.id != run.id))):
        undo.undo_import(alice.actor, alice.scope, import_id)
        run_jobs()
    person = find_person(account_scope(alice), "CY")
    assert person is not None
    assert person.note is not None
    assert (person.username, person.tags, person.note.text) == ("cy", ("keep",), "met at the fair")
    assert (person.is_follower, person.is_followed, person.spells[Section.FOLLOWERS]) == (None, None, ())


def test_a_note_is_replaced_and_deleted(scope: Scope, alice: Member) -> None:
    write_note(alice.actor, scope, "ada", " first\r\nline \x07")
    write_note(alice.actor, scope, "ADA", "second")
    person = find_person(scope, "ada")
    assert person is not None
    assert person.note is not None
    assert person.note.text == "second"
    write_note(alice.actor, scope, "ada", "  ")
    person = find_person(scope, "ada")
    assert person is not None
    assert person.note is None


def test_a_note_is_at_most_two_thousand_characters(scope: Scope, alice: Member) -> None:
    write_note(alice.actor, scope, "ada", "x" * 2000)
    with pytest.raises(Invalid) as refused:
        write_note(alice.actor, scope, "ada", "x" * 2001)
    assert refused.value.code is ErrorCode.NOTE_TOO_LONG


def test_nobody_on_the_lists_gets_no_note(scope: Scope, alice: Member) -> None:
    with pytest.raises(NotFound):
        write_note(alice.actor, scope, "stranger", "x")


def test_what_is_marked_is_recorded_without_names(session: Session, scope: Scope, alice: Member) -> None:
    add_tag(alice.actor, scope, ["ada", "bo"], "brand")
    write_note(alice.actor, scope, "ada", "hello")
    actions = (AuditAction.PERSON_MARKED, AuditAction.PERSON_NOTED)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action.in_(actions)).order_by(AuditEvent.id)).all()
    assert [(event.target, event.detail, event.user_id) for event in events] == [
        ("brand", {"people": 2, "is_added": True}, alice.user_id),
        (None, {"characters": 5}, alice.user_id),
    ]
