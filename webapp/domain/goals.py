"""What a goal may be: its month and its target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.query import MAX_PAGE, Arguments, parse_number, single
from webapp.domain.report_query import parse_month
from webapp.domain.reports import GoalMetric

# Ten years and more of every metric.
MAX_GOALS: Final = 600
FIRST_MONTH: Final = date(2016, 1, 1)
LAST_MONTH: Final = date(2099, 12, 1)
# From the least to the most; a rate in per cent, as it is typed.
LIMITS: Final[dict[GoalMetric, tuple[float, float]]] = {
    GoalMetric.FOLLOWERS: (1, 10_000_000_000),
    GoalMetric.POSTS: (1, 100_000),
    GoalMetric.LIKES: (1, 10_000_000_000_000),
    GoalMetric.ENGAGEMENT_RATE: (0.1, 100),
}


def parse_goal_month(text: str, field: str = "month") -> date:
    """Return the first day of the month that a field names; raise ``Invalid`` for none and for one out of reach."""
    try:
        month = parse_month(text.strip())
    except Invalid:
        month = None
    if month is None or not FIRST_MONTH <= month <= LAST_MONTH:
        raise Invalid(
            ErrorCode.GOAL_MONTH_INVALID, field=field, first=f"{FIRST_MONTH:%Y-%m}", last=f"{LAST_MONTH:%Y-%m}"
        )
    return month


def parse_target(metric: GoalMetric, text: str) -> float:
    """Return the target that a form names, a rate typed as 4.5 as 0.045; raise ``Invalid`` for what cannot be one."""
    minimum, maximum = LIMITS[metric]
    is_rate = metric is GoalMetric.ENGAGEMENT_RATE
    digits = "".join(text.split()).removesuffix("%")
    try:
        typed = float(digits.replace(",", ".") if is_rate else int(digits))
    except (ValueError, OverflowError):
        typed = 0.0
    # A number that a program reads in signs of other scripts, or with underscores, is none that people type.
    is_plain = digits.isascii() and "_" not in digits
    if not is_plain or not minimum <= typed <= maximum:
        raise Invalid(ErrorCode.GOAL_TARGET_INVALID, field="target", minimum=minimum, maximum=f"{maximum:,.0f}")
    return round(typed / 100, 6) if is_rate else typed


def typed_target(metric: GoalMetric, target: float) -> str:
    """Return a target as its field holds it, so that ``parse_target`` reads it again."""
    return f"{target * 100:.4f}".rstrip("0").rstrip(".") if metric is GoalMetric.ENGAGEMENT_RATE else f"{target:.0f}"


@dataclass(frozen=True, slots=True)
class GoalsQuery:
    """A page of the months that are over; ``edit`` is the public id of the goal to change."""

    edit: str = ""
    page: int = 1

    FIELDS: ClassVar[tuple[str, ...]] = ("edit", "page")

    @classmethod
    def parse(cls, arguments: Arguments) -> GoalsQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        return cls(edit=single(arguments, "edit"), page=parse_number("page", single(arguments, "page"), 1, 1, MAX_PAGE))
