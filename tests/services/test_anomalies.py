"""Marking what stands out as expected: the note it writes, what goes with it, and who may."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, account_scope, export_json, import_done, many
from tests.ledgers import parse_here
from webapp.analytics.annotations import list_annotations
from webapp.analytics.anomalies import (
    Anomaly,
    DropEvidence,
    PostEvidence,
    Unwatched,
    Watch,
    Why,
    find_anomalies,
    find_labels,
    get_anomaly,
    select_anomalies,
)
from webapp.domain.anomalies import AnomalyGroup, AnomalyKind, AnomalyQuery, Expectedness, PostLabel
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.scope import Scope
from webapp.models import Annotation, AuditAction, AuditEvent, ExpectedAnomaly
from webapp.services.annotations import add_annotation, delete_annotation
from webapp.services.anomalies import mark_expected, unmark

FIRST = datetime(2025, 3, 1, 18, tzinfo=UTC)
KIND = AnomalyKind.POST_PEAK
PEAK_DAY = date(2025, 5, 16)


def posts(likes: dict[int, int], count: int = 45) -> list[dict[str, Any]]:
    """Return a post every two days with about 100 likes, but for those given."""
    draw = random.Random(3)
    usual = [round(100 * 2 ** draw.uniform(-0.7, 0.7)) for _ in range(count)]
    return [
        {
            "Date": f"{FIRST + timedelta(days=2 * number):%Y-%m-%d %H:%M:%S}",
            "Link": "",
            "Likes": str(likes.get(number, usual[number])),
            "Title": f"loaf {number}",
        }
        for number in range(count)
    ]


@pytest.fixture
def scope(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """An account of whose posts two of one day got 50 times what is usual."""
    parse_here(monkeypatch)
    at = int((FIRST + timedelta(days=200)).timestamp())
    second = {**posts({})[38], "Likes": "5000", "Date": "2025-05-16 09:00:00", "Title": "another"}
    import_done(alice, export_json(many(3), posts=[*posts({38: 6_000}), second]), exported_at=at)
    return account_scope(alice)


def peaks(scope: Scope) -> list[Anomaly]:
    return [row for row in find_anomalies(scope).rows if row.kind is KIND]


def notes(scope: Scope) -> list[tuple[date, str]]:
    return [(note.day, note.text) for note in list_annotations(scope, None)]


def actions(session: Session) -> list[AuditAction]:
    found = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    return [action for action in found if action.value.startswith(("anomaly", "annotation"))]


def test_a_mark_is_a_note_on_its_day_and_both_are_recorded(scope: Scope, alice: Member, session: Session) -> None:
    first, _second = peaks(scope)
    assert first.expected is None
    mark_expected(alice.actor, scope, KIND, first.key, "  the interview ")
    assert notes(scope) == [(PEAK_DAY, "the interview")]
    marked = get_anomaly(scope, KIND, first.key).expected
    assert marked is not None
    assert (marked.note, marked.by) == ("the interview", alice.email)
    assert actions(session) == [AuditAction.ANNOTATION_WRITTEN, AuditAction.ANOMALY_EXPECTED]
    unmark(alice.actor, scope, KIND, first.key)
    assert notes(scope) == []
    assert get_anomaly(scope, KIND, first.key).expected is None
    assert actions(session)[2:] == [AuditAction.ANNOTATION_DELETED, AuditAction.ANOMALY_UNMARKED]
    with pytest.raises(NotFound):
        unmark(alice.actor, scope, KIND, first.key)


def test_the_same_reason_for_two_is_one_note_and_goes_with_the_last(scope: Scope, alice: Member) -> None:
    first, second = peaks(scope)
    mark_expected(alice.actor, scope, KIND, first.key, "Fair")
    mark_expected(alice.actor, scope, KIND, second.key, "fair")
    assert notes(scope) == [(PEAK_DAY, "Fair")]
    unmark(alice.actor, scope, KIND, first.key)
    assert notes(scope) == [(PEAK_DAY, "Fair")]
    unmark(alice.actor, scope, KIND, second.key)
    assert notes(scope) == []


def test_a_note_that_was_there_before_stays(scope: Scope, alice: Member) -> None:
    add_annotation(alice.actor, scope, PEAK_DAY, "Fair")
    first, _second = peaks(scope)
    mark_expected(alice.actor, scope, KIND, first.key, "fair")
    unmark(alice.actor, scope, KIND, first.key)
    assert notes(scope) == [(PEAK_DAY, "Fair")]


def test_another_reason_takes_the_place_of_the_first(scope: Scope, alice: Member, session: Session) -> None:
    first, _second = peaks(scope)
    for text in ("Fair", "Fair", "Interview"):
        mark_expected(alice.actor, scope, KIND, first.key, text)
    assert notes(scope) == [(PEAK_DAY, "Interview")]
    assert actions(session).count(AuditAction.ANOMALY_EXPECTED) == 2


def test_a_mark_outlives_its_note(scope: Scope, alice: Member, session: Session) -> None:
    first, _second = peaks(scope)
    mark_expected(alice.actor, scope, KIND, first.key, "Fair")
    delete_annotation(alice.actor, scope, session.scalars(select(Annotation.public_id)).one())
    session.expire_all()
    marked = get_anomaly(scope, KIND, first.key).expected
    assert marked is not None
    assert marked.note is None
    unmark(alice.actor, scope, KIND, first.key)
    assert session.scalars(select(ExpectedAnomaly)).all() == []


def test_what_does_not_stand_out_cannot_be_marked(scope: Scope, alice: Member, session: Session) -> None:
    first, _second = peaks(scope)
    for kind, key in ((KIND, "f" * 20), (AnomalyKind.POST_FLOP, first.key), (AnomalyKind.FOLLOWER_PEAK, "2025-05-16")):
        with pytest.raises(NotFound):
            mark_expected(alice.actor, scope, kind, key, "Fair")
    with pytest.raises(Invalid) as refused:
        mark_expected(alice.actor, scope, KIND, first.key, " ")
    assert refused.value.code is ErrorCode.ANNOTATION_INVALID
    assert notes(scope) == []
    assert actions(session) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_viewer_marks_nothing(scope: Scope, cast: Cast) -> None:
    first, _second = peaks(scope)
    viewer = account_scope(cast.bob)
    with pytest.raises(Forbidden):
        mark_expected(cast.bob.actor, viewer, KIND, first.key, "Fair")
    with pytest.raises(Forbidden):
        unmark(cast.bob.actor, viewer, KIND, first.key)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_queries_find_kinds_days_and_what_was_expected(scope: Scope, alice: Member) -> None:
    found = find_anomalies(scope)
    evidence = found.rows[0].evidence
    assert isinstance(evidence, PostEvidence)
    assert find_labels(scope)[evidence.post] in PostLabel
    mark_expected(alice.actor, scope, KIND, peaks(scope)[0].key, "Fair")
    found, always = find_anomalies(scope), PeriodQuery(Preset.ALL)

    def count(**wanted: Any) -> int:
        return len(select_anomalies(scope, found, AnomalyQuery(**{"period": always, **wanted})))

    assert count(group=AnomalyGroup.POSTS) >= 2
    assert count(group=AnomalyGroup.ALL) == count() + count(group=AnomalyGroup.REMARKABLE)
    assert count(expected=Expectedness.YES) == 1
    assert count(expected=Expectedness.NO) == count() - 1
    assert count(group=AnomalyGroup.FOLLOWERS) == 0
    assert count(period=PeriodQuery(Preset.CUSTOM, PEAK_DAY, PEAK_DAY), group=AnomalyGroup.POSTS) == 2
    assert count(period=PeriodQuery(Preset.WEEK)) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_more_losses_than_usual_show_with_the_export_that_has_them(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    people, at = many(1_000, year=2024), int(FIRST.timestamp())
    for week, gone in enumerate((0, 20, 41, 60, 82, 100, 250)):
        content = export_json(people[gone:])
        import_done(alice, content, exported_at=at + week * 7 * 86_400, losses_confirmed=True)
    found = find_anomalies(account_scope(alice))
    (drop,) = found.rows
    assert isinstance(drop.evidence, DropEvidence)
    assert (drop.kind, drop.day) == (AnomalyKind.FOLLOWER_DROP, date(2025, 4, 12))
    assert (drop.evidence.lost, round(drop.evidence.usual), drop.evidence.intervals) == (150, 19, 5)
    assert drop.key == drop.evidence.to_export
    assert {(each.watch, each.why) for each in found.unwatched} == {
        (Watch.LABELS, Why.NO_POSTS),
        (Watch.CHANGES, Why.NO_POSTS),
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_too_little_is_refused_with_how_much_more_it_takes(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse_here(monkeypatch)
    at = int((FIRST + timedelta(days=60)).timestamp())
    import_done(alice, export_json([("somebody", "2025-04-20 10:00:00")], posts=posts({}, 12)), exported_at=at)
    found = find_anomalies(account_scope(alice))
    assert found.rows == ()
    assert found.unwatched == (
        Unwatched(Watch.LABELS, Why.FEW_POSTS, 12, 21),
        Unwatched(Watch.CHANGES, Why.FEW_POSTS, 12, 41),
        Unwatched(Watch.PEAKS, Why.FEW_DAYS, 11, 56),
        Unwatched(Watch.DROPS, Why.FEW_INTERVALS, 0, 4),
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("likes", "kinds", "why"),
    [
        (["100"] * 55, set(), set()),
        (["100"] * 52 + ["10000"] * 3, {AnomalyKind.POST_PEAK}, set()),
        ([None] * 55, set(), {Why.NO_LIKES}),
        (["100"] * 55 + ["no number"], set(), set()),
    ],
)
def test_equal_missing_and_huge_likes_are_no_trouble(
    session: Session,
    alice: Member,
    monkeypatch: pytest.MonkeyPatch,
    likes: list[str | None],
    kinds: set[AnomalyKind],
    why: set[Why],
) -> None:
    parse_here(monkeypatch)
    rows = [
        {name: value for name, value in {**row, "Likes": got}.items() if value is not None}
        for row, got in zip(posts({}, len(likes)), likes, strict=True)
    ]
    import_done(alice, export_json(None, posts=rows), exported_at=int((FIRST + timedelta(days=200)).timestamp()))
    found = find_anomalies(account_scope(alice))
    assert {row.kind for row in found.rows} == kinds
    assert {each.why for each in found.unwatched} == {Why.NO_LIST, *why}
