"""Notes on days: what is taken, what is refused, what stays and what goes."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import at, parse_here
from webapp.analytics.annotations import get_annotation, list_annotation_page, list_annotations
from webapp.domain import annotations as rules
from webapp.domain.annotations import AnnotationQuery
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.period import Span
from webapp.domain.scope import Scope
from webapp.models import Account, Annotation, AuditAction, AuditEvent, ImportRun, ImportState
from webapp.services import accounts, undo
from webapp.services import annotations as service
from webapp.services.annotations import add_annotation, change_annotation, delete_annotation

DAY, LATER = date(2025, 3, 9), date(2025, 3, 10)


@pytest.fixture
def scope(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """An account in Los Angeles with one export."""
    parse_here(monkeypatch)
    import_done(alice, export_json(many(3)))
    accounts.change_account(
        alice.scope,
        session.scalars(select(Account.public_id)).one(),
        alice.actor,
        timezone="America/Los_Angeles",
        display_name="",
        hold_percent=20,
    )
    return account_scope(alice)


def texts(scope: Scope, span: Span | None = None) -> list[tuple[date, str]]:
    return [(note.day, note.text) for note in list_annotations(scope, span)]


def test_notes_are_listed_newest_day_first(scope: Scope, alice: Member) -> None:
    for day, text in ((DAY, "first"), (LATER, "later"), (DAY, "second")):
        add_annotation(alice.actor, scope, day, text)
    assert texts(scope) == [(LATER, "later"), (DAY, "second"), (DAY, "first")]
    assert [note.by for note in list_annotation_page(scope, AnnotationQuery()).rows] == [alice.email] * 3


def test_a_note_is_one_line_of_plain_text(scope: Scope, alice: Member) -> None:
    family = "👩\u200d👧"
    add_annotation(alice.actor, scope, DAY, f"  a <b>\r\n\tcampaign\u202e \x00{family} e\u0301 ")
    assert texts(scope) == [(DAY, f"a <b> campaign {family} é")]


@pytest.mark.parametrize("text", ["", " \n ", "\u202e", "x" * 201, "\u200d"])
def test_what_cannot_be_a_note_is_refused(scope: Scope, alice: Member, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_annotation(alice.actor, scope, DAY, text)
    assert (refused.value.code, refused.value.params["field"]) == (ErrorCode.ANNOTATION_INVALID, "text")
    assert texts(scope) == []


def test_the_longest_note_is_taken(scope: Scope, alice: Member) -> None:
    add_annotation(alice.actor, scope, DAY, "é" * 200)
    assert texts(scope) == [(DAY, "é" * 200)]


@pytest.mark.parametrize("text", ["", "1969-12-31", "2101-01-01", "2025-02-30", "9 March 2025", "2025-3-9"])
def test_a_day_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.parse_annotation_day(text)
    assert (refused.value.code, refused.value.params["field"]) == (ErrorCode.ANNOTATION_DAY_INVALID, "day")


@pytest.mark.parametrize("text", ["1970-01-01", "2100-12-31"])
def test_the_first_and_the_last_day_are_taken(text: str) -> None:
    assert rules.parse_annotation_day(text).isoformat() == text


def test_the_same_text_stands_on_a_day_once(scope: Scope, alice: Member) -> None:
    first = add_annotation(alice.actor, scope, DAY, "Campaign")
    other = add_annotation(alice.actor, scope, LATER, "Campaign")
    for write in (
        lambda: add_annotation(alice.actor, scope, DAY, " campaign "),
        lambda: change_annotation(alice.actor, scope, other, DAY, "CAMPAIGN"),
    ):
        with pytest.raises(Invalid) as refused:
            write()
        assert refused.value.code is ErrorCode.ANNOTATION_TWICE
    change_annotation(alice.actor, scope, first, DAY, "CAMPAIGN")
    assert texts(scope) == [(LATER, "Campaign"), (DAY, "CAMPAIGN")]


def test_an_account_has_at_most_so_many_notes(scope: Scope, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_ANNOTATIONS", 2)
    for text in ("one", "two"):
        add_annotation(alice.actor, scope, DAY, text)
    with pytest.raises(Invalid) as refused:
        add_annotation(alice.actor, scope, DAY, "three")
    assert (refused.value.code, refused.value.params["maximum"]) == (ErrorCode.ANNOTATIONS_FULL, 2)


def test_a_note_is_changed_and_deleted(scope: Scope, alice: Member) -> None:
    note = add_annotation(alice.actor, scope, DAY, "one")
    change_annotation(alice.actor, scope, note, LATER, "two")
    assert texts(scope) == [(LATER, "two")]
    delete_annotation(alice.actor, scope, note)
    assert texts(scope) == []
    for gone in (
        lambda: get_annotation(scope, note),
        lambda: delete_annotation(alice.actor, scope, note),
        lambda: change_annotation(alice.actor, scope, note, DAY, "x"),
    ):
        with pytest.raises(NotFound):
            gone()


def test_what_was_done_is_recorded_without_what_the_note_says(session: Session, scope: Scope, alice: Member) -> None:
    note = add_annotation(alice.actor, scope, DAY, "secret words")
    change_annotation(alice.actor, scope, note, DAY, "secret words")
    change_annotation(alice.actor, scope, note, LATER, "secret")
    delete_annotation(alice.actor, scope, note)
    actions = (AuditAction.ANNOTATION_WRITTEN, AuditAction.ANNOTATION_DELETED)
    events = session.scalars(select(AuditEvent).where(AuditEvent.action.in_(actions)).order_by(AuditEvent.id)).all()
    assert [(event.action, event.target) for event in events] == [
        (AuditAction.ANNOTATION_WRITTEN, note),
        (AuditAction.ANNOTATION_WRITTEN, note),
        (AuditAction.ANNOTATION_DELETED, note),
    ]
    assert [event.detail for event in events] == [
        {"day": "2025-03-09", "characters": 12, "is_new": True},
        {
            "before": {"day": "2025-03-09", "characters": 12},
            "after": {"day": "2025-03-10", "characters": 6},
        },
        {"day": "2025-03-10", "characters": 6},
    ]


def test_a_viewer_writes_nothing(scope: Scope, alice: Member, bob: Member) -> None:
    note = add_annotation(alice.actor, scope, DAY, "one")
    theirs = account_scope(bob)
    for write in (
        lambda: add_annotation(bob.actor, theirs, DAY, "two"),
        lambda: change_annotation(bob.actor, theirs, note, DAY, "two"),
        lambda: delete_annotation(bob.actor, theirs, note),
    ):
        with pytest.raises(Forbidden):
            write()
    assert texts(theirs) == [(DAY, "one")]


def test_another_team_neither_sees_nor_changes_it(
    scope: Scope, alice: Member, charlie: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = add_annotation(alice.actor, scope, DAY, "one")
    import_done(charlie, export_json(many(2)))
    theirs = account_scope(charlie)
    assert texts(theirs) == []
    with pytest.raises(NotFound):
        delete_annotation(charlie.actor, theirs, note)
    assert texts(scope) == [(DAY, "one")]


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        # The 9th of March begins at 08:00 UTC and ends at 07:00 UTC: clocks go forward that night.
        ("2025-03-09T08:00:00", "2025-03-10T06:59:59", [DAY]),
        ("2025-03-10T06:59:59", "2025-03-10T07:00:00", [LATER]),
        ("2025-03-10T06:59:58", "2025-03-10T07:00:00", [LATER, DAY]),
        (None, "2025-03-10T06:59:59", [DAY]),
        ("2025-03-11T07:00:00", "2025-03-12T00:00:00", []),
    ],
)
def test_a_period_holds_the_notes_of_the_days_it_touches_in_the_accounts_zone(
    scope: Scope, alice: Member, since: str | None, until: str, days: list[date]
) -> None:
    for day in (DAY, LATER):
        add_annotation(alice.actor, scope, day, "here")
    found = texts(scope, Span(None if since is None else at(since), at(until)))
    assert [day for day, _ in found] == days


def test_a_long_list_comes_in_pages(scope: Scope, alice: Member) -> None:
    for number in range(rules.PAGE_SIZE + 1):
        add_annotation(alice.actor, scope, DAY, f"note {number}")
    first, second, third = (list_annotation_page(scope, AnnotationQuery(page=page)) for page in (1, 2, 3))
    assert [len(page.rows) for page in (first, second, third)] == [rules.PAGE_SIZE, 1, 0]
    assert [page.has_next for page in (first, second)] == [True, False]
    assert (second.rows[0].text, second.start, second.total) == ("note 0", rules.PAGE_SIZE, rules.PAGE_SIZE + 1)


def test_notes_stay_through_imports_and_undos(session: Session, scope: Scope, alice: Member) -> None:
    add_annotation(alice.actor, scope, DAY, "stays")
    run = import_done(alice, export_json(many(4)), exported_at=1_760_000_000)
    assert texts(account_scope(alice)) == [(DAY, "stays")]
    undo.undo_import(alice.actor, alice.scope, run.public_id)
    run_jobs()
    session.rollback()
    assert session.get_one(ImportRun, run.id).state is ImportState.UNDONE
    assert texts(account_scope(alice)) == [(DAY, "stays")]


def test_notes_go_with_their_account(session: Session, scope: Scope, alice: Member) -> None:
    add_annotation(alice.actor, scope, DAY, "goes")
    account = session.scalars(select(Account)).one()
    accounts.delete_account(alice.scope, account.public_id, account.handle, alice.actor)
    run_jobs()
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Annotation)) == 0
