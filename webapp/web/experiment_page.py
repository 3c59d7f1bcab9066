"""The list of experiments and the page of one, in words."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.experiments import ExperimentPost, ExperimentView, list_experiments
from webapp.domain.experiments import Arm, ExperimentState, Stage, Verdict
from webapp.domain.formatting import format_count, format_day, format_instant
from webapp.domain.period import day_of, instant
from webapp.domain.scope import Permission, Scope
from webapp.renderers.experiment_texts import ExperimentTexts
from webapp.web.audience_tabs import Tab
from webapp.web.i18n import locale
from webapp.web.paging_texts import shown_text
from webapp.web.planner_tabs import planner_tabs
from webapp.web.post_links import post_href

_ROWS: Final = 50
_STATE_BADGES: Final = {
    ExperimentState.RUNNING: "accent",
    ExperimentState.ENDED: "good",
    ExperimentState.STOPPED: "neutral",
}
_STAGE_BADGES: Final = {Stage.COUNTED: "good", Stage.UNSURE: "warn", Stage.MISSED: "warn", Stage.UNCOUNTED: "warn"}
_VERDICT_BADGES: Final = {Verdict.CLEAR: "accent", Verdict.INDICATIVE: "estimated"}


@dataclass(frozen=True, slots=True)
class Badge:
    """A word or two with the kind of its badge."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Item:
    """A label and its value, with a note."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post of an experiment; ``likes`` is empty while the experiment runs, so that nobody compares."""

    number: str
    pair: str
    arm: str
    planned: str
    plan_href: str
    stage: Badge
    post_href: str | None
    published: str
    likes: str
    is_outside: bool


class ExperimentPage:
    """What the page of one experiment shows."""

    def __init__(self, scope: Scope, view: ExperimentView, page: int = 1) -> None:
        self.scope = scope
        self.view = view
        self.page = page
        self.texts = ExperimentTexts(locale())
        self.may_write = scope.allows(Permission.PLAN_WRITE)
        self._now = int(time.time())

    @property
    def tabs(self) -> list[Tab]:
        """Return the tabs of the room."""
        return planner_tabs("experiments.index")

    @property
    def title(self) -> str:
        """Return what is compared."""
        return self.texts.title(self.view)

    @property
    def href(self) -> str:
        """Return the address of the experiment."""
        return url_for("experiments.show", public_id=self.view.public_id)

    @property
    def state(self) -> Badge:
        """Return where the experiment stands."""
        return Badge(self.texts.state(self.view.state), _STATE_BADGES[self.view.state])

    @property
    def is_running(self) -> bool:
        """Return whether it runs."""
        return self.view.state is ExperimentState.RUNNING

    @property
    def done(self) -> int:
        """Return how many of its posts are decided."""
        return sum(not post.stage.is_open for post in self.view.posts)

    @property
    def outcome(self) -> str:
        """Return how it stands or what it showed, in words."""
        return self.texts.outcome(self.view)

    @property
    def verdict(self) -> Badge | None:
        """Return what came of it; ``None`` as long as nothing did."""
        found = self.view.outcome
        if found is None:
            return None
        return Badge(self.texts.verdict(found), _VERDICT_BADGES.get(found.verdict, "neutral"))

    @property
    def difference(self) -> str:
        """Return how the first way differs from the second, with n; a dash where nobody knows."""
        found = self.view.outcome
        if found is None or found.difference is None:
            return "–"
        return f"{self.texts.difference(found)}, n = {format_count(found.pairs, locale())}"

    @property
    def deviations(self) -> list[str]:
        """Return what did not go as drawn."""
        return [] if self.view.outcome is None else self.texts.deviations(self.view.outcome)

    @property
    def started(self) -> str:
        """Return the day on which it was begun."""
        return format_day(day_of(int(self.view.created_at.timestamp()), self.scope.timezone), locale())

    @property
    def facts(self) -> list[Item]:
        """Return what is known of it, as labels and values."""
        view, found = self.view, self.view.outcome
        items = [
            Item(_("Begun"), self.started),
            Item(_("Difference to be seen"), self.texts.effect(view.effect)),
            Item(_("Posts"), format_count(len(view.posts), locale()), _("half of each, in pairs")),
            Item(_("Complete pairs"), format_count(len(view.pairs) if found is None else found.pairs, locale())),
        ]
        if self.is_running:
            if (coming := view.next_after(self._now)) is not None:
                items.append(Item(_("Next planned post"), self._moment(coming)))
            if view.last_at is not None:
                items.append(Item(_("Last planned post"), self._moment(view.last_at)))
        if view.ended_at is not None:
            items.append(Item(_("Ended"), self._moment(int(view.ended_at.timestamp()))))
        if found is not None:
            items += [self._typical(Arm.A, found.typical_a, found.posts_a)]
            items += [self._typical(Arm.B, found.typical_b, found.posts_b)]
        if found is not None and found.p_value is not None:
            items.append(
                Item(_("By chance alone"), self.texts.share(found.p_value), _("of 1,000 orders show as much, p value"))
            )
        return items

    @cached_property
    def lines(self) -> list[PostLine]:
        """Return the posts of this page in the order of the draw."""
        return [self._line(post) for post in self.view.posts[self._start : self._start + _ROWS]]

    @property
    def range_text(self) -> str:
        """Return which posts of how many this page shows."""
        return shown_text(self._start, len(self.lines), len(self.view.posts))

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        return self._page_href(self.page + 1) if self._start + _ROWS < len(self.view.posts) else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self._page_href(self.page - 1) if self.page > 1 else None

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of its posts."""
        return url_for("experiments.download_posts", public_id=self.view.public_id, dialect=dialect or None)

    @property
    def _start(self) -> int:
        return (self.page - 1) * _ROWS

    def _page_href(self, page: int) -> str:
        return url_for("experiments.show", public_id=self.view.public_id, page=page if page > 1 else None)

    def _typical(self, arm: Arm, typical: float | None, posts: int) -> Item:
        name = self.texts.arm(self.view.kind, self.view.value_of(arm))
        shown = "–" if typical is None else format_count(round(typical), locale())
        label = _("Typical likes, %(arm)s", arm=name)
        return Item(str(label), shown, f"n = {format_count(posts, locale())}")

    def _line(self, post: ExperimentPost) -> PostLine:
        published = post.post
        shows_likes = published is not None and published.likes is not None and not self.is_running
        return PostLine(
            number=format_count(post.place + 1, locale()),
            pair=format_count(post.block + 1, locale()),
            arm=self.texts.arm(self.view.kind, self.view.value_of(post.arm)),
            planned="–" if post.planned_at is None else self._moment(post.planned_at),
            plan_href=url_for("planner.show", public_id=post.plan),
            stage=self._stage(post),
            post_href=None if published is None else post_href(published.public_id),
            published="" if published is None else self._moment(published.published_at),
            likes=format_count(published.likes or 0, locale()) if published is not None and shows_likes else "",
            is_outside=post.is_outside,
        )

    def _stage(self, post: ExperimentPost) -> Badge:
        if post.stage is Stage.TO_COME and (post.planned_at or 0) <= self._now:
            return Badge(_("Waits for an import"), "neutral")
        return Badge(self.texts.stage(post.stage), _STAGE_BADGES.get(post.stage, "neutral"))

    def _moment(self, second: int) -> str:
        return format_instant(instant(second, self.scope.timezone), locale())


class ExperimentsPage:
    """What the list shows of one account."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.may_write = scope.allows(Permission.PLAN_WRITE)

    @property
    def tabs(self) -> list[Tab]:
        """Return the tabs of the room."""
        return planner_tabs("experiments.index")

    @cached_property
    def _all(self) -> list[ExperimentPage]:
        return [ExperimentPage(self.scope, view) for view in list_experiments(self.scope)]

    @property
    def running(self) -> ExperimentPage | None:
        """Return the experiment that runs."""
        return next((page for page in self._all if page.is_running), None)

    @property
    def over(self) -> list[ExperimentPage]:
        """Return the experiments that are over, the newest first."""
        return [page for page in self._all if not page.is_running]

    @property
    def is_empty(self) -> bool:
        """Return whether there was none yet."""
        return not self._all

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download."""
        return url_for("experiments.download", dialect=dialect or None)
