"""What stands out: the vocabulary of labels on posts and of alerts about an account (STATISTICS 3.8 and 3.10)."""

from __future__ import annotations

from enum import StrEnum


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
    ENGAGEMENT_RISE = "engagement_rise"  # key: the public id of the post at which it was found
    ENGAGEMENT_DROP = "engagement_drop"
    FOLLOWER_PEAK = "follower_peak"  # key: the day, in the account's zone
    FOLLOWER_DROP = "follower_drop"  # key: the public id of the export that shows it
