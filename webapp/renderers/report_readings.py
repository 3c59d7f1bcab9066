"""What the parts of a report say in one or two sentences: the same words under a chart, in a mail, on a page."""

from __future__ import annotations

from math import floor
from typing import Final

from webapp.domain.formatting import format_rate
from webapp.domain.reports import (
    ChangesPart,
    Curve,
    Flow,
    GoalsPart,
    GoalState,
    GrowthPart,
    HashtagsPart,
    PostsPart,
    ReportTag,
    Scale,
    TimeClaim,
    TimingPart,
)
from webapp.domain.sections import Section
from webapp.renderers.report_labels import ReportLabels

_SLOT_HOURS: Final = 3
_WEEK_HOURS: Final = 168
# More sentences about hashtags than this would be a list.
_MOST_CLAIMS: Final = 3
# What whole per cents may miss by in floating point.
_SLACK: Final = 1e-9


class ReportReadings(ReportLabels):
    """The sentences of a report in one language."""

    def growth_reading(self, part: GrowthPart) -> str:
        """Return from where to where the lists went, or why that is not told."""
        told = " ".join(text for text in map(self.curve_reading, part.curves) if text)
        return told or (self.untold(part.untold) if part.untold else "")

    def curve_reading(self, curve: Curve) -> str:
        """Return what the exports of one list counted first and last."""
        exact = [(point.day, point.exact) for point in curve.points if point.exact is not None]
        if not exact:
            return ""
        (first, began), (last, ended) = exact[0], exact[-1]
        told = {
            "count": self.count(ended),
            "day": self.day(last),
            "before": self.count(began),
            "first": self.day(first),
        }
        if curve.section is Section.FOLLOWERS:
            if len(exact) == 1:
                return self.gettext("The follower list of %(day)s counts %(count)s.", **told)
            return self.gettext("The follower list went from %(before)s on %(first)s to %(count)s on %(day)s.", **told)
        if len(exact) == 1:
            return self.gettext("The following list of %(day)s counts %(count)s.", **told)
        return self.gettext("The following list went from %(before)s on %(first)s to %(count)s on %(day)s.", **told)

    def growth_caution(self, part: GrowthPart) -> str:
        """Return how far the curves can be trusted."""
        points = [point for curve in part.curves for point in curve.points]
        if any(point.estimate is not None for point in points):
            return self.gettext(
                "The dots are exports and exact. Between them the dashed line is an estimate, and its band holds the "
                "truth in 95 of 100 cases. The dotted line is a lower bound: people who were still there at the next "
                "export."
            )
        if any(point.at_least is not None for point in points):
            return self.gettext(
                "The dots are exports and exact. The dotted line is a lower bound: people who were still there at the "
                "next export."
            )
        return self.gettext("The dots are exports and exact.") if points else ""

    def flows_reading(self, part: GrowthPart) -> str:
        """Return between which lists most came and most left; an empty text where nobody did."""
        told = []
        most = max(part.flows, key=lambda flow: flow.gained, default=None)
        if most is not None and most.gained:
            told.append(
                self.gettext(
                    "Most came between %(first)s and %(last)s: %(count)s.",
                    **self._flow(most),
                    count=self.flow(most.gained, part.flow_scale),
                )
            )
        least = max(part.flows, key=lambda flow: flow.lost, default=None)
        if least is not None and least.lost:
            told.append(
                self.gettext(
                    "Most left between %(first)s and %(last)s: %(count)s.",
                    **self._flow(least),
                    count=self.flow(least.lost, part.flow_scale),
                )
            )
        return " ".join(told)

    def flow(self, value: float, scale: Scale) -> str:
        """Return how many came or left; in points of an index less than one counts too."""
        return format_rate(value, self.locale) if scale is Scale.INDEX else self.count(value)

    def _flow(self, flow: Flow) -> dict[str, str]:
        return {"first": self.day(flow.first), "last": self.day(flow.last)}

    def changes_reading(self, part: ChangesPart) -> str:
        """Return how many came and left, or why that is not told."""
        if part.gained is None or part.lost is None or part.first is None or part.last is None:
            return self.untold(part.untold) if part.untold else ""
        told = {
            "first": self.day(part.first),
            "last": self.day(part.last),
            "gained": self.count(part.gained),
            "lost": self.count(part.lost),
        }
        if part.net is None:
            return self.gettext("Between %(first)s and %(last)s: gained %(gained)s, lost %(lost)s.", **told)
        return self.gettext(
            "Between %(first)s and %(last)s: gained %(gained)s, lost %(lost)s, net %(net)s.",
            net=self.signed(part.net),
            **told,
        )

    def pair_reading(self, part: ChangesPart) -> str:
        """Return what is known of the last two lists: who stayed, came back, was renamed or deleted."""
        if part.pair_first is None or part.pair_last is None:
            return ""
        told = []
        if part.kept_share is not None:
            told.append(self._kept(part, part.kept_share))
        if part.returned:
            told.append(self.gettext("came back: %(count)s", count=self.count(part.returned)))
        if part.renamed:
            told.append(self.gettext("perhaps only renamed: %(count)s", count=self.count(part.renamed)))
        if part.deleted:
            told.append(self.gettext("deleted accounts: %(count)s", count=self.count(part.deleted)))
        if not told:
            return ""
        return self.gettext(
            "Between the last two lists, of %(first)s and %(last)s: %(told)s.",
            first=self.day(part.pair_first),
            last=self.day(part.pair_last),
            told="; ".join(told),
        )

    def _kept(self, part: ChangesPart, share: float) -> str:
        if part.kept_low is None or part.kept_high is None:
            return self.gettext("%(value)s stayed", value=self.share(share, 0))
        return self.gettext(
            "%(value)s stayed (%(low)s to %(high)s)",
            value=self.share(share),
            low=self.share(part.kept_low),
            high=self.share(part.kept_high),
        )

    def posts_reading(self, part: PostsPart) -> str:
        """Return which post did best, or why none is shown."""
        if not part.top:
            return self.untold(part.untold) if part.untold else ""
        best = part.top[0]
        if best.likes is None:
            return ""
        told = {"day": self.day(best.published_on), "count": self.count(best.likes)}
        if part.scale is Scale.INDEX:
            return self.gettext("The post of %(day)s got the most likes: %(count)s, where 100 is typical.", **told)
        return self.gettext("The post of %(day)s got the most likes: %(count)s.", **told)

    def posts_note(self, part: PostsPart) -> str:
        """Return how many posts of the period cannot be among those shown, and why."""
        told = []
        if part.without_likes and part.top:
            told.append(
                self.ngettext(
                    "The likes of %(count)s post are in no export.",
                    "The likes of %(count)s posts are in no export.",
                    round(part.without_likes),
                    count=self.count(part.without_likes),
                )
            )
        if part.private:
            told.append(
                self.ngettext(
                    "%(count)s post that not everybody can see is left out.",
                    "%(count)s posts that not everybody can see are left out.",
                    round(part.private),
                    count=self.count(part.private),
                )
            )
        return " ".join(told)

    def hashtags_reading(self, part: HashtagsPart) -> str:
        """Return which hashtags stand out, or why none does."""
        told = []
        claimed = [tag for tag in part.tags if tag.is_claimed and (tag.low or 0) > 0]
        told += [self.tag_claim(tag) for tag in claimed[:_MOST_CLAIMS]]
        rising = [f"#{tag.tag}" for tag in part.tags if tag.is_rising]
        if rising:
            told.append(self.gettext("Used more often lately: %(tags)s.", tags=", ".join(rising)))
        if not claimed and part.untold is not None:
            told.insert(0, self.untold(part.untold, part.needs))
        return " ".join([*told, self._of_all(part.posts)] if part.tags else told)

    def _of_all(self, posts: float | None) -> str:
        """Return that what is told is not of the period alone: a test takes more posts than that has."""
        if posts is None:
            return self.gettext("This is told of all posts that count, not of the period alone.")
        return self.ngettext(
            "This is told of the %(count)s post that counts, not of the period alone.",
            "This is told of all %(count)s posts that count, not of the period alone.",
            round(posts),
            count=self.count(posts),
        )

    def tag_claim(self, tag: ReportTag) -> str:
        """Return what may be said of a hashtag whose test passed."""
        told = {"tag": f"#{tag.tag}", "share": self._at_least(tag.low or 0)}
        if tag.posts is None:
            return self.gettext(
                "%(tag)s: probably at least %(share)s more than the posts around them. This does not prove the hashtag "
                "is the cause.",
                **told,
            )
        return self.gettext(
            "%(tag)s (n = %(count)s): these posts probably do at least %(share)s better than the posts around them. "
            "This does not prove the hashtag is the cause.",
            count=self.count(tag.posts),
            **told,
        )

    def tag_effect(self, tag: ReportTag) -> str:
        """Return by how much posts with a hashtag differ, with the range; an empty text where nobody knows."""
        if tag.effect is None or tag.low is None or tag.high is None:
            return ""
        low, high = floor(tag.low * 100 + _SLACK), -floor(-tag.high * 100 + _SLACK)
        return self.gettext(
            "%(effect)s (%(low)s to %(high)s)",
            effect=self._percent(round(tag.effect * 100)),
            low=self._percent(low),
            high=self._percent(high),
        )

    def _percent(self, value: int) -> str:
        shown = self.share(abs(value) / 100, 0)
        return f"+{shown}" if value > 0 else f"−{shown}" if value < 0 else shown

    def timing_reading(self, part: TimingPart) -> str:
        """Return which times stand out, or why none does, and when most was published."""
        told = [self.time_claim(claim) for claim in part.claims]
        if not told and part.untold is not None:
            told.append(self.untold(part.untold, part.needs))
        if len(part.cells) == _WEEK_HOURS and any(part.cells):
            days = [sum(part.cells[day * 24 : day * 24 + 24]) for day in range(7)]
            if days.count(max(days)) == 1:
                weekday = self.weekday(days.index(max(days)))
                told.append(self.gettext("The weekday with the most posts: %(weekday)s.", weekday=weekday))
            told.append(self._of_all(part.posts))
        return " ".join(told)

    def time_claim(self, claim: TimeClaim) -> str:
        """Return what may be said of a time that stands out."""
        name = self.time_name(claim)
        told = {"group": name[:1].upper() + name[1:], "share": self._at_least(claim.at_least)}
        if claim.posts is None:
            return self.gettext(
                "%(group)s: probably at least %(share)s more than the other posts. This does not prove the time is the "
                "cause.",
                **told,
            )
        return self.gettext(
            "%(group)s (n = %(count)s): these posts probably do at least %(share)s better than the others. This does "
            "not prove the time is the cause.",
            count=self.count(claim.posts),
            **told,
        )

    def _at_least(self, effect: float) -> str:
        return self.share(floor(effect * 100 + _SLACK) / 100, 0)

    def time_name(self, claim: TimeClaim) -> str:
        """Return the name of a weekday, or the hours of a part of the day."""
        if claim.family == "weekdays":
            return self.weekday(int(claim.key))
        first = int(claim.key) * _SLOT_HOURS
        return f"{self.hour(first)} – {self.hour(first + _SLOT_HOURS)}"

    def goals_reading(self, part: GoalsPart) -> str:
        """Return how many goals were met; an empty text without any."""
        if not part.goals:
            return self.gettext("No goal was set for this time.")
        met = sum(goal.state is GoalState.MET for goal in part.goals)
        return self.gettext("Goals met: %(met)s of %(count)s.", met=met, count=len(part.goals))
