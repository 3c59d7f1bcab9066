"""What the account's own posts suggest, and which experiment would tell more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from flask import Response, request
from flask_babel import gettext as _

from webapp.analytics.content.fit import Half
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.recommendations.advice import Advice, Recommendation, find_advice
from webapp.analytics.recommendations.proposals import Proposal
from webapp.domain.experiments import ExperimentKind
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter
from webapp.domain.query import refuse_unknown
from webapp.domain.recommendations import AdviceKind, AdviceRefusal
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.web.api.arguments import find_scope
from webapp.web.api.explain import explained
from webapp.web.api.follows import unknown_code
from webapp.web.api.operations import ACCOUNT, EXPLAIN, Operation, describe
from webapp.web.api.posts import REASONS
from webapp.web.api.recommendation_shapes import (
    Against,
    ExperimentSize,
    ExperimentTried,
    HalfOfPosts,
    NoAdvice,
    PlansTried,
    ProposedExperiment,
    RecommendationsAnswer,
    Recommended,
    UsedSound,
)
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc
from webapp.web.content.suggestions import Suggestions
from webapp.web.ideas.texts import AdviceTexts

TAG: Final = N_("Forecasts and recommendations")
_PARAMETERS = (ACCOUNT, EXPLAIN)
_JUNE = datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_EXAMPLE = RecommendationsAnswer(
    as_of=_JUNE,
    timezone="Europe/Paris",
    posts=184,
    refused=None,
    results=[
        Recommended(
            about=AdviceKind.SLOT,
            value="6",
            text=(
                "Your posts of 6 pm – 9 pm (n = 31) probably do at least 10% better. This does not prove the hour is "
                "the cause."
            ),
            posts=31,
            of=184,
            typical_likes=412.0,
            effect=0.18,
            low=0.1,
            high=0.27,
            at_least=0.1,
            older=HalfOfPosts(posts=14, effect=0.12, low=0.03, high=0.21),
            newer=HalfOfPosts(posts=17, effect=0.14, low=0.05, high=0.23),
            against=[],
            plans=PlansTried(above=1, inside=5, below=1, unscored=0),
            experiments=[],
        )
    ],
    experiments=[],
    generic_hashtags=["fyp"],
    sounds=[UsedSound(sound="Slow morning", author="The Loaves", posts=9)],
    running_experiment=None,
)


@blueprint.get("/ml/recommendations/")
@limited
@describe(
    Operation(
        N_("List what the account's own posts suggest"),
        TAG,
        RecommendationsAnswer,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
    )
)
def recommendations() -> Response:
    """Answer what passed a test, what speaks against it, and which experiment would tell more."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    scope = find_scope()
    if scope is None:
        return answer(explained(_nothing("UTC", UnknownCode.NO_ACCOUNT), None))
    counted = PostFilter(Period(None, None, scope.timezone), counted=True)
    return answer(explained(_answer(scope), scope, MetricKey.POSTS, MetricKey.TYPICAL_LIKES, posts=counted))


def _answer(scope: Scope) -> RecommendationsAnswer:
    found, table = find_advice(scope), find_posts(scope)
    if table is None or found.refused is AdviceRefusal.NO_POSTS:
        return _nothing(scope.timezone, unknown_code(scope))
    if found.refused is AdviceRefusal.NOT_READY:
        return _nothing(scope.timezone, UnknownCode.BEING_WORKED_OUT, table.as_of)
    texts = AdviceTexts(table)
    return RecommendationsAnswer(
        as_of=utc(table.as_of),
        timezone=scope.timezone,
        posts=found.posts,
        refused=_refused(scope, table, found),
        results=[_recommended(each, texts) for each in found.recommendations],
        experiments=[_proposed(each, texts) for each in found.proposals],
        generic_hashtags=[texts.tag(use.tag) for use in found.generic],
        sounds=[UsedSound(sound=use.sound.name, author=use.sound.author, posts=use.posts) for use in found.sounds],
        running_experiment=found.running,
    )


def _refused(scope: Scope, table: PostTable, found: Advice) -> NoAdvice | None:
    if found.refused is None:
        return None
    if found.refused is AdviceRefusal.NONE_COUNTED:
        text = _(
            "Only public posts count that are at least 7 days old and whose likes your export tells. They will appear "
            "here with your next exports."
        )
    else:
        fit = find_fit(scope)
        text = "" if fit is None else Suggestions(fit, table, scope.timezone).all_none
    return NoAdvice(code=found.refused, text=str(text), needs=found.needs)


def _recommended(found: Recommendation, texts: AdviceTexts) -> Recommended:
    group, plans = found.group, found.plans
    older, newer = group.halves or (None, None)
    return Recommended(
        about=found.kind,
        value=texts.tag(group.key) if found.kind is AdviceKind.HASHTAG else group.key,
        text=texts.claim(found),
        posts=group.posts,
        of=found.of,
        typical_likes=group.typical,
        effect=group.effect,
        low=group.low,
        high=group.high,
        at_least=group.at_least,
        older=_half(older),
        newer=_half(newer),
        against=[Against(code=doubt.kind, text=texts.doubt(doubt)) for doubt in found.doubts],
        plans=PlansTried(above=plans.above, inside=plans.inside, below=plans.below, unscored=plans.waiting),
        experiments=[ExperimentTried(id=each.public_id, state=each.state) for each in found.experiments],
    )


def _half(half: Half | None) -> HalfOfPosts | None:
    return None if half is None else HalfOfPosts(posts=half.posts, effect=half.effect, low=half.low, high=half.high)


def _proposed(found: Proposal, texts: AdviceTexts) -> ProposedExperiment:
    is_tag = found.kind is ExperimentKind.HASHTAG
    return ProposedExperiment(
        kind=found.kind,
        first=texts.tag(found.arm_a) if is_tag else found.arm_a,
        second=None if is_tag else found.arm_b,
        posts_first=found.posts_a,
        posts_second=found.posts_b,
        text=texts.proposal(found),
        own_spread=found.power.is_own,
        sizes=[
            ExperimentSize(difference=size.effect, posts_each=size.each, days=found.days(size)) for size in found.sizes
        ],
    )


def _nothing(timezone: str, code: UnknownCode, as_of: int | None = None) -> RecommendationsAnswer:
    reasons = REASONS | {
        UnknownCode.BEING_WORKED_OUT: N_("This is being worked out. Ask again in a moment."),
    }
    return RecommendationsAnswer(
        as_of=None if as_of is None else utc(as_of),
        timezone=timezone,
        posts=None,
        refused=None,
        results=[],
        experiments=[],
        generic_hashtags=[],
        sounds=[],
        running_experiment=None,
        unknown=Unknown(code=code, text=_(reasons[code])),
    )
