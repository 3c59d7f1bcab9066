"""The parts of the page of ideas, each computed when the template asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from webapp.analytics.content.selection import SLOT_HOURS
from webapp.analytics.experiments import Size
from webapp.analytics.recommendations.advice import Advice, Recommendation, advise, filter_of
from webapp.analytics.recommendations.proposals import Proposal
from webapp.analytics.recommendations.tried import TriedExperiment, find_tried
from webapp.domain.experiments import ExperimentKind
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.recommendations import AdviceKind, AdviceRefusal
from webapp.domain.scope import Permission, Scope
from webapp.web.audience_tabs import Tab
from webapp.web.content.page import AnalysisPage
from webapp.web.content.suggestions import Suggestions
from webapp.web.content.texts import FIRM_POSTS, count_text, typical_text
from webapp.web.figure_links import figure_href
from webapp.web.ideas.texts import ABOUT, AdviceTexts, days_text, difference_text
from webapp.web.opened import Opened
from webapp.web.planner_tabs import planner_tabs
from webapp.web.post_links import posts_href
from webapp.web.sound_texts import sound_text

# The form of an experiment begins with the smallest difference that takes at most so many days, else the largest.
_LONGEST: Final = 182


@dataclass(frozen=True, slots=True)
class TriedLine:
    """An experiment about something, in words, and where it stands."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Idea:
    """A recommendation as the page shows it; an address is ``None`` where there is nothing to do there."""

    about: str
    name: str
    claim: str
    count: Markup
    of: str
    typical: Markup
    likely: str
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    tried: tuple[TriedLine, ...]
    posts_href: str
    plan_href: str | None
    experiment_href: str | None


@dataclass(frozen=True, slots=True)
class SizeRow:
    """How many posts it takes to see a difference; ``time`` is ``None`` where the pace is not known."""

    difference: str
    posts: str
    time: str | None


@dataclass(frozen=True, slots=True)
class Way:
    """One of the two ways of an experiment, and how many counted posts are of it so far."""

    name: str
    count: Markup | str


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """An experiment that would tell more; ``href`` is ``None`` for who may not start it, or while one runs."""

    title: str
    ways: tuple[Way, ...]
    sizes: tuple[SizeRow, ...]
    note: str
    href: str | None


@dataclass(frozen=True, slots=True)
class SoundRow:
    """A sound by how often it is used."""

    text: str
    href: str
    count: Markup
    typical: Markup
    interval: str | None
    is_indicative: bool


class IdeasPage(AnalysisPage):
    """What the posts of an account suggest, and which experiment would tell more."""

    ENDPOINT: ClassVar[str] = "ideas.index"
    DOWNLOAD: ClassVar[str] = "ideas.download"

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.may_write = scope.allows(Permission.PLAN_WRITE)
        self._opened = Opened()

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages of the planner."""
        return planner_tabs(self.ENDPOINT)

    @cached_property
    def advice(self) -> Advice:
        """Return what is recommended."""
        return advise(self.found_table, self.found_fit, find_tried(self.scope), self.scope.timezone)

    @cached_property
    def texts(self) -> AdviceTexts:
        """Return the words about it."""
        return AdviceTexts(self.table)

    @property
    def ideas(self) -> list[Idea]:
        """Return the recommendations."""
        return [self._idea(each) for each in self.advice.recommendations]

    @property
    def none_text(self) -> str:
        """Return why nothing is recommended."""
        return Suggestions(self.fit, self.table, self.scope.timezone).all_none

    @property
    def is_tested(self) -> bool:
        """Return whether there were posts enough to look for anything."""
        return self.advice.refused is not AdviceRefusal.FEW_POSTS

    @property
    def proposals(self) -> list[ProposalCard]:
        """Return the experiments that would tell what the posts so far do not."""
        return [self._proposal(each) for each in self.advice.proposals]

    @property
    def running_href(self) -> str | None:
        """Return where the experiment is that runs."""
        running = self.advice.running
        return None if running is None else url_for("experiments.show", public_id=running)

    @property
    def sounds(self) -> list[SoundRow]:
        """Return the sounds that are used most."""
        rows = []
        for use in self.advice.sounds:
            posts, text = self.counted_filter.with_(sound=use.sound.public_id), sound_text(use.sound)
            interval = None
            if use.low is not None and use.high is not None:
                interval = str(_("%(low)s to %(high)s", low=typical_text(use.low), high=typical_text(use.high)))
            count, typical = (
                figure_href(FigureQuery(metric, posts=posts)) for metric in (MetricKey.POSTS, MetricKey.TYPICAL_LIKES)
            )
            rows.append(
                SoundRow(
                    text=text,
                    href=posts_href(posts),
                    count=self._opened(count_text(use.posts), count, f"{text}, n"),
                    typical=self._opened(typical_text(use.typical), typical, f"{text}, {_('Typical likes')}"),
                    interval=interval,
                    is_indicative=use.posts < FIRM_POSTS,
                )
            )
        return rows

    @property
    def generic(self) -> list[tuple[str, Markup]]:
        """Return the hashtags that carry no advice, and how many posts have each."""
        found = []
        for use in self.advice.generic:
            text, posts = f"#{self.texts.tag(use.tag)}", self.counted_filter.with_(hashtag=use.tag)
            href = figure_href(FigureQuery(MetricKey.POSTS, posts=posts))
            found.append((text, self._opened(count_text(use.posts), href, f"{text}, n")))
        return found

    def _idea(self, found: Recommendation) -> Idea:
        group, texts, posts = found.group, self.texts, found.posts(self.scope.timezone)
        name = texts.name(found.kind, group.key)
        count, typical = (
            figure_href(FigureQuery(metric, posts=posts)) for metric in (MetricKey.POSTS, MetricKey.TYPICAL_LIKES)
        )
        notes = (texts.halves(group), texts.merged(found), texts.plans(found.plans))
        return Idea(
            about=str(_(ABOUT[found.kind])),
            name=name,
            claim=texts.claim(found),
            count=self._opened(count_text(group.posts), count, f"{name}, n"),
            of=count_text(found.of),
            typical=self._opened(typical_text(group.typical), typical, f"{name}, {_('Typical likes')}"),
            likely=texts.likely(group),
            notes=tuple(note for note in notes if note is not None),
            doubts=tuple(texts.doubt(doubt) for doubt in found.doubts),
            tried=tuple(self._tried(each) for each in found.experiments),
            posts_href=posts_href(posts),
            plan_href=self._plan_href(found),
            experiment_href=self._experiment_href(found.proposal),
        )

    def _tried(self, tried: TriedExperiment) -> TriedLine:
        return TriedLine(self.texts.experiment(tried), url_for("experiments.show", public_id=tried.public_id))

    def _plan_href(self, found: Recommendation) -> str | None:
        """Return where a post of this kind is planned; ``None`` where its form cannot begin with that."""
        if not self.may_write:
            return None
        key = found.group.key
        if found.kind is AdviceKind.HASHTAG:
            return url_for("planner.new", hashtags=self.texts.tag(key))
        if found.kind is AdviceKind.KIND:
            return url_for("planner.new", kind=key)
        if found.kind is AdviceKind.SLOT:
            tomorrow = datetime.now(UTC).astimezone(ZoneInfo(self.scope.timezone)).date() + timedelta(days=1)
            return url_for("planner.new", at=f"{tomorrow}T{int(key) * SLOT_HOURS + 1:02}:30")
        return None

    def _experiment_href(self, found: Proposal | None) -> str | None:
        """Return the form that starts an experiment; there is one at a time."""
        if found is None or not self.may_write or self.advice.running is not None:
            return None
        effect = f"{_practical(found).effect:g}"
        if found.kind is ExperimentKind.HASHTAG:
            return url_for("experiments.new", kind=found.kind.value, tag=self.texts.tag(found.arm_a), effect=effect)
        return url_for("experiments.new", kind=found.kind.value, arm_a=found.arm_a, arm_b=found.arm_b, effect=effect)

    def _proposal(self, found: Proposal) -> ProposalCard:
        titles = {ExperimentKind.SLOTS: _("Two times of day"), ExperimentKind.HASHTAG: _("With and without a hashtag")}
        return ProposalCard(
            title=str(titles[found.kind]),
            ways=tuple(self._ways(found)),
            sizes=tuple(
                SizeRow(difference_text(size), f"2\u00a0×\u00a0{count_text(size.each)}", days_text(found.days(size)))
                for size in found.sizes
            ),
            note=self.texts.spread(found),
            href=self._experiment_href(found),
        )

    def _ways(self, found: Proposal) -> Iterator[Way]:
        kind = AdviceKind.HASHTAG if found.kind is ExperimentKind.HASHTAG else AdviceKind.SLOT
        names, arms = self.texts.way_names(found), (found.arm_a, found.arm_b)
        for name, arm, posts in zip(names, arms, (found.posts_a, found.posts_b), strict=True):
            shown: Markup | str = count_text(posts)
            # No filter asks for posts without a hashtag.
            if arm:
                query = FigureQuery(MetricKey.POSTS, posts=filter_of(kind, arm, self.scope.timezone))
                shown = self._opened(count_text(posts), figure_href(query), f"{name}, n")
            yield Way(name, shown)


def _practical(found: Proposal) -> Size:
    """Return the smallest difference that can be seen in half a year at the present pace, else the largest."""
    sizes = found.sizes
    return next((size for size in sizes if (found.days(size) or _LONGEST + 1) <= _LONGEST), sizes[-1])
