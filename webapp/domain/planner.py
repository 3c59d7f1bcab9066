"""What is planned: posts that do not exist yet, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.forecasts import ForecastRefusal, PostDraft
from webapp.domain.hashtags import MAX_TAG, find_hashtags, tag_key
from webapp.domain.post_query import PostKind
from webapp.domain.tags import clean_lines

# A year of three posts a day, and as much again that was dropped or is an idea.
MAX_PLANS: Final = 2_000
MAX_PLAN_TITLE: Final = 4_000
MAX_PLAN_NOTES: Final = 4_000
MAX_SOUND_TEXT: Final = 200
MAX_PLAN_TAGS: Final = 50
# Longer texts are not even looked at.
_MAX_TAGS_TEXT: Final = MAX_PLAN_TAGS * (MAX_TAG + 2)
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2099
_TIMES: Final = range(*(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (_FIRST_YEAR, _LAST_YEAR + 1)))
# What the browser's field for a day and a time of day sends.
_LOCAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)
_BETWEEN_TAGS: Final = re.compile(r"[\s,;#＃﹟]+")


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


class PlanScore(StrEnum):
    """How a post did against the range that was expected when it was planned."""

    NONE = "none"  # no export shows it yet
    YOUNG = "young"  # its likes still rise
    UNKNOWN = "unknown"  # its likes are not known, or it does not count
    NO_RANGE = "no_range"  # nothing was forecast when it was planned
    INSIDE = "inside"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A planned post as a person writes it.

    ``planned_at`` is a Unix second, unknown for an idea. ``hashtags`` are written as typed, without "#"; those of the
    title need not stand there too. ``sound`` is the public id of a sound of the account, ``sound_text`` any other.
    """

    planned_at: int | None = None
    title: str = ""
    hashtags: tuple[str, ...] = ()
    sound: str = ""
    sound_text: str = ""
    kind: PostKind = PostKind.VIDEO
    notes: str = ""
    state: PlanState = PlanState.PLANNED

    @property
    def tag_keys(self) -> tuple[str, ...]:
        """Return all hashtags in their compared form, those of the title first, each once."""
        written = (tag.key for tag in find_hashtags(self.title))
        return tuple(dict.fromkeys((*written, *(tag_key(tag) for tag in self.hashtags))))

    def to_post(self) -> PostDraft:
        """Return what a forecast is asked about."""
        return PostDraft(self.planned_at, self.title, self.tag_keys, self.sound, self.kind)


@dataclass(frozen=True, slots=True)
class PlanExpected:
    """The range that was expected of a planned post when it was written, in likes; with ``refused`` it is unknown.

    ``level`` is the share of posts that lie in such a range; ``posts`` is how many mature posts it came from.
    """

    typical: int | None
    low: int | None
    high: int | None
    level: float
    posts: int
    indicative: bool
    refused: ForecastRefusal | None


def clean_draft(draft: PlanDraft) -> PlanDraft:
    """Return a planned post as it is stored; raise ``Invalid`` naming the field of what cannot be one."""
    title, notes = clean_lines(draft.title), clean_lines(draft.notes)
    for field, text, most in (("title", title, MAX_PLAN_TITLE), ("notes", notes, MAX_PLAN_NOTES)):
        if len(text) > most:
            raise Invalid(ErrorCode.PLAN_TEXT_TOO_LONG, field=field, maximum=most, found=len(text))
    sound_text = " ".join(clean_lines(draft.sound_text).split())
    if len(sound_text) > MAX_SOUND_TEXT:
        raise Invalid(ErrorCode.PLAN_TEXT_TOO_LONG, field="sound_text", maximum=MAX_SOUND_TEXT, found=len(sound_text))
    return replace(
        draft,
        planned_at=_checked_time(draft.planned_at, draft.state),
        title=title,
        hashtags=parse_hashtags(" ".join(draft.hashtags)),
        sound_text=sound_text,
        notes=notes,
    )


def _checked_time(second: int | None, state: PlanState) -> int | None:
    if second is None and state is not PlanState.IDEA:
        raise Invalid(ErrorCode.PLAN_TIME_MISSING, field="planned_at")
    if second is not None and second not in _TIMES:
        raise Invalid(ErrorCode.PLAN_TIME_INVALID, field="planned_at", first=_FIRST_YEAR, last=_LAST_YEAR)
    return second


def parse_hashtags(text: str) -> tuple[str, ...]:
    """Return the hashtags that a person typed, with or without "#", with blanks or commas between, each once.

    Raises ``Invalid`` for a word that no hashtag can be, and for too many.
    """
    if len(text) > _MAX_TAGS_TEXT:
        raise Invalid(ErrorCode.PLAN_TAGS_TOO_MANY, field="hashtags", maximum=MAX_PLAN_TAGS)
    found: dict[str, str] = {}
    for word in _BETWEEN_TAGS.split(text):
        tags = find_hashtags(f"#{word}") if word else ()
        if word and (len(tags) != 1 or tags[0].spelling != word):
            raise Invalid(ErrorCode.PLAN_TAG_INVALID, field="hashtags", value=word[:40])
        for tag in tags:
            found.setdefault(tag.key, tag.spelling)
    if len(found) > MAX_PLAN_TAGS:
        raise Invalid(ErrorCode.PLAN_TAGS_TOO_MANY, field="hashtags", maximum=MAX_PLAN_TAGS)
    return tuple(found.values())


def parse_plan_time(text: str, timezone: str) -> int | None:
    """Return the Unix second of a day and time of day by the account's clock, ``None`` of an empty text.

    A time that the clock skips in spring is the one an hour later; of one that comes twice in autumn the first is
    meant. Raises ``Invalid`` for everything else that is no time.
    """
    if not text.strip():
        return None
    try:
        if _LOCAL.fullmatch(text.strip()) is None:
            raise ValueError(text)
        local = datetime.fromisoformat(text.strip())
        if not _FIRST_YEAR <= local.year <= _LAST_YEAR:
            raise ValueError(text)
    except ValueError as error:
        raise Invalid(ErrorCode.PLAN_TIME_INVALID, field="planned_at", first=_FIRST_YEAR, last=_LAST_YEAR) from error
    return second_of(local, timezone)


def second_of(local: datetime, timezone: str) -> int:
    """Return the Unix second at which a clock in the zone shows a naive time; of a skipped one, an hour later."""
    return int(local.replace(tzinfo=ZoneInfo(timezone)).timestamp())


def is_skipped(local: datetime, timezone: str) -> bool:
    """Return whether no clock in the zone ever shows a naive time, because it is put forward over it."""
    shown = datetime.fromtimestamp(second_of(local, timezone), ZoneInfo(timezone)).replace(tzinfo=None, fold=0)
    return shown != local.replace(fold=0)


def same_clock(second: int, days: int, timezone: str) -> int:
    """Return the same time of day some days later (earlier where negative), by the clock of the zone."""
    local = datetime.fromtimestamp(second, ZoneInfo(timezone)).replace(tzinfo=None)
    return second_of(local + timedelta(days=days), timezone)
