"""How a team tunes what it is told of an account: what is muted, and how much it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from webapp.domain.anomalies import AnomalyKind
from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.notifications import FOLLOWER_MILESTONES, MILESTONES, Finding, NoticeKind


class Unit(StrEnum):
    """What the size of a finding is counted in."""

    LIKES = "likes"
    VIEWS = "views"
    FOLLOWERS = "followers"
    USES = "uses"  # of the newest twenty posts
    SPREADS = "spreads"  # robust sd from what was expected
    TIMES = "times"  # as many, or as few
    GAINED = "gained"  # people on one day
    LOST = "lost"  # people between two exports


@dataclass(frozen=True, slots=True)
class Tuning:
    """How large a finding of a kind must be: the choices in its unit, of which the first holds by default."""

    unit: Unit
    choices: tuple[float, ...]


_LIKES: Final = Tuning(Unit.LIKES, MILESTONES)
_VIEWS: Final = Tuning(Unit.VIEWS, MILESTONES)
_USES: Final = Tuning(Unit.USES, (4, 6, 8, 10))
_SPREADS: Final = Tuning(Unit.SPREADS, (3, 4, 5, 6))
_TIMES: Final = Tuning(Unit.TIMES, (1, 1.5, 2, 3))

_OFF: Final = "off"
_ON: Final = "on"

# The kinds that exports are looked through for; ``None`` is one that is told or not.
TUNINGS: Final[Mapping[NoticeKind, Tuning | None]] = {
    NoticeKind.POST_LIKES: _LIKES,
    NoticeKind.POST_VIEWS: _VIEWS,
    NoticeKind.ACCOUNT_LIKES: _LIKES,
    NoticeKind.ACCOUNT_VIEWS: _VIEWS,
    NoticeKind.FOLLOWERS: Tuning(Unit.FOLLOWERS, FOLLOWER_MILESTONES),
    NoticeKind.RISING_HASHTAG: _USES,
    NoticeKind.RISING_SOUND: _USES,
    NoticeKind.POST_PEAK: _SPREADS,
    NoticeKind.POST_FLOP: _SPREADS,
    NoticeKind.ENGAGEMENT_RISE: _TIMES,
    NoticeKind.ENGAGEMENT_DROP: _TIMES,
    NoticeKind.FOLLOWER_PEAK: Tuning(Unit.GAINED, (5, 20, 100, 1_000)),
    NoticeKind.FOLLOWER_DROP: Tuning(Unit.LOST, (5, 20, 100, 1_000)),
    NoticeKind.NEW_MUTUAL: None,
}

# By which of its values an anomaly is known where people say that they expected it.
_EXPECTED_BY: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.POST_PEAK: "post",
    NoticeKind.POST_FLOP: "post",
    NoticeKind.ENGAGEMENT_RISE: "post",
    NoticeKind.ENGAGEMENT_DROP: "post",
    NoticeKind.FOLLOWER_PEAK: "day",
    NoticeKind.FOLLOWER_DROP: "to",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind is told; ``least`` is the smallest, ``None`` for a kind without a size."""

    kind: NoticeKind
    is_muted: bool = False
    least: float | None = None

    @classmethod
    def default(cls, kind: NoticeKind) -> Rule:
        """Return what holds until somebody chooses."""
        tuning = TUNINGS[kind]
        return cls(kind, least=None if tuning is None else float(tuning.choices[0]))

    @property
    def is_default(self) -> bool:
        """Return whether it is as if nobody had chosen."""
        return self == Rule.default(self.kind)

    def allows(self, finding: Finding) -> bool:
        """Return whether a finding of the kind is told."""
        if self.is_muted:
            return False
        size = size_of(finding)
        return self.least is None or size is None or size >= self.least


def size_of(finding: Finding) -> float | None:
    """Return how large a finding is, in the unit of its kind; ``None`` of a kind without a size."""
    tuning, told = TUNINGS.get(finding.kind), finding.params
    if tuning is None:
        return None
    match tuning.unit:
        case Unit.LIKES | Unit.VIEWS | Unit.FOLLOWERS:
            return float(told["threshold"])
        case Unit.USES:
            return float(told["recent"])
        case Unit.SPREADS:
            return abs(float(told["z"]))
        case Unit.TIMES:
            factor = float(told["factor"])
            return factor if factor >= 1 else 1 / max(factor, 1e-9)
        case Unit.GAINED:
            return float(told["gained"])
        case Unit.LOST:
            return float(told["lost"])


def expected_as(finding: Finding) -> tuple[AnomalyKind, str] | None:
    """Return by what people mark a finding as expected (`ExpectedAnomaly`); ``None`` for what cannot be marked."""
    name = _EXPECTED_BY.get(finding.kind)
    return None if name is None else (AnomalyKind(finding.kind.value), str(finding.params[name]))


def parse_rule(kind: NoticeKind, text: str) -> Rule:
    """Return the rule that a choice of a kind stands for; raise ``Invalid`` naming the kind for any other text."""
    for rule in choices_of(kind):
        if text == value_of(rule):
            return rule
    raise Invalid(ErrorCode.FIELD_INVALID, field=kind.value, value=text[:40])


def choices_of(kind: NoticeKind) -> tuple[Rule, ...]:
    """Return what may be chosen for a kind: the more is told the earlier, and at last nothing."""
    tuning, default = TUNINGS[kind], Rule.default(kind)
    told = (default,) if tuning is None else tuple(replace(default, least=float(size)) for size in tuning.choices)
    return (*told, replace(default, is_muted=True))


def value_of(rule: Rule) -> str:
    """Return a rule as a form holds it: "off", "on" or the smallest size, such as "1.5"."""
    if rule.is_muted:
        return _OFF
    return _ON if rule.least is None else f"{rule.least:.10g}"
