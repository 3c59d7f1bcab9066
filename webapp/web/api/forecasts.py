"""What a post may get: a range that held before, with what it is worth."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from flask import Response, request

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.forecasts import (
    Baseline,
    Forecast,
    ForecastMethod,
    ForecastRefusal,
    PostDraft,
    Skill,
)
from webapp.domain.hashtags import MAX_TAG
from webapp.domain.metrics import MetricKey
from webapp.domain.planner import MAX_PLAN_TAGS, MAX_PLAN_TITLE, PlanDraft, parse_hashtags
from webapp.domain.post_query import PostKind
from webapp.domain.query import parse_choice, refuse_unknown, single
from webapp.domain.text import N_
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.api.arguments import find_scope, read_json
from webapp.web.api.explain import explained
from webapp.web.api.forecast_shapes import (
    EngagementForecast,
    ForecastCoverage,
    ForecastExpert,
    ForecastSkill,
    PostQuestion,
    Refused,
)
from webapp.web.api.operations import ACCOUNT, EXPLAIN, Operation, Parameter, describe
from webapp.web.api.recommendations import TAG
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.auth import asks_only
from webapp.web.forecasts.asking import ask_forecast
from webapp.web.i18n import locale

# Years in which a post may be published; others are slips.
_YEARS: Final = range(2000, 2101)
_AGAINST: Final[dict[Baseline, Literal["rolling median of 10", "median of all posts before", "post before"]]] = {
    Baseline.MEDIAN_10: "rolling median of 10",
    Baseline.MEDIAN_ALL: "median of all posts before",
    Baseline.LAST: "post before",
}
_PARAMETERS = (
    ACCOUNT,
    Parameter(
        "published_at",
        N_("When the post is published: ISO 8601 with Z or another offset; without it only the usual level is known."),
        {"type": "string", "format": "date-time"},
    ),
    Parameter(
        "title", N_("Title of the post; hashtags in it are found."), {"type": "string", "maxLength": MAX_PLAN_TITLE}
    ),
    Parameter(
        "hashtags",
        N_("Hashtags beside those of the title, with blanks or commas between them, with or without #."),
        {"type": "string", "maxLength": (MAX_TAG + 1) * MAX_PLAN_TAGS},
    ),
    Parameter("sound", N_("Sound of the post: its name or its public id."), {"type": "string"}),
    Parameter("kind", N_("What the post is made of."), {"type": "string", "enum": [kind.value for kind in PostKind]}),
    EXPLAIN,
)
_EXAMPLE = EngagementForecast(
    typical=780,
    low=180,
    high=3400,
    level=0.8,
    posts=120,
    indicative=False,
    refused=None,
    skill=ForecastSkill(against="rolling median of 10", value=0.033, low=0.004, high=0.061, posts=110),
    coverage=ForecastCoverage(value=0.81, posts=110),
    method=ForecastMethod.LEVELS_AND_FOREST,
    experts=[ForecastExpert(name="median_20", weight=0.62), ForecastExpert(name="forest", weight=0.38)],
    data_version=14,
)


@blueprint.get("/ml/predict-engagement/")
@limited
@describe(
    Operation(
        N_("Forecast the likes of a post"),
        TAG,
        EngagementForecast,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?published_at=2026-06-05T16:00:00Z&hashtags=baking",
    )
)
def predict_engagement() -> Response:
    """Answer what a post may get that the arguments describe."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    question = PostQuestion(
        published_at=_moment(single(request.args, "published_at")),
        title=single(request.args, "title"),
        hashtags=[single(request.args, "hashtags")],
        sound=single(request.args, "sound"),
        kind=parse_choice(PostKind, "kind", single(request.args, "kind")) or PostKind.VIDEO,
    )
    return _answer(question)


@blueprint.post("/ml/predict-engagement/")
@asks_only
@limited
@describe(
    Operation(
        N_("Forecast the likes of a post that the body describes"),
        TAG,
        EngagementForecast,
        _EXAMPLE,
        parameters=(ACCOUNT, EXPLAIN),
        body=PostQuestion,
        errors=(400, 404, 413, 415, 422),
        sample='{"published_at": "2026-06-05T16:00:00Z", "hashtags": ["baking"]}',
    )
)
def ask_engagement() -> Response:
    """Answer what a post may get that the body describes; nothing is stored."""
    refuse_unknown(request.args, (ACCOUNT.name, EXPLAIN.name))
    return _answer(read_json(PostQuestion))


def _answer(question: PostQuestion) -> Response:
    scope, draft = find_scope(), _draft(question)
    found = Forecast(revision=0, refused=ForecastRefusal.NO_POSTS) if scope is None else ask_forecast(scope, draft)
    body = _body(found, None if scope is None else scope.revision)
    return answer(explained(body, scope, MetricKey.NEXT_LIKES, MetricKey.FORECAST_COVERAGE))


def _draft(question: PostQuestion) -> PostDraft:
    if len(question.title) > MAX_PLAN_TITLE:
        raise Invalid(ErrorCode.PLAN_TEXT_TOO_LONG, field="title", maximum=MAX_PLAN_TITLE, found=len(question.title))
    at = question.published_at
    if at is not None and at.astimezone(UTC).year not in _YEARS:
        raise Invalid(ErrorCode.FIELD_INVALID, field="published_at", value=at.isoformat())
    return PlanDraft(
        planned_at=None if at is None else int(at.timestamp()),
        title=question.title,
        hashtags=parse_hashtags(" ".join(question.hashtags)),
        sound=question.sound,
        kind=question.kind,
    ).to_post()


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        raise Invalid(ErrorCode.FIELD_INVALID, field="published_at", value=text[:40]) from error
    if found.tzinfo is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="published_at", value=text[:40])
    return found


def _body(found: Forecast, revision: int | None) -> EngagementForecast:
    return EngagementForecast(
        typical=found.typical,
        low=found.low,
        high=found.high,
        level=found.level,
        posts=found.posts,
        indicative=found.indicative,
        refused=_refused(found),
        skill=None if found.skill is None else _skill(found.skill),
        coverage=None
        if found.coverage is None
        else ForecastCoverage(value=found.coverage.value, posts=found.coverage.posts),
        method=found.method,
        experts=[ForecastExpert(name=expert.name, weight=expert.weight) for expert in found.experts],
        data_version=revision,
    )


def _refused(found: Forecast) -> Refused | None:
    if found.refused is None:
        return None
    needs = found.needs if found.refused is ForecastRefusal.FEW_POSTS else None
    return Refused(code=found.refused, text=ForecastTexts(locale()).refusal(found), needs=needs)


def _skill(found: Skill) -> ForecastSkill:
    return ForecastSkill(
        against=_AGAINST[found.against], value=found.value, low=found.low, high=found.high, posts=found.posts
    )
