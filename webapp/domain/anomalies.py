"""What stands out: the vocabulary of labels on posts and of alerts about an account (STATISTICS 3.8 and 3.10)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Final

from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.query import MAX_PAGE, Arguments, parse_choice, parse_number, single

# How far back a list of anomalies goes unless it is asked for more.
DEFAULT_PERIOD: Final = Preset.YEAR


class PostLabel(StrEnum):
    """How far a mature post lies from what was expected of it before."""

    HIGH = "high"  # above its 80 % range: "remarkable", one post of ten is
    LOW = "low"  # below it
    PEAK = "peak"  # three robust sd above: "exceptional"
    FLOP = "flop"  # three robust sd below


class AnomalyKind(StrEnum):
    """What an anomaly is about; each has its own key within an account."""

    POST_PEAK = "post_peak"  # key: the public id of the post
    POST_FLOP = "post_flop"
    POST_HIGH = "post_high"
    POST_LOW = "post_low"
    ENGAGEMENT_RISE = "engagement_rise"  # key: the public id of the post at which it was found
    ENGAGEMENT_DROP = "engagement_drop"
    FOLLOWER_PEAK = "follower_peak"  # key: the day, in the account's zone
    FOLLOWER_DROP = "follower_drop"  # key: the public id of the export that shows it


KIND_OF_LABEL: Final = {
    PostLabel.PEAK: AnomalyKind.POST_PEAK,
    PostLabel.FLOP: AnomalyKind.POST_FLOP,
    PostLabel.HIGH: AnomalyKind.POST_HIGH,
    PostLabel.LOW: AnomalyKind.POST_LOW,
}


class AnomalyGroup(StrEnum):
    """Which kinds are asked for."""

    NOTABLE = "notable"  # all but remarkable posts, of which there are many
    POSTS = "posts"
    REMARKABLE = "remarkable"
    CHANGES = "changes"
    FOLLOWERS = "followers"
    ALL = "all"

    @property
    def kinds(self) -> frozenset[AnomalyKind]:
        """Return the kinds of the group."""
        return _GROUPS[self]


_POSTS: Final = frozenset({AnomalyKind.POST_PEAK, AnomalyKind.POST_FLOP})
_REMARKABLE: Final = frozenset({AnomalyKind.POST_HIGH, AnomalyKind.POST_LOW})
_CHANGES: Final = frozenset({AnomalyKind.ENGAGEMENT_RISE, AnomalyKind.ENGAGEMENT_DROP})
_FOLLOWERS: Final = frozenset({AnomalyKind.FOLLOWER_PEAK, AnomalyKind.FOLLOWER_DROP})
_GROUPS: Final = {
    AnomalyGroup.NOTABLE: _POSTS | _CHANGES | _FOLLOWERS,
    AnomalyGroup.POSTS: _POSTS,
    AnomalyGroup.REMARKABLE: _REMARKABLE,
    AnomalyGroup.CHANGES: _CHANGES,
    AnomalyGroup.FOLLOWERS: _FOLLOWERS,
    AnomalyGroup.ALL: frozenset(AnomalyKind),
}


class Expectedness(StrEnum):
    """Whether somebody said that they had expected it."""

    ANY = "any"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class AnomalyQuery:
    """Which anomalies, newest first; the period is that of the days on which they lie."""

    period: PeriodQuery = field(default_factory=lambda: PeriodQuery(DEFAULT_PERIOD))
    group: AnomalyGroup = AnomalyGroup.NOTABLE
    expected: Expectedness = Expectedness.ANY
    page: int = 1

    FIELDS: ClassVar[tuple[str, ...]] = ("period", "date_from", "date_to", "from", "to", "kind", "expected", "page")

    @classmethod
    def parse(cls, arguments: Arguments, default: Preset = DEFAULT_PERIOD) -> AnomalyQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        return cls(
            period=PeriodQuery.parse(arguments, default),
            group=parse_choice(AnomalyGroup, "kind", single(arguments, "kind")) or AnomalyGroup.NOTABLE,
            expected=parse_choice(Expectedness, "expected", single(arguments, "expected")) or Expectedness.ANY,
            page=parse_number("page", single(arguments, "page"), 1, 1, MAX_PAGE),
        )

    def with_(self, **changes: Any) -> AnomalyQuery:
        """Return a copy with other values, at its first page unless that is given."""
        return replace(self, **{"page": 1, **changes})

    @property
    def choices(self) -> dict[str, str]:
        """Return the arguments besides those of the period, defaults left out."""
        arguments = {
            "kind": "" if self.group is AnomalyGroup.NOTABLE else self.group.value,
            "expected": "" if self.expected is Expectedness.ANY else self.expected.value,
        }
        return {name: value for name, value in arguments.items() if value}

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        page = {} if self.page == 1 else {"page": str(self.page)}
        return {**self.period.to_args(DEFAULT_PERIOD), **self.choices, **page}
