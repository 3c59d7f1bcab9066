"""Experiments in words: the same on their pages, in the planner and in answers of the API.

An experiment that ended is the only place where a cause may be spoken of, and only where its test says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from math import ceil, exp, expm1, floor
from typing import Final

from webapp.analytics.content.fit_reading import LEAST_TESTED
from webapp.analytics.experiments import ExperimentView, Power, Size
from webapp.domain.experiments import FULL_SHARE, MOST_EACH, ExperimentKind, ExperimentState, Outcome, Stage, Verdict
from webapp.domain.formatting import format_hour, format_rate, format_times
from webapp.domain.text import N_
from webapp.renderers.words import Words

_SLOT_HOURS: Final = 3
# From this factor on a difference is written as "times", not in per cent.
_TIMES: Final = 3
# What whole per cents miss by in floating point lies behind so many digits.
_DIGITS: Final = 6
_STATES: Final = {
    ExperimentState.RUNNING: N_("Running"),
    ExperimentState.ENDED: N_("Ended"),
    ExperimentState.STOPPED: N_("Given up"),
}
_STAGES: Final = {
    Stage.TO_COME: N_("To come"),
    Stage.UNSURE: N_("Which post is it?"),
    Stage.YOUNG: N_("Still growing"),
    Stage.COUNTED: N_("Counts"),
    Stage.UNCOUNTED: N_("Does not count"),
    Stage.MISSED: N_("Not published"),
    Stage.DROPPED: N_("Dropped"),
}


class ExperimentTexts(Words):
    """What a language says of experiments."""

    def arm(self, kind: ExperimentKind, value: str) -> str:
        """Return one of the two ways: the hours of a slot, or with or without a hashtag."""
        if kind is ExperimentKind.SLOTS:
            return self.slot(int(value))
        return self.gettext("with #%(tag)s", tag=value) if value else self.gettext("without the hashtag")

    def slot(self, slot: int) -> str:
        """Return the hours of a slot, without line breaks inside an hour."""
        hours = (slot * _SLOT_HOURS, (slot + 1) * _SLOT_HOURS)
        first, last = (format_hour(time(hour % 24), self.locale).replace(" ", "\u00a0") for hour in hours)
        return f"{first} – {last}"

    def title(self, view: ExperimentView) -> str:
        """Return what an experiment compares."""
        return self.gettext(
            "%(first)s against %(second)s",
            first=self._begin(self.arm(view.kind, view.arm_a)),
            second=self.arm(view.kind, view.arm_b),
        )

    def state(self, state: ExperimentState) -> str:
        """Return where an experiment stands, in a word or two."""
        return self.gettext(_STATES[state])

    def stage(self, stage: Stage) -> str:
        """Return where a post of an experiment stands, in a word or two."""
        return self.gettext(_STAGES[stage])

    def progress(self, view: ExperimentView) -> str:
        """Return how many posts of an experiment count by now, and how many are still to."""
        return self.gettext(
            "%(counted)s of %(posts)s posts count so far; %(open)s are still to come or still growing.",
            counted=self.count(view.count(Stage.COUNTED)),
            posts=self.count(len(view.posts)),
            open=self.count(sum(post.stage.is_open for post in view.posts)),
        )

    # ---- before it begins ----

    def effect(self, effect: float) -> str:
        """Return a difference that is to be seen."""
        return f"+{self.share(effect, 0)}"

    def size(self, size: Size) -> str:
        """Return how many posts it takes to see a difference."""
        if size.each > MOST_EACH:
            return self.gettext("%(posts)s: too many", posts=self.count(size.posts))
        return f"{self.count(size.posts)} (2\u00a0×\u00a0{self.count(size.each)})"

    def until(self, day: date) -> str:
        """Return when the last post of an experiment comes."""
        return self.gettext("until %(day)s", day=self.day(day))

    def pace(self, size: Size, power: Power) -> str:
        """Return how long so many posts take at the present pace; a dash where nobody knows."""
        if not power.per_week:
            return "–"
        weeks = ceil(size.posts / power.per_week)
        return self.ngettext("about %(count)s week", "about %(count)s weeks", weeks, count=self.count(weeks))

    def pace_head(self, power: Power) -> str:
        """Return the present pace."""
        if not power.per_week:
            return self.gettext("At your present pace (unknown)")
        return self.gettext(
            "At your present pace (%(posts)s posts a week)", posts=format_rate(power.per_week, self.locale)
        )

    def spread(self, power: Power) -> str:
        """Return what the number of posts comes from."""
        factor = format_times(exp(power.spread), self.locale)
        if power.is_own:
            return self.gettext(
                "Reckoned from how much your own posts vary: a typical one lands within × or ÷ %(factor)s of what is "
                "usual.",
                factor=factor,
            )
        return self.gettext(
            "How much your own posts vary is not known yet, for it takes %(count)s of them. So this is reckoned with "
            "what is common: a typical post lands within × or ÷ %(factor)s of what is usual.",
            count=self.count(LEAST_TESTED),
            factor=factor,
        )

    # ---- after its end ----

    def outcome(self, view: ExperimentView) -> str:
        """Return what an experiment showed, with its range and how many pairs it comes from, or why nothing."""
        found = view.outcome
        if found is None:
            given_up = view.state is ExperimentState.STOPPED
            return self.gettext("Given up: nothing is concluded.") if given_up else self.progress(view)
        if found.verdict is Verdict.FEW or found.difference is None or found.low is None or found.high is None:
            return self.gettext(
                "Too few complete pairs of posts to compare (%(count)s of %(needs)s): nothing is concluded.",
                count=self.count(found.pairs),
                needs=self.count(found.needs),
            )
        told = self._compared(view, found.difference, found.low, found.high, found.pairs)
        if found.verdict is Verdict.INDICATIVE:
            return f"{told} {self._why_indicative(found)}"
        if found.verdict is Verdict.UNCLEAR:
            return f"{told} {self._unclear(view)}"
        return f"{told} {self._cause(view)}"

    def verdict(self, outcome: Outcome) -> str:
        """Return what came of an experiment, in a word or two."""
        if outcome.verdict is Verdict.CLEAR:
            return self.gettext("A difference")
        if outcome.verdict is Verdict.UNCLEAR:
            return self.gettext("No reliable difference")
        return self.gettext("Indicative") if outcome.verdict is Verdict.INDICATIVE else self.gettext("Too few posts")

    def difference(self, outcome: Outcome) -> str:
        """Return how the first way differs from the second, with its range; a dash where nobody knows."""
        if outcome.difference is None or outcome.low is None or outcome.high is None:
            return "–"
        told = self._shares(outcome.difference, outcome.low, outcome.high)
        return self.gettext("%(effect)s (%(low)s to %(high)s)", **told)

    def deviations(self, outcome: Outcome) -> list[str]:
        """Return what did not go as drawn; nothing where all did."""
        told = []
        if outcome.outside:
            told.append(
                self.ngettext(
                    "%(count)s post was published otherwise than drawn and counts as drawn: that can only weaken the "
                    "comparison.",
                    "%(count)s posts were published otherwise than drawn and count as drawn: that can only weaken the "
                    "comparison.",
                    outcome.outside,
                    count=self.count(outcome.outside),
                )
            )
        if outcome.missing:
            told.append(
                self.ngettext(
                    "%(count)s post is missing: not published, deleted, not public or without likes. Its pair is left "
                    "out.",
                    "%(count)s posts are missing: not published, deleted, not public or without likes. Their pairs are "
                    "left out.",
                    outcome.missing,
                    count=self.count(outcome.missing),
                )
            )
        return told

    def _compared(self, view: ExperimentView, difference: float, low: float, high: float, pairs: int) -> str:
        """Return the difference, told of the way that has more."""
        ways = [self.arm(view.kind, view.arm_a), self.arm(view.kind, view.arm_b)]
        if difference < 0:
            ways, (difference, low, high) = ways[::-1], (-difference, -high, -low)
        return self.gettext(
            "%(first)s against %(second)s: likes %(effect)s (%(low)s to %(high)s; n = %(count)s pairs of posts).",
            first=self._begin(ways[0]),
            second=ways[1],
            count=self.count(pairs),
            **self._shares(difference, low, high),
        )

    def _cause(self, view: ExperimentView) -> str:
        if view.kind is ExperimentKind.SLOTS:
            return self.gettext(
                "Which came when was drawn at random, and chance alone hardly gives that much. So the cause is the "
                "time itself, not what was published at it."
            )
        return self.gettext(
            "Which came when was drawn at random, and chance alone hardly gives that much. So the cause is whether "
            "the tag is there, not what it stands with."
        )

    def _unclear(self, view: ExperimentView) -> str:
        sought = self.effect(view.effect)
        if view.kind is ExperimentKind.SLOTS:
            return self.gettext(
                "No reliable difference: one of %(share)s would probably have shown. Post when it suits you.",
                share=sought,
            )
        return self.gettext(
            "No reliable difference: one of %(share)s would probably have shown. Use the hashtag where it fits.",
            share=sought,
        )

    def _why_indicative(self, outcome: Outcome) -> str:
        if outcome.is_early:
            return self.gettext("Ended before its last posts counted, so this is indicative: nothing is concluded.")
        return self.gettext(
            "Fewer than %(share)s of the pairs are complete, so this is indicative: nothing is concluded.",
            share=self.share(FULL_SHARE, 0),
        )

    def _shares(self, difference: float, low: float, high: float) -> dict[str, str]:
        """Return a difference of logarithms with its range: in per cent rounded outwards, large ones as factors."""
        told: dict[str, tuple[float, Callable[[float], int]]] = {
            "effect": (difference, round),
            "low": (low, floor),
            "high": (high, ceil),
        }
        if exp(max(abs(difference), abs(low), abs(high))) >= _TIMES:
            return {name: self._factor(value) for name, (value, _) in told.items()}
        return {name: self._percent(value, whole) for name, (value, whole) in told.items()}

    def _factor(self, difference: float) -> str:
        return f"{'÷' if difference < 0 else '×'}\u00a0{format_times(exp(abs(difference)), self.locale)}"

    def _percent(self, difference: float, whole: Callable[[float], int]) -> str:
        percent = whole(round(expm1(difference) * 100, _DIGITS))
        shown = self.share(abs(percent) / 100, 0)
        return f"+{shown}" if percent > 0 else f"−{shown}" if percent < 0 else shown

    @staticmethod
    def _begin(text: str) -> str:
        return text[:1].upper() + text[1:]
