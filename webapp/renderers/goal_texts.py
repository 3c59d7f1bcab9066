"""Goals in words: the same on a page, on paper, in a mail and in an image."""

from __future__ import annotations

from typing import Final

from webapp.domain.formatting import format_month
from webapp.domain.metrics import MetricKey
from webapp.domain.reports import GoalMetric, GoalProgress, GoalState, Scale
from webapp.domain.text import N_
from webapp.renderers.words import Words

# What a goal is about, in the registry of metrics.
METRIC_OF: Final = {
    GoalMetric.FOLLOWERS: MetricKey.FOLLOWERS,
    GoalMetric.POSTS: MetricKey.POSTS,
    GoalMetric.LIKES: MetricKey.LIKES_TOTAL,
    GoalMetric.ENGAGEMENT_RATE: MetricKey.ENGAGEMENT_RATE,
}
_LABELS: Final = {
    GoalMetric.FOLLOWERS: N_("Followers"),
    GoalMetric.POSTS: N_("Posts"),
    GoalMetric.LIKES: N_("Likes of the month's posts"),
    GoalMetric.ENGAGEMENT_RATE: N_("Typical engagement rate"),
}
_STATES: Final = {
    GoalState.MET: N_("Met"),
    GoalState.MISSED: N_("Missed"),
    GoalState.ON_PACE: N_("On pace"),
    GoalState.BEHIND: N_("Behind"),
    GoalState.UNKNOWN: N_("Unknown"),
}


class GoalTexts(Words):
    """What a language says of goals."""

    def goal_label(self, metric: GoalMetric) -> str:
        """Return what a goal is set for."""
        return self.gettext(_LABELS[metric])

    def goal_state(self, state: GoalState) -> str:
        """Return how a goal stands, in a word or two."""
        return self.gettext(_STATES[state])

    def goal_month(self, goal: GoalProgress) -> str:
        """Return the month of a goal, in full."""
        return format_month(goal.month, self.locale, "yMMMM")

    def goal_value(self, goal: GoalProgress, value: float) -> str:
        """Return a number of a goal in its unit; an index has none."""
        return self.count(value) if goal.scale is Scale.INDEX else self.metric(METRIC_OF[goal.metric], value)

    def goal_sentence(self, goal: GoalProgress) -> str:
        """Return what was reached, of what, by when, and how that is against an even pace."""
        target = self.goal_value(goal, goal.target)
        if goal.actual is None or goal.as_of is None:
            return self.gettext("No import holds this number of the month; the goal is %(target)s.", target=target)
        told = {"actual": self.goal_value(goal, goal.actual), "day": self.day(goal.as_of), "target": target}
        if goal.state is GoalState.MET:
            return self.gettext("%(actual)s on %(day)s: the goal of %(target)s is met.", **told)
        if goal.state is GoalState.MISSED:
            return self.gettext("%(actual)s on %(day)s: the goal of %(target)s was missed.", **told)
        if goal.share is None or goal.expected is None:
            return self.gettext(
                "%(actual)s on %(day)s; the goal is %(target)s. It takes a second list to tell the pace.", **told
            )
        if goal.metric is GoalMetric.ENGAGEMENT_RATE:
            return self.gettext("%(actual)s on %(day)s; the goal is %(target)s at the end of the month.", **told)
        told |= {"share": self.share(goal.share, 0), "expected": self.share(goal.expected, 0)}
        if goal.start is None or goal.start >= goal.target:
            return self.gettext(
                "%(actual)s of %(target)s on %(day)s: %(share)s; an even pace would be at %(expected)s.", **told
            )
        return self.gettext(
            "%(actual)s on %(day)s: %(share)s of the way from %(start)s to %(target)s; an even pace would be at "
            "%(expected)s.",
            start=self.goal_value(goal, goal.start),
            **told,
        )
