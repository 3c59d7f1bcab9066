"""What downloads from TikTok Studio hold, and which days their dates mean: those have no year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from webapp.domain.text import N_

# The layout of an export that is a download from Studio: it holds no list of people or of posts.
STUDIO_LAYOUT: Final = "Studio"

When = tuple[int, int, int]
"""A date as a download writes it: year (0 where it has none), month, day."""

_DAY: Final = timedelta(days=1)
_DAY_SECONDS: Final = 86_400
_LAST_SECOND: Final = 2**32
# A file can be younger than its last day by the clock of another time zone.
_ZONES: Final = _DAY
# How far back the year of the last row is looked for: the 29 February returns after eight years at most.
_YEARS: Final = 9
# Rows are days in a row; a larger step shows that the year is wrong.
_LARGEST_STEP: Final = timedelta(days=31)


class StudioPart(StrEnum):
    """One file of a download."""

    OVERVIEW = "overview"
    FOLLOWERS = "followers"
    VIEWERS = "viewers"
    ACTIVITY = "activity"
    GENDER = "gender"
    TERRITORIES = "territories"
    VIDEOS = "videos"


# The columns of `webapp.models.StudioDay` that a file of days fills, in the order of its own columns.
DAY_FIGURES: Final[dict[StudioPart, tuple[str, ...]]] = {
    StudioPart.OVERVIEW: ("video_views", "profile_views", "likes", "comments", "shares"),
    StudioPart.FOLLOWERS: ("followers",),
    StudioPart.VIEWERS: ("viewers", "new_viewers", "returning_viewers"),
}

PART_LABELS: Final[dict[StudioPart, str]] = {
    StudioPart.OVERVIEW: N_("Days: views, likes, comments, shares"),
    StudioPart.FOLLOWERS: N_("Days: followers"),
    StudioPart.VIEWERS: N_("Days: viewers"),
    StudioPart.ACTIVITY: N_("Hours in which followers were active"),
    StudioPart.GENDER: N_("Gender of followers"),
    StudioPart.TERRITORIES: N_("Where followers are"),
    StudioPart.VIDEOS: N_("Videos with their figures"),
}


def fix_days(whens: Sequence[When], latest: date) -> list[date | None]:
    """Return the days that rows mean: they are days in a row, and the newest is the last one by ``latest``.

    A row may repeat the day of the next one (24 hours of a day). Rows in no order are each the newest day they can be.
    A date that no year has is ``None``.
    """
    known = [when for when in whens if _is_date(when)]
    if not known:
        return [None] * len(whens)
    newest = latest + _ZONES
    found = (
        _in_a_row(known, newest) or _in_a_row(known[::-1], newest)[::-1] or [_newest(each, newest) for each in known]
    )
    days = iter(found)
    return [next(days) if _is_date(when) else None for when in whens]


def fix_day(when: When | None, latest: date) -> date | None:
    """Return the newest day by ``latest`` that a date without a year can mean."""
    return None if when is None else fix_days([when], latest)[0]


def posted_day(when: When | None, platform_post_id: str, latest: date) -> date | None:
    """Return the day on which a video was posted, not after ``latest``.

    The upper half of a platform id is a Unix second; where that agrees with the date, it tells the year.
    """
    if when is None:
        return None
    number = int(platform_post_id) >> 32
    if number < _LAST_SECOND:
        made = day_at(number)
        near = (made - _DAY, made, made + _DAY)
        told = next((day for day in near if (day.month, day.day) == when[1:] and when[0] in (0, day.year)), None)
        if told is not None and told <= latest + _ZONES:
            return told
    return fix_day(when, latest)


def guess_second(whens: Sequence[When], second: int) -> int | None:
    """Return when a download was made at the earliest: the end of its last day, by the time of the upload.

    ``second`` and the result are Unix seconds; ``None`` where the download holds no date.
    """
    last = next((day for day in reversed(fix_days(whens, day_at(second))) if day is not None), None)
    if last is None:
        return None
    return min(second, int(datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp()) + _DAY_SECONDS)


def day_at(second: int) -> date:
    """Return the day of a Unix second, in UTC."""
    return datetime.fromtimestamp(second, UTC).date()


def _is_date(when: When) -> bool:
    # 2000 has every day that any year has.
    return _date(when[0] or 2000, when) is not None


def _date(year: int, when: When) -> date | None:
    try:
        return date(year, when[1], when[2])
    except ValueError:
        return None


def _years_of(when: When, latest: date) -> list[date]:
    """Return the days that a date can mean, the newest first."""
    if when[0]:
        found = _date(when[0], when)
        return [] if found is None else [found]
    days = (_date(latest.year - back, when) for back in range(_YEARS))
    return [day for day in days if day is not None and day <= latest]


def _newest(when: When, latest: date) -> date | None:
    return next(iter(_years_of(when, latest)), None)


def _in_a_row(whens: Sequence[When], latest: date) -> list[date | None]:
    """Return the days of rows that are oldest first; nothing where they are in no year."""
    chains = (_chain(whens, last) for last in _years_of(whens[-1], latest))
    return next((chain for chain in chains if _is_close(chain)), [])


def _chain(whens: Sequence[When], last: date) -> list[date | None]:
    days: list[date | None] = [last]
    after = last
    for when in reversed(whens[:-1]):
        found = _newest(when, after)
        after = found or after
        days.append(found)
    return days[::-1]


def _is_close(days: Iterable[date | None]) -> bool:
    known = [day for day in days if day is not None]
    return all(after - before <= _LARGEST_STEP for before, after in pairwise(known))
