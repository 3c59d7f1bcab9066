"""Experiments: two ways of publishing, alternated at random, which alone can show a cause (STATISTICS 3.11)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.planner import PlanDraft, parse_hashtags, second_of
from webapp.domain.query import parse_day

# The differences that a person may want to see, as shares: 0.5 is 50 % more.
EFFECTS: Final = (0.25, 0.5, 1.0)
USUAL_EFFECT: Final = 0.5
# Posts of either way: fewer compare nothing, and of more nobody sees the end.
LEAST_EACH: Final = 12
MOST_EACH: Final = 200
# Days from a post of an experiment to the next one.
MOST_DAYS: Final = 14
MAX_EXPERIMENTS: Final = 200
# Such a share of the pairs must be complete: what is left out may not be chance.
FULL_SHARE: Final = 0.8
# An experiment begins within so many days.
_AHEAD: Final = 366
_SLOT_HOURS: Final = 3
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


class ExperimentKind(StrEnum):
    """What is alternated."""

    SLOTS = "slots"  # arms: two three-hour slots, "0" to "7"
    HASHTAG = "hashtag"  # arms: with the hashtag, and without it


class ExperimentState(StrEnum):
    """Where an experiment stands."""

    RUNNING = "running"
    ENDED = "ended"  # all of its posts are mature, or a person closed it: it was analysed
    STOPPED = "stopped"  # given up: nothing is concluded


class Arm(StrEnum):
    """The two ways of an experiment."""

    A = "a"
    B = "b"


class Stage(StrEnum):
    """Where a post of an experiment stands by the newest list of posts."""

    TO_COME = "to_come"
    UNSURE = "unsure"  # a person is asked which post it is
    YOUNG = "young"  # its likes still rise
    COUNTED = "counted"
    UNCOUNTED = "uncounted"  # not public, deleted, or its likes are not known
    MISSED = "missed"  # no list shows it
    DROPPED = "dropped"

    @property
    def is_open(self) -> bool:
        """Return whether it may count yet."""
        return self in (Stage.TO_COME, Stage.UNSURE, Stage.YOUNG)


class Verdict(StrEnum):
    """What an experiment that ended lets be said."""

    CLEAR = "clear"  # the order alone hardly explains the difference
    UNCLEAR = "unclear"
    INDICATIVE = "indicative"  # closed early, or too many of its posts are missing: nothing is concluded
    FEW = "few"  # too few pairs to compare


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an experiment showed when it ended, kept as it was then.

    ``difference`` is that of the logarithms of likes, the first way less the second, with its 95 % interval; unknown
    below ``needs`` pairs. ``posts_*`` are the posts that count, ``typical_*`` what they typically got. ``outside`` of
    them were published otherwise than the draw said and count as drawn; ``missing`` posts do not count. ``as_of`` is
    the second of the list of posts that told it.
    """

    verdict: Verdict
    pairs: int
    needs: int
    planned: int
    is_early: bool
    posts_a: int
    posts_b: int
    outside: int
    missing: int
    typical_a: float | None = None
    typical_b: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    as_of: int | None = None

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Outcome:
        """Return what was kept of it."""
        return cls(**{**kept, "verdict": Verdict(kept["verdict"])})


@dataclass(frozen=True, slots=True)
class ExperimentDraft:
    """An experiment as a person wants it.

    ``effect`` is the difference to be seen, ``every`` the days from a post to the next; ``at`` is the time of day of a
    post, which the slots of an experiment with slots give themselves: the middle of each.
    """

    kind: ExperimentKind
    arm_a: str
    arm_b: str
    effect: float
    first: date
    every: int
    at: time

    def value_of(self, arm: Arm) -> str:
        """Return the slot or the hashtag of a way; an empty text is none."""
        return self.arm_a if arm is Arm.A else self.arm_b

    def last_day(self, posts: int) -> date:
        """Return the day of the last of so many posts."""
        return self.first + timedelta(days=(posts - 1) * self.every)


def parse_arms(kind: ExperimentKind, arm_a: str, arm_b: str, tag: str) -> tuple[str, str]:
    """Return the two ways that a form names; raise ``Invalid`` for what are not two."""
    if kind is ExperimentKind.HASHTAG:
        tags = parse_hashtags(tag)
        if len(tags) != 1:
            raise Invalid(ErrorCode.PLAN_TAG_INVALID, field="tag", value=tag[:40])
        return tags[0], ""
    if arm_a == arm_b:
        raise Invalid(ErrorCode.EXPERIMENT_ARMS_SAME, field="arm_b")
    return arm_a, arm_b


def parse_first_day(text: str, today: date) -> date:
    """Return the day of the first post; raise ``Invalid`` for one that is over or far away."""
    last = today + timedelta(days=_AHEAD)
    try:
        day = parse_day("first", text.strip())
    except Invalid:
        day = None
    if day is None or not today <= day <= last:
        raise Invalid(ErrorCode.EXPERIMENT_DAY_INVALID, field="first", first=today.isoformat(), last=last.isoformat())
    return day


def parse_time(text: str) -> time:
    """Return a time of day from HH:MM; raise ``Invalid`` for anything else."""
    if not _TIME.fullmatch(text.strip()):
        raise Invalid(ErrorCode.EXPERIMENT_TIME_INVALID, field="at")
    return time.fromisoformat(text.strip())


def plans_of(draft: ExperimentDraft, arms: Sequence[Arm], timezone: str) -> list[PlanDraft]:
    """Return the planned posts of an experiment, one for each arm of its order, by the clock of a time zone."""
    return [
        PlanDraft(
            planned_at=second_of(_local(draft, arm, draft.first + timedelta(days=place * draft.every)), timezone),
            hashtags=_tags(draft, arm),
        )
        for place, arm in enumerate(arms)
    ]


def _local(draft: ExperimentDraft, arm: Arm, day: date) -> datetime:
    if draft.kind is ExperimentKind.HASHTAG:
        return datetime.combine(day, draft.at)
    return datetime.combine(day, time(int(draft.value_of(arm)) * _SLOT_HOURS)) + timedelta(hours=_SLOT_HOURS / 2)


def _tags(draft: ExperimentDraft, arm: Arm) -> tuple[str, ...]:
    is_with = draft.kind is ExperimentKind.HASHTAG and bool(draft.value_of(arm))
    return (draft.value_of(arm),) if is_with else ()
