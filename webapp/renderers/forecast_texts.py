"""Forecasts in words (STATISTICS 3.12): the same on pages, in the planner and in answers of the API."""

from __future__ import annotations

from math import ceil, floor
from typing import Final

from webapp.analytics.forecasts.early import EarlyForecast
from webapp.domain.anomalies import PostLabel
from webapp.domain.forecasts import Baseline, Coverage, Expert, Forecast, ForecastMethod, ForecastRefusal, Skill
from webapp.domain.formatting import format_times
from webapp.domain.text import N_
from webapp.renderers.words import Words

# From these smaller errors on a forecast is a little, and is clearly better than a baseline.
_LITTLE: Final = 0.05
_MUCH: Final = 0.15
# What whole per cents may miss by in floating point.
_SLACK: Final = 1e-9
_BASELINES: Final = {
    Baseline.MEDIAN_10: N_("the median of the 10 posts before"),
    Baseline.MEDIAN_ALL: N_("the median of all posts before"),
    Baseline.LAST: N_("what the post before got"),
}
_METHODS: Final = {
    ForecastMethod.LEVELS: N_("a weighted mix of your recent levels"),
    ForecastMethod.LEVELS_AND_FOREST: N_("a weighted mix of your recent levels and a Random Forest"),
}
_EXPERTS: Final = {
    "median_5": N_("Median of the last 5 posts"),
    "median_10": N_("Median of the last 10 posts"),
    "median_20": N_("Median of the last 20 posts"),
    "median_30": N_("Median of the last 30 posts"),
    "median_all": N_("Median of all posts"),
    "ewma_1": N_("Slow moving average"),
    "ewma_2": N_("Quick moving average"),
    "forest": N_("Random Forest"),
}
_REFUSALS: Final = {
    ForecastRefusal.NO_POSTS: N_(
        "No export of this account holds your posts, so nothing can be forecast. When you request your data from "
        "TikTok, choose all data, in the JSON format."
    ),
    ForecastRefusal.NO_LIKES: N_("The exports do not say how many likes your posts have, so nothing can be forecast."),
    ForecastRefusal.NOT_READY: N_("The forecast is being worked out. It will be here in a moment."),
}
_LABELS: Final = {
    PostLabel.HIGH: N_("Above its range"),
    PostLabel.LOW: N_("Below its range"),
    PostLabel.PEAK: N_("Exceptional peak"),
    PostLabel.FLOP: N_("Exceptional flop"),
}


class ForecastTexts(Words):
    """What a language says of forecasts, of how they did, and of posts that stand out."""

    # ---- before publication ----

    def forecast(self, found: Forecast) -> str:
        """Return all that is said of the next post: the range and how it held, or why there is none."""
        if found.refused is not None or found.low is None:
            return self.refusal(found)
        told = [self.range(found), *([self.coverage(found.coverage)] if found.coverage else [])]
        return " ".join([*told, *([self.indicative(found)] if found.indicative else [])])

    def range(self, found: Forecast) -> str:
        """Return between which numbers of likes eight posts of ten usually lie."""
        return self.gettext("Your posts usually get %(low)s to %(high)s likes (8 times in 10).", **self._bounds(found))

    def expected(self, found: Forecast) -> str:
        """Return what a post that is planned or asked for may get, or why nobody knows; one sentence, with n."""
        if found.refused is not None or found.low is None:
            return self.refusal(found)
        told = {**self._bounds(found), "count": self.count(found.posts)}
        if found.indicative:
            return self.gettext(
                "Expected: %(low)s to %(high)s likes (8 times in 10; from %(count)s posts, indicative).", **told
            )
        return self.gettext("Expected: %(low)s to %(high)s likes (8 times in 10; from %(count)s posts).", **told)

    def span(self, low: float, high: float) -> str:
        """Return a range of likes in short."""
        return self.gettext("%(low)s to %(high)s", low=self.count(low), high=self.count(high))

    def coverage(self, found: Coverage) -> str:
        """Return how many of the posts that were checked lay in their range."""
        return self.ngettext(
            "Checked on your last post: %(share)s did.",
            "Checked on your last %(count)s posts: %(share)s did.",
            found.posts,
            count=self.count(found.posts),
            share=self.share(found.value, 0),
        )

    def indicative(self, found: Forecast) -> str:
        """Return that a forecast comes from few posts."""
        return self.gettext("It comes from %(count)s posts alone and is indicative.", count=self.count(found.posts))

    def refusal(self, found: Forecast) -> str:
        """Return why nothing is forecast, and how many posts are there of how many it takes."""
        if found.refused is not None and found.refused in _REFUSALS:
            return self.gettext(_REFUSALS[found.refused])
        return self.gettext(
            "Not enough posts yet for an honest forecast (%(found)s of %(needed)s).",
            found=self.count(found.posts),
            needed=self.count(found.needs),
        )

    def _bounds(self, found: Forecast) -> dict[str, str]:
        return {"low": self.count(found.low or 0), "high": self.count(found.high or 0)}

    # ---- what it is worth ----

    def baseline(self, against: Baseline) -> str:
        """Return what forecasts are measured against, within a sentence."""
        return self.gettext(_BASELINES[against])

    def method(self, method: ForecastMethod) -> str:
        """Return what a forecast is made of, within a sentence."""
        return self.gettext(_METHODS[method])

    def expert(self, expert: Expert) -> str:
        """Return the name of one of the levels that are mixed."""
        name = _EXPERTS.get(expert.name)
        return expert.name if name is None else self.gettext(name)

    def skill(self, found: Skill) -> str:
        """Return by how much forecasts are better than a baseline, with the range, n, and what that is worth."""
        told = {
            "share": self.share(abs(found.value), 0),
            "against": self.baseline(found.against),
            "low": self._whole(floor(found.low * 100 + _SLACK)),
            "high": self._whole(ceil(found.high * 100 - _SLACK)),
            "count": self.count(found.posts),
        }
        if round(found.value * 100) > 0:
            said = self.gettext(
                "The model is %(share)s better than %(against)s (between %(low)s and %(high)s; checked on %(count)s "
                "posts).",
                **told,
            )
        elif round(found.value * 100) < 0:
            said = self.gettext(
                "The model is %(share)s worse than %(against)s (between %(low)s and %(high)s; checked on %(count)s "
                "posts).",
                **told,
            )
        else:
            said = self.gettext(
                "The model is no better than %(against)s (between %(low)s and %(high)s; checked on %(count)s posts).",
                **told,
            )
        return f"{said} {self.worth(found)}"

    def worth(self, found: Skill) -> str:
        """Return in plain words what a skill is worth."""
        if found.high < 0:
            return self.gettext("Take the simpler one. Luck and content dominate.")
        if found.low <= 0:
            return self.gettext("That may well be chance: it is worth nothing yet. Luck and content dominate.")
        if found.value < _LITTLE:
            return self.gettext("Hardly anything. Luck and content dominate.")
        if found.value < _MUCH:
            return self.gettext("A little. Luck and content still dominate.")
        return self.gettext("That is reliable; most of what a post gets is still luck and content.")

    def skill_span(self, found: Skill) -> str:
        """Return between which values a skill lies, rounded outwards."""
        low, high = floor(found.low * 100 + _SLACK), ceil(found.high * 100 - _SLACK)
        return self.gettext("%(low)s to %(high)s", low=self._whole(low), high=self._whole(high))

    def percent(self, value: float) -> str:
        """Return a difference in whole per cent with its sign."""
        return self._whole(round(value * 100))

    def _whole(self, value: int) -> str:
        shown = self.share(abs(value) / 100, 0)
        return f"+{shown}" if value > 0 else f"−{shown}" if value < 0 else shown

    # ---- after publication ----

    def young(self, days: int) -> str:
        """Return that a post is too young to count."""
        if days < 1:
            return self.gettext("Posted less than a day ago: still growing, not counted yet.")
        return self.ngettext(
            "Posted %(num)s day ago: still growing, not counted yet.",
            "Posted %(num)s days ago: still growing, not counted yet.",
            days,
        )

    def early(self, low: float, high: float, posts: int) -> str:
        """Return what a young post may end at, as ``posts`` own posts of its age went on."""
        if low == high:
            return self.gettext(
                "It has nearly all of its likes: it will probably end at about %(high)s (8 times in 10; as %(count)s "
                "of your posts went on from that age).",
                high=self.count(high),
                count=self.count(posts),
            )
        return self.gettext(
            "It will probably end between %(low)s and %(high)s likes (8 times in 10; as %(count)s of your posts went "
            "on from that age).",
            low=self.count(low),
            high=self.count(high),
            count=self.count(posts),
        )

    def early_reading(self, found: EarlyForecast) -> str:
        """Return all that is said of a young post: what it may end at, and whether that is more than was expected."""
        if found.low is None or found.high is None:
            return self.young(int(found.age_days))
        told = self.early(found.low, found.high, found.posts)
        return f"{told} {self.takes_off()}" if found.takes_off else told

    def takes_off(self) -> str:
        """Return that even the least a young post may end at is more than was expected of it."""
        return self.gettext("Taking off: even the lower end is above the range that was expected before.")

    def label(self, label: PostLabel) -> str:
        """Return what a post that stands out is called, in two or three words."""
        return self.gettext(_LABELS[label])

    def label_reading(
        self, label: PostLabel, actual: float, typical: float, tail: float | None = None, earlier: int | None = None
    ) -> str:
        """Return how far a post lies from what was usual before it, and how often that happens.

        ``typical`` is what was expected of it, ``tail`` the share of the ``earlier`` posts that lay as far out.
        """
        told = [self._distance(label, actual, typical)]
        if label in (PostLabel.HIGH, PostLabel.LOW):
            told.append(self.gettext("About 1 post in 5 lies outside its range."))
        elif tail is not None:
            told.append(self.often(tail, earlier))
        return " ".join(told)

    def _distance(self, label: PostLabel, actual: float, typical: float) -> str:
        times = self.times(actual, typical)
        match label:
            case PostLabel.PEAK:
                return self.gettext("Exceptional: %(times)s times your usual.", times=times)
            case PostLabel.FLOP:
                return self.gettext("Far below your usual (÷ %(times)s).", times=times)
            case PostLabel.HIGH:
                return self.gettext("Remarkable: %(times)s times your usual.", times=times)
            case PostLabel.LOW:
                return self.gettext("Remarkably low: your usual ÷ %(times)s.", times=times)

    def times(self, actual: float, typical: float) -> str:
        """Return how many times one number of likes is the other, the larger by the smaller; of none it counts 1."""
        larger, smaller = max(actual, typical), min(actual, typical)
        return format_times(max(larger, 1) / max(smaller, 1), self.locale)

    def often(self, tail: float, earlier: int | None = None) -> str:
        """Return how often a post lies so far out, of one's own earlier posts and itself; ``tail`` is above 0."""
        told = {"rarely": self.count(max(round(1 / tail), 1))}
        if earlier is None:
            return self.gettext("That happens about once in %(rarely)s.", **told)
        return self.gettext("That happens about once in %(rarely)s (n = %(count)s).", count=self.count(earlier), **told)
