"""Forecasts in words: what is said of a range, of what it is worth, and of posts that lie outside it."""

from __future__ import annotations

import pytest

from webapp.analytics.forecasts.early import EarlyForecast
from webapp.domain.anomalies import PostLabel
from webapp.domain.forecasts import Baseline, Coverage, Expert, Forecast, ForecastRefusal, Skill
from webapp.renderers.forecast_texts import ForecastTexts

TEXTS = ForecastTexts("en")


def skill(value: float, low: float, high: float, against: Baseline = Baseline.MEDIAN_10) -> Skill:
    return Skill(against, value, low, high, 120)


def test_a_forecast_says_its_range_how_it_held_and_whether_it_comes_from_few_posts() -> None:
    found = Forecast(1, posts=130, typical=780, low=180, high=3400, coverage=Coverage(0.81, 120))
    assert TEXTS.forecast(found) == (
        "Your posts usually get 180 to 3,400 likes (8 times in 10). Checked on your last 120 posts: 81% did."
    )
    few = Forecast(1, posts=12, typical=780, low=180, high=3400, indicative=True)
    assert TEXTS.forecast(few) == (
        "Your posts usually get 180 to 3,400 likes (8 times in 10). It comes from 12 posts alone and is indicative."
    )
    assert TEXTS.expected(few) == "Expected: 180 to 3,400 likes (8 times in 10; from 12 posts, indicative)."
    assert TEXTS.expected(found) == "Expected: 180 to 3,400 likes (8 times in 10; from 130 posts)."


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (ForecastRefusal.FEW_POSTS, "Not enough posts yet for an honest forecast (7 of 10)."),
        (ForecastRefusal.NOT_READY, "The forecast is being worked out."),
        (ForecastRefusal.NO_LIKES, "do not say how many likes"),
        (ForecastRefusal.NO_POSTS, "No export of this account holds your posts"),
    ],
)
def test_every_refusal_says_why(refused: ForecastRefusal, said: str) -> None:
    found = Forecast(1, posts=7, refused=refused)
    assert said in TEXTS.refusal(found)
    assert TEXTS.forecast(found) == TEXTS.expected(found) == TEXTS.refusal(found)


@pytest.mark.parametrize(
    ("found", "begins", "ends"),
    [
        (
            skill(0.033, 0.004, 0.062),
            "The model is 3% better than the median of the 10 posts before (between 0% and +7%; checked on 120 posts).",
            "Hardly anything. Luck and content dominate.",
        ),
        (skill(0.08, 0.02, 0.14), "The model is 8% better", "A little. Luck and content still dominate."),
        (skill(0.31, 0.2, 0.4, Baseline.LAST), "The model is 31% better than what the post before got", "is reliable"),
        (skill(0.03, -0.02, 0.08), "The model is 3% better", "it is worth nothing yet"),
        (skill(0.001, -0.02, 0.03), "The model is no better than the median of the 10", "it is worth nothing yet"),
        (skill(-0.04, -0.1, 0.02), "The model is 4% worse", "it is worth nothing yet"),
        (skill(-0.04, -0.07, -0.01), "(between −7% and −1%; checked on 120 posts).", "Take the simpler one."),
    ],
)
def test_what_a_model_is_worth_is_said_plainly_even_when_it_is_nothing(found: Skill, begins: str, ends: str) -> None:
    said = TEXTS.skill(found)
    assert begins in said
    assert ends in said


@pytest.mark.parametrize(
    ("label", "actual", "typical", "tail", "earlier", "said"),
    [
        (
            PostLabel.PEAK, 9_000, 1_000, 0.005, 200,
            "Exceptional: 9 times your usual. That happens about once in 200 (n = 200).",
        ),
        (
            PostLabel.FLOP, 50, 600, 0.005, None,
            "Far below your usual (÷ 12). That happens about once in 200.",
        ),
        (
            PostLabel.FLOP, 0, 600, 1 / 41, 40,
            "Far below your usual (÷ 600). That happens about once in 41 (n = 40).",
        ),
        (
            PostLabel.HIGH, 3_000, 600, 0.08, 40,
            "Remarkable: 5 times your usual. About 1 post in 5 lies outside its range.",
        ),
        (
            PostLabel.LOW, 100, 600, 0.08, 40,
            "Remarkably low: your usual ÷ 6. About 1 post in 5 lies outside its range.",
        ),
    ],
)  # fmt: skip
def test_a_post_that_stands_out_comes_with_how_far_and_how_often(
    label: PostLabel, actual: float, typical: float, tail: float, earlier: int | None, said: str
) -> None:
    assert TEXTS.label_reading(label, actual, typical, tail, earlier) == said


def test_a_young_post_is_still_growing_or_has_a_range_from_posts_of_its_age() -> None:
    young = EarlyForecast("post", 0, 2.4, 120)
    assert TEXTS.early_reading(young) == "Posted 2 days ago: still growing, not counted yet."
    assert TEXTS.young(0) == "Posted less than a day ago: still growing, not counted yet."
    known = EarlyForecast("post", 0, 2.4, 120, typical=170, low=150, high=220, posts=31, takes_off=True)
    assert TEXTS.early_reading(known) == (
        "It will probably end between 150 and 220 likes (8 times in 10; as 31 of your posts went on from that age). "
        "Taking off: even the lower end is above the range that was expected before."
    )
    assert "end at about 150 (8 times in 10; as 31 of" in TEXTS.early(150, 150, 31)


def test_levels_have_names_and_an_unknown_one_keeps_its_own() -> None:
    assert TEXTS.expert(Expert("median_20", 0.5)) == "Median of the last 20 posts"
    assert TEXTS.expert(Expert("oracle", 0.5)) == "oracle"
