"""The shapes of what is asked and answered about a post that does not exist yet."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from webapp.domain.forecasts import ForecastMethod, ForecastRefusal
from webapp.domain.planner import MAX_PLAN_TITLE
from webapp.domain.post_query import PostKind
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Instant, Shape


class PostQuestion(Shape, frozen=True, kw_only=True):
    """A post that does not exist yet, as far as it is known."""

    published_at: Instant | None = None
    title: Annotated[str, Meta(max_length=MAX_PLAN_TITLE)] = ""
    hashtags: list[str] = []
    sound: str = ""
    kind: PostKind = PostKind.VIDEO


class Refused(Shape, frozen=True, kw_only=True):
    """Why nothing is forecast; needs is how many posts it takes, where it is a matter of number."""

    code: ForecastRefusal
    text: str
    needs: int | None


class ForecastSkill(Shape, frozen=True, kw_only=True):
    """How much smaller the error of past forecasts was than that of a baseline; low to high holds it at 95 %."""

    against: Literal["rolling median of 10", "median of all posts before", "post before"]
    value: float
    low: float
    high: float
    posts: int


class ForecastCoverage(Shape, frozen=True, kw_only=True):
    """The share of the checked posts that lay in their range."""

    value: float
    posts: int


class ForecastExpert(Shape, frozen=True, kw_only=True):
    """One of the levels that are mixed."""

    name: str
    weight: float


class EngagementForecast(Shape, frozen=True, kw_only=True):
    """What a post may get; null and refused where nothing honest can be said."""

    metric: Literal["likes"] = "likes"
    typical: int | None
    low: int | None
    high: int | None
    level: float
    posts: int
    indicative: bool
    refused: Refused | None
    skill: ForecastSkill | None
    coverage: ForecastCoverage | None
    method: ForecastMethod
    experts: list[ForecastExpert]
    data_version: int | None
    explain: list[Explanation] | UnsetType = UNSET
