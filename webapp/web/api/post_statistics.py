"""What the account's posts get, and what can be told from them reliably."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import Response, request
from flask_babel import gettext as _
from msgspec import UNSET

from webapp.analytics.content.fit import ContentFit, Group, Measure, TagEffect
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.selection import SLOT_HOURS
from webapp.analytics.content.table import PostTable
from webapp.analytics.content.uses import SoundUse, TagUse, count_sounds, count_tags
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter, PostKind
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.web.api.arguments import PageQuery, find_scope, neighbours, page_query
from webapp.web.api.explain import explained
from webapp.web.api.follows import unknown_code
from webapp.web.api.operations import ACCOUNT, EXPLAIN, PAGES, Operation, Parameter, describe
from webapp.web.api.post_statistics_shapes import (
    BestSlot,
    HashtagEffect,
    HourPosts,
    KindPosts,
    PerformanceAnswer,
    SoundEffect,
    TopHashtag,
    TopHashtags,
    TopSound,
    TopSounds,
    WeekdayPosts,
    WeekHourPosts,
)
from webapp.web.api.posts import REASONS, TAG
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc

_Use = TypeVar("_Use", SoundUse, TagUse)
_Ranking = TypeVar("_Ranking", TopSounds, TopHashtags)


class SoundOrder(StrEnum):
    """What sounds are ranked by."""

    USAGE = "usage"
    TYPICAL = "typical"


class TagOrder(StrEnum):
    """What hashtags are ranked by."""

    USAGE = "usage"
    EFFECT = "effect"


_REASONS: dict[UnknownCode, str] = {
    **REASONS,
    UnknownCode.BEING_WORKED_OUT: N_("This is being worked out. Ask again in a moment."),
    UnknownCode.NO_SOUNDS: N_(
        "The exports of this account do not name the sounds of posts. Ask the platform for an export as JSON with all "
        "data."
    ),
    UnknownCode.FEW_VIEWS: N_(
        "Views are known of fewer than 60 counted posts. They come with the files of TikTok Studio: import those of "
        "more posts."
    ),
}
_METRICS: Final = {
    Measure.LIKES: MetricKey.TYPICAL_LIKES,
    Measure.VIEWS: MetricKey.TYPICAL_VIEWS,
    Measure.ENGAGEMENT_RATE: MetricKey.ENGAGEMENT_RATE,
}
_PERFORMANCE = (
    ACCOUNT,
    Parameter(
        "metric",
        N_("What posts are compared by; the engagement rate is likes, comments and shares over views."),
        {"type": "string", "enum": [each.value for each in Measure], "default": Measure.LIKES.value},
    ),
    EXPLAIN,
)
_SOUNDS = (
    ACCOUNT,
    Parameter(
        "by",
        N_("The most used sounds, or those of at least five posts by what these typically got."),
        {"type": "string", "enum": [each.value for each in SoundOrder], "default": SoundOrder.USAGE.value},
    ),
    *PAGES,
    EXPLAIN,
)
_TAGS = (
    ACCOUNT,
    Parameter(
        "by",
        N_("The most used hashtags, or those of enough posts by how much more these got than the posts around them."),
        {"type": "string", "enum": [each.value for each in TagOrder], "default": TagOrder.USAGE.value},
    ),
    *PAGES,
    EXPLAIN,
)
_MAY, _JUNE = datetime(2026, 5, 3, 9, 15, tzinfo=UTC), datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_TOLD: dict[str, Any] = {
    "posts": 31,
    "typical": 412.0,
    "effect": 0.18,
    "low": 0.1,
    "high": 0.27,
    "claim": True,
}
_COUNTED: dict[str, Any] = {"posts": 31, "typical": 412.0, "effect": None, "low": None, "high": None, "claim": False}
_EXAMPLE = PerformanceAnswer(
    as_of=_JUNE,
    timezone="Europe/Paris",
    metric=Measure.LIKES,
    posts=184,
    typical=350.0,
    by_kind=[KindPosts(kind=PostKind.VIDEO, **_COUNTED)],
    by_weekday=[WeekdayPosts(weekday=0, **_COUNTED)],
    by_hour=[HourPosts(hour=18, **_COUNTED)],
    slots=[WeekHourPosts(weekday=0, hour=18, posts=6, typical=398.0)],
    best_slots=[BestSlot(hour_from=18, hour_to=21, **_TOLD)],
    hashtag_effects=[HashtagEffect(hashtag="baking", **_TOLD)],
    sound_effects=[SoundEffect(sound="Slow morning", author="The Loaves", **_COUNTED)],
)
_SOUND = TopSound(
    sound="Slow morning",
    author="The Loaves",
    posts=9,
    typical_likes=380.0,
    low=240.0,
    high=610.0,
    first_used=_MAY,
    last_used=_JUNE,
)
_TAG = TopHashtag(
    hashtag="baking",
    posts=31,
    typical_likes=412.0,
    effect=0.18,
    low=0.1,
    high=0.27,
    claim=True,
    first_used=_MAY,
    last_used=_JUNE,
    rising=False,
)


@blueprint.get("/posts/performance/")
@limited
@describe(
    Operation(
        N_("Show what posts get by kind, time, hashtag and sound"),
        TAG,
        PerformanceAnswer,
        _EXAMPLE,
        parameters=_PERFORMANCE,
        errors=(404, 422),
        sample="?metric=likes",
    )
)
def performance() -> Response:
    """Answer what the counted posts tell by one measure."""
    refuse_unknown(request.args, [parameter.name for parameter in _PERFORMANCE])
    measure = parse_choice(Measure, "metric", single(request.args, "metric")) or Measure.LIKES
    scope = find_scope()
    if scope is None:
        return answer(explained(_no_performance(measure, "UTC", UnknownCode.NO_ACCOUNT), None))
    body = _performance(scope, measure)
    return answer(explained(body, scope, MetricKey.POSTS, _METRICS[measure], posts=_counted(scope)))


@blueprint.get("/posts/sounds/top/")
@limited
@describe(
    Operation(
        N_("List the sounds of posts"),
        TAG,
        TopSounds,
        TopSounds(count=1, next=None, previous=None, results=[_SOUND]),
        parameters=_SOUNDS,
        errors=(404, 422),
        sample="?by=usage",
    )
)
def top_sounds() -> Response:
    """Answer the sounds of counted posts."""
    page = page_query(ACCOUNT.name, "by", EXPLAIN.name)
    order = parse_choice(SoundOrder, "by", single(request.args, "by")) or SoundOrder.USAGE
    scope = find_scope()
    if scope is None:
        return answer(explained(_no_ranking(TopSounds, UnknownCode.NO_ACCOUNT), None))
    table = find_posts(scope)
    if table is None:
        body = _no_ranking(TopSounds, unknown_code(scope))
    elif all(row.sound is None for row in table.rows):
        body = _no_ranking(TopSounds, UnknownCode.NO_SOUNDS)
    else:
        uses: Sequence[SoundUse] = count_sounds(table)
        if order is SoundOrder.TYPICAL:
            uses = sorted((use for use in uses if use.low is not None), key=lambda use: -use.typical)
        body = _ranking(TopSounds, uses, _sound, order, page)
    return answer(explained(body, scope, MetricKey.POSTS, MetricKey.TYPICAL_LIKES, posts=_counted(scope)))


@blueprint.get("/posts/hashtags/top/")
@limited
@describe(
    Operation(
        N_("List the hashtags of posts"),
        TAG,
        TopHashtags,
        TopHashtags(count=1, next=None, previous=None, results=[_TAG]),
        parameters=_TAGS,
        errors=(404, 422),
        sample="?by=effect",
    )
)
def top_hashtags() -> Response:
    """Answer the hashtags of counted posts."""
    page = page_query(ACCOUNT.name, "by", EXPLAIN.name)
    order = parse_choice(TagOrder, "by", single(request.args, "by")) or TagOrder.USAGE
    scope = find_scope()
    if scope is None:
        return answer(explained(_no_ranking(TopHashtags, UnknownCode.NO_ACCOUNT), None))
    table, fit = find_posts(scope), find_fit(scope)
    if table is None:
        body = _no_ranking(TopHashtags, unknown_code(scope))
    elif not table.has_titles:
        body = _no_ranking(TopHashtags, UnknownCode.NO_TITLES)
    elif fit is None:
        body = _no_ranking(TopHashtags, UnknownCode.BEING_WORKED_OUT)
    else:
        body = _tags(table, fit, order, page)
    return answer(explained(body, scope, MetricKey.POSTS, MetricKey.TYPICAL_LIKES, posts=_counted(scope)))


def _performance(scope: Scope, measure: Measure) -> PerformanceAnswer:
    table, fit = find_posts(scope), find_fit(scope)
    if table is None:
        return _no_performance(measure, scope.timezone, unknown_code(scope))
    if fit is None:
        return _no_performance(measure, scope.timezone, UnknownCode.BEING_WORKED_OUT, table.as_of)
    told = fit.by(measure)
    if told is None:
        return _no_performance(measure, scope.timezone, UnknownCode.FEW_VIEWS, table.as_of)
    spellings = {name.tag: name.spelling for name in table.tags}
    return PerformanceAnswer(
        as_of=utc(table.as_of),
        timezone=scope.timezone,
        metric=measure,
        posts=told.posts,
        typical=told.typical,
        by_kind=[KindPosts(kind=PostKind(group.key), **_compared(group)) for group in told.kinds.groups],
        by_weekday=[WeekdayPosts(weekday=int(group.key), **_compared(group)) for group in told.weekdays.groups],
        by_hour=[HourPosts(hour=int(group.key), **_compared(group)) for group in told.hours],
        slots=[
            WeekHourPosts(weekday=at // 24, hour=at % 24, posts=posts, typical=typical)
            for at, (posts, typical) in enumerate(told.cells)
        ],
        best_slots=[_best_slot(group) for group in told.slots.claims],
        hashtag_effects=[
            HashtagEffect(hashtag=spellings[tag.group.key], **_compared(tag.group)) for tag in told.hashtags
        ],
        sound_effects=_sound_effects(table, measure),
        hashtags_unknown=UNSET if table.has_titles else _unknown(UnknownCode.NO_TITLES),
    )


def _compared(group: Group) -> dict[str, Any]:
    return {
        "posts": group.posts,
        "typical": group.typical,
        "effect": group.effect,
        "low": group.low,
        "high": group.high,
        "claim": group.claim,
    }


def _best_slot(group: Group) -> BestSlot:
    begun = int(group.key) * SLOT_HOURS
    return BestSlot(hour_from=begun, hour_to=begun + SLOT_HOURS, **_compared(group))


def _sound_effects(table: PostTable, measure: Measure) -> list[SoundEffect]:
    """Return the sounds of enough posts: what they got on earlier posts does not hold on later ones, so no effect."""
    return [
        SoundEffect(**_name(use), posts=use.posts, typical=use.typical, effect=None, low=None, high=None, claim=False)
        for use in count_sounds(table, measure)
        if use.low is not None
    ]


def _sound(use: SoundUse) -> TopSound:
    return TopSound(
        **_name(use),
        posts=use.posts,
        typical_likes=use.typical,
        low=use.low,
        high=use.high,
        first_used=utc(use.first_used),
        last_used=utc(use.last_used),
    )


def _name(use: SoundUse) -> dict[str, Any]:
    return {"sound": use.sound.name, "author": use.sound.author}


def _tags(table: PostTable, fit: ContentFit, order: TagOrder, page: PageQuery) -> TopHashtags:
    uses: Sequence[TagUse] = count_tags(table)
    effects = {tag.group.key: tag for tag in fit.likes.hashtags}
    if order is TagOrder.EFFECT:
        known = {use.tag: use for use in uses}
        uses = [known[tag.group.key] for tag in fit.likes.hashtags if tag.group.effect is not None]
    rising = {found.key for found in fit.rising_tags}

    def show(use: TagUse) -> TopHashtag:
        return _tag(use, effects.get(use.tag), is_rising=use.tag in rising)

    return _ranking(TopHashtags, uses, show, order, page)


def _tag(use: TagUse, told: TagEffect | None, *, is_rising: bool) -> TopHashtag:
    group = told.group if told else Group(key=use.tag, posts=use.posts)
    return TopHashtag(
        hashtag=use.spelling,
        posts=use.posts,
        typical_likes=use.typical,
        effect=group.effect,
        low=group.low,
        high=group.high,
        claim=group.claim,
        first_used=utc(use.first_used),
        last_used=utc(use.last_used),
        rising=is_rising,
    )


def _ranking(
    shape: type[_Ranking],
    uses: Sequence[_Use],
    show: Callable[[_Use], TopSound | TopHashtag],
    order: StrEnum,
    page: PageQuery,
) -> _Ranking:
    links = neighbours(page, len(uses), by=order.value)
    results: Any = [show(use) for use in uses[page.offset : page.offset + page.page_size]]
    return shape(count=len(uses), next=links["next"], previous=links["previous"], results=results)


def _counted(scope: Scope) -> PostFilter:
    return PostFilter(Period(None, None, scope.timezone), counted=True)


def _no_performance(measure: Measure, timezone: str, code: UnknownCode, as_of: int | None = None) -> PerformanceAnswer:
    return PerformanceAnswer(
        as_of=None if as_of is None else utc(as_of),
        timezone=timezone,
        metric=measure,
        posts=None,
        typical=None,
        by_kind=[],
        by_weekday=[],
        by_hour=[],
        slots=[],
        best_slots=[],
        hashtag_effects=[],
        sound_effects=[],
        unknown=_unknown(code),
    )


def _no_ranking(shape: type[_Ranking], code: UnknownCode) -> _Ranking:
    return shape(count=None, next=None, previous=None, results=[], unknown=_unknown(code))


def _unknown(code: UnknownCode) -> Unknown:
    return Unknown(code=code, text=_(_REASONS[code]))
