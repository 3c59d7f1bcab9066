"""What rises in the newest posts: of the account, of the team, and posts that take off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from webapp.analytics.content.fit import RISING_NEEDS_POSTS, ContentFit, Rising
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.content.team_rising import TeamRising, Uses
from webapp.analytics.forecasts.early import EarlyForecast, early_of
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, Scope
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope
from webapp.web.api.explain import explained
from webapp.web.api.follows import unknown_code
from webapp.web.api.operations import ACCOUNT, EXPLAIN, Operation, describe
from webapp.web.api.posts import REASONS
from webapp.web.api.recommendations import TAG
from webapp.web.api.rising_shapes import (
    AccountUse,
    RisingAnswer,
    RisingHashtag,
    RisingSound,
    SharedHashtag,
    SharedSound,
    TakingOff,
    TeamRisingPosts,
)
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc
from webapp.web.auth import team_scope
from webapp.web.trends.rising import taking_off
from webapp.web.trends.team import TeamFound, find_team_trends

_PARAMETERS = (ACCOUNT, EXPLAIN)
_MAY, _JUNE = datetime(2026, 5, 31, 16, 2, 11, tzinfo=UTC), datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_USES: dict[str, Any] = {"recent": 7, "of_recent": 20, "earlier": 3, "of_earlier": 164}
_EXAMPLE = RisingAnswer(
    as_of=_JUNE,
    timezone="Europe/Paris",
    posts=184,
    needs=RISING_NEEDS_POSTS,
    hashtags=[RisingHashtag(hashtag="sourdough", p_value=0.00001, **_USES)],
    sounds=[],
    team=TeamRisingPosts(
        accounts=2,
        looked_at=2,
        posts=310,
        needs=RISING_NEEDS_POSTS,
        hashtags=[
            SharedHashtag(
                hashtag="starter",
                p_value=0.0004,
                **{**_USES, "of_recent": 40, "of_earlier": 270},
                accounts=[
                    AccountUse(account="0b8f3c9a7d2e41560f9c", handle="demo.maker", **{**_USES, "recent": 4}),
                    AccountUse(
                        account="1c9f3c9a7d2e41560f9d",
                        handle="demo.baker",
                        recent=3,
                        of_recent=20,
                        earlier=0,
                        of_earlier=106,
                    ),
                ],
            )
        ],
        sounds=[],
    ),
    taking_off=[
        TakingOff(
            post="2d8f3c9a7d2e41560f9e",
            published_at=_MAY,
            age_days=1.7,
            likes=2_140,
            expected_low=180,
            expected_high=3_400,
            low=3_900,
            typical=4_600,
            high=5_800,
            posts=41,
        )
    ],
)


@blueprint.get("/ml/trends/")
@limited
@describe(
    Operation(
        N_("Show what rises in the newest posts"),
        TAG,
        RisingAnswer,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
    )
)
def rising_trends() -> Response:
    """Answer which hashtags and sounds the newest posts have far more often, and which young posts take off."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    scope = find_scope()
    if scope is None:
        return answer(explained(_nothing("UTC", UnknownCode.NO_ACCOUNT), None))
    counted = PostFilter(Period(None, None, scope.timezone), counted=True)
    return answer(explained(_answer(scope), scope, MetricKey.POSTS, posts=counted))


def _answer(scope: Scope) -> RisingAnswer:
    table, fit = find_posts(scope), find_fit(scope)
    if table is None:
        return _nothing(scope.timezone, unknown_code(scope))
    if fit is None:
        return _nothing(scope.timezone, UnknownCode.BEING_WORKED_OUT, table.as_of)
    forecasts = find_forecast_fit(scope)
    team = find_team_trends(team_scope(Permission.ACCOUNT_READ))
    return RisingAnswer(
        as_of=utc(table.as_of),
        timezone=scope.timezone,
        posts=fit.likes.posts,
        needs=RISING_NEEDS_POSTS,
        hashtags=_hashtags(table, fit),
        sounds=_sounds(table, fit),
        team=_team(team) if team.of > 1 else None,
        taking_off=None if forecasts is None else [_off(each) for each in taking_off(early_of(forecasts, table))],
    )


def _hashtags(table: PostTable, fit: ContentFit) -> list[RisingHashtag]:
    names = {name.tag: name.spelling for name in table.tags}
    return [
        RisingHashtag(hashtag=_plain(names[each.key]), p_value=each.p_value, **_uses(each)) for each in fit.rising_tags
    ]


def _sounds(table: PostTable, fit: ContentFit) -> list[RisingSound]:
    sounds = {sound.public_id: sound for sound in table.sounds}
    return [
        RisingSound(sound=found.name, author=found.author, p_value=each.p_value, **_uses(each))
        for each in fit.rising_sounds
        if (found := sounds.get(each.key)) is not None
    ]


def _team(found: TeamFound) -> TeamRisingPosts:
    trends = found.trends
    return TeamRisingPosts(
        accounts=found.of,
        looked_at=len(trends.looked_at),
        posts=trends.posts,
        needs=RISING_NEEDS_POSTS,
        hashtags=[SharedHashtag(hashtag=_plain(each.name), **_shared(found, each)) for each in trends.tags],
        sounds=[SharedSound(sound=each.name, author=each.author, **_shared(found, each)) for each in trends.sounds],
    )


def _shared(found: TeamFound, rising: TeamRising) -> dict[str, Any]:
    accounts = []
    for use in rising.uses:
        row = found.accounts[use.account].row
        accounts.append(AccountUse(account=row.public_id, handle=row.handle, **_uses(use)))
    return {**_uses(rising), "p_value": rising.p_value, "accounts": accounts}


def _uses(found: Rising | TeamRising | Uses) -> dict[str, int]:
    return {
        "recent": found.recent,
        "of_recent": found.of_recent,
        "earlier": found.earlier,
        "of_earlier": found.of_earlier,
    }


def _off(found: EarlyForecast) -> TakingOff:
    expected = found.expected
    return TakingOff(
        post=found.post,
        published_at=utc(found.published_at),
        age_days=round(found.age_days, 2),
        likes=found.likes,
        expected_low=None if expected is None else rounded_likes(expected.low),
        expected_high=None if expected is None else rounded_likes(expected.high),
        low=found.low,
        typical=found.typical,
        high=found.high,
        posts=found.posts,
    )


def _plain(spelling: str) -> str:
    return spelling.lstrip("#＃")


def _nothing(timezone: str, code: UnknownCode, as_of: int | None = None) -> RisingAnswer:
    reasons = REASONS | {
        UnknownCode.BEING_WORKED_OUT: N_("This is being worked out. Ask again in a moment."),
    }
    return RisingAnswer(
        as_of=None if as_of is None else utc(as_of),
        timezone=timezone,
        posts=None,
        needs=RISING_NEEDS_POSTS,
        hashtags=[],
        sounds=[],
        team=None,
        taking_off=None,
        unknown=Unknown(code=code, text=_(reasons[code])),
    )
