"""The registry of metrics: label, definition, unit and decimals stand here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.text import N_


class Unit(StrEnum):
    """How a metric's value is written."""

    COUNT = "count"
    RATIO = "ratio"
    SHARE = "share"


class MetricKey(StrEnum):
    """Names of the metrics."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"
    MUTUALS = "mutuals"
    FOLLOWER_RATIO = "follower_ratio"
    PROFILE_FOLLOWERS = "profile_followers"
    STAYING = "staying"


@dataclass(frozen=True, slots=True)
class Metric:
    """What a figure is called, what it means and how it is written."""

    key: MetricKey
    label: str
    definition: str
    unit: Unit


METRICS: dict[MetricKey, Metric] = {
    metric.key: metric
    for metric in (
        Metric(
            MetricKey.FOLLOWERS,
            N_("Followers"),
            N_("People on the follower list of your newest complete export. Deleted accounts are not counted."),
            Unit.COUNT,
        ),
        Metric(
            MetricKey.FOLLOWING,
            N_("Following"),
            N_("People on the following list of your newest complete export. Deleted accounts are not counted."),
            Unit.COUNT,
        ),
        Metric(
            MetricKey.MUTUALS,
            N_("Mutuals"),
            N_("People who are on both lists: they follow you and you follow them."),
            Unit.COUNT,
        ),
        Metric(
            MetricKey.FOLLOWER_RATIO,
            N_("Follower ratio"),
            N_("Followers divided by following, with two decimals. Unknown when you follow nobody."),
            Unit.RATIO,
        ),
        Metric(
            MetricKey.PROFILE_FOLLOWERS,
            N_("Followers by your profile"),
            N_(
                "The number that your profile shows, as the same export notes it. It differs from the list by a few "
                "per cent: it is counted at another moment, and it counts accounts that were deleted or banned since."
            ),
            Unit.COUNT,
        ),
        Metric(
            MetricKey.STAYING,
            N_("Stay after 30 days"),
            N_(
                "Of 100 new followers, how many still follow you 30 days later: estimated from those who left between "
                "your exports. Deleted and banned accounts count as left, because an export cannot tell them apart."
            ),
            Unit.SHARE,
        ),
    )
}
