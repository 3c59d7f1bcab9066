"""Rules of notifications: what they let through, who sets them, and what is recorded of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, account_scope, export_json, import_done, many
from tests.ledgers import parse_here
from webapp.analytics.notice_rules import list_rules
from webapp.domain.anomalies import AnomalyKind
from webapp.domain.errors import Forbidden, Invalid
from webapp.domain.notice_rules import TUNINGS, Rule, choices_of, expected_as, parse_rule, size_of, value_of
from webapp.domain.notifications import Finding, NoticeKind
from webapp.domain.scope import Scope
from webapp.models import AuditAction, AuditEvent, ExpectedAnomaly, NoticeRule
from webapp.services.notice_rules import NoticeRules, reset_rules, set_rules

SIZES: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.POST_LIKES: {"threshold": 1_000},
    NoticeKind.POST_VIEWS: {"threshold": 1_000},
    NoticeKind.ACCOUNT_LIKES: {"threshold": 1_000},
    NoticeKind.ACCOUNT_VIEWS: {"threshold": 1_000},
    NoticeKind.FOLLOWERS: {"threshold": 100},
    NoticeKind.RISING_HASHTAG: {"tag": "bread", "recent": 4},
    NoticeKind.RISING_SOUND: {"sound": "a" * 20, "recent": 4},
    NoticeKind.POST_PEAK: {"post": "a" * 20, "z": 3.0},
    NoticeKind.POST_FLOP: {"post": "a" * 20, "z": -3.0},
    NoticeKind.ENGAGEMENT_RISE: {"post": "a" * 20, "factor": 1.2},
    NoticeKind.ENGAGEMENT_DROP: {"post": "a" * 20, "factor": 0.9},
    NoticeKind.FOLLOWER_PEAK: {"day": "2025-01-06", "gained": 5},
    NoticeKind.FOLLOWER_DROP: {"to": "a" * 20, "lost": 5},
    NoticeKind.NEW_MUTUAL: {"person": "ann"},
}


def finding(kind: NoticeKind, **more: Any) -> Finding:
    return Finding(kind, "key", 0, {**SIZES[kind], **more})


@pytest.fixture
def scope(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> Scope:
    parse_here(monkeypatch)
    import_done(alice, export_json(many(3)))
    return account_scope(alice)


def load(session: Session, scope: Scope) -> NoticeRules:
    session.expire_all()
    return NoticeRules.load(session, scope.account_id)


def events(session: Session) -> list[tuple[str | None, dict[str, Any]]]:
    query = select(AuditEvent).where(AuditEvent.action == AuditAction.NOTICE_RULE_CHANGED).order_by(AuditEvent.id)
    return [(event.target, event.detail) for event in session.scalars(query)]


def test_every_choice_is_read_back_and_the_first_tells_of_the_smallest_that_is_found() -> None:
    assert SIZES.keys() == TUNINGS.keys()
    for kind in TUNINGS:
        rules = choices_of(kind)
        assert rules[0] == Rule.default(kind)
        assert rules[0].allows(finding(kind))
        assert [parse_rule(kind, value_of(rule)) for rule in rules] == list(rules)
        assert rules[-1].is_muted
        assert not rules[-1].allows(finding(kind))
        assert all(not rule.allows(finding(kind)) for rule in rules[1:])
        with pytest.raises(Invalid) as refused:
            parse_rule(kind, "7.77")
        assert refused.value.params["field"] == kind.value


@pytest.mark.parametrize(
    ("kind", "least", "more", "is_told"),
    [
        (NoticeKind.FOLLOWERS, 1_000, {"threshold": 100}, False),
        (NoticeKind.FOLLOWERS, 1_000, {"threshold": 1_000}, True),
        (NoticeKind.POST_FLOP, 4, {"z": -3.9}, False),
        (NoticeKind.POST_FLOP, 4, {"z": -4.0}, True),
        (NoticeKind.ENGAGEMENT_DROP, 2, {"factor": 0.51}, False),
        (NoticeKind.ENGAGEMENT_DROP, 2, {"factor": 0.5}, True),
        (NoticeKind.ENGAGEMENT_RISE, 2, {"factor": 2.0}, True),
        (NoticeKind.FOLLOWER_PEAK, 20, {"gained": 19}, False),
        (NoticeKind.FOLLOWER_DROP, 20, {"lost": 20}, True),
        (NoticeKind.RISING_SOUND, 6, {"recent": 5}, False),
    ],
)
def test_a_rule_tells_of_what_is_large_enough(
    kind: NoticeKind, least: float, more: dict[str, Any], is_told: bool
) -> None:
    assert Rule(kind, least=least).allows(finding(kind, **more)) is is_told


def test_kinds_without_a_rule_are_told(session: Session, scope: Scope) -> None:
    goal = Finding(NoticeKind.GOAL_MET, "key", 0, {"goal": "a" * 20})
    assert (size_of(goal), expected_as(goal)) == (None, None)
    assert load(session, scope).allows(goal)


def test_a_rule_holds_for_its_account_and_every_change_is_recorded(
    session: Session, alice: Member, scope: Scope
) -> None:
    import_done(alice, export_json(many(3), owner="another"))
    other = account_scope(alice, "another")
    muted = Rule(NoticeKind.FOLLOWERS, is_muted=True, least=100.0)
    large = Rule(NoticeKind.POST_PEAK, least=5.0)
    assert set_rules(alice.actor, scope, [muted, large, Rule.default(NoticeKind.NEW_MUTUAL)]) == 2
    assert set_rules(alice.actor, scope, [muted, large]) == 0
    rules = load(session, scope)
    assert not rules.allows(finding(NoticeKind.FOLLOWERS))
    assert not rules.allows(finding(NoticeKind.POST_PEAK, z=4.9))
    assert rules.allows(finding(NoticeKind.POST_PEAK, z=5.0))
    assert load(session, other).allows(finding(NoticeKind.FOLLOWERS))
    told = {row.rule.kind: row for row in list_rules(scope)}
    assert list(told) == list(TUNINGS)
    assert (told[NoticeKind.FOLLOWERS].rule, told[NoticeKind.FOLLOWERS].changed_by) == (muted, alice.email)
    assert told[NoticeKind.NEW_MUTUAL].changed_at is None
    assert all(row.rule.is_default for row in list_rules(other))

    assert set_rules(alice.actor, scope, [Rule.default(NoticeKind.POST_PEAK)]) == 1
    assert reset_rules(alice.actor, scope) == 1
    assert reset_rules(alice.actor, scope) == 0
    assert session.scalars(select(NoticeRule)).all() == []
    on, off = {"is_muted": False, "least": 100.0}, {"is_muted": True, "least": 100.0}
    assert events(session) == [
        ("followers", {"before": on, "after": off}),
        ("post_peak", {"before": {"is_muted": False, "least": 3.0}, "after": {"is_muted": False, "least": 5.0}}),
        ("post_peak", {"before": {"is_muted": False, "least": 5.0}, "after": {"is_muted": False, "least": 3.0}}),
        ("followers", {"before": off, "after": on}),
    ]


def test_what_somebody_expected_is_not_told(session: Session, scope: Scope) -> None:
    marks = {
        AnomalyKind.POST_PEAK: "a" * 20,
        AnomalyKind.ENGAGEMENT_DROP: "a" * 20,
        AnomalyKind.FOLLOWER_PEAK: "2025-01-06",
        AnomalyKind.FOLLOWER_DROP: "a" * 20,
    }
    for kind, key in marks.items():
        session.add(
            ExpectedAnomaly(
                account_id=scope.account_id, kind=kind, key=key, wrote_note=False, created_at=datetime.now(UTC)
            )
        )
    session.commit()
    rules = load(session, scope)
    expected = {kind for kind in TUNINGS if not rules.allows(finding(kind))}
    assert expected == {NoticeKind(kind.value) for kind in marks}
    assert rules.allows(finding(NoticeKind.FOLLOWER_PEAK, day="2025-01-07"))


def test_a_viewer_tunes_nothing(session: Session, cast: Cast, scope: Scope) -> None:
    viewer = account_scope(cast.bob)
    with pytest.raises(Forbidden):
        set_rules(cast.bob.actor, viewer, [Rule(NoticeKind.NEW_MUTUAL, is_muted=True)])
    with pytest.raises(Forbidden):
        reset_rules(cast.bob.actor, viewer)
    assert load(session, scope).allows(finding(NoticeKind.NEW_MUTUAL))
