"""Where a planned post is moved to: dropped on a day, stepped by keys, or put back where it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.planner import same_clock, second_of
from webapp.domain.query import Arguments, parse_day, parse_number, single

# A post that had no time yet gets this hour, where the account has no usual one.
USUAL_HOUR: Final = 18
SLOT_HOURS: Final = 3
_HOUR: Final = 3_600
_MOST_STEPS: Final = 1_000
_STEPS: Final = re.compile(r"-?[0-9]{1,4}", re.ASCII)
_SECOND: Final = re.compile(r"[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlanMove:
    """One way of moving a post: to a day (and a slot of three hours of it), by days and hours, or to a Unix second.

    ``is_back`` puts it where it was: at ``second``, or without a time again where that is ``None``.
    """

    day: date | None = None
    slot: int | None = None
    days: int = 0
    hours: int = 0
    second: int | None = None
    is_back: bool = False

    FIELDS: ClassVar[tuple[str, ...]] = ("day", "slot", "days", "hours", "back")

    @classmethod
    def parse(cls, arguments: Arguments) -> PlanMove:
        """Return the move that a form asks for; raise ``Invalid`` naming the field of a bad value, or for none."""
        given = {name: single(arguments, name) for name in cls.FIELDS}
        if given["back"]:
            return cls(second=_second(given["back"]), is_back=True)
        slot = given["slot"]
        move = cls(
            day=parse_day("day", given["day"]),
            slot=parse_number("slot", slot, 0, 0, 24 // SLOT_HOURS - 1) if slot else None,
            days=_steps("days", given["days"]),
            hours=_steps("hours", given["hours"]),
        )
        if move.day is None and not move.days and not move.hours:
            raise Invalid(ErrorCode.FIELD_INVALID, field="day", value=given["day"][:40])
        return move

    def of(self, planned_at: int | None, timezone: str, usual_hour: int = USUAL_HOUR) -> int | None:
        """Return the second that a post is moved to by the account's clock; ``None`` only where it goes back to none.

        On another day it keeps its time of day, in another slot its place within the slot. A post without a time gets
        the usual hour, and raises ``Invalid`` for steps.
        """
        if self.is_back:
            return self.second
        if self.day is None:
            if planned_at is None:
                raise Invalid(ErrorCode.PLAN_TIME_MISSING, field="planned_at")
            return same_clock(planned_at, self.days, timezone) + self.hours * _HOUR
        return second_of(datetime.combine(self.day, self._clock(planned_at, timezone, usual_hour)), timezone)

    def _clock(self, planned_at: int | None, timezone: str, usual_hour: int) -> time:
        if planned_at is None:
            clock = time(usual_hour)
        else:
            local = datetime.fromtimestamp(planned_at, ZoneInfo(timezone))
            clock = time(local.hour, local.minute)
        if self.slot is None:
            return clock
        return clock.replace(hour=self.slot * SLOT_HOURS + clock.hour % SLOT_HOURS)


def _steps(field: str, text: str) -> int:
    if not text:
        return 0
    if _STEPS.fullmatch(text) is None or abs(int(text)) > _MOST_STEPS:
        raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40])
    return int(text)


def _second(text: str) -> int | None:
    if text == "none":
        return None
    if _SECOND.fullmatch(text) is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="back", value=text[:40])
    return int(text)
