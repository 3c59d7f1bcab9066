"""The shapes of the answer that compares accounts."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from webapp.web.api.shapes import Instant, Shape, Unknown


class ComparedFigures(Shape, frozen=True, kw_only=True):
    """The figures of an account, or of all together; null is unknown."""

    followers: int | None
    following: int | None
    mutuals: int | None
    follower_ratio: float | None
    gained: int | None
    lost: int | None
    net: int | None
    net_per_day: float | None


class ComparedAccount(ComparedFigures, frozen=True, kw_only=True):
    """An account at the end of the period and over it."""

    account: str
    handle: str
    as_of: Instant | None
    between: list[Instant] | None


class AccountComparisonAnswer(Shape, frozen=True, kw_only=True):
    """Accounts of a team over one period."""

    leader: str | None
    from_: Instant | None = msgspec.field(name="from")
    to: Instant | None
    accounts: list[ComparedAccount]
    totals: ComparedFigures | None
    unknown: Unknown | UnsetType = UNSET
