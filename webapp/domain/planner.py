"""What is planned: posts that do not exist yet, and what becomes of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# A year of three posts a day, and as much again that was dropped or is an idea.
MAX_PLANS: Final = 2_000
MAX_PLAN_TITLE: Final = 4_000
MAX_PLAN_NOTES: Final = 4_000
MAX_SOUND_TEXT: Final = 200


class PlanState(StrEnum):
    """Where a planned post stands."""

    IDEA = "idea"  # may have no time yet
    PLANNED = "planned"
    PUBLISHED = "published"  # an export shows it, or a person says so
    DROPPED = "dropped"


class PlanMatch(StrEnum):
    """How a planned post was found among the published ones."""

    NONE = "none"
    UNSURE = "unsure"  # a person is asked whether this is the post
    SURE = "sure"  # by time and title
    CONFIRMED = "confirmed"  # a person said so
